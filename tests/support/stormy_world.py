"""mavlink_world's vehicle and fleet with the fault proxy's weather between them, on a clock of its own: minutes of a bad
radio in a second.
"""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass

from fault_proxy import Way
from mavlink_world import World

from rangeops.adapters.mavlink.fleet import FleetOutput, Outgoing


@dataclass
class StormyWorld(World):
    def __post_init__(self) -> None:
        super().__post_init__()
        self.way_up, self.way_down = Way(random.Random(self.seed)), Way(random.Random(self.seed + 1))
        self._waiting: list[tuple[float, int, Callable[[bytes], None], bytes]] = []
        self._order = itertools.count()

    def up(self, outputs: list[FleetOutput]) -> None:
        self.told += [output for output in outputs if not isinstance(output, Outgoing)]
        for output in outputs:
            if isinstance(output, Outgoing):
                self._send(self.way_up, output.data, self._at_the_vehicle)
            else:
                self.answer(output)

    def down(self, outputs) -> None:
        for output in outputs:
            self._send(self.way_down, output.data, self._at_the_ground)

    def run(self, for_s: float, until: Callable[[], bool] | None = None) -> bool:
        end_s = self.now_s + for_s
        while self.now_s < end_s:
            if super().run(0.01):  # one step of the world's own
                return True
            while self._waiting and self._waiting[0][0] <= self.now_s:
                _, _, deliver, data = heapq.heappop(self._waiting)
                deliver(data)
            if until is not None and until():
                return True
        return False

    def _send(self, way: Way, data: bytes, deliver: Callable[[bytes], None]) -> None:
        for due_s, piece in way.due(data, self.now_s):
            heapq.heappush(self._waiting, (due_s, next(self._order), deliver, piece))

    def _at_the_vehicle(self, data: bytes) -> None:
        self.down(self.vehicle.receive(self.channel, data, self.now))

    def _at_the_ground(self, data: bytes) -> None:
        for packet in self.link.received(data, self.peer):
            self.up(self.fleet.received(self.uri, self.peer, packet, self.now))
