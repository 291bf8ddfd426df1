"""Wrong passwords and codes in a row, and how long the next try waits. In memory: a restart forgets, and takes longer than it saves.

A stranger's tries are counted by name and by where they come from, so his guesses keep nobody else waiting; by name alone
and by his network alone they are counted too, more patiently, for whoever guesses from many places or at many names.
A screen that its person has signed in at before, and a room of the range's own, are counted by themselves and by nothing else:
no stranger can make them wait.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

from rangeops.domain.errors import Refused
from rangeops.domain.now import Now
from rangeops.domain.sessions import Origin

FREE_TRIES: Final = 5  # wrong ones in a row before anybody has to wait
FIRST_WAIT_S: Final = 30.0  # doubled with each further one
LONGEST_WAIT_S: Final = 900.0
WIDE_TRIES: Final = 50  # of all strangers at one name, or of one network at all names
WIDE_FORGOTTEN_S: Final = 3600.0
MOST_COUNTED: Final = 10_000  # strangers invent names


@dataclass(frozen=True, slots=True)
class Counted:
    """What tries are counted under. wide: of many people, so one who gets in clears nothing; time does."""

    key: tuple[str, ...]
    free: int = FREE_TRIES
    longest_wait_s: float = LONGEST_WAIT_S
    wide: bool = False


@dataclass(frozen=True, slots=True)
class _Failures:
    count: int
    last_s: float

    def wait_s(self, counted: Counted, now: Now) -> float:
        """How long the next try has to wait; <= 0: not at all."""
        if self.count < counted.free:
            return 0.0
        penalty_s = min(FIRST_WAIT_S * 2.0 ** min(self.count - counted.free, 10), counted.longest_wait_s)
        return self.last_s + penalty_s - now.monotonic_s


_NONE: Final = _Failures(0, 0.0)


def own_tries(what_for: str, name: str) -> tuple[Counted, ...]:
    """Of somebody who is signed in: his alone."""
    return (Counted((what_for, name[:64])),)


def tries_from(what_for: str, name: str, origin: Origin, *, known: bool) -> tuple[Counted, ...]:
    """Of somebody who wants to sign in. known: this very browser is one that he signed in at before."""
    name = name[:64]
    if origin.at_range:
        return (Counted((what_for, name, "at the range", origin.device)),)
    if known:
        return (Counted((what_for, name, "device", origin.device)),)
    network = origin.network
    at_name = Counted((what_for, name, "anywhere"), WIDE_TRIES, FIRST_WAIT_S, wide=True)
    by_network = (Counted((what_for, "anybody", "from", network), WIDE_TRIES, wide=True),) if network else ()
    return (Counted((what_for, name, "from", network)), at_name, *by_network)


def tries_by(what_for: str, origin: Origin) -> tuple[Counted, ...]:
    """Of somebody who gives no name: his network's. Where none is known, all such together."""
    return (Counted((what_for, "by", origin.network), WIDE_TRIES, wide=True),)


class Throttle:
    def __init__(self) -> None:
        self._failures: dict[tuple[str, ...], _Failures] = {}
        self._lock = Lock()

    def check(self, counted: Sequence[Counted], noun: str, where: str, now: Now) -> None:
        """Raises Refused while the next try has to wait. noun: "passwords"."""
        with self._lock:
            found = [self._of(each, now) for each in counted]
        waits = [failures.wait_s(each, now) for each, failures in zip(counted, found, strict=True)]
        if (wait_s := max(waits)) > 0:
            count = found[waits.index(wait_s)].count
            raise Refused(f"{count} wrong {noun} in a row", where=where, do=f"Try again in {wait_s:.0f} s.")

    def failed(self, counted: Sequence[Counted], now: Now) -> int:
        """How many there are in a row now, under the first."""
        with self._lock:
            counts = [self._of(each, now).count + 1 for each in counted]
            for each, count in zip(counted, counts, strict=True):
                self._failures.pop(each.key, None)  # so that the newest is the last
                self._failures[each.key] = _Failures(count, now.monotonic_s)
            while len(self._failures) > MOST_COUNTED:
                del self._failures[next(iter(self._failures))]
        return counts[0]

    def passed(self, counted: Sequence[Counted]) -> None:
        with self._lock:
            for each in counted:
                if not each.wide:
                    self._failures.pop(each.key, None)

    def __len__(self) -> int:
        return len(self._failures)

    def _of(self, counted: Counted, now: Now) -> _Failures:
        failures = self._failures.get(counted.key, _NONE)
        if counted.wide and now.monotonic_s - failures.last_s > WIDE_FORGOTTEN_S:
            return _NONE
        return failures
