"""What is sent from this room: an action is asked for what its guard wants, sent, and its answer shown; and who sits here."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta, tzinfo
from typing import TYPE_CHECKING

from rangeops.client.action import Action, Asks, Guard, Noun, Receipt, Target
from rangeops.domain.now import Now
from rangeops.tui.board import Scene
from rangeops.tui.ink import Ink, Line, Span
from rangeops.tui.language import tr
from rangeops.tui.outside import cleaned
from rangeops.tui.panels.day import day_bounds
from rangeops.tui.screens.dialogs import CommandDialog, ReasonDialog
from rangeops.tui.screens.slot_dialogs import AskingDialog, MoveDialog, ProposalDialog, SlotForm
from rangeops.wire.timetable import ProposalView, TimetableRequest

if TYPE_CHECKING:
    from rangeops.tui.app import ControlRoom


class Acts:
    def __init__(self, app: "ControlRoom") -> None:
        self._app, self._shared = app, app.shared

    def ask(self, action: Action, target: Target) -> None:
        """Whatever its guard wants before it is sent."""
        if action.guard in (Guard.TYPED_NUMBER, Guard.SECOND_PERSON):
            self._app.push_screen(CommandDialog(action, target, self._answer, self._app.client.way_home))
        elif action.asks is Asks.REASON:
            self._app.push_screen(ReasonDialog(action, target, self._shared), self._reason_given(action, target))
        elif (dialog := self._slot_dialog(action, target)) is not None:
            self._app.push_screen(dialog, self._slot_answered)
        elif action.asks is Asks.NOTHING:
            self._call(action, target)
        elif action.noun is Noun.INCIDENT:
            from rangeops.tui.screens.incident_dialogs import incident_dialog

            asking = incident_dialog(
                action, target, self._shared, self._answer, self._app.client, self._app.seat.signature
            )
            self._app.push_screen(asking, self._slot_answered)
        else:
            from rangeops.tui.screens.steering import words_dialog

            scene = self._shared.board.scene(self._app.clock())
            dialog_of_words = words_dialog(action, target, self._shared, self._answer, self._app.client, scene)
            self._app.push_screen(dialog_of_words, self._slot_answered)

    def _slot_dialog(self, action: Action, target: Target) -> AskingDialog | None:
        """For what asks more than a reason; None for what asks nothing."""
        slots, zone, now = self._shared.records.slots, self._shared.board.local, self._app.clock()
        if action.asks is Asks.TIME:
            slot = next(slot for slot in slots if slot.id == target.slot)
            return MoveDialog(action, slot, self._shared, self._answer)
        if action.asks is Asks.REQUEST:
            like = next((slot for slot in slots if slot.id == self._shared.records.chosen_slot), None)
            now_local = now.utc.astimezone(zone)
            day = target.day or now_local.date()
            return SlotForm(action, self._shared, self._answer, like=like, day=day, now_local=now_local)
        if action.asks is Asks.PROPOSAL:
            return ProposalDialog(action, self._shared, self._answer, self._solve_day(target, zone, now))
        return None

    def _solve_day(self, target: Target, zone: tzinfo, now: Now) -> Callable[[], Awaitable[ProposalView]]:
        """The timetable of the day that is shown, or of what is left of it."""
        starts, ends = day_bounds(target.day or now.utc.astimezone(zone).date(), zone)
        request = TimetableRequest(max(starts, now.utc), max(ends, now.utc + timedelta(hours=1)))

        async def solve() -> ProposalView:
            return cleaned(await self._app.client.solve_timetable(request))

        return solve

    def _slot_answered(self, said: str | None) -> None:
        if said:
            self._shared.records.refusal = ""
            self._app.say(said, Ink.OK)
            self._app.fetch("slots")
            self._app.read_shown()

    def _reason_given(self, action: Action, target: Target) -> Callable[[str | None], None]:
        def given(reason: str | None) -> None:
            if reason:
                self._call(action, replace(target, reason=reason))

        return given

    def _call(self, action: Action, target: Target) -> None:
        self._app.say(tr("{title}: sending.", title=tr(action.title)), Ink.P3)
        if action.noun is Noun.SLOT:
            self._shared.records.refusal = ""
        self._app.run_worker(self._app.told(self._answered(action, target), target.slot), group="calls")

    async def _answered(self, action: Action, target: Target) -> None:
        receipt = await self._answer(action, target)
        if action.name == "incident.report" and target.incident is not None:
            self._shared.records.reports[target.incident] = receipt.text
        if receipt.command is None:
            self._app.say(receipt.text, Ink.OK)
            self._app.read_shown()
        else:
            self._shared.notice = None  # the command itself is what the status row shows now

    async def _answer(self, action: Action, target: Target) -> Receipt:
        receipt = cleaned(await action.call(self._app.client, target))
        if receipt.command is not None:
            self._shared.board.ordered(receipt.command, self._app.clock())
        return receipt

    # Who sits here.

    def sign_in(self) -> None:
        from rangeops.tui.screens.sign_in import PersonDialog

        self._app.push_screen(
            PersonDialog(tr("Sign in"), self._app.seat.facts, self._app.seat.sign_in), self._person_said
        )

    def sign_out(self) -> None:
        self._app.run_worker(self._app.told(self._signed_out()), group="calls")

    async def _signed_out(self) -> None:
        self._person_said(await self._app.seat.sign_out())

    def _person_said(self, said: str | None) -> None:
        if said:
            self._app.say(said, Ink.OK)
        self._app.draw()

    def second_wanted(self, event: CommandDialog.SecondWanted) -> None:
        from rangeops.tui.screens.sign_in import PersonDialog

        async def second(name: str, password: str, _code: str) -> str:
            receipt = await self._app.seat.second(event.action, event.target, name, password)
            if receipt.command is not None:
                self._shared.board.ordered(receipt.command, self._app.clock())
            return tr("{name} confirms: {text}", name=name, text=receipt.text)

        def facts(_: Scene) -> Sequence[Line]:
            what = " " + tr(
                "{title} vehicle {sysid}: not sent yet.", title=tr(event.action.title), sysid=event.target.sysid
            )
            return (
                (Span(what, Ink.P1),),
                (Span(" " + tr("A second person: name, Enter, password, Enter.   esc: at another screen"), Ink.DIM),),
            )

        self._app.push_screen(PersonDialog(tr("Second person"), facts, second), self._person_said)
        self._app.call_after_refresh(self._app.draw)
