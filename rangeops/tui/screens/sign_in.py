"""Signing in at a room, and a second person's word at another's: a name and a password, which never leave the dialog."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from rangeops.domain.errors import RangeopsError
from rangeops.domain.users import LONGEST_PASSWORD
from rangeops.tui.board import Scene
from rangeops.tui.ink import Ink, Line, Span, wrapped
from rangeops.tui.language import tr
from rangeops.tui.outside import cleaned
from rangeops.tui.screens.dialogs import Dialog
from rangeops.tui.widgets.lines import Lines

_WIDTH: Final = 62
_LONGEST_NAME: Final = 40


class PersonDialog(Dialog[str]):
    """Asks for name and password, and calls `deed` with them; gives what that says, or None where it was cancelled.

    A wrong password is typed again; nothing of it is kept. facts: what stands above, drawn anew each time.
    """

    def __init__(
        self, title: str, facts: Callable[[Scene], Sequence[Line]], deed: Callable[[str, str], Awaitable[str]]
    ) -> None:
        super().__init__()
        self._heading, self._above, self._deed = title, facts, deed

    def compose(self) -> ComposeResult:
        self._facts, self._said = Lines(id="facts"), Lines(id="trace")
        self._person = Input(id="typed", max_length=_LONGEST_NAME, placeholder=tr("name"), compact=True)
        self._password = Input(
            id="secret", max_length=LONGEST_PASSWORD, placeholder=tr("password"), password=True, compact=True
        )
        self._person.cursor_blink = self._password.cursor_blink = False  # only alarm marks flash
        with Vertical(id="dialog") as box:
            box.border_title = self._heading
            yield self._facts
            yield self._person
            yield self._password
            yield self._said

    def on_mount(self) -> None:
        self.composed = True
        self._person.focus()

    def draw_dialog(self, scene: Scene) -> None:
        self._facts.show(tuple(self._above(scene)))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input is self._person or not self._person.value.strip():
            (self._password if self._person.value.strip() else self._person).focus()
        elif self._password.value and not self._password.disabled:
            self._password.disabled = True  # once
            self._say(tr("One moment."), Ink.P3)
            self.run_worker(self._ask(self._person.value.strip(), self._password.value))
            self._password.value = ""

    async def _ask(self, name: str, password: str) -> None:
        try:
            said = await self._deed(name, password)
        except RangeopsError as error:
            self._say(str(error), Ink.P1)
            self._password.disabled = False
            self._password.focus()
        else:
            self.dismiss(said)

    def _say(self, text: str, ink: Ink) -> None:
        self._said.show(tuple((Span(f" {line}", ink),) for line in wrapped(cleaned(text), _WIDTH - 4)))
