"""Dialogs of the slots screen: where a slot is moved to, and what a new one asks for. A refusal stays in sight, whole."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from rangeops.client.action import Action, Receipt, Target
from rangeops.domain.errors import RangeopsError
from rangeops.domain.slots import Slot
from rangeops.tui.board import Scene
from rangeops.tui.ink import BLANK, Ink, Line, Span, wrapped
from rangeops.tui.language import dated, tr
from rangeops.tui.outside import cleaned
from rangeops.tui.panels.proposal import changes_anything, proposal_lines, proposal_words
from rangeops.tui.screens.dialogs import Dialog
from rangeops.tui.shared import Shared, Shift
from rangeops.tui.slot_form import FIELDS, prefilled, request_of
from rangeops.tui.widgets.lines import Lines
from rangeops.wire.timetable import ProposalView

Answer = Callable[[Action, Target], Awaitable[Receipt]]

_STEP: Final = timedelta(minutes=5)
_WORDS: Final = 74  # columns of a refusal
_MOST_LINES: Final = 6


class AskingDialog(Dialog[str]):
    """Sends on Enter, once at a time. Done: it closes with what the server said; refused: it stays, and says why."""

    def __init__(self, action: Action, shared: Shared, answer: Answer) -> None:
        super().__init__(classes="wide")
        self._action, self._shared, self._answer = action, shared, answer
        self._said: tuple[Line, ...] = ()
        self._sending = False

    def send(self, target: Target) -> None:
        if not self._sending:
            self._sending = True
            self.said(tr("Sending."), Ink.P3)
            self.run_worker(self._send(target))

    async def _send(self, target: Target) -> None:
        try:
            receipt = await self._answer(self._action, target)
        except RangeopsError as error:
            self.said(tr("Not done. {error}", error=cleaned(str(error))), Ink.P2)
            return
        finally:
            self._sending = False
        self.dismiss(receipt.text)

    def said(self, text: str, ink: Ink) -> None:
        self._said = tuple((Span(f" {line}", ink),) for line in wrapped(text, _WORDS))
        if self.composed:
            trace = self.query_one("#trace", Lines)
            trace.styles.height = min(max(1, len(self._said)), _MOST_LINES)
            trace.show(self._said)


class MoveDialog(AskingDialog):
    """← → by five minutes; the bar moves on the timeline behind. Nothing is sent before Enter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "shift(-1)", "Earlier"),
        Binding("right", "shift(1)", "Later"),
        Binding("enter", "confirm", "Move"),
    ]

    def __init__(self, action: Action, slot: Slot, shared: Shared, answer: Answer) -> None:
        super().__init__(action, shared, answer)
        self._slot = slot  # as it was when the dialog opened: its version is what is sent
        self._by = timedelta(0)

    def compose(self) -> ComposeResult:
        self._facts = Lines(id="facts")
        with Vertical(id="dialog") as box:
            box.border_title = tr("Move")
            yield self._facts
            yield Lines(id="trace")

    def on_mount(self) -> None:
        self.composed = True

    def on_unmount(self) -> None:
        self._shared.records.shift = None

    def action_shift(self, steps: int) -> None:
        self._by += steps * _STEP
        self._shared.records.shift = Shift(self._slot.id, self._by)
        self.said("", Ink.TEXT)
        self.app.call_next(self.app.draw)  # type: ignore[attr-defined]  # the control room's

    def action_confirm(self) -> None:
        if not self._by:
            self.said(tr("It is where it was."), Ink.DIM)
            return
        slot = self._slot
        self.send(Target(slot=slot.id, slot_version=slot.version, starts=slot.starts + self._by))

    def draw_dialog(self, scene: Scene) -> None:
        slot, by = self._slot, self._by
        before, after = (self._span(slot, shift, scene) for shift in (timedelta(0), by))
        minutes = by.total_seconds() / 60
        self._facts.show(
            (
                (
                    Span(
                        f" {slot.id}  {slot.company}  {slot.callsign}  {slot.volume}  {tr(slot.state.value)}",
                        Ink.BRIGHT,
                    ),
                ),
                (
                    Span(" " + tr("{before} local →", before=before) + " "),
                    Span(f"{after}  ({minutes:+.0f} min)", Ink.BRIGHT if by else Ink.DIM),
                ),
                (
                    Span(" " + tr("← → 5 min"), Ink.KEY),
                    Span("   " + tr("enter moves it   esc leaves it where it was"), Ink.DIM),
                ),
            )
        )

    def _span(self, slot: Slot, by: timedelta, scene: Scene) -> str:
        starts, ends = ((moment + by).astimezone(scene.local) for moment in (slot.starts, slot.ends))
        return f"{starts:%H:%M}-{ends:%H:%M}"


class ProposalDialog(AskingDialog):
    """The solver's timetable for a day as a list of changes. Enter accepts all of them, Esc none; ↑ ↓ scroll."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "accept", "Accept"),
        Binding("down,j,pagedown", "scroll_by(1)", "On"),
        Binding("up,k,pageup", "scroll_by(-1)", "Back"),
    ]

    def __init__(
        self, action: Action, shared: Shared, answer: Answer, solve: Callable[[], Awaitable[ProposalView]]
    ) -> None:
        super().__init__(action, shared, answer)
        self._solve = solve
        self._proposal: ProposalView | None = None
        self._from = 0

    def compose(self) -> ComposeResult:
        self._moves = Lines(id="moves")
        with Vertical(id="dialog") as box:
            box.border_title = tr("Proposed timetable")
            yield self._moves
            yield Lines(id="trace")
            yield Lines(id="hint")

    def on_mount(self) -> None:
        self.composed = True
        self.said(tr("Solving."), Ink.P3)
        self.run_worker(self._ask())

    async def _ask(self) -> None:
        try:
            self._proposal = await self._solve()
        except RangeopsError as error:
            self.said(tr("No proposal. {error}", error=cleaned(str(error))), Ink.P2)
            return
        self.said(proposal_words(self._proposal), Ink.DIM)
        self.app.call_next(self.app.draw)  # type: ignore[attr-defined]  # the control room's

    def action_scroll_by(self, steps: int) -> None:
        self._from += steps * max(1, self._moves.size.height // 2)
        self.app.call_next(self.app.draw)  # type: ignore[attr-defined]

    def action_accept(self) -> None:
        if self._proposal is None:
            return
        if not changes_anything(self._proposal):
            self.said(tr("There is nothing to accept."), Ink.DIM)
            return
        self.send(Target(proposal=self._proposal.sha256))

    def draw_dialog(self, scene: Scene) -> None:
        lines = () if self._proposal is None else proposal_lines(self._proposal, scene.zone)
        room = self._moves.size.height
        self._from = max(0, min(self._from, len(lines) - room))
        shown = list(lines[self._from : self._from + room])
        if (below := len(lines) - self._from - room) > 0 and shown:
            shown[-1] = (Span(" " + tr("… {below} more: ↓", below=below + 1), Ink.DIM),)
        self._moves.show(shown)
        self.query_one("#hint", Lines).show(
            (
                (
                    Span(" " + tr("enter"), Ink.KEY),
                    Span(" " + tr("accepts all of it   esc leaves everything as it is"), Ink.DIM),
                ),
            )
        )


class SlotForm(AskingDialog):
    """A new request, filled in like the chosen slot. Tab and ↑ ↓ go from field to field."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "Next field"),
        Binding("up", "app.focus_previous", "Field before"),
    ]

    def __init__(
        self, action: Action, shared: Shared, answer: Answer, *, like: Slot | None, day: date, now_local: datetime
    ) -> None:
        super().__init__(action, shared, answer)
        self._day = day
        self._zone = now_local.tzinfo
        self._first = prefilled(like, now_local, today=day == now_local.date())

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as box:
            box.border_title = tr("New slot, {day}", day=dated(self._day, "%a %d %b"))
            for field in FIELDS:
                with Horizontal(classes="field"):
                    yield Lines(id=f"title-{field.name}", classes="field-title")
                    entry = Input(
                        self._first.get(field.name, ""),
                        id=f"field-{field.name}",
                        placeholder=tr(field.hint),
                        max_length=60,
                        compact=True,
                        select_on_focus=True,
                    )
                    entry.cursor_blink = False  # only alarm marks flash
                    yield entry
            yield Lines(id="trace")
            yield Lines(id="hint")

    def on_mount(self) -> None:
        self.composed = True
        self.query_one("#field-volume", Input).focus()

    def draw_dialog(self, scene: Scene) -> None:  # noqa: ARG002  # every dialog's signature
        for field in FIELDS:
            self.query_one(f"#title-{field.name}", Lines).show(((Span(f" {tr(field.title)}", Ink.DIM),),))
        self.query_one("#hint", Lines).show(
            ((Span(" " + tr("enter"), Ink.KEY), Span(" " + tr("asks for it   ↑ ↓ fields   esc cancels"), Ink.DIM)),)
        )
        self.query_one("#trace", Lines).show(self._said or (BLANK,))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        typed: Mapping[str, str] = {field.name: self.query_one(f"#field-{field.name}", Input).value for field in FIELDS}
        try:
            assert self._zone is not None
            request = request_of(typed, self._day, self._zone)
        except RangeopsError as error:
            self.said(str(error), Ink.P2)
            return
        self.send(replace(Target(), request=request))
