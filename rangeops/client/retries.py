"""When a call is made again by itself: only where making it twice does no more than making it once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

KEY: Final = "Idempotency-Key"
_SAFE: Final = frozenset(["GET", "HEAD"])
_LATER: Final = frozenset([HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE])


@dataclass(frozen=True, slots=True)
class Retry:
    """tries: in all. first_s: before the second, doubled before each further one, longest_s at most.

    A server that says when to come back (Retry-After) is asked then, if that isn't later than longest_s.
    """

    tries: int = 1
    first_s: float = 0.2
    longest_s: float = 10.0

    def waits_s(self) -> Iterator[float]:
        for number in range(self.tries - 1):
            yield min(self.first_s * 2.0**number, self.longest_s)


NEVER: Final = Retry()
"""A person sits before it, who sees at once that it failed and decides."""

USUAL: Final = Retry(tries=5)


def may_repeat(method: str, headers: Mapping[str, str]) -> bool:
    """What only reads, and what has a key by which the server knows it again. Never a command."""
    return method in _SAFE or KEY in headers


def comes_back_in_s(status: int, headers: Mapping[str, str], wait_s: float) -> float | None:
    """How long to wait before an answer like this is asked for again; None: it is an answer."""
    if status not in _LATER:
        return None
    told = headers.get("Retry-After", "")
    if status == HTTPStatus.SERVICE_UNAVAILABLE and not told:
        return None  # no watch, nothing that prints: it is so for longer
    return max(wait_s, float(told)) if told.isascii() and told.isdigit() else wait_s
