"""What the range does next by itself, as banner and detail say it: counted down, and with the key that holds it back."""

from typing import Final

from rangeops.client.action import Target
from rangeops.domain.commands import CommandKind
from rangeops.domain.telemetry import Sysid
from rangeops.tui.board import PICTURE_LATE_S, Scene
from rangeops.tui.freshness import VehicleNow
from rangeops.tui.ink import Ink, Line, Span, short
from rangeops.tui.language import told, tr
from rangeops.tui.panels.frame import command_word
from rangeops.wire.picture import VehicleView

_WHY_CELLS: Final = 40
_WIDE_CELL: Final = 7


def next_act_line(vehicle: VehicleNow | None, *, keys: bool = True) -> Line:
    """As `RTL in 4 s · i inhibit`, `held back 6 s by op1`, `! LAND D07`, or why nothing is sent; empty where nothing comes.

    Without a fresh picture no seconds are told: they would be made up.
    """
    if vehicle is None or vehicle.late_s > PICTURE_LATE_S:
        return ()
    view, act = vehicle.view, vehicle.view.next_act
    if view.pilot_has_control:
        return (
            Span(f"{tr('pilot has control')} · ", Ink.P1),
            Span("D", Ink.KEY),
            Span(f" {tr('decide')}  ", Ink.DIM),
        )
    held = _held_back(vehicle)
    if act is None:
        return held
    if act.command is None:
        return (
            *held,
            Span(tr("not sent: {why}", why=short(told(act.why.removeprefix("the ")), _WHY_CELLS)) + "  ", Ink.P2),
        )
    word = _short_word(act.command)
    if act.offered:
        return (Span("!", Ink.KEY), Span(f" {word} {short(view.callsign or f'#{view.sysid}', 8)}  ", Ink.BRIGHT))
    left_s = max(0.0, act.in_s - vehicle.late_s)
    when = tr("{word} in {left_s:.0f} s", word=word, left_s=left_s) if left_s >= 0.5 else tr("{word} now", word=word)
    key = (
        (Span(" · ", Ink.DIM), Span("i", Ink.KEY), Span(" " + tr("inhibit"), Ink.DIM))
        if act.inhibitable and keys
        else ()
    )
    return (*held, Span(when, Ink.BRIGHT), *key, Span("  "))


def _short_word(kind: CommandKind) -> str:
    return "RTL" if kind is CommandKind.RTL else command_word(kind)


def _held_back(vehicle: VehicleNow) -> Line:
    inhibit = vehicle.view.inhibit
    if inhibit is None:
        return ()
    left_s = max(0.0, inhibit.left_s - vehicle.late_s)
    return (Span(tr("held back {left_s:.0f} s by {by}", left_s=left_s, by=short(inhibit.by, 10)) + "  ", Ink.P2),)


def next_act_cell(vehicle: VehicleNow, width: int) -> str:
    """For a table's cell: `RTL 4s`, `! LAND`, `held 6s`, in a narrow one `R4s`, `!L`, `i6s`; "" where nothing comes."""
    if vehicle.late_s > PICTURE_LATE_S:
        return ""
    inhibit, act = vehicle.view.inhibit, vehicle.view.next_act
    if inhibit is not None:
        left_s = max(0.0, inhibit.left_s - vehicle.late_s)
        return tr("held {left_s:.0f}s", left_s=left_s) if width >= _WIDE_CELL else f"i{left_s:.0f}s"
    if act is None or act.command is None:
        return "" if act is None else tr("CALL")
    word, gap = _short_word(act.command), " "
    if width < _WIDE_CELL:
        word, gap = word[0], ""
    return f"!{gap}{word}" if act.offered else f"{word}{gap}{max(0.0, act.in_s - vehicle.late_s):.0f}s"


def next_act_target(scene: Scene, bannered: Sysid | None, selected: Sysid | None) -> Target | None:
    """For the keys that hold it back or take it up: the banner's vehicle, else the chosen one; with the very command.

    None: nothing comes next for either.
    """
    for sysid in (bannered, selected):
        vehicle = scene.vehicle(sysid)
        if vehicle is not None and (command := _can_be_steered(vehicle.view)):
            return Target(sysid=vehicle.view.sysid, words={"command": command})
    return None


def _can_be_steered(view: VehicleView) -> str:
    act = view.next_act
    if act is None or act.command is None or not (act.offered or act.inhibitable):
        return ""
    return act.command.value
