"""S on Review: what is signed, as it is now, and a password. The second person, where the class takes one, may sign here too.

A password leaves the dialog once, to the server; it is in no target's representation, in no log and on no picture.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical

from rangeops.client.action import Action, Receipt, Target
from rangeops.domain.errors import CodeWanted, Conflict, RangeopsError
from rangeops.domain.incidents import IncidentState
from rangeops.tui.board import Scene
from rangeops.tui.ink import Ink, Line, Span, wrapped
from rangeops.tui.language import dated, tr
from rangeops.tui.outside import cleaned
from rangeops.tui.screens.dialogs import Dialog
from rangeops.tui.screens.incident_dialogs import WIDTH, Second, whole_text
from rangeops.tui.screens.sign_in import CODE_ASKED
from rangeops.tui.shared import Shared
from rangeops.tui.widgets.lines import Lines
from rangeops.tui.widgets.person import PersonFields
from rangeops.wire.incident_review import ReviewedView

_BESIDE: Final = 9  # rows of the screen that aren't the facts': header, fields, frame, footer
_FEWEST: Final = 6


class SignDialog(Dialog[str]):
    """look: the review as it is now; what it gave is what is signed. Gives what was done, None where nothing was."""

    def __init__(  # noqa: PLR0917  # what it needs
        self,
        action: Action,
        target: Target,
        shared: Shared,
        answer: Callable[[Action, Target], Awaitable[Receipt]],
        second: Second,
        look: Callable[[str], Awaitable[ReviewedView]],
    ) -> None:
        super().__init__(classes="wide")
        self._action, self._target, self._shared = action, target, shared
        self._answer, self._second, self._look = answer, second, look
        self._view: ReviewedView | None = None
        self._said_lines: tuple[Line, ...] = ()

    def compose(self) -> ComposeResult:
        me = self._shared.records.me
        self._facts, self._said = Lines(id="facts"), Lines(id="trace")
        self._person = PersonFields("" if me is None else me.user)
        with Vertical(id="dialog") as box:
            box.border_title = f"{tr(self._action.title)} {self._target.incident}"
            yield self._facts
            yield self._person
            yield self._said

    def on_mount(self) -> None:
        self.composed = True
        self._person.begin()
        self.run_worker(self._read(), group="review")

    async def _read(self) -> None:
        """Raises nothing: what it couldn't read is said."""
        try:
            self._view = await self._look(self._target.incident or "")
        except RangeopsError as error:
            self._say(str(error), Ink.P1)
        self.app.call_next(self.app.draw)  # type: ignore[attr-defined]  # the control room's

    def draw_dialog(self, scene: Scene) -> None:
        lines = self._lines(scene)
        room = max(_FEWEST, self.size.height - _BESIDE - len(self._said_lines))
        if len(lines) > room:
            more = tr("… {below} more lines: `rangeops incident review` shows all", below=len(lines) - room + 1)
            lines = [*lines[: room - 1], (Span(f" {more}", Ink.DIM),)]
        self._facts.styles.height = len(lines)
        self._facts.show(lines)

    def _lines(self, scene: Scene) -> Sequence[Line]:
        """What lacks and the hash come first: at the smallest size they still stand."""
        view = self._view
        if view is None:
            return [(Span(" " + tr("Reading."), Ink.DIM),)]
        review = view.review
        head = tr("{incident} revision {revision}", incident=review.incident, revision=review.revision)
        lines: list[Line] = [
            (Span(f" {head}  ", Ink.BRIGHT), Span(tr(review.state.value), Ink.TEXT)),
            (Span(" sha256 ", Ink.DIM), Span(view.sha256, Ink.TEXT)),
        ]
        if view.missing:
            lacks = tr("It lacks {lacks}.", lacks=", ".join(cleaned(view.missing)))
            lines += _wrapped(f"{lacks} {tr('Complete it, then sign.')}", Ink.P2)
        lines += _wrapped(self._who_signs(view, scene), Ink.BRIGHT)
        class_ = tr(review.occurrence_class.value) if review.occurrence_class else tr("not classified")
        told = {None: tr("not said"), True: tr("must be told"), False: tr("need not be told")}[review.mandatory]
        said = tr(
            "{class_} · {category} · authority: {told} · {actions} actions",
            class_=class_,
            category=cleaned(review.category) or tr("no category"),
            told=told,
            actions=len(review.follow_ups),
        )
        lines += _wrapped(said, Ink.TEXT)
        lines += _wrapped(cleaned(review.headline), Ink.BRIGHT)
        for text in (review.narrative, review.cause):
            for paragraph in whole_text(text).splitlines():
                lines += _wrapped(paragraph, Ink.TEXT)
        return lines

    def _who_signs(self, view: ReviewedView, scene: Scene) -> str:
        signed = [
            tr("signed by {by}", by=f"{each.by} {dated(each.signed_utc.astimezone(scene.local), '%d %b %H:%ML')}")
            for each in view.review.signatures
        ]
        left = view.signers_needed - len(view.review.signatures)
        wanted = tr("its class takes two persons") if view.signers_needed > 1 else ""
        return ". ".join(
            filter(
                None,
                (
                    cleaned("; ".join(filter(None, (*signed, wanted)))),
                    tr("Name, Enter, password, Enter") if left > 0 else tr("Nobody need sign it"),
                ),
            )
        )

    def on_person_fields_entered(self, event: PersonFields.Entered) -> None:
        if (why := self._kept_from()) is not None or self._view is None:
            self._say(why or "", Ink.P2)
            self._person.again()
            return
        self._say(tr("One moment."), Ink.P3)
        target = replace(self._target, words={"sha256": self._view.sha256}, secret=event.password)
        self.run_worker(self._sign(event.name, target, event.code), group="calls")

    def _kept_from(self) -> str | None:
        """Why no password is sent."""
        if self._view is None:
            return tr("It was not read yet.")
        if self._view.missing:
            return tr("Not signed: it is not complete.")
        return None

    async def _sign(self, name: str, target: Target, code: str) -> None:
        me = self._shared.records.me
        try:
            if me is not None and name == me.user:
                receipt = await self._answer(self._action, target)
            else:
                receipt = await self._second(self._action, target, name, code)
        except CodeWanted:
            self._say(tr(CODE_ASKED), Ink.P3)
            self._person.ask_code()
        except Conflict as error:  # somebody changed it, or has signed it: what is shown must be what is signed
            await self._read()
            self._refused(error)
        except RangeopsError as error:
            self._refused(error)
        else:
            self._signed(receipt)

    def _refused(self, error: RangeopsError) -> None:
        self._say(tr("Not signed. {error}", error=error), Ink.P1)
        self._person.again()

    def _signed(self, receipt: Receipt) -> None:
        view = receipt.reviewed
        if view is None or view.review.state is IncidentState.SIGNED or self._view is None:
            self.dismiss(receipt.text)
            return
        # The text stays the one that was signed: the same hash is what a second person puts his name to.
        review = replace(self._view.review, signatures=view.review.signatures)
        self._view = replace(self._view, review=review)
        self._person.anew()
        self._say(
            tr("{text}. A second person: name, Enter, password, Enter.  esc: elsewhere", text=receipt.text), Ink.P3
        )

    def _say(self, text: str, ink: Ink) -> None:
        self._said_lines = tuple(_wrapped(cleaned(text), ink))
        self._said.styles.height = max(1, len(self._said_lines))
        self._said.show(self._said_lines)


def _wrapped(text: str, ink: Ink) -> list[Line]:
    return [(Span(f" {line}", ink),) for line in wrapped(text, WIDTH)]
