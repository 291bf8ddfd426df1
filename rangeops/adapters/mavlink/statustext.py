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
MOST_A_SECOND: Final = 20
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


class StatusTexts:
    """Texts of one vehicle. What can't be completed is told after two seconds, its gaps marked."""

    def __init__(self) -> None:
        self._open: OrderedDict[int, _Open] = OrderedDict()  # by id
        self._second = 0
        self._in_second = 0
        self.suppressed = 0  # over the rate, and not told

    @property
    def unfinished(self) -> bool:
        """Whether a text waits for the rest of its pieces."""
        return bool(self._open)

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
        return self._allowed([_told(self._open.pop(key)) for key in late], now)

    def _allowed(self, texts: list[Text], now: Now) -> list[Text]:
        if (second := int(now.monotonic_s)) != self._second:
            self._second, self._in_second = second, 0
        allowed = texts[: max(MOST_A_SECOND - self._in_second, 0)]
        self._in_second += len(texts)
        self.suppressed += len(texts) - len(allowed)
        return allowed


def _told(text: _Open) -> Text:
    end = text.last if text.last is not None else max(text.chunks, default=0)
    joined = b"".join(text.chunks.get(index, GAP.encode()) for index in range(end + 1))
    if text.last is None:
        joined += GAP.encode()
    return Text(text.severity, safe_text(joined, limit=TEXT_LIMIT))
