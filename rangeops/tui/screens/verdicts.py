"""J: what the range did by itself, newest first: right, late, or unneeded, with a note. PgUp and PgDn choose."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import ClassVar, Final

from textual.binding import Binding, BindingType

from rangeops.client.action import Action, Target
from rangeops.domain.errors import RangeopsError
from rangeops.tui.board import Scene
from rangeops.tui.ink import Ink, Line, Span, fit
from rangeops.tui.language import dated, tr
from rangeops.tui.outside import cleaned
from rangeops.tui.screens.slot_dialogs import Answer
from rangeops.tui.screens.steering import SteeringDialog
from rangeops.tui.shared import Shared
from rangeops.wire.enforcement import ReviewCounts, ReviewsView, ReviewView

_ROWS: Final = 8


class VerdictDialog(SteeringDialog):
    """look: every item there is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pagedown", "choose(1)", "Older"),
        Binding("pageup", "choose(-1)", "Newer"),
    ]

    def __init__(
        self, action: Action, target: Target, shared: Shared, answer: Answer, look: Callable[[], Awaitable[ReviewsView]]
    ) -> None:
        super().__init__(action, target, shared, answer)
        self._look = look
        self._reviews: ReviewsView | None = None
        self._chosen = 0

    def on_mount(self) -> None:
        super().on_mount()
        self.run_worker(self._fetch(), group="reviews")

    async def _fetch(self) -> None:
        try:
            self._reviews = cleaned(await self._look())
        except RangeopsError as error:
            self.said(cleaned(str(error)), Ink.P2)

    def action_choose(self, step: int) -> None:
        count = 0 if self._reviews is None else len(self._reviews.items)
        self._chosen = max(0, min(count - 1, self._chosen + step))

    def send(self, target: Target) -> None:
        """Of the item that is chosen now: it doesn't change by itself, a newer one comes only when this is opened again."""
        if self._reviews is None or not self._reviews.items:
            self.said(tr("The range has done nothing by itself."), Ink.P2)
            return
        item = self._reviews.items[self._chosen]
        super().send(replace(target, words={**target.words, "item": item.id}))

    def facts(self, scene: Scene) -> Sequence[Line]:
        if self._reviews is None:
            return ((Span(" " + tr("Reading."), Ink.DIM),),)
        items = self._reviews.items
        first = max(0, min(self._chosen - _ROWS // 2, len(items) - _ROWS))
        rows = [
            _row(item, scene, chosen=number == self._chosen)
            for number, item in enumerate(items)
            if first <= number < first + _ROWS
        ]
        empty: list[Line] = [(Span(" " + tr("The range has sent nothing by itself."), Ink.DIM),)]
        return (_counts(self._reviews.counts), *(rows or empty), (Span(" " + tr("pgup pgdn choose"), Ink.DIM),))


def _counts(counts: ReviewCounts) -> Line:
    return (
        Span(
            " "
            + tr(
                "right {right}  late {late}  unneeded {unneeded}",
                right=counts.right,
                late=counts.late,
                unneeded=counts.unneeded,
            )
            + "  ",
            Ink.TEXT,
        ),
        Span(tr("to judge {open}", open=counts.open), Ink.P2 if counts.open else Ink.OK),
    )


def _row(item: ReviewView, scene: Scene, *, chosen: bool) -> Line:
    progress = item.progress
    local = item.opened_utc.astimezone(scene.local)
    seen = (
        tr("not seen")
        if progress.seen_after_s is None
        else tr("seen {seen_after_s:.1f} s", seen_after_s=progress.seen_after_s)
    )
    what = f"{dated(local, '%d %b %H:%M:%SL')} {fit(item.callsign, 6)} {fit(progress.order.kind.value.upper(), 4)} {fit(seen, 10)}"
    verdict = tr("to judge") if item.verdict is None else f"{tr(item.verdict.value)}, {item.judged_by}"
    return (
        Span("▸" if chosen else " ", Ink.KEY),
        Span(what, Ink.BRIGHT if chosen else Ink.TEXT),
        Span(f" {fit(progress.order.reason, 20)} ", Ink.DIM),
        Span(verdict, Ink.P2 if item.verdict is None else Ink.OK),
    )
