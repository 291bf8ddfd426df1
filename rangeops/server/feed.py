"""The feed's fan-out: one encoding for all screens, and for each screen no more than it can take.

A picture that a slow screen hasn't taken is replaced by the next. Log lines and changes are queued; a screen so slow
that they pile up is disconnected, and reads what it missed from the log when it comes back.
"""

import asyncio
from collections import deque
from typing import Final

import msgspec

from rangeops.server.events import EventHub
from rangeops.services.changes import Notice
from rangeops.wire.picture import Changed, LogLine, RangePicture

MOST_QUEUED: Final = 2000
_KIND: Final = {RangePicture: "picture", LogLine: "log", Changed: "changed"}
_encoder: Final = msgspec.json.Encoder()


def encode_item(item: RangePicture | LogLine | Changed) -> bytes:
    return _encoder.encode({"kind": _KIND[type(item)], "body": item})


class Screen:
    """One subscriber's queue."""

    def __init__(self) -> None:
        self._picture: bytes | None = None
        self._lines: deque[bytes] = deque()
        self._filled = asyncio.Event()
        self.overflowed = False

    def show(self, picture: bytes) -> None:
        self._picture = picture
        self._filled.set()

    def tell(self, line: bytes) -> None:
        if len(self._lines) >= MOST_QUEUED:
            self.overflowed = True
        else:
            self._lines.append(line)
        self._filled.set()

    async def next(self) -> list[bytes]:
        """What is to be sent now: lines first, then the newest picture."""
        await self._filled.wait()
        self._filled.clear()
        items = list(self._lines)
        self._lines.clear()
        if self._picture is not None:
            items.append(self._picture)
            self._picture = None
        return items


class FeedHub:
    """On the event loop only; `Operations.announce` brings notices here from other threads."""

    def __init__(self) -> None:
        self._screens: set[Screen] = set()
        self._also: list[EventHub] = []

    def __len__(self) -> int:
        return len(self._screens)

    def also(self, events: EventHub) -> None:
        """Tell these streams everything, too."""
        self._also.append(events)

    def join(self, picture: RangePicture) -> Screen:
        """A new subscriber; its first item is the whole picture."""
        screen = Screen()
        screen.show(encode_item(picture))
        self._screens.add(screen)
        return screen

    def leave(self, screen: Screen) -> None:
        self._screens.discard(screen)

    def show(self, picture: RangePicture) -> None:
        for events in self._also:
            events.show(picture)
        if self._screens:
            data = encode_item(picture)
            for screen in self._screens:
                screen.show(data)

    def tell(self, notice: Notice) -> None:
        if not isinstance(notice, LogLine | Changed):
            return
        for events in self._also:
            events.tell(notice)
        if self._screens:
            data = encode_item(notice)
            for screen in self._screens:
                screen.tell(data)
