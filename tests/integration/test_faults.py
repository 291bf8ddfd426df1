"""Fences and commands through bad links: what is said of them is true, whatever is lost, late, twice, or damaged."""

import random
from dataclasses import replace

import fault_proxy
import pytest
from acceptance_flights import compiled, place
from backends import OURS, flying, spec
from fault_proxy import Way, Weather
from fault_rounds import BAD_RADIO, Judged, stormy_range
from mavlink_world import fence_of, order_of, square
from range_ground import RangeGround, free_udp_ports
from stormy_world import StormyWorld

from rangeops.domain.commands import CommandKind
from rangeops.sim.scenario import Scenario

SEED = 20261124

# The weather itself: pure, so its figures are exact.


def through(weather: Weather, pieces: int = 4000, *, in_order: bool = False, every_s: float = 0.01, seed: int = SEED):
    """(sent at, arrives at, number, bytes), in the order of arrival."""
    way = Way(random.Random(seed), weather, in_order)
    sent = ((number * every_s, number, number.to_bytes(4, "big") * 10) for number in range(pieces))
    arrived = [(at_s, due_s, n, got) for at_s, n, data in sent for due_s, got in way.due(data, at_s)]
    return sorted(arrived, key=lambda each: each[1])


def test_loss_takes_its_share_and_leaves_the_rest_whole():
    arrived = through(Weather(loss=0.3))
    assert 0.27 < 1 - len(arrived) / 4000 < 0.33
    assert all(data == number.to_bytes(4, "big") * 10 for _, _, number, data in arrived)


def test_jitter_reorders_datagrams_and_never_a_stream():
    late = Weather(delay_s=0.05, jitter_s=0.2)
    datagrams, stream = through(late), through(late, in_order=True)
    assert all(0.05 <= due_s - at_s <= 0.25 for at_s, due_s, _, _ in datagrams)
    assert [number for *_, number, _ in datagrams] != sorted(number for *_, number, _ in datagrams)
    assert [number for *_, number, _ in stream] == list(range(4000))


def test_duplicates_come_twice_and_a_flip_is_one_bit():
    assert 1.15 < len(through(Weather(duplicates=0.2))) / 4000 < 1.25
    flipped = [
        sum((a ^ b).bit_count() for a, b in zip(data, number.to_bytes(4, "big") * 10, strict=True))
        for _, _, number, data in through(Weather(flips=0.5))
    ]
    assert set(flipped) == {0, 1}
    assert 0.45 < sum(flipped) / 4000 < 0.55


def test_a_narrow_link_passes_no_more_than_it_can_and_a_cut_one_nothing():
    narrow = through(Weather(bytes_per_s=1000))  # 4000 bytes a second want to pass
    first_s, last_s = narrow[0][1], narrow[-1][1]
    assert len(narrow) * 40 / (last_s - first_s) == pytest.approx(1000, rel=0.05)
    assert max(due_s - at_s for at_s, due_s, _, _ in narrow) <= fault_proxy.MOST_WAITING_S
    assert through(Weather(partition=True)) == []


def test_a_seed_repeats_its_weather():
    storm = Weather(loss=0.3, jitter_s=0.2, duplicates=0.1, flips=0.1)
    assert through(storm) == through(storm)
    assert through(storm) != through(storm, seed=SEED + 1)


# What the range makes of it.


def held_by(world: StormyWorld) -> list[tuple[int, float, int, int]]:
    return [(item.command, item.param1, item.x, item.y) for item in world.vehicle.items.fence]


@pytest.mark.parametrize("seed", range(SEED, SEED + 12))
def test_at_30_percent_loss_both_ways_a_fence_is_on_board_as_said(seed):
    """On a clock of its own; `make prove` does 200 over real sockets."""
    world, fence = StormyWorld(seed=seed), fence_of(square())
    assert world.run(90, lambda: (v := world.fleet.vehicles.get(21)) is not None and v.state.home is not None)
    world.way_up.weather = world.way_down.weather = BAD_RADIO
    world.up(world.fleet.order(order_of(CommandKind.LOAD_FENCE), world.now, fence))
    load = world.fleet.vehicles[21].aboard.load
    assert world.run(300, lambda: load.read_back is not None), "nothing was said"
    wanted = [(item.command, item.param1, item.x, item.y) for item in fence.items]
    assert load.read_back.detail or (load.read_back.equal and held_by(world) == wanted)
    assert held_by(world) in ([], wanted)


def test_at_30_percent_loss_both_ways_commands_are_obeyed_or_said_not_to_be():
    commands = Judged()
    with stormy_range(8, SEED) as range_:
        range_.command_round(CommandKind.HOLD, commands)
        range_.command_round(CommandKind.RTL, commands)
        lost = 1 - range_.proxy.up.went / range_.proxy.up.came
    assert 0.05 < lost < 0.5, "the weather didn't come"
    assert (commands.runs, commands.wrong) == (16, [])
    assert commands.good >= 12


@pytest.mark.timeout(300)
def test_damage_on_udp_tcp_and_serial_never_gets_a_wrong_fence_on_board(tmp_path):
    damage = Weather(loss=0.05, delay_s=0.05, jitter_s=0.1, duplicates=0.1, flips=0.1)
    (udp_port,) = free_udp_ports(1)
    tty = tmp_path / "tty"
    links = {1: None, 2: ("tcpin:127.0.0.1:0",), 3: (f"serial:pty@{tty}",)}
    with fault_proxy.udp(("127.0.0.1", udp_port), SEED) as (over_udp, (_, port)):
        specs = [spec(sysid, place(sysid), port) for sysid in links]
        specs = [replace(each, links=links[each.sysid] or each.links) for each in specs]
        with flying(OURS, Scenario("damage", tuple(specs))) as simulator:
            tcp_port = int(next(uri for uri in simulator.endpoints() if "tcpin" in uri).rpartition(":")[2])
            with (
                fault_proxy.tcp(("127.0.0.1", tcp_port), SEED) as (over_tcp, (_, door)),
                fault_proxy.pty(str(tty), SEED) as (over_pty, path),
            ):
                uris = [f"udpin:127.0.0.1:{udp_port}", f"tcp:127.0.0.1:{door}", f"serial:{path}:57600"]
                ground = RangeGround(uris)
                try:
                    ground.until(lambda: all(ground.trusted(sysid) for sysid in links), 40, "all three trusted")
                    for proxy in (over_udp, over_tcp, over_pty):
                        proxy.up.weather = proxy.down.weather = damage
                    fences = {sysid: compiled(sysid, place(sysid)) for sysid in links}
                    orders = [ground.order(CommandKind.LOAD_FENCE, sysid, fence) for sysid, fence in fences.items()]
                    ground.until(lambda: all(ground.over(order) for order in orders), 200, "the end of three loads")
                    bad_crc = {each.uri: each.bad_crc for each in ground.link_counters()}
                    for sysid, fence in fences.items():
                        said = ground.read_backs(sysid)[-1]
                        held = simulator._fleet.member(sysid, where="test").vehicle.items.fence
                        equal = [(i.command, i.x, i.y) for i in held] == [(i.command, i.x, i.y) for i in fence.items]
                        assert said.detail or (said.equal and equal), f"#{sysid}: {said}"
                finally:
                    ground.close()
    assert all(bad_crc.values()), f"no damage was met: {bad_crc}"


@pytest.mark.timeout(120)
def test_a_link_that_was_cut_for_a_while_is_lost_and_comes_back_by_itself():
    with stormy_range(2, SEED, Weather(partition=True)) as range_:
        ground = range_.ground
        ground.until(lambda: not any(ground.trusted(sysid) for sysid in range_.sysids), 6, "positions too old to trust")
        ground.wait(4)  # beyond the 5 s after which a vehicle counts as lost
        range_.proxy.up.weather = range_.proxy.down.weather = fault_proxy.CLEAR
        ground.until(lambda: all(ground.trusted(sysid) for sysid in range_.sysids), 20, "both trusted again")
