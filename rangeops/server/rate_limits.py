"""How much one caller may ask of the API: a bucket of tokens each, that fills by itself.

What acts on what flies is never limited: whoever has to stop a vehicle may do so as often as he wants to.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from math import ceil, floor
from typing import Final

MOST_CALLERS: Final = 10_000  # buckets; the one that was asked longest ago goes first, and it is full again by then


@dataclass(frozen=True, slots=True)
class Rate:
    """burst: at once; per_s: what comes back a second."""

    per_s: float
    burst: int


@dataclass(frozen=True, slots=True)
class Rates:
    """Of the range's people, of a company's member, and of an address that sends no token that anybody has."""

    staff: Rate = Rate(100.0, 1000)
    member: Rate = Rate(20.0, 200)
    stranger: Rate = Rate(2.0, 60)


@dataclass(frozen=True, slots=True)
class Told:
    """wait_s: until the next is answered; 0: this one is."""

    rate: Rate
    left: float
    wait_s: float

    def headers(self) -> dict[str, str]:
        """RateLimit and RateLimit-Policy as draft-ietf-httpapi-ratelimit-headers has them; Retry-After of RFC 9110."""
        full_s = ceil(self.rate.burst / self.rate.per_s)
        refilled_s = ceil((self.rate.burst - self.left) / self.rate.per_s)
        told = {
            "RateLimit-Policy": f'"caller";q={self.rate.burst};w={full_s}',
            "RateLimit": f'"caller";r={max(0, floor(self.left))};t={refilled_s}',
        }
        return told | ({"Retry-After": str(ceil(self.wait_s))} if self.wait_s > 0 else {})


class Buckets:
    """On the event loop alone."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[float, float]] = (
            OrderedDict()
        )  # by caller: tokens, and when there were so many

    def take(self, caller: str, rate: Rate, now_s: float) -> Told:
        """One token, if there is one. now_s: monotonic."""
        tokens, at_s = self._kept.pop(caller, (float(rate.burst), now_s))
        tokens = min(float(rate.burst), tokens + max(0.0, now_s - at_s) * rate.per_s)
        answered = tokens >= 1.0
        tokens -= 1.0 if answered else 0.0
        self._kept[caller] = (tokens, now_s)
        if len(self._kept) > MOST_CALLERS:
            self._kept.popitem(last=False)
        return Told(rate, tokens, 0.0 if answered else (1.0 - tokens) / rate.per_s)


_ACTS: Final = re.compile(
    r"/api/v\d+/(?:vehicles/[^/]+/(?:commands|inhibit|let-fly)|sectors/[^/]+/clear|slots/[^/]+/withdraw|withdrawals"
    r"|alarms/.+/(?:ack|deeds)|closures)"
)


def is_never_limited(method: str, path: str) -> bool:
    """Commands and stops, what takes a clearance back, an emergency's closure, and the alarms' acknowledgements."""
    return method == "POST" and _ACTS.fullmatch(path) is not None
