"""Each key is worked on before the next is looked at.

Textual (8.2) gives a key to whatever has the focus when it comes, and runs its binding later. Keys that come in one read
(typed fast, or sent together by a slow SSH line) are so all given to the screen, before the prompt or the dialog that the
first of them opens: the `h` of `:hold D07` would hold the vehicle that happens to be chosen.
"""

from collections import deque
from functools import partial
from typing import Any, Final

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.timer import Timer

LONGEST_S: Final = 0.25
"""The next key goes then, whatever has become of the last: what it was given to may have closed, and tells no more."""


class KeysInTurn(App[None]):
    """Follows a key on its way up, waits until the screen that it may have opened is there, and then gives the next."""

    def __init__(self, **textuals: Any) -> None:
        super().__init__(**textuals)
        self._keys_waiting: deque[events.Key] = deque()
        self._key_given: events.Key | None = None
        self._key_limit: Timer | None = None

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
        elif self._key_given is None:
            await self._give_key(event)
        else:
            self._keys_waiting.append(event)

    async def _give_key(self, key: events.Key) -> None:
        self._key_given = key
        self._key_limit = self.set_timer(LONGEST_S, partial(self._key_done, key))
        receiver = self.focused or self.screen
        await super().on_event(key)
        self._follow_key(key, receiver)

    def _follow_key(self, key: events.Key, node: DOMNode) -> None:
        """Behind the key in each queue that it goes through; in the app's, the last, its binding is run."""
        onwards = self._await_screen if node is self else partial(self._follow_key, node=node.parent or self)
        if not node.call_later(onwards, key):
            self._await_screen(key)

    def _await_screen(self, key: events.Key) -> None:
        """Until the screen that is on top now has its children, and has said where the focus shall be."""
        if not self.screen.call_later(self.call_later, self._key_done, key):
            self.call_later(self._key_done, key)

    async def _key_done(self, key: events.Key) -> None:
        if self._key_given is not key:
            return
        self._key_given = None
        if self._key_limit is not None:
            self._key_limit.stop()
        if self._keys_waiting:
            await self._give_key(self._keys_waiting.popleft())
