"""x: clear a sector. Its name is typed whole; whom it reaches is seen first, and how far each has got afterwards."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from textual.widgets import Input

from rangeops.client.action import Action, Target
from rangeops.domain.commands import FINAL_STAGES, CommandProgress, CommandStage
from rangeops.domain.errors import RangeopsError
from rangeops.domain.sectors import WHOLE_RANGE, Contact
from rangeops.tui.board import Scene
from rangeops.tui.ink import Ink, Line, Span, wrapped
from rangeops.tui.language import tr
from rangeops.tui.outside import cleaned
from rangeops.tui.screens.slot_dialogs import Answer
from rangeops.tui.screens.steering import SteeringDialog
from rangeops.tui.shared import Shared
from rangeops.tui.widgets.lines import Lines
from rangeops.wire.enforcement import SectorCleared, SectorView

_WIDTH: Final = 72
_MOST_FAILED: Final = 5  # the others are in the command line's list
_FIELDS: Final = ("sector", "how", "reason")


class SectorDialog(SteeringDialog):
    """look: whom clearing a sector would reach now."""

    def __init__(
        self,
        action: Action,
        target: Target,
        shared: Shared,
        answer: Answer,
        look: Callable[[str], Awaitable[SectorView]],
    ) -> None:
        super().__init__(action, target, shared, answer)
        self._look = look
        self._view: SectorView | None = None
        self._cleared: SectorCleared | None = None

    def facts(self, scene: Scene) -> Sequence[Line]:
        if self._cleared is not None:
            self._cleared = as_far_as_told(self._cleared, scene)
            return cleared_lines(self._cleared)
        names = self._names()
        head = (Span(" " + tr("Sectors:") + " ", Ink.DIM), Span(" · ".join(names), Ink.BRIGHT))
        if self._view is None:
            note = " " + tr("Type one whole. {whole_range} is everybody.", whole_range=WHOLE_RANGE)
            return (head, (Span(note, Ink.DIM),), *_calls(self._contacts()))
        return (head, *_members(self._view), *_calls(self._view.contacts))

    def draw_dialog(self, scene: Scene) -> None:
        super().draw_dialog(scene)
        if self._cleared is not None:
            self.query_one("#hint", Lines).show(())

    def _names(self) -> tuple[str, ...]:
        site = self._shared.records.range_view
        return () if site is None else site.sectors

    def _contacts(self) -> tuple[Contact, ...]:
        site = self._shared.records.range_view
        return () if site is None else site.contacts

    def on_input_changed(self, event: Input.Changed) -> None:
        """Whom it would reach is looked up as soon as the name is whole."""
        if event.input.id != "field-sector":
            return
        self._view = None
        name = " ".join(event.value.upper().split())
        if name in self._names():
            self.run_worker(self._preview(name), group="sector", exclusive=True)

    async def _preview(self, name: str) -> None:
        try:
            self._view = cleaned(await self._look(name))
        except RangeopsError as error:
            self.said(cleaned(str(error)), Ink.P2)

    async def _send(self, target: Target) -> None:
        """It stays open: N of M are seen here, and who must be called."""
        try:
            receipt = await self._answer(self._action, target)
        except RangeopsError as error:
            self.said(tr("Not done. {error}", error=cleaned(str(error))), Ink.P2)
            self._sending = False
            return
        self._cleared = receipt.cleared  # once: it goes on being "sending"
        self.said(tr("esc closes; it goes on being followed in the log."), Ink.DIM)
        for name in _FIELDS:
            self.query_one(f"#field-{name}", Input).disabled = True


def as_far_as_told(cleared: SectorCleared, scene: Scene) -> SectorCleared:
    """With its commands as they were last heard of: the feed forgets them."""
    now = {progress.order.id: progress for progress in scene.commands}
    return replace(cleared, commands=tuple(now.get(known.order.id, known) for known in cleared.commands))


def cleared_lines(cleared: SectorCleared) -> tuple[Line, ...]:
    """N of M seen; who failed, with his pilot's channel; whom to call."""
    told = cleared.commands
    seen = sum(progress.stage is CommandStage.SEEN for progress in told)
    done = seen == len(told)
    head: Line = (
        Span(f" {cleared.id} {cleared.sector} {tr('by {by}', by=cleared.how)}: ", Ink.BRIGHT),
        Span(tr("{seen} of {count} seen", seen=seen, count=len(told)), Ink.OK if done else Ink.P2),
    )
    pilots = {member.sysid: (member.callsign, member.pilot) for member in cleared.members}
    failed = [
        _failed(progress, *pilots.get(progress.order.sysid, (f"#{progress.order.sysid}", "")))
        for progress in told
        if progress.stage in FINAL_STAGES and progress.stage is not CommandStage.SEEN
    ]
    waiting = [
        pilots.get(progress.order.sysid, (f"#{progress.order.sysid}", ""))[0]
        for progress in told
        if progress.stage not in FINAL_STAGES
    ]
    wait: tuple[Line, ...] = (
        ((Span(" " + tr("waiting: {waiting}", waiting=", ".join(waiting)), Ink.P3),),) if waiting else ()
    )
    more: tuple[Line, ...] = (
        ((Span(" " + tr("✗ and {count} more", count=len(failed) - _MOST_FAILED), Ink.P1),),)
        if len(failed) > _MOST_FAILED
        else ()
    )
    return (head, *failed[:_MOST_FAILED], *more, *wait, *_calls(cleared.contacts))


def _failed(progress: CommandProgress, callsign: str, pilot: str) -> Line:
    why = progress.detail or progress.stage.value
    return (
        Span(f" ✗ {callsign} ", Ink.P1),
        Span(tr("call {pilot}", pilot=pilot or tr("its pilot")) + "  ", Ink.BRIGHT),
        Span(why, Ink.P1),
    )


def _members(view: SectorView) -> tuple[Line, ...]:
    if not view.members:
        return ((Span(" " + tr("{name}: nobody armed is in it.", name=view.name), Ink.TEXT),),)
    names = ", ".join(
        member.callsign if member.distance_m is None else f"{member.callsign} ({member.distance_m:.0f} m)"
        for member in view.members
    )
    told = tr("{name}: {count} in this order: {names}", name=view.name, count=len(view.members), names=names)
    return tuple((Span(f" {line}", Ink.BRIGHT),) for line in wrapped(told, _WIDTH)[:3])


def _calls(contacts: Sequence[Contact]) -> tuple[Line, ...]:
    return tuple(
        (
            Span(" " + tr("call") + " ", Ink.DIM),
            Span(f"{contact.call}  ", Ink.BRIGHT),
            Span(f"{contact.name}, {contact.role}", Ink.DIM),
        )
        for contact in contacts
    )
