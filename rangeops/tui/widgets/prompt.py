"""The one-line prompt in the status row: `/` finds a vehicle, `:` runs a command by its name."""

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input


class Prompt(Input):
    """Hidden until it is opened; closed by Enter and Esc."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close", show=False)]

    @dataclass
    class Entered(Message):
        """What was typed, and after which sign."""

        sign: str
        text: str

    def __init__(self) -> None:
        super().__init__(id="prompt", compact=True, select_on_focus=False)
        self.cursor_blink = False  # only alarm marks flash
        self.display = False
        self.can_focus = False
        self._sign = ":"

    def open(self, sign: str, words: list[str]) -> None:
        self._sign = sign
        self.value = ""
        self.placeholder = (
            "callsign, number or company" if sign == "/" else "name of a command, then what it is for: hold D07"
        )
        self.suggester = SuggestFromList(words, case_sensitive=False)
        self.display = self.can_focus = True
        self.focus()

    def action_close(self) -> None:
        self.display = self.can_focus = False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_close()
        if event.value.strip():
            self.post_message(self.Entered(self._sign, event.value.strip()))
