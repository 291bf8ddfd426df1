"""Which watch commands a vehicle: one, by a lease whose number grows with every move.

A watch commands only under a lease that names it. A lease moves in two steps: first nobody has it, and the next watch
gets it once the old one has taken the orders that say so, or can't command any more: it lets go by itself when it has
been without the server's word for the hold-over that its lease states. The numbers are versions of the orders.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from rangeops.domain.telemetry import Sysid

NOBODY: Final = ""
HOLD_OVER_S: Final = 1800.0  # longer than a copter flies: a cut-off watch doesn't let go of what is in the air
_CLOCKS_DIFFER: Final = 1.02  # the server waits a little longer than the watch counts: crystals differ by far less


@dataclass(frozen=True, slots=True)
class Lease:
    """watch: who commands the vehicle; NOBODY while it is on its way from `previous` to another.

    number: of the orders that gave it so; a higher one is newer. hold_over_s: how long a watch commands without a word
    from the server; None: until it is told otherwise, as where there is one watch. previous: who has it until that is
    acknowledged; the watch itself, where only the hold-over is another one.
    """

    sysid: Sysid
    watch: str
    number: int
    hold_over_s: float | None = None
    previous: str = ""


def next_leases(
    present: tuple[Lease, ...],
    wanted: Mapping[Sysid, str],
    version: int,
    *,
    taken: Callable[[str], int],
    silent_s: Callable[[str], float],
    hold_over_s: float | None,
) -> tuple[Lease, ...]:
    """The leases in the orders of this version, by sysid. One that is given up stays until that is acknowledged.

    wanted: the watch that is to command each ordered vehicle. taken: the version of the orders that a watch has taken.
    silent_s: since a watch last had the server's word, at most: never less than it has been.
    """
    known = {lease.sysid: lease for lease in present}
    after = []
    for sysid in sorted({*known, *wanted}):
        lease, to = known.get(sysid), wanted.get(sysid, NOBODY)
        if lease is None:
            lease = Lease(sysid, to, version, hold_over_s)
        elif lease.watch == NOBODY:
            if _is_free(lease, taken, silent_s):
                lease = Lease(sysid, to, version, hold_over_s) if to else None
        elif lease.watch != to:
            lease = Lease(sysid, NOBODY, version, _known_hold_over_s(lease, taken), previous=lease.watch)
        elif lease.hold_over_s != hold_over_s:
            lease = Lease(sysid, to, version, hold_over_s, previous=to)
        if lease is not None:
            after.append(lease)
    return tuple(after)


def _known_hold_over_s(lease: Lease, taken: Callable[[str], int]) -> float | None:
    """What the watch counts by. One that hasn't taken a changed hold-over may still command without any."""
    return lease.hold_over_s if not lease.previous or taken(lease.watch) >= lease.number else None


def _is_free(lease: Lease, taken: Callable[[str], int], silent_s: Callable[[str], float]) -> bool:
    if taken(lease.previous) >= lease.number:
        return True
    return lease.hold_over_s is not None and silent_s(lease.previous) > lease.hold_over_s * _CLOCKS_DIFFER


def may_command(lease: Lease | None, watch: str, word_age_s: float) -> str:
    """Why this watch mayn't command the vehicle; "" where it may. None: orders without leases, of a lone watch."""
    if lease is None or (lease.watch == watch and (lease.hold_over_s is None or word_age_s <= lease.hold_over_s)):
        return ""
    if lease.watch == watch:
        return f"the server hasn't been heard for {word_age_s:.0f} s: another watch may command it by now"
    return "its lease is on its way to another watch" if lease.watch == NOBODY else f"{lease.watch} commands it"
