"""STATUSTEXT: chunks put together again, made safe, and kept from flooding. One StatusTexts a vehicle.

Source: MAVLink STATUSTEXT (id, chunk_seq); docs/mavlink.md, texts.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from rangeops.adapters.mavlink.messages import Statustext
from rangeops.domain.now import Now
from rangeops.domain.text import safe_text

CHUNK_BYTES: Final = 50
MOST_CHUNKS: Final = 20  # 1 kB of text
MOST_OPEN: Final = 8  # texts in pieces at one time
PIECES_WITHIN_S: Final = 2.0
BURST: Final = 40  # texts at once: more than an ArduPilot says when it is switched on and armed …
REFILL_S: Final = 2.0  # … and then one in so long; the others are folded
FOLDED_EVERY_S: Final = 10.0  # how many were folded is told this often
URGENT: Final = 3  # MAV_SEVERITY_ERROR and worse have a burst of their own: chatter mustn't keep them from being told
TEXT_LIMIT: Final = 400  # characters shown
GAP: Final = "[…]"


@dataclass(frozen=True, slots=True)
class Text:
    severity: int
    text: str


@dataclass(slots=True)
class _Open:
    severity: int
    since_s: float
    chunks: dict[int, bytes] = field(default_factory=dict)
    last: int | None = None  # the chunk that ends the text


@dataclass(slots=True)
class _Bucket:
    """Lets a burst pass, and then one text each REFILL_S."""

    left: float = BURST
    at_s: float = float("-inf")

    def take(self, now_s: float) -> bool:
        self.left = min(BURST, self.left + (now_s - self.at_s) / REFILL_S)
        self.at_s = now_s
        if self.left < 1:
            return False
        self.left -= 1
        return True


class StatusTexts:
    """Texts of one vehicle. What can't be completed is told after two seconds, its gaps marked.

    Of a flood most are folded: told as "n more", by number alone. The recorded packets have them all, and who reads
    those folds nothing.
    """

    def __init__(self, *, folds: bool = True) -> None:
        self._folds = folds
        self._open: OrderedDict[int, _Open] = OrderedDict()  # by id
        self._urgent, self._ordinary = _Bucket(), _Bucket()
        self._folded = 0  # since that was last told …
        self._worst = 0  # … the worst severity among them, …
        self._folded_s = 0.0  # … and since when

    @property
    def unfinished(self) -> bool:
        """Whether something waits to be told that time alone will bring."""
        return bool(self._open or self._folded)

    def received(self, message: Statustext, now: Now) -> list[Text]:
        if message.id == 0:
            return self._allowed([Text(message.severity, safe_text(message.text, limit=TEXT_LIMIT))], now)
        if (text := self._open.get(message.id)) is None:
            text = self._open[message.id] = _Open(message.severity, now.monotonic_s)
        if message.chunk_seq < MOST_CHUNKS:
            text.chunks[message.chunk_seq] = message.text
        if len(message.text) < CHUNK_BYTES or message.chunk_seq >= MOST_CHUNKS - 1:
            text.last = min(message.chunk_seq, MOST_CHUNKS - 1)
        whole: list[Text] = []
        if text.last is not None and all(index in text.chunks for index in range(text.last)):
            whole.append(_told(self._open.pop(message.id)))
        elif len(self._open) > MOST_OPEN:
            whole.append(_told(self._open.popitem(last=False)[1]))
        return self._allowed(whole, now)

    def timed_out(self, now: Now) -> list[Text]:
        late = [key for key, text in self._open.items() if now.monotonic_s - text.since_s >= PIECES_WITHIN_S]
        told = self._allowed([_told(self._open.pop(key)) for key in late], now)
        if self._folded and now.monotonic_s - self._folded_s >= FOLDED_EVERY_S:
            told.append(Text(self._worst, f"{GAP} {self._folded} more texts in {FOLDED_EVERY_S:.0f} s"))
            self._folded = 0
        return told

    def _allowed(self, texts: list[Text], now: Now) -> list[Text]:
        if not self._folds:
            return texts
        allowed: list[Text] = []
        for text in texts:
            bucket = self._urgent if text.severity <= URGENT else self._ordinary
            if bucket.take(now.monotonic_s):
                allowed.append(text)
                continue
            if not self._folded:
                self._folded_s, self._worst = now.monotonic_s, text.severity
            self._folded += 1
            self._worst = min(self._worst, text.severity)
        return allowed


def _told(text: _Open) -> Text:
    end = text.last if text.last is not None else max(text.chunks, default=0)
    joined = b"".join(text.chunks.get(index, GAP.encode()) for index in range(end + 1))
    if text.last is None:
        joined += GAP.encode()
    return Text(text.severity, safe_text(joined, limit=TEXT_LIMIT))
