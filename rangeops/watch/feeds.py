"""The feeds of other aircraft that a watch reads: opened, read, and opened again after a while, as links are.

They are links to whoever adds or lists them. What a feed raises, foreseen or not, ends that feed and nothing else.
"""

import selectors
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import structlog

from rangeops.adapters.mavlink.endpoints import Backoff
from rangeops.adapters.traffic.feeds import Feed, feed_of
from rangeops.domain.alarms import Assessment, Condition
from rangeops.domain.errors import RangeopsError
from rangeops.domain.events import LinkChanged
from rangeops.domain.now import Now
from rangeops.domain.traffic import Sighting, TrafficTable, take_all
from rangeops.wire.picture import LinkView

RATE_OVER_S: Final = 2.0
_SLOWEST: Final = Backoff(first_s=0.5, most_s=10.0)  # a receiver that isn't there is in no hurry

_log = structlog.get_logger("watch")


@dataclass(slots=True)
class _OpenFeed:
    feed: Feed
    opened: bool = False
    up: bool = False
    error: str = ""
    retry_at_s: float = float("-inf")
    delays_s: Iterator[float] = field(default_factory=_SLOWEST.delays_s)
    rate_from: tuple[float, int] = (0.0, 0)
    messages_per_s: float = 0.0


class Feeds:
    def __init__(self, selector: selectors.BaseSelector, traffic: TrafficTable) -> None:
        self._selector = selector
        self._traffic = traffic
        self._feeds: dict[str, _OpenFeed] = {}
        self._refused: dict[str, str] = {}  # URIs that name no feed, and why: down for as long as they are wanted

    def want(self, uris: Iterable[str]) -> list[LinkChanged]:
        """Take up what is new, close what is no longer wanted; `tend` opens."""
        wanted = dict.fromkeys(uris)
        changed = []
        self._refused = {uri: why for uri, why in self._refused.items() if uri in wanted}
        for uri in [uri for uri in self._feeds if uri not in wanted]:
            self._feeds.pop(uri).feed.close()
            changed.append(LinkChanged(uri, up=False, detail="removed"))
        for uri in wanted:
            if uri in self._feeds or uri in self._refused:
                continue
            try:
                self._feeds[uri] = _OpenFeed(feed_of(uri))
            except RangeopsError as error:
                self._refused[uri] = error.beside_where
                changed.append(LinkChanged(uri, up=False, detail=self._refused[uri]))
        return changed

    def tend(self, now: Now) -> list[LinkChanged]:
        changed = []
        for each in self._feeds.values():
            if not each.opened and now.monotonic_s >= each.retry_at_s:
                changed += self._guarded(each, now, lambda each=each: self._open(each, now))  # type: ignore[misc]
            if each.opened:
                changed += self._guarded(each, now, lambda each=each: each.feed.tend(now))  # type: ignore[misc]
            changed += _looked_at(each)
        return changed

    def ready(self, uri: str, events: int, now: Now) -> list[LinkChanged]:
        """Read what has come on one."""
        each = self._feeds.get(uri)
        if each is None or not each.opened:
            return []
        return [*self._guarded(each, now, lambda: each.feed.ready(events, now)), *_looked_at(each)]

    def down(self) -> Iterator[tuple[str, bool, str]]:
        """(URI, is it down, why) of every wanted feed."""
        yield from ((uri, bool(each.error), each.error) for uri, each in self._feeds.items())
        yield from ((uri, True, why) for uri, why in self._refused.items())

    def assess(self) -> Iterator[Assessment]:
        for uri, down, error in self.down():
            yield Assessment(Condition.LINK_DOWN, uri, down, value=error)

    def views(self, now: Now) -> Iterator[LinkView]:
        for uri, each in self._feeds.items():
            since_s, count = each.rate_from
            if now.monotonic_s - since_s >= RATE_OVER_S:
                each.messages_per_s = (each.feed.read - count) / (now.monotonic_s - since_s)
                each.rate_from = (now.monotonic_s, each.feed.read)
            yield LinkView(
                uri=uri,
                up=each.up,
                detail=each.error,
                messages_per_s=each.messages_per_s if each.up else 0.0,
                lost_percent=0.0,
            )
        for uri, why in self._refused.items():
            yield LinkView(uri=uri, up=False, detail=why, messages_per_s=0.0, lost_percent=0.0)

    def close(self) -> None:
        for each in self._feeds.values():
            each.feed.close()
        self._feeds.clear()

    def _open(self, each: _OpenFeed, now: Now) -> list[Sighting]:
        each.feed.open(self._selector, now)
        each.opened = True
        return []

    def _guarded(self, each: _OpenFeed, now: Now, act: Callable[[], list[Sighting]]) -> list[LinkChanged]:
        try:
            take_all(self._traffic, act(), now)
        except RangeopsError as error:
            why = error.beside_where
        except Exception as error:  # noqa: BLE001  # a feed's bug is that feed's end, and nobody else's
            _log.error("a feed can't be read", uri=each.feed.uri, exc_info=error)
            why = f"it can't be read ({type(error).__name__}). Remove it, and tell support."
        else:
            return []
        each.feed.close()
        news = each.up or each.error != why
        each.opened, each.up, each.error = False, False, why
        each.retry_at_s = now.monotonic_s + next(each.delays_s)
        return [LinkChanged(each.feed.uri, up=False, detail=why)] if news else []


def _looked_at(each: _OpenFeed) -> list[LinkChanged]:
    if not each.feed.up or each.up:
        return []
    each.up, each.error, each.delays_s = True, "", _SLOWEST.delays_s()
    return [LinkChanged(each.feed.uri, up=True, detail="")]
