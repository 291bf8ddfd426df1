"""Signing in at a room, and a second person's word at another's: a name and a password, which never leave the dialog."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical

from rangeops.domain.errors import CodeWanted, RangeopsError
from rangeops.tui.board import Scene
from rangeops.tui.ink import Ink, Line, Span, wrapped
from rangeops.tui.language import tr, tr_later
from rangeops.tui.outside import cleaned
from rangeops.tui.screens.dialogs import Dialog
from rangeops.tui.widgets.lines import Lines
from rangeops.tui.widgets.person import PersonFields

CODE_ASKED: Final = tr_later("The password fits. Type it again, Enter, and the code of the second factor, Enter.")
_WIDTH: Final = 62


class PersonDialog(Dialog[str]):
    """Asks for name and password, and calls `deed` with them; gives what that says, or None where it was cancelled.

    A wrong password is typed again; nothing of it is kept. facts: what stands above, drawn anew each time. deed: with name,
    password and code; CodeWanted from it asks for that.
    """

    def __init__(
        self, title: str, facts: Callable[[Scene], Sequence[Line]], deed: Callable[[str, str, str], Awaitable[str]]
    ) -> None:
        super().__init__()
        self._heading, self._above, self._deed = title, facts, deed

    def compose(self) -> ComposeResult:
        self._facts, self._said, self._person = Lines(id="facts"), Lines(id="trace"), PersonFields()
        with Vertical(id="dialog") as box:
            box.border_title = self._heading
            yield self._facts
            yield self._person
            yield self._said

    def on_mount(self) -> None:
        self.composed = True
        self._person.begin()

    def draw_dialog(self, scene: Scene) -> None:
        self._facts.show(tuple(self._above(scene)))

    def on_person_fields_entered(self, event: PersonFields.Entered) -> None:
        self._say(tr("One moment."), Ink.P3)
        self.run_worker(self._ask(event.name, event.password, event.code))

    async def _ask(self, name: str, password: str, code: str) -> None:
        try:
            said = await self._deed(name, password, code)
        except CodeWanted:
            self._say(tr(CODE_ASKED), Ink.P3)
            self._person.ask_code()
        except RangeopsError as error:
            self._say(str(error), Ink.P1)
            self._person.again()
        else:
            self.dismiss(said)

    def _say(self, text: str, ink: Ink) -> None:
        self._said.show(tuple((Span(f" {line}", ink),) for line in wrapped(cleaned(text), _WIDTH - 4)))
