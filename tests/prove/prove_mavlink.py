"""Fence loads through a third of all packets lost, and a tenth twice: in memory, on a clock of its own."""

from collections.abc import Iterable

from mavlink_world import World, fence_of, order_of, square
from proof import Proof

from rangeops.domain.commands import CommandKind
from rangeops.domain.events import FenceReadBack

LOADS = 200
LOSS, DUPLICATE = 0.3, 0.1


def proofs(seed: int) -> Iterable[Proof]:
    wrong = equal = 0
    for number in range(LOADS):
        read_back, held_as_compiled = one_load(seed + number)
        equal += read_back is not None and read_back.equal
        wrong += read_back is None or not (held_as_compiled if read_back.equal else read_back.detail)
    note = f"{equal} of {LOADS} read back equal, the others a stated failure, at {LOSS:.0%} loss both ways"
    yield Proof("fence_loads_under_loss", LOADS, wrong, seed, wrong == 0, note)


def one_load(seed: int) -> tuple[FenceReadBack | None, bool]:
    """What was said of one load, and whether the vehicle really holds what was compiled."""
    world, fence = World(), fence_of(square())
    world.run(60, lambda: (v := world.fleet.vehicles.get(21)) is not None and v.state.home is not None)
    world.loss, world.duplicate = LOSS, DUPLICATE
    world.random.seed(seed)
    world.up(world.fleet.order(order_of(CommandKind.LOAD_FENCE), world.now, fence))
    load = world.fleet.vehicles[21].aboard.load
    world.run(300, lambda: load.read_back is not None)
    held = [(item.command, item.param1, item.x, item.y) for item in world.vehicle.items.fence]
    return load.read_back, held == [(item.command, item.param1, item.x, item.y) for item in fence.items]
