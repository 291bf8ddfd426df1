"""The ways to one vehicle, and which of them is in use: measured, not assumed.

A way is worth what it takes a stop to arrive on it: half the round trip, and a repetition for each packet that is lost.
A dead way is left at once for a live one; of two live ones the better is taken only once it has been clearly better for
a while, and not again soon. No I/O, no clock. Source: docs/mavlink.md, routes; docs/decisions/0019.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from rangeops.adapters.mavlink.link import Peer
from rangeops.adapters.mavlink.messages import RadioStatus
from rangeops.adapters.mavlink.transactions import RESEND_S
from rangeops.adapters.mavlink.uplink import LOST_S

Route = tuple[str, Peer]  # the link's URI, and where on it

ROUTE_SILENT_S: Final = 1.5  # then another route that is heard takes over
STANDBY_SILENT_S: Final = 3.5  # a way that isn't in use may carry heartbeats alone
BETTER: Final = 0.6  # of the delay of the one in use, or less, …
BETTER_BY_S: Final = 0.05  # … and less by this, …
BETTER_FOR_S: Final = 3.0  # … for so long without a break,
DWELL_S: Final = 15.0  # and not before the one in use has been it for so long
PROMPT_S: Final = 1.0  # of round trip: what is slower would bring a stop after the pilot's own deed
UNMEASURED_LOSS: Final = 0.5  # what nobody measured isn't better than what was
UNMEASURED_ROUND_TRIP_S: Final = 1.0
MOST_LOSS: Final = 0.95
FEWEST_PACKETS: Final = 10  # a share of fewer says nothing
FADE_DB: Final = 10.0  # a radio's margin over its noise under which packets begin to get lost …
FADE_LOSS_PER_DB: Final = 0.05  # … at this rate, foretold before the sequence numbers show it
RADIO_OLD_S: Final = 5.0

_DECAY: Final = 0.9  # a second: loss is that of the last ten seconds or so
_SMOOTHING: Final = 0.25  # of the round trip, per answer
_SIK_UNITS_PER_DB: Final = 1.9  # of RADIO_STATUS, as SiK radios give it
_UNKNOWN: Final = 255


class Standing(IntEnum):
    """Better ones first. LIVE: it is heard, and answered us there. NEW: heard, and not asked for long."""

    LIVE = 0
    NEW = 1
    DEAF = 2
    SILENT = 3


def is_recorded(route: Route) -> bool:
    """A recording that is played: what was said then, and nobody hears us."""
    return route[0].startswith("tlog:")


def radio_margin_db(radio: RadioStatus) -> float | None:
    """The worse of the two ends' margins over the noise; None where neither is told."""
    sides = ((radio.rssi, radio.noise), (radio.remrssi, radio.remnoise))
    known = [(signal - noise) / _SIK_UNITS_PER_DB for signal, noise in sides if _UNKNOWN not in (signal, noise)]
    return min(known, default=None)


class Way:
    """What was measured of one route. boot_s: our time when the vehicle's clock was 0, by what came there.

    vouched: what came there was signed with the vehicle's own key. identity: uid2 of who answers there.
    """

    __slots__ = (
        "_before",
        "_lost",
        "_received",
        "answered_s",
        "apart",
        "asked",
        "asked_s",
        "begun_s",
        "boot_at_s",
        "boot_s",
        "heard_s",
        "identity",
        "margin_db",
        "round_trip_s",
        "vouched",
    )

    def __init__(self, now_s: float, *, vouched: bool = False) -> None:
        self.begun_s = self.heard_s = now_s
        self.vouched = vouched
        self.answered_s: float | None = None
        self.round_trip_s: float | None = None
        self.margin_db: float | None = None
        self.boot_s: float | None = None
        self.boot_at_s = float("-inf")
        self.identity = b""
        self.asked = 0  # times that it was asked who it is …
        self.asked_s = float("-inf")
        self.apart = 0  # positions in sequence that can't be the vehicle's on the route in use
        self._received = self._lost = 0.0
        self._before: tuple[int, int] | None = None

    def answered(self, now_s: float, round_trip_s: float | None) -> None:
        self.answered_s = now_s
        if round_trip_s is not None:
            before = self.round_trip_s
            self.round_trip_s = (
                round_trip_s if before is None else before + _SMOOTHING * (round_trip_s - before)
            )  # fmt: skip

    def counted(self, packets: int, lost: int) -> None:
        """Once a second: how many came and were lost by the sequence numbers, since the beginning."""
        before_packets, before_lost = self._before or (packets, lost)
        self._before = (packets, lost)
        if packets < before_packets:
            return  # counted from 0 again
        self._received = self._received * _DECAY + packets - before_packets
        self._lost = max(0.0, self._lost * _DECAY + lost - before_lost)

    @property
    def loss(self) -> float | None:
        """The share of its packets that didn't arrive lately; None where too few came to say."""
        total = self._received + self._lost
        return self._lost / total if total >= FEWEST_PACKETS else None

    @property
    def delay_s(self) -> float:
        """What a stop that is sent again every RESEND_S may be expected to need there.

        Loss on the way up is taken to be that on the way down, or what the radio's margin foretells.
        """
        loss = UNMEASURED_LOSS if self.loss is None else self.loss
        if self.margin_db is not None:
            loss = max(loss, FADE_LOSS_PER_DB * (FADE_DB - self.margin_db))
        loss = min(loss, MOST_LOSS)
        round_trip_s = UNMEASURED_ROUND_TRIP_S if self.round_trip_s is None else self.round_trip_s
        return round_trip_s / 2 + RESEND_S * loss / (1 - loss)

    def standing(self, now_s: float, *, silent_s: float = STANDBY_SILENT_S) -> Standing:
        if now_s - self.heard_s > silent_s:
            return Standing.SILENT
        if self.answered_s is not None and now_s - self.answered_s <= LOST_S:
            return Standing.LIVE
        return Standing.NEW if self.answered_s is None and now_s - self.begun_s <= LOST_S else Standing.DEAF

    def is_prompt(self, now_s: float) -> bool:
        """Fit for a second copy of a stop."""
        return self.standing(now_s) is Standing.LIVE and (self.round_trip_s or 0.0) <= PROMPT_S


Rank = tuple[Standing, bool, float, Route]


def rank(route: Route, way: Way, now_s: float, *, silent_s: float = STANDBY_SILENT_S) -> Rank:
    """A total order, the best first: alive, vouched for by the vehicle's key, and prompt; by name where nothing tells."""
    return (way.standing(now_s, silent_s=silent_s), not way.vouched, way.delay_s, route)


@dataclass(slots=True)
class Choice:
    """Which route is in use. `moved_s`: since when."""

    moved_s: float
    _challenger: Route | None = None
    _better_since_s: float = 0.0

    def of(self, current: Route, ways: Mapping[Route, Way], now_s: float, *, settled: bool = True) -> Route:
        """The route to use now. settled: it is one vehicle beyond doubt; otherwise only silence ends a route."""
        if len(ways) < 2:
            return current
        standing = ways[current].standing(now_s, silent_s=ROUTE_SILENT_S)
        # Instead of a dead one only what was heard just now; to be better, heartbeats alone are enough.
        silent_s = STANDBY_SILENT_S if standing in (Standing.LIVE, Standing.NEW) else ROUTE_SILENT_S
        others = sorted(rank(route, way, now_s, silent_s=silent_s) for route, way in ways.items() if route != current)
        chosen = current
        if standing is Standing.SILENT:
            chosen = others[0][3] if others[0][0] is not Standing.SILENT else current
        elif settled and standing is Standing.DEAF:
            chosen = others[0][3] if others[0][0] is Standing.LIVE else current
        elif settled and self._has_a_better(current, ways, others, now_s):
            chosen = others[0][3]
        if chosen != current:
            self.moved_s, self._challenger = now_s, None
        return chosen

    def _has_a_better(self, current: Route, ways: Mapping[Route, Way], others: list[Rank], now_s: float) -> bool:
        best = next((r for s, _, _, r in others if s is Standing.LIVE and _may_compete(r, ways[r], current)), None)
        if best is None or best != others[0][3] or not _is_better(ways[best], ways[current]):
            self._challenger = None
            return False
        if best != self._challenger:
            self._challenger, self._better_since_s = best, now_s
        return now_s - self._better_since_s >= BETTER_FOR_S and now_s - self.moved_s >= DWELL_S


def _may_compete(route: Route, way: Way, current: Route) -> bool:
    """Another peer of the same port is no second way that somebody set up: without a key anybody may be that.

    A recording isn't a way at all.
    """
    return not is_recorded(route) and (way.vouched or route[0] != current[0])


def _is_better(way: Way, current: Way) -> bool:
    if way.vouched != current.vouched:
        return way.vouched
    return way.delay_s <= BETTER * current.delay_s and way.delay_s <= current.delay_s - BETTER_BY_S
