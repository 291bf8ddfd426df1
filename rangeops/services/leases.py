"""Which watch commands the vehicle of which slot: the node that has its volume, else the watch beside the server."""

from collections.abc import Iterable
from dataclasses import replace

from rangeops.domain.leases import HOLD_OVER_S, NOBODY, Lease, next_leases
from rangeops.domain.orders import Orders
from rangeops.domain.slots import Slot
from rangeops.domain.watch_nodes import WatchNode
from rangeops.services.changes import Change
from rangeops.services.ports.watches import LivePicture


class LeaseDesk:
    """own: the name of the watch beside the server."""

    def __init__(self, nodes: tuple[WatchNode, ...], own: str, live: LivePicture) -> None:
        self._node_of = {volume: node.name for node in nodes for volume in node.volumes}
        self._own = own
        self._names = {own, *(node.name for node in nodes)}
        self._live = live
        self._hold_over_s = HOLD_OVER_S if nodes else None  # a lone watch has nobody to make room for

    def leases(self, change: Change, latest: Orders | None, slots: Iterable[Slot]) -> tuple[Lease, ...]:
        """As the next orders would have them: the present ones, where nothing moves."""
        return next_leases(
            tuple(map(self._as_named_now, latest.leases)) if latest else (),
            {slot.sysid: self._node_of.get(slot.volume, self._own) for slot in slots},
            (latest.version if latest else 0) + 1,
            taken=lambda watch: change.work.journal.position(watch).orders_version,
            silent_s=lambda watch: self._live.silent_s(watch, change.now),
            hold_over_s=self._hold_over_s,
        )

    def _as_named_now(self, lease: Lease) -> Lease:
        """The watch beside the server may be called otherwise since: one data folder has one watch, under any name.

        It is known by a lease that doesn't end. A node's does: one that is gone from the range keeps it so long.
        """
        holder = lease.watch or lease.previous
        if lease.hold_over_s is not None or holder in self._names:
            return lease
        return replace(lease, watch=self._own, previous="")


def one_is_on_its_way(orders: Orders | None) -> bool:
    """A lease was given up, and waits for the watch's word that it let go."""
    return orders is not None and any(lease.watch == NOBODY for lease in orders.leases)
