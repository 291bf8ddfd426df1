"""LOAD_FENCE from the order to the read-back, on a simulated ArduCopter that shares no codec with us."""

from dataclasses import replace

import pytest

from rangeops.adapters.mavlink.fence_load import FenceLoad, first_difference
from rangeops.adapters.mavlink.link import decode_frame
from rangeops.adapters.mavlink.messages import MissionCount, MissionItemInt, ParamSet
from rangeops.adapters.mavlink.transfer import Item
from rangeops.domain.commands import CommandKind, CommandProgress, CommandStage
from rangeops.domain.events import FenceReadBack
from rangeops.sim.missions import Item as SimItem

RALLY_POINT = SimItem(command=5100, x=522938330, y=68891670, z=100.0)


def loaded(world, fence, order, limit_s: float = 200.0, **faults) -> FenceReadBack:
    """The result of one load on a vehicle that is ready."""
    vehicle = world.fleet.vehicles[21]
    for name, value in faults.items():
        setattr(world.vehicle.faults, name, value)
    world.told.clear()
    world.up(world.fleet.order(order(CommandKind.LOAD_FENCE), world.now, fence))
    assert world.run(limit_s, lambda: vehicle.aboard.load.read_back is not None), "neither equal nor a stated failure"
    return vehicle.aboard.load.read_back


def stages(world) -> list[CommandStage]:
    return [told.stage for told in world.told if isinstance(told, CommandProgress)]


@pytest.fixture
def ready(world):
    def make(**knobs):
        made = world(**knobs)
        assert made.run(40, lambda: (v := made.fleet.vehicles.get(21)) is not None and v.state.home is not None)
        return made

    return make


def test_a_fence_goes_up_is_enabled_and_reads_back_equal(ready, fence, order):
    world = ready()
    read_back = loaded(world, fence, order)
    assert read_back == FenceReadBack(21, equal=True, items=4, sha256=fence.sha256, detail="")
    assert stages(world) == [CommandStage.SENT, CommandStage.ACKED, CommandStage.SEEN]
    world.run(2)
    state = world.fleet.vehicles[21].state
    assert state.health.fence_enabled
    assert state.fence is not None  # FENCE_STATUS comes only now
    assert world.fleet.vehicles[21].aboard.load.before["FENCE_ALT_MAX"] == 100.0
    held = {name: world.vehicle.parameters[name] for name in ("FENCE_TYPE", "FENCE_ALT_MAX", "RTL_ALT")}
    assert held == {"FENCE_TYPE": 5, "FENCE_ALT_MAX": 60.0, "RTL_ALT": 3000}


def test_a_fence_that_reads_back_otherwise_is_said(ready, fence, order):
    world = ready()
    read_back = loaded(world, fence, order, wrong_fence_readback=True)
    assert not read_back.equal
    assert read_back.detail.startswith("reading back: item")
    assert stages(world)[-1] is CommandStage.NOT_OBEYED


def test_a_vehicle_that_ignores_us_is_said_to_be_silent(ready, fence, order):
    world = ready()
    world.loss = 1.0
    read_back = loaded(world, fence, order)
    assert not read_back.equal
    assert "no answer" in read_back.detail
    assert stages(world)[-1] is CommandStage.NO_ACK


def test_its_time_runs_from_the_first_packet_sent_until_it_is_seen_on(ready, fence, order):
    world = ready()
    world.loss, sent_s = 1.0, world.now.monotonic_s
    world.up(world.fleet.order(order(CommandKind.LOAD_FENCE), world.now, fence))
    world.run(2)  # what is sent meanwhile is lost, and counts
    world.loss = 0.0
    assert world.run(30, lambda: world.fleet.vehicles[21].aboard.load.read_back is not None)
    last = [told for told in world.told if isinstance(told, CommandProgress)][-1]
    assert last.stage is CommandStage.SEEN
    assert last.seen_after_s == pytest.approx(world.now.monotonic_s - sent_s)
    assert last.seen_after_s >= 2


def test_a_second_load_takes_the_place_of_the_first(ready, fence, order):
    world = ready()
    world.loss = 1.0
    world.up(world.fleet.order(order(CommandKind.LOAD_FENCE, name="first"), world.now, fence))
    world.run(1)
    world.loss = 0.0
    world.up(world.fleet.order(order(CommandKind.LOAD_FENCE, name="second"), world.now, fence))
    assert world.run(30, lambda: world.fleet.vehicles[21].aboard.load.read_back is not None)
    told = [(told.order.id, told.stage) for told in world.told if isinstance(told, CommandProgress)]
    assert ("first", CommandStage.SUPERSEDED) in told
    assert told[-1] == ("second", CommandStage.SEEN)


def test_without_a_compiled_fence_nothing_is_sent(ready, order):
    world = ready()
    world.up(world.fleet.order(order(CommandKind.LOAD_FENCE), world.now))
    (told,) = [told for told in world.told if isinstance(told, CommandProgress)]
    assert told.stage is CommandStage.REFUSED


def test_a_refused_upload_is_told_with_the_vehicles_words(ready, fence, order):
    world = ready()
    crossing = replace(fence, items=tuple(replace(item, param1=3.0) for item in fence.items))
    read_back = loaded(world, crossing, order)
    assert not read_back.equal
    assert "Incorrect item count" in read_back.detail or "Invalid vertex count" in read_back.detail
    assert stages(world)[-1] is CommandStage.REFUSED


@pytest.mark.parametrize("seed", range(12))
def test_under_loss_and_duplication_a_load_ends_equal_or_in_a_stated_failure(ready, fence, order, seed):
    world = ready()
    world.loss, world.duplicate = 0.3, 0.1
    world.random.seed(seed)
    read_back = loaded(world, fence, order)
    held = [(item.command, item.param1, item.x, item.y) for item in world.vehicle.items.fence]
    wanted = [(item.command, item.param1, item.x, item.y) for item in fence.items]
    if read_back.equal:
        assert held == wanted
        assert world.vehicle.fence.enabled
    else:
        assert read_back.detail


def check(world, fence, order) -> FenceReadBack:
    """Compare without writing, as after a restart."""
    load = FenceLoad(order(CommandKind.LOAD_FENCE), fence, 250, 190, write=False)
    vehicle = world.fleet.vehicles[21]
    vehicle.aboard.load = load
    world.sent.clear()
    world.up(world.fleet._addressed(vehicle, load.begin(world.now)))
    assert world.run(60, lambda: load.read_back is not None)
    return load.read_back


def test_a_check_compares_and_writes_nothing(ready, fence, order):
    world = ready()
    loaded(world, fence, order)
    assert check(world, fence, order).equal
    written = (MissionCount, MissionItemInt, ParamSet)
    assert not any(isinstance(decode_frame(data), written) for data in world.sent)


def test_a_check_finds_a_parameter_and_a_fence_that_were_changed(ready, fence, order):
    world = ready()
    loaded(world, fence, order)
    world.vehicle.parameters.put("FENCE_ACTION", 0)
    read_back = check(world, fence, order)
    assert (read_back.equal, read_back.detail) == (
        False,
        "reading FENCE_ACTION: FENCE_ACTION is 0 instead of 1",
    )
    assert stages(world)[-1] is CommandStage.NOT_OBEYED


def test_after_a_restart_the_fence_is_still_there_and_on(ready, fence, order):
    """FENCE_ENABLE is set as a parameter, since DO_FENCE_ENABLE alone isn't kept (decision 14)."""
    world = ready()
    loaded(world, fence, order)
    world.vehicle._boot()
    world.run(30)
    assert check(world, fence, order).equal


def test_a_fence_that_was_switched_off_is_found_by_its_parameter(ready, fence, order):
    world = ready()
    loaded(world, fence, order)
    world.vehicle.parameters.put("FENCE_ENABLE", 0)
    assert check(world, fence, order).detail == "reading FENCE_ENABLE: FENCE_ENABLE is 0 instead of 1"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, ""),
        ({"x": 1}, "item 1 is"),
        ({"y": 1}, "item 1 is"),
        ({"command": 5002}, "item 1 is"),
        ({"param1": 5.0}, "item 1 is"),
        ({"frame": 3, "z": 7.0, "autocontinue": 0}, ""),
    ],
)
def test_every_integer_counts_in_the_comparison(fence, change, says):
    held = list(fence.items)
    held[1] = replace(held[1], **change)
    assert first_difference(fence.items, held).startswith(says)
    assert bool(first_difference(fence.items, held)) == bool(says)


def test_a_missing_item_is_a_difference(fence):
    assert first_difference(fence.items, fence.items[:-1]) == "3 items are on board instead of 4"
    assert isinstance(fence.items[0], Item)
    assert MissionItemInt._fields[4:6] == ("x", "y")


def test_a_rally_point_aboard_is_said_for_a_return_would_lead_there(ready, fence, order):
    world = ready()
    world.vehicle.items.rally.append(RALLY_POINT)
    read_back = loaded(world, fence, order)
    assert not read_back.equal
    assert read_back.detail == "rally points: 1 items are on board instead of 0; clear them: a return leads there"
