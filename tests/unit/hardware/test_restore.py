"""What the range writes is put back: from LOAD_FENCE's first reading to the last read-back, on a simulated ArduCopter."""

from dataclasses import replace
from types import SimpleNamespace

import mavlink_world
import pytest

from rangeops.adapters.mavlink.fence_load import BeforeRead
from rangeops.adapters.mavlink.link import decode_frame
from rangeops.adapters.mavlink.messages import MissionCount, ParamSet
from rangeops.domain.commands import CommandKind, CommandProgress, CommandStage
from rangeops.domain.errors import Refused
from rangeops.domain.kept import FenceItem, Kept, OnBoard, differences, kept_of
from rangeops.domain.telemetry import Sysid
from rangeops.domain.writes import Consent, ConsentKind
from rangeops.sim.missions import Item
from rangeops.watch.kept import Shelf
from rangeops.watch.memory import Memory, read_kept
from rangeops.watch.vehicle import WatchedVehicle

CHANGED = ("FENCE_TYPE", "FENCE_ACTION", "FENCE_MARGIN", "FENCE_ALT_MAX", "RTL_ALT", "FENCE_ENABLE")


@pytest.fixture
def world():
    made = mavlink_world.World()
    assert made.run(40, lambda: (v := made.fleet.vehicles.get(21)) is not None and v.state.home is not None)
    corners = ((522_700_000, 68_800_000), (522_800_000, 68_800_000), (522_800_000, 69_000_000))
    made.vehicle.items.fence[:] = [Item(5001, 0, param1=3.0, x=x, y=y) for x, y in corners]
    made.vehicle.parameters.put("FENCE_ALT_MAX", 77)
    made.vehicle.parameters.put("FENCE_ACTION", 4)
    return made


def on_board(world):
    items = [(item.command, item.param1, item.x, item.y) for item in world.vehicle.items.fence]
    return items, {name: world.vehicle.parameters[name] for name in CHANGED}, world.vehicle.fence.enabled


def load(world) -> BeforeRead:
    world.told.clear()
    fence = mavlink_world.fence_of(mavlink_world.square())
    world.up(world.fleet.order(mavlink_world.order_of(CommandKind.LOAD_FENCE), world.now, fence))
    assert world.run(60, lambda: world.fleet.vehicles[21].aboard.load.read_back is not None)
    (read,) = [told for told in world.told if isinstance(told, BeforeRead)]
    return read


def agreed_vehicle() -> WatchedVehicle:
    vehicle = WatchedVehicle(Sysid(21), 0.0)
    consent = Consent(ConsentKind.STANDING, "ACME")
    vehicle.order = SimpleNamespace(
        slot="S1", company="ACME", consent=consent, cleared=False, callsign="D21", ends=mavlink_world.EPOCH
    )
    return vehicle


def kept(read: BeforeRead, **other) -> Kept:
    given = {"sysid": read.sysid, "slot": "S1", "company": "ACME", "uid2": "ab", "utc": mavlink_world.EPOCH}
    return Kept(**(given | other), before=read.before, after=read.after)


def restore(world, what: Kept, limit_s=60.0):
    world.told.clear()
    world.up(world.fleet.order(mavlink_world.order_of(CommandKind.RESTORE), world.now, what))
    assert world.run(limit_s, lambda: world.fleet.vehicles[21].aboard.load.restored is not None)
    return world.fleet.vehicles[21].aboard.load.restored


def test_what_was_on_board_is_read_before_anything_is_written(world):
    world.sent.clear()
    seen_at = []
    original = world.up

    def up(outputs):
        seen_at.extend(len(world.sent) for output in outputs if isinstance(output, BeforeRead))
        original(outputs)

    world.up = up
    load(world)
    written = [n for n, data in enumerate(world.sent) if isinstance(decode_frame(data), MissionCount | ParamSet)]
    assert len(seen_at) == 1
    assert seen_at[0] <= written[0]


def test_a_load_and_a_restore_leave_the_vehicle_as_it_was(world):
    before = on_board(world)
    read = load(world)
    assert on_board(world) != before
    restored = restore(world, kept(read))
    assert (restored.equal, restored.detail, restored.slot) == (True, "", "S1")
    assert on_board(world) == before
    stages = [told.stage for told in world.told if isinstance(told, CommandProgress)]
    assert stages == [CommandStage.SENT, CommandStage.ACKED, CommandStage.SEEN]


def test_a_fence_that_was_on_is_on_again(world):
    world.vehicle.parameters.put("FENCE_ENABLE", 1)
    world.vehicle.fence.enable(on=True)
    before = on_board(world)
    assert restore(world, kept(load(world))).equal
    assert on_board(world) == before


def test_a_vehicle_without_a_fence_has_none_again(world):
    world.vehicle.items.fence.clear()
    assert restore(world, kept(load(world))).equal
    assert world.vehicle.items.fence == []


@pytest.mark.parametrize("seed", range(6))
def test_under_loss_a_restore_ends_as_it_was_or_in_a_stated_failure(world, seed):
    before = on_board(world)
    read = load(world)
    world.loss = 0.3
    world.random.seed(seed)
    restored = restore(world, kept(read), limit_s=300)
    assert on_board(world) == before if restored.equal else restored.detail


def test_a_fence_that_reads_back_otherwise_is_not_restored(world):
    read = load(world)
    world.vehicle.faults.wrong_fence_readback = True
    restored = restore(world, kept(read))
    assert not restored.equal
    assert restored.detail.startswith("reading back: item")


def test_the_diff_names_what_changed_and_nothing_else(world):
    read = load(world)
    told = {x.what: (x.before, x.after) for x in differences(read.before, read.after)}
    assert told["FENCE_ALT_MAX"] == ("77", "60")
    assert told["FENCE_ENABLE"] == ("0", "1")
    assert told["fence item 3"][0] == "none"
    assert "FENCE_MARGIN" not in told


def test_a_second_load_keeps_what_the_vehicle_had_first(world, tmp_path):
    memory = Memory(tmp_path)
    shelf, vehicle, heard = Shelf(memory), agreed_vehicle(), world.fleet.vehicles[21]
    first = load(world)
    shelf.keep(first, heard, vehicle, world.now)
    second = shelf.keep(load(world), heard, vehicle, world.now)
    assert second.kept.before == first.before
    memory.close()
    (kept_on_disk,) = read_kept(tmp_path)
    assert kept_on_disk == second.kept
    restored = restore(world, kept_on_disk)
    again = Memory(tmp_path)
    shelf = Shelf(again)
    shelf.restored(replace(restored, equal=False), heard)
    assert shelf.to_restore(heard, vehicle) == kept_on_disk
    shelf.restored(restored, heard)
    with pytest.raises(Refused, match="nothing of it is kept"):
        shelf.to_restore(heard, vehicle)
    again.close()
    assert read_kept(tmp_path) == ()


def test_an_armed_vehicle_and_one_that_is_not_heard_are_not_restored(world, tmp_path):
    memory = Memory(tmp_path)
    shelf, vehicle, heard = Shelf(memory), agreed_vehicle(), world.fleet.vehicles[21]
    shelf.keep(load(world), heard, vehicle, world.now)
    with pytest.raises(Refused, match="isn't heard"):
        shelf.to_restore(None, vehicle)
    world.vehicle.arming.arm(force=True)
    assert world.run(5, lambda: heard.state.armed)
    with pytest.raises(Refused, match="armed"):
        shelf.to_restore(heard, vehicle)
    memory.close()


def test_a_vehicle_that_is_cleared_keeps_the_ranges_fence(world, tmp_path):
    memory = Memory(tmp_path)
    shelf, vehicle, heard = Shelf(memory), agreed_vehicle(), world.fleet.vehicles[21]
    shelf.keep(load(world), heard, vehicle, world.now)
    vehicle.order.cleared = True
    with pytest.raises(Refused, match="cleared to fly"):
        shelf.to_restore(heard, vehicle)
    memory.close()


@pytest.mark.parametrize(
    ("uid2", "company", "theirs"),
    [
        ("ab", "ACME", True),
        ("ab", None, True),  # its slot is over
        ("cd", "ACME", False),  # another autopilot under this sysid
        ("", "ACME", True),
        ("", "OTHER", False),
    ],
)
def test_a_vehicle_never_gets_what_another_had(uid2, company, theirs):
    empty = OnBoard((), ())
    ours = Kept(Sysid(21), "S1", "ACME", "ab", mavlink_world.EPOCH, empty, empty)
    if theirs:
        assert kept_of([ours], Sysid(21), uid2, company) is ours
    else:
        with pytest.raises(Refused, match="another autopilot's"):
            kept_of([ours], Sysid(21), uid2, company)
    with pytest.raises(Refused, match="nothing of it"):
        kept_of([ours], Sysid(22), uid2, company)


def test_a_fence_item_is_told_in_words():
    assert str(FenceItem(5003, 50.0, 522_700_000, 68_800_000)) == "inclusion circle 50 at 52.2700000 6.8800000"
