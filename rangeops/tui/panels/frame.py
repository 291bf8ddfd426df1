"""The lines that frame every screen: header, SIMULATION, alarm banner, commands under way, keys."""

from collections.abc import Container, Sequence
from typing import Final

from rangeops.domain.alarms import AlarmState
from rangeops.domain.commands import CommandKind, CommandProgress, CommandStage
from rangeops.tui.board import NO_ACK_S, Scene
from rangeops.tui.ink import Ink, Line, Span, cut, fit, width_of
from rangeops.tui.language import tr, tr_later

STATE_WORD: Final = {
    AlarmState.UNACKED: tr_later("UNACK"),
    AlarmState.ACKED: tr_later("acked"),
    AlarmState.RETURNED: tr_later("returned, unacked"),
    AlarmState.LATCHED: tr_later("latched"),
    AlarmState.SHELVED: tr_later("shelved"),
    AlarmState.SUPPRESSED: tr_later("suppressed"),
    AlarmState.OUT_OF_SERVICE: tr_later("out of service"),
}
COMMAND_WORDS: Final = {
    kind: "RETURN TO LAUNCH" if kind is CommandKind.RTL else kind.value.replace("-", " ").upper()
    for kind in CommandKind
}
FLASH_S: Final = 0.6  # half a period: under the 3 Hz of WCAG 2.3.1


def command_word(kind: CommandKind) -> str:
    """As it is said on the radio: in full where letters alone are another thing to others."""
    return tr(COMMAND_WORDS[kind])


def flash_phase(scene: Scene) -> bool:
    return int(scene.now.monotonic_s / FLASH_S) % 2 == 0


def command_trace(progress: CommandProgress, scene: Scene) -> Line:
    """Sent → ack → state seen, each with its time; NO ACK in 3 s where none comes, also when the server says nothing."""
    spans: list[Span] = []
    if progress.sent_utc is not None:
        again = " " + tr("({attempts} times)", attempts=progress.attempts) if progress.attempts > 1 else ""
        spans.append(Span(tr("sent 0.00{again}", again=again)))
    elif progress.stage is CommandStage.QUEUED:
        spans.append(Span(tr("queued: {detail}", detail=progress.detail) if progress.detail else tr("queued"), Ink.DIM))
    if progress.ack_after_s is not None:
        spans.append(Span(" " + tr("→ ack {ack_after_s:.2f}", ack_after_s=progress.ack_after_s)))
    if (end := _end(progress)) is not None:
        spans.append(end)
    elif not scene.enforcement:
        spans.append(Span(" " + tr("→ not known: nothing is heard of it"), Ink.P2))
    elif progress.sent_utc is not None:
        spans.append(_waiting(progress.stage, (scene.now.utc - progress.sent_utc).total_seconds()))
    return tuple(spans)


def _end(progress: CommandProgress) -> Span | None:
    """How it ended; None: it hasn't."""
    seen = "" if progress.seen_after_s is None else f" {progress.seen_after_s:.2f}"
    return {
        CommandStage.SEEN: Span(
            " " + tr("→ {detail} seen{seen} ✓", detail=progress.detail or tr("state"), seen=seen), Ink.OK
        ),
        CommandStage.REFUSED: Span(" " + tr("✗ REFUSED {detail}", detail=progress.detail), Ink.P1),
        CommandStage.NOT_OBEYED: Span(" " + tr("✗ NOT OBEYED {detail}", detail=progress.detail), Ink.P1),
        CommandStage.NO_ACK: Span(f" {_no_ack()} {progress.detail}", Ink.P1),
        CommandStage.SUPERSEDED: Span(" " + tr("· superseded by a later command"), Ink.DIM),
    }.get(progress.stage)


def _no_ack() -> str:
    return tr("✗ NO ACK in {limit_s:g} s", limit_s=NO_ACK_S)


def _waiting(stage: CommandStage, waited_s: float) -> Span:
    if stage is CommandStage.ACKED:
        return Span(" " + tr("→ waiting to see it, {waited_s:.0f} s", waited_s=waited_s), Ink.P3)
    if waited_s > NO_ACK_S:
        return Span(f" {_no_ack()}", Ink.P1)
    return Span(" " + tr("→ waiting for ack, {waited_s:.0f} s", waited_s=max(0.0, waited_s)), Ink.P3)


def command_line(scene: Scene, width: int) -> Line:
    """The command ordered last, wherever it came from."""
    if not scene.commands:
        return (Span(" " + tr("No commands in the last 30 s."), Ink.DIM),)
    progress = scene.commands[-1]
    vehicle = scene.vehicle(progress.order.sysid)
    name = (
        f"{vehicle.view.callsign}"
        if vehicle and vehicle.view.callsign
        else tr("vehicle {sysid}", sysid=progress.order.sysid)
    )
    head = (
        Span(f" {command_word(progress.order.kind)} {name} ", Ink.TITLE),
        Span(tr("by {by}", by=progress.order.by) + "  ", Ink.DIM),
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
