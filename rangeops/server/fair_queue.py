"""Who is next: a bounded queue in which companies take turns, so that one with a hundred files keeps nobody else waiting.

A value's machine, without a clock or a task: `rangeops.server.work` runs what it gives out.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rangeops.domain.errors import Unavailable

MOST_WAITING: Final = 128
MOST_OF_ONE: Final = 32
MOST_BYTES: Final = 64 * 1024 * 1024  # of what waits, all together
_LONGEST_RETRY_S: Final = 60


class QueueFull(Unavailable):
    """retry_after_s: by how long work took until now."""

    retry_after_s: int = 1


@dataclass(frozen=True, slots=True)
class Ticket:
    """group: whose turn it takes, a company as a rule. weight_bytes: what is held for it while it waits."""

    id: str
    group: str
    weight_bytes: int = 0


class FairQueue:
    """capacity: how many are worked on at once."""

    def __init__(
        self,
        name: str,
        capacity: int,
        *,
        most: int = MOST_WAITING,
        most_of_one: int = MOST_OF_ONE,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self.name, self.capacity = name, capacity
        self._most, self._most_of_one, self._most_bytes = most, most_of_one, most_bytes
        self._waiting: OrderedDict[str, deque[Ticket]] = OrderedDict()  # by group; the first group is next
        self._running: set[str] = set()
        self._bytes = 0

    def __len__(self) -> int:
        """Those that wait."""
        return sum(map(len, self._waiting.values()))

    @property
    def running(self) -> int:
        return len(self._running)

    def put(self, ticket: Ticket, *, mean_s: float) -> None:
        """To the end of its group's. mean_s: what one piece of work took of late. Raises QueueFull."""
        own = len(self._waiting.get(ticket.group, ()))
        is_heavy = self._bytes + ticket.weight_bytes > self._most_bytes and len(self) > 0
        if own >= self._most_of_one or len(self) >= self._most or is_heavy:
            ahead = own if own >= self._most_of_one else len(self)
            what = f"{ahead} wait already" + (" of the same company" if own >= self._most_of_one else "")
            raise _full(what, self.name, min(max(round(ahead * mean_s / self.capacity), 1), _LONGEST_RETRY_S))
        self._waiting.setdefault(ticket.group, deque()).append(ticket)
        self._bytes += ticket.weight_bytes

    def next(self) -> Ticket | None:
        """Whose turn it is, if there is room: worked on from here until `done`."""
        if len(self._running) >= self.capacity or not self._waiting:
            return None
        group, tickets = self._waiting.popitem(last=False)
        ticket = tickets.popleft()
        if tickets:
            self._waiting[group] = tickets  # at the end: the others' turns come first
        self._bytes -= ticket.weight_bytes
        self._running.add(ticket.id)
        return ticket

    def done(self, ticket_id: str) -> None:
        self._running.discard(ticket_id)

    def cancel(self, ticket_id: str) -> bool:
        """True: it waited, and doesn't any more."""
        for group, tickets in self._waiting.items():
            for ticket in tickets:
                if ticket.id == ticket_id:
                    tickets.remove(ticket)
                    self._bytes -= ticket.weight_bytes
                    if not tickets:
                        del self._waiting[group]
                    return True
        return False

    def position(self, ticket_id: str) -> int | None:
        """1: next. None: it doesn't wait. In the order in which they would be taken if nobody came any more."""
        for place, ticket in enumerate(self._order(), start=1):
            if ticket.id == ticket_id:
                return place
        return None

    def _order(self) -> Iterator[Ticket]:
        rounds = [list(tickets) for tickets in self._waiting.values()]
        for turn in range(max(map(len, rounds), default=0)):
            for tickets in rounds:
                if turn < len(tickets):
                    yield tickets[turn]


def _full(what: str, where: str, retry_after_s: int) -> QueueFull:
    error = QueueFull(what, where=where, do=f"Try again in {retry_after_s} s.")
    error.retry_after_s = retry_after_s
    return error
