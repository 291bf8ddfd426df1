"""The dialogs of an incident's review: its clocks, its narrative, its evidence. Signing has a file of its own."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import ClassVar, Final
from urllib.parse import urlsplit

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, TextArea

from rangeops.client.action import Action, Asks, Receipt, Target
from rangeops.client.api import Client
from rangeops.client.incident_deeds import MINUTES, bundle_name
from rangeops.domain.errors import RangeopsError
from rangeops.domain.text import safe_text
from rangeops.tui.board import Scene
from rangeops.tui.ink import BLANK, Ink, Line, Span, wrapped
from rangeops.tui.language import tr
from rangeops.tui.outside import cleaned
from rangeops.tui.panels.clocks import clock_lines
from rangeops.tui.screens.dialogs import Dialog
from rangeops.tui.screens.slot_dialogs import Answer, AskingDialog
from rangeops.tui.screens.steering import SteeringDialog
from rangeops.tui.screens.words import WordsDialog
from rangeops.tui.shared import Shared
from rangeops.tui.widgets.lines import Lines
from rangeops.wire.bundles import BundleView
from rangeops.wire.incident_review import ReviewedView

WIDTH: Final = 74
_LONGEST_NARRATIVE: Final = 20_000  # characters: what the server takes
_THIS_MACHINE: Final = frozenset(["127.0.0.1", "::1", "localhost"])

Second = Callable[[Action, Target, str, str], Awaitable[Receipt]]
"""Another person's signature at this very screen: by name and code, the password being the target's secret."""


def incident_dialog(  # noqa: PLR0917  # what the dialogs need between them
    action: Action, target: Target, shared: Shared, answer: Answer, client: Client, second: Second
) -> Dialog[str]:
    """What asks before a deed on an incident. second: another person's word at this very screen."""
    if action.asks is Asks.SIGNATURE:
        from rangeops.tui.screens.signing import SignDialog

        return SignDialog(action, target, shared, answer, second, client.incident_review)
    if action.asks is Asks.TEXT:
        return NarrativeDialog(action, target, shared, answer, client.incident_review)
    if action.name == "incident.export":
        host = urlsplit(client.address().url).hostname or ""
        return ExportDialog(action, target, shared, answer, elsewhere="" if host in _THIS_MACHINE else host)
    if action.name == "incident.clocks":
        return ClocksDialog(action, target, shared, answer)
    return WordsDialog(action, target, shared, answer)


def whole_text(text: str) -> str:
    """Of several lines, each safe to show."""
    return "\n".join(safe_text(line, limit=_LONGEST_NARRATIVE) for line in text.splitlines())


class ClocksDialog(SteeringDialog):
    """Above the times the clocks that follow from them, as they run."""

    def facts(self, scene: Scene) -> Sequence[Line]:
        review = self._shared.records.review
        if review is None or review.review.incident != self._target.incident:
            return (BLANK,)
        return clock_lines(review.deadlines, scene.now, scene.zone, WIDTH)


class ExportDialog(SteeringDialog):
    """It stays when the file is written: where it is, how large, and how to check it."""

    def __init__(self, action: Action, target: Target, shared: Shared, answer: Answer, *, elsewhere: str) -> None:
        """elsewhere: the machine on which the range's data is, where that isn't this one."""
        words = {**target.words, "file": bundle_name(target.incident or ""), "recordings": MINUTES}
        super().__init__(action, replace(target, words=words), shared, answer)
        self._elsewhere = elsewhere
        self._written: tuple[Line, ...] = ()

    def facts(self, scene: Scene) -> Sequence[Line]:  # noqa: ARG002  # every dialog's signature
        if self._written:
            return self._written
        what = tr(
            "One zip that anybody can check without rangeops: entries with their proofs, packets, review, report."
        )
        where = (
            tr("The range's data is on {machine}; the file comes to this machine.", machine=self._elsewhere)
            if self._elsewhere
            else tr("All vehicles' packets of those minutes are in it. The record keeps who took it.")
        )
        return tuple((Span(f" {line}", Ink.DIM),) for text in (what, where) for line in wrapped(text, WIDTH))

    def draw_dialog(self, scene: Scene) -> None:
        super().draw_dialog(scene)
        if self._written:  # no key does it again
            self.query_one("#hint", Lines).show((BLANK,))

    async def _send(self, target: Target) -> None:
        try:
            receipt = await self._answer(self._action, target)
        except RangeopsError as error:
            self.said(tr("Not done. {error}", error=cleaned(str(error))), Ink.P2)
            return
        finally:
            self._sending = False
        if receipt.bundle is not None and target.incident is not None:
            self._shared.records.bundles[target.incident] = receipt.text
            self._written = _written(receipt.text, receipt.bundle)
        for entry in self.query(Input):
            entry.disabled = True
        self.said(tr("Written.   esc closes"), Ink.OK)


def _written(text: str, bundle: BundleView) -> tuple[Line, ...]:
    told = [
        (text, Ink.BRIGHT),
        (
            tr("recordings {recordings}, reports {reports}", recordings=bundle.recordings, reports=bundle.reports),
            Ink.TEXT,
        ),
        (f"sha256 {bundle.sha256}", Ink.TEXT),
        *((remark, Ink.P2) for remark in bundle.remarks),
        (
            tr("Check it with `python3 -I check.py` and the range's key: docs/verify-by-hand.md. Do not unpack it."),
            Ink.TEXT,
        ),
    ]
    return tuple((Span(f" {line}", ink),) for each, ink in told for line in wrapped(each, WIDTH))


class NarrativeDialog(AskingDialog):
    """Several lines, so Enter is one of them: ctrl+s keeps it. look: the review as it is now, whole."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "keep", "Keep", priority=True)]

    def __init__(
        self,
        action: Action,
        target: Target,
        shared: Shared,
        answer: Answer,
        look: Callable[[str], Awaitable[ReviewedView]],
    ) -> None:
        super().__init__(action, shared, answer)
        self._target, self._look = target, look
        self._was: str | None = None  # before it was read

    def compose(self) -> ComposeResult:
        self._text = TextArea("", id="text", soft_wrap=True, show_line_numbers=False, compact=True)
        self._text.cursor_blink = False  # only alarm marks flash
        self._text.disabled = True
        with Vertical(id="dialog") as box:
            box.border_title = f"{tr(self._action.title)} {self._target.incident}"
            yield self._text
            yield Lines(id="trace")
            yield Lines(id="hint")

    def on_mount(self) -> None:
        self.composed = True
        self.run_worker(self._read(self._target.incident or ""), group="review")

    async def _read(self, incident: str) -> None:
        try:
            view = await self._look(incident)
        except RangeopsError as error:
            self.said(cleaned(str(error)), Ink.P2)
            return
        self._was = whole_text(view.review.narrative)
        self._text.text = self._was
        self._text.disabled = False
        self._text.focus()
        self._text.move_cursor(self._text.document.end)

    def draw_dialog(self, scene: Scene) -> None:  # noqa: ARG002  # every dialog's signature
        self.query_one("#hint", Lines).show(
            ((Span(" ctrl+s", Ink.KEY), Span(" " + tr("keeps it   enter: a new line   esc cancels"), Ink.DIM)),)
        )
        self.query_one("#trace", Lines).show(self._said or (BLANK,))

    def action_keep(self) -> None:
        if self._was is not None:
            words = {"narrative": self._text.text.rstrip(), "was narrative": self._was.rstrip()}
            self.send(replace(self._target, words=words))
