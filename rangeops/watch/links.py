"""The open links of a watch: bytes in to packets, packets out to bytes, every one of them recorded.

A link that breaks is closed and opened again with backoff; no other link waits for it.
"""

import selectors
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from rangeops.adapters.mavlink.endpoints import Backoff, Endpoint, Overflow, endpoint_of
from rangeops.adapters.mavlink.fleet import Outgoing
from rangeops.adapters.mavlink.link import Link, Packet, Peer
from rangeops.adapters.mavlink.routes import Route
from rangeops.adapters.traffic.feeds import is_feed
from rangeops.domain.alarms import Assessment, Condition
from rangeops.domain.errors import RangeopsError, Unavailable
from rangeops.domain.events import LinkChanged
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid
from rangeops.domain.text import safe_text
from rangeops.domain.traffic import TrafficTable
from rangeops.watch.feeds import Feeds
from rangeops.watch.keyring import Keyring
from rangeops.watch.recorder import Recorder
from rangeops.wire.picture import LinkView

RATE_OVER_S: Final = 2.0  # messages a second are counted over this
OVERFLOW_EVERY_S: Final = 1.0  # the kernel is asked what it dropped
OVERFLOW_SHOWN_S: Final = 10.0  # after the last packet that it dropped
_LONGEST_REASON: Final = 120


@dataclass(slots=True)
class _OpenLink:
    """One wanted link. opened: the attempt was made; up: bytes can pass. `error` "" and not opened: not tried yet."""

    endpoint: Endpoint
    link: Link
    opened: bool = False
    up: bool = False
    error: str = ""
    retry_at_s: float = 0.0
    delays_s: Iterator[float] = field(default_factory=lambda: Backoff().delays_s())
    rate_from: tuple[float, int] = (0.0, 0)
    messages_per_s: float = 0.0
    unrecorded: list[bytes] = field(default_factory=list)
    overflow: Overflow | None = None
    overflowed_s: float = float("-inf")  # when it was last more than before


class Links:
    """traffic: where the feeds among them put what they tell of other aircraft."""

    def __init__(
        self, selector: selectors.BaseSelector, recorder: Recorder, keyring: Keyring, traffic: TrafficTable
    ) -> None:
        self._feeds = Feeds(selector, traffic)
        self._selector = selector
        self._keyring = keyring
        self._recorder = recorder
        self._links: dict[str, _OpenLink] = {}
        self._next_overflow_s = float("-inf")

    @property
    def open_uris(self) -> tuple[str, ...]:
        return tuple(uri for uri, link in self._links.items() if link.up)

    @property
    def wanted(self) -> frozenset[str]:
        """Every link and feed that is to be open."""
        return frozenset(self._links) | {uri for uri, _, _ in self._feeds.down()}

    def down(self) -> Iterator[tuple[str, bool, str]]:
        """(URI, is it down, why) of every wanted link that vehicles are heard on."""
        return ((uri, bool(link.error), link.error) for uri, link in self._links.items())

    def want(self, uris: Iterable[str], now: Now) -> list[LinkChanged]:
        """Open what is new, close what is no longer wanted."""
        every = tuple(uris)
        wanted = dict.fromkeys(uri for uri in every if not is_feed(uri))
        changed = self._feeds.want(uri for uri in every if is_feed(uri))
        self.record(now)
        for uri in [uri for uri in self._links if uri not in wanted]:
            self._links.pop(uri).endpoint.close()
            changed.append(LinkChanged(uri, up=False, detail="removed"))
        for uri in wanted:
            if uri in self._links:
                continue
            try:
                endpoint = endpoint_of(uri)
            except RangeopsError as error:  # an order from a newer server: say it, enforce the rest
                changed.append(LinkChanged(uri, up=False, detail=error.beside_where))
                continue
            link = Link(uri, datagrams=endpoint.datagrams)
            link.judge_by(self._keyring.judge_of(uri))
            self._links[uri] = _OpenLink(endpoint, link)
        return changed + self.tend(now)

    def tend(self, now: Now) -> list[LinkChanged]:
        """Open what is due to be opened (again), and judge by the keys that there are."""
        changed = self._feeds.tend(now)
        if self._keyring.tend(now):
            for uri, link in self._links.items():
                link.link.judge_by(self._keyring.judge_of(uri))
        for uri, link in self._links.items():
            if not link.opened and now.monotonic_s >= link.retry_at_s:
                try:
                    link.endpoint.open(self._selector)
                    link.opened = True
                except RangeopsError as error:
                    changed += self._broke(uri, link, error, now)
                except Exception as error:  # noqa: BLE001  # what one link's driver raises is that link's end, nobody else's
                    changed += self._broke(uri, link, _unopened(uri, error), now)
            if link.endpoint.up and not link.up:
                link.up, link.error, link.delays_s = True, "", Backoff().delays_s()
                link.link.reopened()
                link.rate_from = (now.monotonic_s, link.link.packets)
                changed.append(LinkChanged(uri, up=True, detail=""))
        if now.monotonic_s >= self._next_overflow_s:
            self._next_overflow_s = now.monotonic_s + OVERFLOW_EVERY_S
            for link in self._links.values():
                _look_at_overflow(link, now)
        return changed

    def assess(self, now: Now) -> Iterator[Assessment]:
        for uri, link in self._links.items():
            yield Assessment(Condition.LINK_DOWN, uri, bool(link.error), value=link.error)
            dropped = 0 if link.overflow is None else link.overflow.dropped
            recent = now.monotonic_s - link.overflowed_s < OVERFLOW_SHOWN_S
            yield Assessment(Condition.PACKETS_DROPPED_HERE, uri, recent, value=f"{dropped} packets")
        yield from self._feeds.assess()

    def ready(
        self, endpoint: Endpoint, key: selectors.SelectorKey, events: int, now: Now
    ) -> tuple[list[tuple[Peer, Packet]], list[LinkChanged]]:
        """Read what has come on one endpoint."""
        link = self._links.get(endpoint.uri)
        if link is None:
            return [], self._feeds.ready(endpoint.uri, events, now)
        if not link.opened:
            return [], []
        packets: list[tuple[Peer, Packet]] = []
        changed: list[LinkChanged] = []
        received = link.link.received
        try:
            for data, peer in endpoint.ready(key, events):
                for packet in received(data, peer):
                    packets.append((peer, packet))  # noqa: PERF401  # what came before an exception counts
            for peer in endpoint.gone():
                packets += [(peer, packet) for packet in link.link.flush(peer)]
        except RangeopsError as error:
            changed = self._broke(endpoint.uri, link, error, now)
        link.unrecorded += [packet[3] for _, packet in packets]
        return packets, changed

    def send(self, outgoing: Outgoing, now: Now) -> list[LinkChanged]:
        link = self._links.get(outgoing.uri)
        if link is None or not link.up:
            return []
        try:
            link.endpoint.send(outgoing.data, outgoing.peer)
        except RangeopsError as error:
            return self._broke(outgoing.uri, link, error, now)
        link.unrecorded.append(outgoing.data)
        return []

    def record(self, now: Now) -> None:
        """What passed since the last time, both ways, in the order in which it did. Nobody's command waits for it."""
        for uri, link in self._links.items():
            if link.unrecorded:
                self._recorder.record_all(uri, link.unrecorded, now)
                link.unrecorded = []

    def counts_of(self, route: Route, sysid: Sysid, compid: int) -> tuple[int, int]:
        """(packets, lost) of a vehicle on one route; (0, 0) where it isn't heard there."""
        link = self._links.get(route[0])
        return (0, 0) if link is None else link.link.counts(route[1], sysid, compid)

    def views(self, now: Now) -> tuple[LinkView, ...]:
        return (*(self._view(uri, link, now) for uri, link in self._links.items()), *self._feeds.views(now))

    def counters(self) -> tuple[Link, ...]:
        return tuple(link.link for link in self._links.values())

    def close(self) -> None:
        for link in self._links.values():
            link.endpoint.close()
        self._links.clear()
        self._feeds.close()

    def _broke(self, uri: str, link: _OpenLink, error: RangeopsError, now: Now) -> list[LinkChanged]:
        """Close it; told once for each new reason, tried again for ever."""
        link.endpoint.close()
        why = error.beside_where
        news = link.up or link.error != why
        link.opened, link.up, link.error = False, False, why
        link.retry_at_s = now.monotonic_s + next(link.delays_s)
        return [LinkChanged(uri, up=False, detail=why)] if news else []

    def _view(self, uri: str, link: _OpenLink, now: Now) -> LinkView:
        since_s, count = link.rate_from
        elapsed_s = now.monotonic_s - since_s
        packets, lost = link.link.packets, link.link.lost
        if elapsed_s >= RATE_OVER_S:
            link.messages_per_s = (packets - count) / elapsed_s
            link.rate_from = (now.monotonic_s, packets)
        total = packets + lost
        return LinkView(
            uri=uri,
            up=link.up,
            detail=link.error,
            messages_per_s=link.messages_per_s if link.up else 0.0,
            lost_percent=100.0 * lost / total if total else 0.0,
            lost=lost,
            dropped_here=None if link.overflow is None else link.overflow.dropped,
            receive_buffer_bytes=None if link.overflow is None else link.overflow.buffer_bytes or None,
        )


def _look_at_overflow(link: _OpenLink, now: Now) -> None:
    before = 0 if link.overflow is None else link.overflow.dropped
    link.overflow = link.endpoint.overflow()
    if link.overflow is not None and link.overflow.dropped > before:
        link.overflowed_s = now.monotonic_s


def _unopened(uri: str, error: Exception) -> Unavailable:
    says = safe_text(f"{type(error).__name__}: {error}", limit=_LONGEST_REASON)
    return Unavailable(f"it can't be opened ({says})", where=uri, do="Check that this machine has what it names.")
