"""Which vehicles this watch commands: those whose lease names it, for as long as the lease holds."""

from typing import Final

from rangeops.domain.commands import CommandOrder
from rangeops.domain.leases import NOBODY, Lease, may_command
from rangeops.domain.now import Now
from rangeops.domain.orders import Orders
from rangeops.domain.telemetry import Sysid
from rangeops.watch.memory import Memory

_KEEP_S: Final = 10.0  # the server's word is kept this often: a restart then counts from an earlier one, never a later


class Leases:
    """The server's word counts from when it was asked for, on this machine's monotonic clock."""

    def __init__(self, name: str, memory: Memory, now: Now) -> None:
        self._name = name
        self._memory = memory
        self._leases: dict[Sysid, Lease] = {}
        self._version = 0  # of the orders that they stand in
        word_s = memory.word_s()
        self._word_s = self._kept_s = float("-inf") if word_s is None or word_s > now.monotonic_s else word_s

    def concern(self, orders: Orders) -> bool:
        """Are these orders for this watch."""
        return orders.watch in ("", self._name)

    def take(self, orders: Orders) -> list[Sysid]:
        """The leases in force from now on; the vehicles that this watch had, and has no more."""
        before, self._leases = self._leases, {lease.sysid: lease for lease in orders.leases}
        self._version = orders.version
        return [sysid for sysid, lease in before.items() if lease.watch == self._name and not self._is_ours(sysid)]

    def word(self, asked_s: float, orders_version: int, now: Now) -> None:
        """The server's answer to what we sent at `asked_s`, when these were its newest orders.

        One from the future is of another start of this machine. One that knows of newer orders than ours prolongs
        nothing: they may have given the lease to another watch while we weren't heard.
        """
        if asked_s > now.monotonic_s or orders_version > self._version:
            return
        self._word_s = max(self._word_s, asked_s)
        if self._word_s - self._kept_s >= _KEEP_S:
            self._kept_s = self._word_s
            self._memory.keep_word_s(self._word_s)

    def why_not(self, sysid: Sysid, now: Now) -> str:
        """Why this watch mayn't command the vehicle; "" where it may."""
        return may_command(self._leases.get(sysid), self._name, now.monotonic_s - self._word_s)

    def refusal(self, order: CommandOrder, now: Now) -> str:
        """Why what somebody ordered isn't carried out: it is old, or was meant for another lease."""
        if order.not_after_s is not None and now.monotonic_s > order.not_after_s:
            return f"it came {now.monotonic_s - order.not_after_s:.0f} s too late"
        lease = self._leases.get(order.sysid)
        if order.lease and (lease is None or lease.number != order.lease):
            return "it was given under another lease"
        return self.why_not(order.sysid, now)

    def looks_after(self, sysid: Sysid) -> bool:
        """Alarms, and a heartbeat: ours, and what nobody has yet who got it from us. A vehicle without lease is everyone's."""
        lease = self._leases.get(sysid)
        return lease is None or self._name in (lease.watch, lease.previous if lease.watch == NOBODY else lease.watch)

    def _is_ours(self, sysid: Sysid) -> bool:
        lease = self._leases.get(sysid)
        return lease is None or lease.watch == self._name
