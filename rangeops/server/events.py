"""Server-sent events: the range as it is, the log's lines and what changed, over plain HTTP, taken up again where it broke.

The event's id is a place in the record (`seq`). A client that comes back with it is given every line since, in the record's
order; one that is too far behind, or comes from another record, is told to read anew. Source: WHATWG HTML, "Server-sent
events", 9.2.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from rangeops.domain.audit import Actor
from rangeops.domain.permissions_of_roles import Act, is_member, may
from rangeops.server.tail import MOST_BEHIND, Tail
from rangeops.wire.picture import Changed, LogLine, RangePicture

PICTURE: Final = "picture"
LOG: Final = "log"
CHANGED: Final = "changed"
KINDS: Final = (PICTURE, LOG, CHANGED)
NOUNS: Final = (
    "slots", "closures", "plans", "incidents", "links", "registers", "duty", "handover", "range",
)  # fmt: skip
"""All that `changed` may name: told at once to a client that comes back, since changes have no entry of their own."""

MEMBERS_NOUNS: Final = frozenset(["slots", "closures", "plans", "incidents", "registers"])
HEARTBEAT_S: Final = 15.0
RETRY_MS: Final = 2000
_encoder: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it goes out. seq: its id; None leaves the client's as it is."""

    kind: str
    body: object
    seq: int | None = None

    def encoded(self) -> bytes:
        place = b"" if self.seq is None else b"id: %d\n" % self.seq
        return b"event: %s\n%sdata: %s\n\n" % (self.kind.encode(), place, _encoder.encode(self.body))


class Listener:
    """One stream. What it holds is bounded: the newest picture, a set of nouns, a place in the record."""

    def __init__(self, actor: Actor, kinds: frozenset[str], seq: int) -> None:
        self.actor = actor
        self.wants_picture = PICTURE in kinds
        self.wants_log = LOG in kinds and may(actor, Act.SEE_RANGE)
        self.wants_changes = CHANGED in kinds
        self.seq = seq
        self.woken = asyncio.Event()
        self._picture: RangePicture | None = None
        self._nouns: dict[str, None] = {}

    def show(self, picture: RangePicture) -> None:
        if self.wants_picture:
            self._picture = picture
            self.woken.set()

    def tell(self, noun: str) -> None:
        if self.wants_changes and (noun in MEMBERS_NOUNS or not is_member(self.actor)):
            self._nouns[noun] = None
            self.woken.set()

    def take(self) -> tuple[tuple[str, ...], RangePicture | None]:
        nouns, picture = tuple(self._nouns), self._picture
        self._nouns.clear()
        self._picture = None
        return nouns, picture


class EventHub:
    """All streams. On the event loop only."""

    def __init__(self, tail: Tail, as_seen: Callable[[RangePicture, Actor], RangePicture]) -> None:
        """as_seen: the picture as somebody may see it; by the picture alone, without a look at the store."""
        self.tail = tail
        self._as_seen = as_seen
        self.ending = asyncio.Event()
        self._listeners: set[Listener] = set()
        self._encoded: dict[str, tuple[RangePicture, bytes]] = {}  # by company, the newest picture as it is seen there

    def __len__(self) -> int:
        return len(self._listeners)

    def join(self, listener: Listener) -> None:
        self._listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        if not self._listeners:
            self.tail.forget()
            self._encoded.clear()

    def show(self, picture: RangePicture) -> None:
        for listener in self._listeners:
            listener.show(picture)

    def tell(self, notice: LogLine | Changed) -> None:
        if not self._listeners:
            return
        if isinstance(notice, Changed):
            for listener in self._listeners:
                listener.tell(notice.noun)
            return
        self.tail.wake()
        for listener in self._listeners:
            if listener.wants_log:
                listener.woken.set()

    def end(self) -> None:
        """The server ends: so do the streams, and their clients come back."""
        self.ending.set()

    def picture_for(self, actor: Actor, picture: RangePicture) -> bytes:
        """Encoded once for all who see the same."""
        of = actor.company if is_member(actor) else ""
        kept = self._encoded.get(of)
        if kept is None or kept[0] is not picture:
            kept = (picture, Told(PICTURE, self._as_seen(picture, actor)).encoded())
            self._encoded[of] = kept
        return kept[1]


@dataclass(frozen=True, slots=True)
class Start:
    """Where a stream begins. reset: why what was missed isn't told; "" where nothing was, or all of it is."""

    seq: int
    resumed: bool = False
    reset: str = ""


def start_of(last_event_id: str | None, head: int) -> Start:
    """head: of the record, now."""
    if last_event_id is None or not last_event_id.strip():
        return Start(head)
    text = last_event_id.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return Start(head, reset="the last event's id is none of ours")
    seq = int(text)
    if seq > head:
        return Start(head, reset="the record doesn't reach as far: it is another one, or was restored")
    if head - seq > MOST_BEHIND:
        return Start(head, reset=f"more than {MOST_BEHIND} entries were missed")
    return Start(seq, resumed=True)
