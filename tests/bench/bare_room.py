"""The least that Textual can be: one line, and a key that changes it. The floor under the control room's figures."""

from textual.app import App, ComposeResult
from textual.events import Key
from textual.widgets import Static


class BareRoom(App[None]):
    def compose(self) -> ComposeResult:
        self._line = Static("painted")
        self._pressed = 0
        yield self._line

    def on_key(self, event: Key) -> None:
        self._pressed += 1
        self._line.update(f"pressed {self._pressed} times")


if __name__ == "__main__":
    BareRoom().run()
