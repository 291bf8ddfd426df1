"""The range flies the simulated copter by its own commands, over a good link and over one that loses a third."""

from dataclasses import replace

import pytest
from mavlink_world import HOME, World, order_of

from rangeops.adapters.mavlink.fleet import Outgoing
from rangeops.domain.commands import FINAL_STAGES, CommandKind, CommandProgress, CommandStage, CommandTarget

K, S = CommandKind, CommandStage
METRE = 1 / 111_195.0
UP = CommandTarget(height_above_home_m=15.0)
NORTH = CommandTarget(None, HOME.latitude_deg + 60 * METRE, HOME.longitude_deg, HOME.altitude_amsl_m + 20)


class Flown:
    def __init__(self, world: World) -> None:
        self.world = world
        self.number = 0
        assert world.run(40, lambda: self.vehicle is not None and self.vehicle.identity is not None)
        assert world.run(40, lambda: self.vehicle.state.trusted_position(world.now) is not None)

    @property
    def vehicle(self):
        return self.world.fleet.vehicles.get(self.world.sysid)

    def orders(self, kind: CommandKind, target: CommandTarget | None = None) -> CommandProgress:
        """The command's last word."""
        self.number += 1
        order = replace(order_of(kind, name=f"{kind.value} {self.number}"), by="op1", second="op2", target=target)
        outputs = self.world.fleet.order(order, self.world.now)
        self.world.up(outputs)

        def last() -> CommandProgress:
            told = [each for each in self.world.told if isinstance(each, CommandProgress) and each.order == order]
            return told[-1]

        assert self.world.run(90, lambda: last().stage in FINAL_STAGES), last()
        assert not any(isinstance(each, Outgoing) for each in self.world.told)
        return last()


@pytest.mark.parametrize(("loss", "duplicate", "seed"), [(0.0, 0.0, 1), *((0.3, 0.1, seed) for seed in range(8))])
def test_each_command_is_obeyed_or_said_not_to_be_and_what_is_seen_is_true(world, loss, duplicate, seed):
    flown = Flown(world(loss=loss, duplicate=duplicate, seed=seed))
    craft = flown.world.vehicle
    truths = {
        K.ARM: lambda: craft.armed,
        K.TAKEOFF: lambda: craft.motion.up_m > 13,
        K.GOTO: lambda: craft.mode.number == 4 and craft.motion.north_m > 3,
        K.FENCE_OFF: lambda: not craft.fence.enabled,
        K.FENCE_ON: lambda: craft.fence.enabled,
        K.HOLD: lambda: craft.mode.number == 17,
        K.TERMINATE: lambda: not craft.armed,
    }
    while not craft.armed:
        flown.orders(K.ARM)
    ends = {}
    for kind, target in ((K.TAKEOFF, UP), (K.GOTO, NORTH), (K.FENCE_ON, None), (K.FENCE_OFF, None), (K.HOLD, None)):
        ends[kind] = end = flown.orders(kind, target)
        if end.stage is S.SEEN:
            assert truths[kind](), kind
        else:
            assert end.detail, "what wasn't seen is told in words"
    ends[K.TERMINATE] = flown.orders(K.TERMINATE)
    if ends[K.TERMINATE].stage is S.SEEN:
        assert truths[K.TERMINATE]()
    if loss == 0:
        assert {kind.value: end.stage for kind, end in ends.items()} == dict.fromkeys((k.value for k in ends), S.SEEN)


def test_a_plane_goes_pauses_by_circling_and_cannot_be_terminated(world):
    flown = Flown(world(airframe="survey-plane", airborne_m=100.0))
    far = replace(NORTH, latitude_deg=HOME.latitude_deg + 800 * METRE, altitude_amsl_m=HOME.altitude_amsl_m + 100)
    assert flown.orders(K.GOTO, far).stage is S.SEEN
    assert flown.vehicle.state.mode == "GUIDED"
    assert flown.orders(K.HOLD).stage is S.SEEN
    ends = {kind: flown.orders(kind, UP if kind is K.TAKEOFF else None) for kind in (K.TERMINATE, K.TAKEOFF, K.PAUSE)}
    assert {end.stage for end in ends.values()} == {S.REFUSED}
    assert all(end.detail.startswith("not sent: ") for end in ends.values())
    assert "no flight termination, or it is switched off" in ends[K.TERMINATE].detail


def test_a_rover_goes_and_a_disarmed_one_that_says_yes_does_not_obey(world):
    flown = Flown(world(airframe="utility-rover"))
    assert flown.orders(K.GOTO, NORTH).stage is S.NOT_OBEYED
    assert flown.orders(K.ARM).stage is S.SEEN
    assert flown.orders(K.GOTO, NORTH).stage is S.SEEN
    assert flown.orders(K.HOLD).stage is S.SEEN
    assert flown.orders(K.DISARM).stage is S.SEEN


def test_a_vehicle_that_says_yes_and_does_nothing_is_found_out(world):
    flown = Flown(world())
    assert flown.orders(K.ARM).stage is S.SEEN
    assert flown.orders(K.TAKEOFF, UP).stage is S.SEEN
    flown.world.vehicle.faults.ack_but_ignore = True
    ends = {kind: flown.orders(kind, target) for kind, target in ((K.GOTO, NORTH), (K.FENCE_ON, None), (K.HOLD, None))}
    assert {end.stage for end in ends.values()} == {S.NOT_OBEYED}
    assert "no nearer: the target was dropped" in ends[K.GOTO].detail
    assert "its fence is off" in ends[K.FENCE_ON].detail
