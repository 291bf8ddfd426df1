"""The lines that frame every screen: header, SIMULATION, alarm banner, commands under way, keys."""

from collections.abc import Container, Sequence
from typing import Final

from rangeops.domain.alarms import AlarmState
from rangeops.domain.commands import CommandKind, CommandProgress, CommandStage
from rangeops.tui.board import NO_ACK_S, Scene
from rangeops.tui.ink import Ink, Line, Span, cut, fit, width_of

STATE_WORD: Final = {
    AlarmState.UNACKED: "UNACK",
    AlarmState.ACKED: "acked",
    AlarmState.RETURNED: "returned, unacked",
    AlarmState.LATCHED: "latched",
    AlarmState.SHELVED: "shelved",
    AlarmState.SUPPRESSED: "suppressed",
    AlarmState.OUT_OF_SERVICE: "out of service",
}
FLASH_S: Final = 0.6  # half a period: under the 3 Hz of WCAG 2.3.1
_NO_ACK: Final = f"✗ NO ACK in {NO_ACK_S:g} s"


def command_word(kind: CommandKind) -> str:
    """As it is said on the radio: in full where letters alone are another thing to others."""
    return "RETURN TO LAUNCH" if kind is CommandKind.RTL else kind.value.replace("-", " ").upper()


def flash_phase(scene: Scene) -> bool:
    return int(scene.now.monotonic_s / FLASH_S) % 2 == 0


def command_trace(progress: CommandProgress, scene: Scene) -> Line:
    """Sent → ack → state seen, each with its time; NO ACK in 3 s where none comes, also when the server says nothing."""
    spans: list[Span] = []
    if progress.sent_utc is not None:
        again = f" ({progress.attempts} times)" if progress.attempts > 1 else ""
        spans.append(Span(f"sent 0.00{again}"))
    elif progress.stage is CommandStage.QUEUED:
        spans.append(Span(f"queued: {progress.detail}" if progress.detail else "queued", Ink.DIM))
    if progress.ack_after_s is not None:
        spans.append(Span(f" → ack {progress.ack_after_s:.2f}"))
    if (end := _end(progress)) is not None:
        spans.append(end)
    elif not scene.enforcement:
        spans.append(Span(" → not known: nothing is heard of it", Ink.P2))
    elif progress.sent_utc is not None:
        spans.append(_waiting(progress.stage, (scene.now.utc - progress.sent_utc).total_seconds()))
    return tuple(spans)


def _end(progress: CommandProgress) -> Span | None:
    """How it ended; None: it hasn't."""
    seen = "" if progress.seen_after_s is None else f" {progress.seen_after_s:.2f}"
    return {
        CommandStage.SEEN: Span(f" → {progress.detail or 'state'} seen{seen} ✓", Ink.OK),
        CommandStage.REFUSED: Span(f" ✗ REFUSED {progress.detail}", Ink.P1),
        CommandStage.NOT_OBEYED: Span(f" ✗ NOT OBEYED {progress.detail}", Ink.P1),
        CommandStage.NO_ACK: Span(f" {_NO_ACK} {progress.detail}", Ink.P1),
        CommandStage.SUPERSEDED: Span(" · superseded by a later command", Ink.DIM),
    }.get(progress.stage)


def _waiting(stage: CommandStage, waited_s: float) -> Span:
    if stage is CommandStage.ACKED:
        return Span(f" → waiting to see it, {waited_s:.0f} s", Ink.P3)
    if waited_s > NO_ACK_S:
        return Span(f" {_NO_ACK}", Ink.P1)
    return Span(f" → waiting for ack, {max(0.0, waited_s):.0f} s", Ink.P3)


def latest_command(scene: Scene) -> CommandProgress | None:
    """The one sent last; one still queued counts as later than any."""
    last = scene.now.utc
    return max(scene.commands, key=lambda progress: progress.sent_utc or last, default=None)


def command_line(scene: Scene, width: int) -> Line:
    """The command sent last, wherever it came from."""
    progress = latest_command(scene)
    if progress is None:
        return (Span(" No commands in the last 30 s.", Ink.DIM),)
    vehicle = scene.vehicle(progress.order.sysid)
    name = f"{vehicle.view.callsign}" if vehicle and vehicle.view.callsign else f"vehicle {progress.order.sysid}"
    head = (
        Span(f" {command_word(progress.order.kind)} {name} ", Ink.TITLE),
        Span(f"by {progress.order.by}  ", Ink.DIM),
    )
    return cut((*head, *command_trace(progress, scene)), width)


def keys_line(keys: Sequence[tuple[str, str]], width: int, *, current: str = "", refused: Container[str] = ()) -> Line:
    """Key and word, as many as fit; current: the number of this screen. refused: words of keys that do nothing here."""
    spans: list[Span] = [Span(" ")]
    for key, word in keys:
        if width_of(tuple(spans)) + len(key) + len(word) + 3 > width:
            break
        chosen = key == current
        spans += [
            Span(key, Ink.LOUD if chosen else Ink.FAINT if word in refused else Ink.KEY),
            Span(f" {word}  ", Ink.TEXT if chosen else Ink.FAINT if word in refused else Ink.DIM),
        ]
    return cut(tuple(spans), width)


def heading(columns: Sequence[tuple[str, int]]) -> Line:
    """A list's head: titles cut or filled to their columns' widths."""
    return (Span(" ".join(fit(title, width) for title, width in columns), Ink.DIM),)
