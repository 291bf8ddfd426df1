"""Orders: whole, versioned, one vehicle once; returns to launch that don't meet."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk import D07, NOON, OPERATOR, TWENTE, Desk, fence

from rangeops.adapters.store.memory import MemoryStore
from rangeops.adapters.store.opening import open_store
from rangeops.domain.errors import Conflict
from rangeops.domain.events import OrdersTaken
from rangeops.domain.leases import HOLD_OVER_S, NOBODY
from rangeops.domain.ranges import AltitudeBand
from rangeops.domain.slots import SlotEvent
from rangeops.domain.telemetry import Sysid
from rangeops.domain.watch_nodes import WatchNode
from rangeops.domain.zones import Restriction
from rangeops.services.changes import SERVER
from rangeops.services.orders import RTL_STEP_M


def current(desk):
    with desk.services.changes.begin(desk.now, SERVER) as change:
        return desk.services.desk.current(change)


def test_the_first_orders_say_what_the_range_is_and_enforce_nobody():
    desk = Desk()
    orders = current(desk)
    assert orders.version == 1
    assert orders.boundary == TWENTE.boundary
    assert orders.policy == TWENTE.policy
    assert orders.vehicles == ()


def test_prohibited_zones_are_where_no_way_home_may_lead():
    prohibited = [zone for zone in TWENTE.zones if zone.restriction is Restriction.PROHIBITED]
    assert prohibited
    named = [(zone.name, area.volume(TWENTE.frame, TWENTE.heights)) for zone in prohibited for area in zone.areas]
    assert [(each.name, each.volume) for each in current(Desk()).keep_out] == named


def test_a_briefed_slot_is_ordered_and_not_cleared():
    desk = Desk()
    desk.briefed()
    (vehicle,) = desk.orders[-1].vehicles
    assert (vehicle.callsign, vehicle.slot, vehicle.cleared, vehicle.fence_sha256) == ("D07", "S1", False, None)
    assert vehicle.volumes.flight_geography == TWENTE.volume("NORTH").flight_geography


def test_what_changes_nothing_issues_nothing():
    desk = Desk()
    desk.briefed()
    issued = len(desk.orders)
    current(desk)
    desk.book(start_minutes=60)
    assert len(desk.orders) == issued


def test_each_step_to_clearance_and_back_is_a_new_version():
    desk = Desk()
    slot = desk.cleared()
    assert [(o.version, o.vehicles[0].fence_sha256, o.vehicles[0].cleared) for o in desk.orders] == [
        (1, None, False),
        (2, "ab" * 32, False),
        (3, "ab" * 32, True),
    ]
    desk.services.clearance.withdraw(slot.id, desk.now, OPERATOR)
    assert desk.orders[-1].version == 4
    assert not desk.orders[-1].vehicles[0].cleared


def test_versions_go_on_after_a_restart(tmp_path):
    url = f"sqlite:///{tmp_path / 'range.db'}"
    desk = Desk(open_store(url))
    desk.cleared()
    before = current(desk)
    desk.store.close()
    again = Desk(open_store(url))
    assert current(again) == before
    again.services.links.add("udpin:127.0.0.1:14550", again.now, OPERATOR)
    assert again.orders[-1].version == before.version + 1
    again.store.close()


def test_a_link_is_in_the_orders_as_soon_as_it_is_added():
    desk = Desk()
    desk.services.links.add("udpin:127.0.0.1:14550", desk.now, OPERATOR)
    assert desk.orders[-1].links == ("udpin:127.0.0.1:14550",)
    desk.services.links.remove("udpin:127.0.0.1:14550", desk.now, OPERATOR)
    assert desk.orders[-1].links == ()


def test_a_vehicle_with_two_briefed_slots_is_held_to_the_active_one_then_to_the_next():
    desk = Desk()
    first = desk.cleared()
    desk.briefed(start_minutes=35)
    assert [vehicle.slot for vehicle in desk.orders[-1].vehicles] == ["S1"]
    desk.at(45 * 60)
    desk.move(first, SlotEvent.CLOSE)
    assert [vehicle.slot for vehicle in desk.orders[-1].vehicles] == ["S2"]


def test_an_active_slot_stays_in_the_orders_past_its_end_and_a_briefed_one_does_not():
    desk = Desk()
    desk.cleared()
    desk.briefed(volume="WEST", sysid=Sysid(8), callsign="D08")
    desk.at(31 * 60)
    assert [vehicle.callsign for vehicle in current(desk).vehicles] == ["D07"]


def test_neighbours_return_at_separated_altitudes_and_keep_them():
    desk = Desk()
    desk.briefed()
    desk.briefed(start_minutes=35, sysid=Sysid(8), callsign="D08")
    one, other = desk.orders[-1].vehicles
    assert abs(one.rtl_altitude_m - other.rtl_altitude_m) >= RTL_STEP_M
    for vehicle in (one, other):
        assert TWENTE.rtl_altitudes.lowest_m <= vehicle.rtl_altitude_m <= TWENTE.rtl_altitudes.highest_m
    desk.move(desk.services.booking.get(one.slot), SlotEvent.CANCEL)
    assert desk.orders[-1].vehicles == (other,), "a neighbour's going changes nothing in flight"


def narrow(**parts):
    """A range with a single return altitude to give."""
    return Desk(definition=replace(TWENTE, rtl_altitudes=AltitudeBand(30.0, 30.0)), **parts)


def test_a_slot_for_which_no_altitude_is_left_is_not_briefed():
    desk = narrow()
    desk.briefed()
    with pytest.raises(Conflict, match="return-to-launch"):
        desk.briefed(start_minutes=40, sysid=Sysid(20), callsign="D20")
    assert len(desk.orders[-1].vehicles) == 1


def test_slots_that_are_flown_one_after_the_other_share_an_altitude():
    desk = narrow()
    for number in range(3):
        desk.briefed(start_minutes=70 * number, sysid=Sysid(10 + number), callsign=f"D{10 + number}")
    assert {vehicle.rtl_altitude_m for vehicle in desk.orders[-1].vehicles} == {30.0}


def test_a_slot_that_overruns_keeps_its_altitude_and_the_next_one_gets_another():
    """The later one's fence, which carries the altitude, must be loaded anew."""
    desk = Desk()
    first = desk.cleared()
    later = desk.briefed(start_minutes=70, sysid=Sysid(8), callsign="D08")
    shared_m = [vehicle.rtl_altitude_m for vehicle in desk.orders[-1].vehicles]
    assert shared_m[0] == shared_m[1]
    desk.tell(OrdersTaken(desk.orders[-1].version), fence(later.sysid))
    desk.at(65 * 60)
    by_slot = {vehicle.slot: vehicle for vehicle in current(desk).vehicles}
    assert by_slot[first.id].rtl_altitude_m == shared_m[0]
    assert abs(by_slot[later.id].rtl_altitude_m - shared_m[0]) >= RTL_STEP_M
    assert by_slot[later.id].fence_sha256 is None


def test_one_watch_has_every_vehicle_under_a_lease():
    desk = Desk()
    desk.briefed()
    (lease,) = desk.orders[-1].leases
    assert (lease.sysid, lease.watch, lease.hold_over_s) == (D07, "watch", None)


def masted(volume="NORTH"):
    node = WatchNode("mast", ("udpin:127.0.0.1:14600",), (volume,))
    return replace(TWENTE, watches=(node,))


def test_a_node_has_the_vehicles_of_its_volumes_and_its_own_links():
    desk = Desk(definition=masted())
    desk.services.links.add("udpin:127.0.0.1:14550", desk.now, OPERATOR)
    desk.briefed()
    desk.briefed(volume="WEST", sysid=Sysid(8), callsign="D08")
    orders = desk.orders[-1]
    assert {lease.sysid: lease.watch for lease in orders.leases} == {D07: "mast", Sysid(8): "watch"}
    assert orders.for_watch("mast", beside_server=False).links == ("udpin:127.0.0.1:14600",)
    assert orders.for_watch("watch", beside_server=True).links == ("udpin:127.0.0.1:14550",)


def test_a_vehicle_goes_to_another_watch_only_when_the_first_has_said_that_it_let_go():
    store = MemoryStore()
    before = Desk(store)
    slot = before.briefed()
    before.tell(OrdersTaken(before.orders[-1].version))
    desk = Desk(store, definition=masted())
    desk.seq = before.seq
    leaving = current(desk)
    assert (leaving.lease(slot.sysid).watch, leaving.lease(slot.sysid).previous) == (NOBODY, "watch")
    assert current(desk) == leaving, "it waits"
    desk.tell(OrdersTaken(leaving.version))
    lease = desk.orders[-1].lease(slot.sysid)
    assert (lease.watch, lease.number) == ("mast", leaving.version + 1)


def test_a_read_back_counts_for_the_slot_that_was_ordered_when_it_was_read():
    """A journal that comes late must not verify a fence for the slot after."""
    desk = Desk()
    first = desk.briefed()
    desk.tell(OrdersTaken(desk.orders[-1].version))
    late = desk.entries(fence())
    desk.move(first, SlotEvent.CANCEL)
    desk.briefed(start_minutes=35)
    desk.services.intake.take(late, desk.now)
    (vehicle,) = desk.orders[-1].vehicles
    assert (vehicle.slot, vehicle.fence_sha256) == ("S2", None)


def test_times_are_kept_to_the_microsecond():
    desk = Desk()
    starts = NOON + timedelta(microseconds=1)
    desk.briefed(starts=starts)
    assert desk.orders[-1].vehicles[0].starts == starts
    assert replace(desk.orders[-1], version=0) != desk.orders[-1]


def test_the_watch_beside_the_server_keeps_its_vehicles_under_another_name():
    store = MemoryStore()
    slot = Desk(store).briefed()
    renamed = Desk(store, own_watch="tower")
    assert current(renamed).lease(slot.sysid).watch == "tower"


def test_a_node_that_the_range_no_longer_has_keeps_its_vehicle_until_its_hold_over_is_past():
    store = MemoryStore()
    slot = Desk(store, definition=masted()).briefed()
    desk = Desk(store)
    assert current(desk).lease(slot.sysid).previous == "mast"
    desk.live.silent_s = lambda _watch, _now: HOLD_OVER_S * 1.1
    assert current(desk).lease(slot.sysid).watch == "watch"
