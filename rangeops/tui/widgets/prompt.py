"""The one-line prompt over the status row: `/` finds a vehicle, `:` runs a command by its name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from rangeops.tui.completion import Arguments, completed
from rangeops.tui.ink import Ink, Span
from rangeops.tui.language import tr, tr_later
from rangeops.tui.widgets.lines import Lines

_HINT: Final = {"/": tr_later("callsign, number or company"), ":": tr_later("a command and what it is for: hold D07")}


class _Suggester(Suggester):
    """Not cached: what can be named changes."""

    def __init__(self, words: Sequence[str], arguments: Arguments) -> None:
        super().__init__(use_cache=False, case_sensitive=True)  # completion ignores case by itself
        self._words, self._arguments = words, arguments

    async def get_suggestion(self, value: str) -> str | None:
        return completed(value, self._words, self._arguments)


class Prompt(Horizontal):
    """Hidden until it is opened; closed by Enter and Esc."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False),
        Binding("tab", "complete", "Complete", show=False, priority=True),
    ]

    @dataclass
    class Entered(Message):
        """What was typed, and after which sign."""

        sign: str
        text: str

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self._sign, self._empty = ":", False

    def compose(self) -> ComposeResult:
        self._shown_sign = Lines(id="sign")
        self._input = Input(id="words", compact=True, select_on_focus=False)
        self._input.cursor_blink = False  # only alarm marks flash
        yield self._shown_sign
        yield self._input

    def open(
        self,
        sign: str,
        words: Sequence[str],
        arguments: Arguments,
        *,
        text: str = "",
        hint: str = "",
        empty: bool = False,
    ) -> None:
        """words: what it may begin with. arguments: what may follow the first word. text: to begin with. hint: other than
        the sign's. empty: nothing may be entered, too.
        """
        self._sign, self._empty = sign, empty
        self._shown_sign.show(((Span(f" {sign}", Ink.KEY),),))
        self._input.value = text
        self._input.cursor_position = len(text)
        self._input.placeholder = tr(hint or _HINT[sign])
        self._input.suggester = _Suggester(words, arguments)
        self.screen.add_class("-prompting")
        self.screen.set_focus(self._input)  # now, not by and by: the next key is its

    def action_close(self) -> None:
        self.screen.remove_class("-prompting")
        self.screen.set_focus(None)

    def action_complete(self) -> None:
        """Take what is suggested, as → does."""
        self._input.action_cursor_right()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_close()
        if event.value.strip() or self._empty:
            self.post_message(self.Entered(self._sign, event.value.strip()))
