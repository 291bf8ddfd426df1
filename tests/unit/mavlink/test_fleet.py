"""Who is where, what each is asked for, and what is never sent."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mavlink_world import order_of

from rangeops.adapters.mavlink.decode import DEFINITION_OF, decode_payload
from rangeops.adapters.mavlink.fleet import Fleet, Outgoing
from rangeops.adapters.mavlink.link import Link, decode_frame
from rangeops.adapters.mavlink.messages import (
    NAMED,
    AutopilotVersion,
    CommandAck,
    CommandLong,
    GlobalPositionInt,
    Heartbeat,
    Message,
    Statustext,
    Timesync,
)
from rangeops.adapters.mavlink.paths import CLASH_SHOWN_S
from rangeops.adapters.mavlink.routes import ROUTE_SILENT_S
from rangeops.adapters.mavlink.streams import AGAIN_S, MISSING_S, RATES_HZ
from rangeops.adapters.mavlink.uplink import LOST_S, PROBE_S
from rangeops.adapters.mavlink.vehicle import SILENT_S
from rangeops.domain.commands import FINAL_STAGES, CommandKind, CommandProgress, CommandStage
from rangeops.domain.events import StatusTextHeard, VehicleFound, VehicleLost, VehicleRebooted

RADIO, LTE = "serial:/dev/ttyUSB0:57600", "udpin:127.0.0.1:14550"
PEER = ("127.0.0.1", 5000)
COPTER = Heartbeat(custom_mode=4, type=2, autopilot=3, base_mode=217, system_status=4, mavlink_version=3)


def position(time_boot_ms: int) -> GlobalPositionInt:
    return GlobalPositionInt(time_boot_ms, 522758330, 68891670, 60000, 25000, 100, 0, 0, 65535)


class Hearing:
    """A fleet that hears what a test says, and what came of it."""

    def __init__(self, at):
        self.at = at
        self.fleet = Fleet(250)
        self.now_s = 100.0
        self.heard = 0
        self.outputs = []

    def hear(self, message: Message, *, sysid=21, compid=1, uri=LTE, peer=PEER):
        self.heard += 1  # each packet is another one
        packet = (sysid, compid, message, b"packet %d" % self.heard)
        got = self.fleet.received(uri, peer, packet, self.at(self.now_s))
        self.outputs += got
        return got

    def wait(self, seconds: float, *messages: Message, every_s: float = 0.5, **where):
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.now_s += every_s
            for message in messages:
                self.hear(message, **where)
            self.outputs += self.fleet.timed_out(self.at(self.now_s))

    def sent(self, kind: type = CommandLong, outputs=None) -> list[Message]:
        chosen = self.outputs if outputs is None else outputs
        messages = [decode_frame(output.data) for output in chosen if isinstance(output, Outgoing)]
        return [message for message in messages if isinstance(message, kind)]

    def told(self, kind: type) -> list:
        return [output for output in self.outputs if isinstance(output, kind)]

    @property
    def vehicle(self):
        return self.fleet.vehicles[21]


@pytest.fixture
def hearing(at):
    return Hearing(at)


@pytest.mark.parametrize(
    ("message", "sysid"),
    [
        (COPTER, 0),  # the broadcast address is nobody
        (COPTER, 250),  # ourselves, heard again over a router
        (COPTER._replace(type=6, autopilot=8), 255),  # another ground station
        (COPTER._replace(type=26, autopilot=8), 21),  # a gimbal
        (position(1), 21),  # before any heartbeat
        (Statustext(6, b"hello", 0, 0), 21),
    ],
)
def test_what_is_no_autopilots_heartbeat_makes_no_vehicle(hearing, message, sysid):
    assert hearing.hear(message, sysid=sysid) == []
    assert hearing.fleet.vehicles == {}


def test_a_heartbeat_makes_a_vehicle_and_its_streams_are_asked_for(hearing):
    hearing.hear(COPTER)
    assert hearing.told(VehicleFound) == [VehicleFound(21, LTE, "ArduPilot", "copter")]
    (first,) = hearing.sent()
    assert (first.command, first.param1, first.param2, first.target_system) == (511, 33.0, 200000.0, 21)


def test_streams_are_asked_one_at_a_time_each_until_answered(hearing):
    hearing.hear(COPTER)
    for _ in range(30):
        hearing.hear(CommandAck(hearing.sent()[-1].command, 0, 0, 0, 250, 190))
    intervals = {round(m.param1): m.param2 for m in hearing.sent() if m.command == 511}
    assert intervals == {message_id: pytest.approx(1e6 / rate, abs=1) for message_id, rate in RATES_HZ.items()}
    assert [round(m.param1) for m in hearing.sent() if m.command == 512] == [148, 242]
    assert len(hearing.sent()) == len(RATES_HZ) + 2


def test_a_refused_stream_is_noted_and_the_others_go_on(hearing):
    hearing.hear(COPTER)
    hearing.hear(CommandAck(511, 2, 0, 0, 250, 190))
    hearing.wait(1.0)
    assert "denied" in hearing.vehicle.streams.refused[33]
    assert hearing.sent()[-1].param1 == list(RATES_HZ)[1]


def test_a_stream_that_stops_coming_is_asked_for_again(hearing, world):
    made = world()
    made.run(20)
    made.sent.clear()
    made.vehicle.reset_channel(made.channel)  # as when another ground station takes the rates away
    made.run(MISSING_S + AGAIN_S + 3)
    made.run(2)
    assert made.fleet.vehicles[21].state.position_age_s(made.now) < 1


def test_after_a_restart_the_streams_are_asked_for_again(hearing):
    hearing.hear(COPTER)
    hearing.hear(position(60_000))
    hearing.outputs.clear()
    hearing.now_s += 1
    hearing.hear(position(59_800))  # out of order: no restart
    assert hearing.told(VehicleRebooted) == []
    hearing.hear(position(2_000))
    assert hearing.told(VehicleRebooted) == [VehicleRebooted(21)]
    assert hearing.sent()[0].param1 == 33.0
    assert hearing.vehicle.state.position.time_boot_ms == 2_000
    assert hearing.vehicle.state.estimator is None


def test_after_a_gap_the_streams_are_asked_for_with_the_first_packet(hearing):
    """ArduPilot is heard again 1.4 s after a restart, and sends no position by itself that would tell of it."""
    hearing.hear(COPTER)
    hearing.wait(2, position(60_000), every_s=0.2)
    hearing.outputs.clear()
    hearing.now_s += 1.4
    hearing.hear(COPTER)
    assert [m.param1 for m in hearing.sent() if m.command == 511] == [33.0]
    hearing.outputs.clear()
    hearing.now_s += 1.4
    hearing.hear(COPTER)  # one that sends heartbeats alone isn't asked with each of them
    assert [m for m in hearing.sent() if m.command == 511] == []


def test_a_simulated_restart_is_seen_and_survived(world):
    made = world()
    made.run(20)
    made.told.clear()
    made.vehicle._boot()
    made.run(25)
    assert VehicleRebooted(21) in made.told
    assert made.fleet.vehicles[21].state.position_age_s(made.now) < 1


def test_silence_is_loss_and_the_next_heartbeat_finds_it_again(hearing):
    hearing.hear(COPTER)
    hearing.wait(SILENT_S - 0.5)
    assert hearing.told(VehicleLost) == []
    hearing.wait(1.5)
    (lost,) = hearing.told(VehicleLost)
    assert lost.silent_s > SILENT_S
    hearing.wait(10)
    assert len(hearing.told(VehicleLost)) == 1
    hearing.hear(COPTER)
    assert len(hearing.told(VehicleFound)) == 2


def test_the_uplink_is_proved_by_answers_to_our_own_questions(hearing):
    hearing.hear(COPTER)
    hearing.wait(LOST_S - 1, COPTER)
    assert hearing.vehicle.uplink_ok(hearing.at(hearing.now_s))  # the benefit of the doubt
    hearing.wait(2, COPTER)
    assert not hearing.vehicle.uplink_ok(hearing.at(hearing.now_s))  # heard all the while, and deaf
    question = hearing.sent(Timesync)[-1]
    hearing.hear(Timesync(tc1=0, ts1=123))  # its own question
    hearing.hear(Timesync(tc1=5, ts1=question.ts1 + 1))  # an answer to somebody else
    assert not hearing.vehicle.uplink_ok(hearing.at(hearing.now_s))
    hearing.hear(Timesync(tc1=5, ts1=question.ts1))
    assert hearing.vehicle.uplink_ok(hearing.at(hearing.now_s))
    assert hearing.vehicle.round_trip_s == pytest.approx(0, abs=PROBE_S)


def test_an_answer_to_our_command_proves_the_uplink_too(hearing):
    hearing.hear(COPTER)
    hearing.wait(LOST_S + 1, COPTER)
    hearing.hear(CommandAck(511, 0, 0, 0, 255, 190))  # another ground station's
    assert not hearing.vehicle.uplink_ok(hearing.at(hearing.now_s))
    hearing.hear(CommandAck(511, 0, 0, 0, 250, 190))
    assert hearing.vehicle.uplink_ok(hearing.at(hearing.now_s))


def answers_on(hearing, uri, peer) -> None:
    question = [
        message
        for output in hearing.outputs
        if isinstance(output, Outgoing) and output.uri == uri
        and isinstance(message := decode_frame(output.data), Timesync)
    ][-1]  # fmt: skip
    hearing.hear(Timesync(tc1=5, ts1=question.ts1), uri=uri, peer=peer)


def test_commands_go_where_they_are_heard_and_not_only_where_the_vehicle_is(hearing):
    """Its radio still sends and is deaf; by LTE it answers."""
    radio, lte = {"uri": RADIO, "peer": ("", 0)}, {"uri": LTE, "peer": PEER}
    hearing.hear(COPTER, **radio)
    for _ in range(8):
        hearing.hear(COPTER, **lte)
        hearing.wait(1.0, COPTER, every_s=0.5, **radio)
        answers_on(hearing, **lte)
    assert hearing.vehicle.route == (LTE, PEER)
    assert hearing.vehicle.uplink_ok(hearing.at(hearing.now_s))
    hearing.outputs.clear()
    hearing.outputs += hearing.fleet.order(order_of(CommandKind.HOLD), hearing.at(hearing.now_s))
    assert {output.uri for output in hearing.outputs if isinstance(output, Outgoing)} == {LTE}


def test_an_answer_on_one_route_proves_nothing_of_another(hearing):
    radio, lte = {"uri": RADIO, "peer": ("", 0)}, {"uri": LTE, "peer": PEER}
    hearing.hear(COPTER, **radio)
    hearing.hear(COPTER, **lte)
    hearing.wait(4.0, COPTER, **radio)
    answers_on(hearing, **lte)  # and it is heard there no more
    hearing.wait(4.0, COPTER, **radio)
    assert hearing.vehicle.route == (RADIO, ("", 0))
    assert not hearing.vehicle.uplink_ok(hearing.at(hearing.now_s))


def test_what_was_answered_in_a_recording_proves_no_uplink(hearing):
    hearing.hear(COPTER, uri="tlog:/data/flight.tlog")
    hearing.wait(LOST_S + 1, COPTER, uri="tlog:/data/flight.tlog")
    hearing.hear(CommandAck(511, 0, 0, 0, 250, 190), uri="tlog:/data/flight.tlog")
    assert not hearing.vehicle.uplink_ok(hearing.at(hearing.now_s))


def test_each_route_is_probed_every_two_seconds(hearing):
    hearing.hear(COPTER)
    hearing.hear(COPTER, sysid=22)  # behind the same radio
    hearing.wait(10, COPTER, every_s=0.25)
    assert len(hearing.sent(Timesync)) == pytest.approx(10 / PROBE_S, abs=1)


def test_two_links_to_one_vehicle_are_one_vehicle_and_the_route_in_use_stays(hearing):
    hearing.hear(COPTER, uri=RADIO)
    hearing.hear(position(1000), uri=RADIO)
    hearing.now_s += 0.1
    hearing.hear(position(1100), uri=LTE)
    assert list(hearing.fleet.vehicles) == [21]
    assert hearing.vehicle.state.link == RADIO
    assert hearing.vehicle.state.position.time_boot_ms == 1000
    assert not hearing.vehicle.clashes(hearing.at(hearing.now_s))
    hearing.now_s += ROUTE_SILENT_S + 0.1
    hearing.hear(position(2700), uri=LTE)  # the radio fell silent
    assert hearing.vehicle.state.link == LTE
    assert hearing.vehicle.state.position.time_boot_ms == 2700
    outputs = hearing.fleet.order(_hold(), hearing.at(hearing.now_s))
    assert {output.uri for output in outputs if isinstance(output, Outgoing)} == {LTE}


def on_two_links(hearing, seconds: float, lte: Message, *, radio: Message | None = None) -> None:
    """Positions five times a second on both; by LTE what is given, else the same."""
    for _ in range(round(seconds * 5)):
        hearing.now_s += 0.2
        boot_ms = round(hearing.now_s * 1000)
        here = position(boot_ms) if radio is None else radio
        hearing.hear(here._replace(time_boot_ms=boot_ms), uri=RADIO)
        hearing.hear(lte._replace(time_boot_ms=boot_ms + lte.time_boot_ms), uri=LTE)
        hearing.outputs += hearing.fleet.timed_out(hearing.at(hearing.now_s))


def test_two_vehicles_with_one_sysid_on_two_links_are_a_clash(hearing):
    hearing.hear(COPTER, uri=RADIO)
    hearing.hear(position(100_000), uri=RADIO)
    hearing.hear(COPTER, uri=LTE)
    on_two_links(hearing, 0.6, position(-95_000))
    assert hearing.vehicle.clashes(hearing.at(hearing.now_s))
    assert "different clocks" in hearing.vehicle.clash
    assert hearing.vehicle.state.link == RADIO
    hearing.now_s += CLASH_SHOWN_S + 1
    assert not hearing.vehicle.clashes(hearing.at(hearing.now_s))


def test_a_restart_that_one_link_tells_before_the_other_is_no_clash(hearing):
    hearing.hear(COPTER, uri=RADIO)
    on_two_links(hearing, 2, position(0))
    for boot_ms in (300, 500, 700):
        hearing.now_s += 0.2
        hearing.hear(position(boot_ms), uri=LTE)
    hearing.hear(position(700), uri=RADIO)
    assert hearing.told(VehicleRebooted) == [VehicleRebooted(21)]
    assert not hearing.vehicle.clashes(hearing.at(hearing.now_s))


def test_two_vehicles_switched_on_together_are_told_apart_by_where_they_are(hearing):
    hearing.hear(COPTER, uri=RADIO)
    on_two_links(hearing, 3, position(0))
    assert not hearing.vehicle.clashes(hearing.at(hearing.now_s))
    on_two_links(hearing, 1, position(-300)._replace(lat=522758330 + 3000))  # 33 m behind, 0.3 s late: the same one
    assert not hearing.vehicle.clashes(hearing.at(hearing.now_s))
    on_two_links(hearing, 1, position(0)._replace(lat=522758330 + 9000))  # 100 m
    assert hearing.vehicle.clashes(hearing.at(hearing.now_s))
    assert "far apart" in hearing.vehicle.clash


def test_a_position_that_was_overtaken_on_the_way_takes_nobody_back(hearing):
    hearing.hear(COPTER)
    hearing.hear(position(10_000)._replace(lat=522758400))
    hearing.hear(position(9_800)._replace(lat=522758330))
    assert hearing.vehicle.state.position.time_boot_ms == 10_000
    assert hearing.told(VehicleRebooted) == []
    hearing.hear(position(10_000)._replace(lat=522758410))  # as new as what is known: it counts
    assert hearing.vehicle.state.position.latitude_deg == pytest.approx(52.2758410)


def test_an_estimator_that_jumps_once_is_no_second_vehicle(hearing):
    hearing.hear(COPTER)
    for lat in [522758330] * 5 + [522758330 + 9000] * 10:
        hearing.now_s += 0.2
        hearing.hear(position(round(hearing.now_s * 1000))._replace(lat=lat))
    assert not hearing.vehicle.clashes(hearing.at(hearing.now_s))


def test_two_vehicles_on_one_link_whose_clocks_agree_jump_to_and_fro(hearing):
    hearing.hear(COPTER)
    for number in range(6):
        hearing.now_s += 0.1
        hearing.hear(position(round(hearing.now_s * 1000))._replace(lat=522758330 + 9000 * (number % 2)))
    assert hearing.vehicle.clashes(hearing.at(hearing.now_s))
    assert "position jumps" in hearing.vehicle.clash


def test_who_answers_on_the_second_link_is_asked_and_another_autopilot_there_is_a_clash(hearing):
    one = AutopilotVersion(0, 0, 0, 0, 0, 0, 0, 0, (0,) * 8, (0,) * 8, (0,) * 8, tuple(range(18)))
    hearing.hear(COPTER, uri=RADIO)
    hearing.hear(one, uri=RADIO)
    hearing.outputs.clear()
    on_two_links(hearing, 1, position(0))
    asked = [decode_frame(o.data) for o in hearing.outputs if isinstance(o, Outgoing) and o.uri == LTE]
    assert [m.param1 for m in asked if isinstance(m, CommandLong) and m.command == 512] == [148.0]
    hearing.hear(one, uri=LTE)  # the same one by another way
    on_two_links(hearing, 10, position(-8000))  # and 8 s late: whatever its clock says, it is the same
    assert not hearing.vehicle.clashes(hearing.at(hearing.now_s))
    hearing.hear(one._replace(uid2=(9,) * 18), uri=LTE)
    assert hearing.vehicle.clashes(hearing.at(hearing.now_s))
    assert "uid2" in hearing.vehicle.clash


def test_two_vehicles_taking_turns_on_one_link_are_a_clash(hearing):
    hearing.hear(COPTER)
    for _ in range(3):
        hearing.now_s += 0.2
        hearing.hear(position(100_000))
        hearing.hear(position(5_000))
    assert hearing.vehicle.clashes(hearing.at(hearing.now_s))
    assert "to and fro" in hearing.vehicle.clash


def test_another_autopilot_under_the_same_sysid_is_a_clash(hearing):
    one = AutopilotVersion(0, 0, 0, 0, 0, 0, 0, 0, (0,) * 8, (0,) * 8, (0,) * 8, tuple(range(18)))
    hearing.hear(COPTER)
    hearing.hear(one)
    hearing.hear(one)
    hearing.hear(one._replace(uid2=(0,) * 18))  # not given: says nothing
    hearing.hear(one)
    assert not hearing.vehicle.clashes(hearing.at(hearing.now_s))
    hearing.hear(one._replace(uid2=(9,) * 18))
    assert hearing.vehicle.clashes(hearing.at(hearing.now_s))
    assert "uid2" in hearing.vehicle.clash


def test_forged_sources_take_bounded_memory_and_not_the_route(hearing):
    hearing.hear(COPTER)
    for port in range(500):
        hearing.hear(COPTER, peer=("127.0.0.1", 10_000 + port))
    assert len(hearing.vehicle.paths.ways) <= 17
    assert hearing.vehicle.route == (LTE, PEER)


def test_a_modem_that_comes_back_with_another_address_is_answered_there(hearing):
    elsewhere = ("127.0.0.1", 6000)
    hearing.hear(COPTER)
    hearing.wait(1.0, COPTER)
    hearing.hear(COPTER, peer=elsewhere)
    assert hearing.vehicle.route == (LTE, PEER)  # it is heard where it was
    hearing.now_s += ROUTE_SILENT_S + 0.1
    hearing.hear(COPTER, peer=elsewhere)
    assert hearing.vehicle.route == (LTE, elsewhere)
    outputs = hearing.fleet.order(_hold(), hearing.at(hearing.now_s))
    assert {output.peer for output in outputs if isinstance(output, Outgoing)} == {elsewhere}
    hearing.wait(65, COPTER, peer=elsewhere)
    assert list(hearing.vehicle.paths.ways) == [(LTE, elsewhere)]  # the old address is forgotten


def test_our_heartbeat_goes_to_every_link_and_to_every_peer_that_was_heard(hearing):
    hearing.hear(COPTER)
    hearing.hear(COPTER, sysid=22, peer=("127.0.0.1", 5001))
    hearing.hear(COPTER, sysid=23, uri=RADIO, peer=("/dev/ttyUSB0", 57600))
    beats = hearing.fleet.heartbeats([LTE, RADIO], hearing.at(hearing.now_s))
    assert Counter((beat.uri, beat.peer) for beat in beats) == Counter(
        [(LTE, None), (RADIO, None), (LTE, PEER), (LTE, ("127.0.0.1", 5001))]
    )
    for beat in beats:
        link = Link("vehicle", datagrams=True)
        ((sysid, compid, message, _),) = link.received(beat.data, ("", 0))
        assert (sysid, compid, message.type, message.autopilot) == (250, 190, 6, 8)


def test_each_receiver_can_count_what_it_missed(hearing):
    """Sequence numbers run on for each peer of a shared port, and for each other link."""
    hearing.hear(COPTER)
    hearing.hear(COPTER, sysid=22, peer=("127.0.0.1", 5001))
    links: dict = {}
    for _ in range(5):
        hearing.now_s += 1
        for output in [
            *hearing.fleet.heartbeats([RADIO], hearing.at(hearing.now_s)),
            *hearing.fleet.timed_out(hearing.at(hearing.now_s)),
        ]:
            if isinstance(output, Outgoing):
                link = links.setdefault((output.uri, output.peer), Link("vehicle", datagrams=True))
                assert len(link.received(output.data, ("", 0))) == 1
    assert len(links) == 3
    assert all(link.lost == 0 for link in links.values())


def test_another_component_behind_the_same_sysid_does_not_speak_for_it(hearing):
    hearing.hear(COPTER)
    hearing.hear(position(1000))
    assert hearing.hear(position(9_000_000), compid=191) == []
    assert hearing.vehicle.state.position.time_boot_ms == 1000


def test_an_order_for_a_vehicle_that_is_not_heard_is_refused(hearing):
    (progress,) = hearing.fleet.order(_hold(), hearing.at(hearing.now_s))
    assert progress.stage is CommandStage.REFUSED
    assert "isn't heard" in progress.detail


def test_a_stop_goes_out_at_once_while_streams_and_a_fence_are_under_way(hearing, fence, order):
    hearing.hear(COPTER)
    hearing.fleet.order(order(CommandKind.LOAD_FENCE), hearing.at(hearing.now_s), fence)
    outputs = hearing.fleet.order(order(CommandKind.HOLD), hearing.at(hearing.now_s))
    (message,) = hearing.sent(outputs=outputs)
    assert (message.command, message.param2, message.target_system) == (176, 17.0, 21)


def test_hold_is_seen_on_a_simulated_copter(world, order):
    made = world()
    assert made.run(60, lambda: (v := made.fleet.vehicles.get(21)) is not None and v.state.trusted_position(made.now))
    made.up(made.fleet.order(order(CommandKind.HOLD), made.now))
    assert made.run(5, lambda: any(t.stage in FINAL_STAGES for t in made.told if isinstance(t, CommandProgress)))
    final = [told for told in made.told if isinstance(told, CommandProgress)][-1]
    assert final.stage is CommandStage.SEEN
    assert made.fleet.vehicles[21].state.mode == "BRAKE"


@pytest.mark.parametrize(
    ("fault", "stage"),
    [("ignore_commands", CommandStage.NO_ACK), ("ack_but_ignore", CommandStage.NOT_OBEYED)],
)
def test_silence_and_disobedience_are_told_apart_on_a_simulated_copter(world, order, fault, stage):
    made = world()
    assert made.run(60, lambda: (v := made.fleet.vehicles.get(21)) is not None and v.state.trusted_position(made.now))
    made.run(3)
    setattr(made.vehicle.faults, fault, True)
    made.up(made.fleet.order(order(CommandKind.HOLD), made.now))
    assert made.run(10, lambda: any(t.stage in FINAL_STAGES for t in made.told if isinstance(t, CommandProgress)))
    assert [told for told in made.told if isinstance(told, CommandProgress)][-1].stage is stage


def test_hostile_texts_are_shown_without_their_controls(world):
    made = world()
    made.run(5)
    made.vehicle.faults.hostile_text = True
    made.run(5)
    texts = [told.text for told in made.told if isinstance(told, StatusTextHeard)]
    assert len(texts) > 10
    assert all(text.isprintable() or "\N{REPLACEMENT CHARACTER}" in text for text in texts)
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for text in texts for character in text)


NAMED_IDS = [DEFINITION_OF[message_type].id for message_type in NAMED]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)  # the fixtures are values
@given(st.lists(st.tuples(st.sampled_from(NAMED_IDS), st.binary(min_size=1, max_size=255)), max_size=8))
def test_whatever_a_vehicle_says_in_well_formed_packets_nothing_breaks(at, fence, order, said):
    """And nothing is addressed to everybody. A stop and a fence are under way all the while."""
    heard = Hearing(at)
    heard.hear(COPTER)
    heard.outputs += heard.fleet.order(order(CommandKind.LOAD_FENCE), at(heard.now_s), fence)
    heard.outputs += heard.fleet.order(order(CommandKind.HOLD), at(heard.now_s))
    for message_id, payload in said:
        heard.hear(decode_payload(message_id, payload))
        heard.hear(_to_us(decode_payload(message_id, payload)))
        heard.wait(0.7)
    for output in heard.outputs:
        if isinstance(output, Outgoing):
            assert getattr(decode_frame(output.data), "target_system", 21) == 21


def _to_us(message: Message) -> Message:
    """The same, addressed to us and to the fence, so that the machines take it."""
    wanted = {"target_system": 250, "target_component": 190, "mission_type": 1, "command": 176}
    return message._replace(**{name: value for name, value in wanted.items() if name in message._fields})


def _hold():
    from rangeops.domain.commands import CommandId, CommandOrder

    return CommandOrder(CommandId("h"), 21, CommandKind.HOLD, "policy", "test")


def test_a_companion_that_names_an_autopilot_is_not_taken_for_it(at):
    """What a script says of itself by pymavlink's usual HEARTBEAT, beside the vehicle's own sysid."""
    hearing = Hearing(at)
    hearing.fleet.expected = frozenset([21])
    hearing.hear(Heartbeat(0, type=18, autopilot=0, base_mode=0, system_status=0, mavlink_version=3), compid=91)
    assert 21 not in hearing.fleet.vehicles
    hearing.wait(10, COPTER, position(1000))
    assert hearing.vehicle.compid == 1
    assert hearing.vehicle.state.armed
