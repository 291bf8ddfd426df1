"""The one-line prompt over the status row: `/` finds a vehicle, `:` runs a command by its name."""

from dataclasses import dataclass
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input

from rangeops.tui.ink import Ink, Span
from rangeops.tui.widgets.lines import Lines

_HINT: Final = {"/": "callsign, number or company", ":": "a command and what it is for: hold D07"}


class Prompt(Horizontal):
    """Hidden until it is opened; closed by Enter and Esc."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close", show=False)]

    @dataclass
    class Entered(Message):
        """What was typed, and after which sign."""

        sign: str
        text: str

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self._sign = ":"

    def compose(self) -> ComposeResult:
        self._shown_sign = Lines(id="sign")
        self._input = Input(id="words", compact=True, select_on_focus=False)
        self._input.cursor_blink = False  # only alarm marks flash
        yield self._shown_sign
        yield self._input

    def open(self, sign: str, words: list[str]) -> None:
        self._sign = sign
        self._shown_sign.show(((Span(f" {sign}", Ink.KEY),),))
        self._input.value = ""
        self._input.placeholder = _HINT[sign]
        self._input.suggester = SuggestFromList(words, case_sensitive=False)
        self.screen.add_class("-prompting")
        self._input.focus()

    def action_close(self) -> None:
        self.screen.remove_class("-prompting")
        self.screen.set_focus(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_close()
        if event.value.strip():
            self.post_message(self.Entered(self._sign, event.value.strip()))
