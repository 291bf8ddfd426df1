"""Who must sign on which link, and what of ours is signed."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from mavlink_forgery import OTHER, says, vehicle

from rangeops.adapters.mavlink.encode import GCS_HEARTBEAT, Sender
from rangeops.adapters.mavlink.fleet import Fleet, Outgoing
from rangeops.adapters.mavlink.keys import KeyFile
from rangeops.adapters.mavlink.link import SIGNED_FLAG, Accept, Link
from rangeops.adapters.mavlink.messages import Heartbeat, Statustext
from rangeops.adapters.mavlink.signing import Signer, Timestamps, Verifier, key_of, ticks_of
from rangeops.domain.alarms import Condition
from rangeops.domain.errors import Damaged, Forbidden
from rangeops.domain.now import Now
from rangeops.watch.keyring import AHEAD, KEEP_HEARD_S, KEEP_S, SHOWN_S, Keyring
from rangeops.watch.memory import Memory

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
KEY = key_of("correct horse")
AIR, LTE = "udpin:0.0.0.0:14550", "udpin:0.0.0.0:14551"
HERE, CABLE = "udpin:127.0.0.1:14550", "serial:/dev/ttyACM0:115200"
COPTER = Heartbeat(custom_mode=4, type=2, autopilot=3, base_mode=81, system_status=3, mavlink_version=3)


class Bench:
    def __init__(self, folder) -> None:
        self.memory = Memory(folder)
        self.seconds = 0.0
        self.file = KeyFile(self.memory.key_file)
        self.keyring = Keyring(self.memory, self.clock)
        self.paths: dict[str, Accept] = {}

    def clock(self) -> Now:
        return Now(self.seconds, NOON + timedelta(seconds=self.seconds))

    def give(self, **keys: bytes) -> None:
        self.file.write({int(name[1:]): key for name, key in keys.items()})
        self.seconds += 2
        assert self.keyring.tend(self.clock())

    def passes(self, uri: str, frame: bytes) -> bool:
        """By the path of one peer a link."""
        if uri not in self.paths and (judge := self.keyring.judge_of(uri)) is not None:
            self.paths[uri] = judge(("", 0))
        return uri not in self.paths or self.paths[uri](frame)

    def alarms(self, uri: str) -> set[Condition]:
        return {each.condition for each in self.keyring.assess([uri], self.clock()) if each.present}


@pytest.fixture
def bench(tmp_path) -> Iterator[Bench]:
    made = Bench(tmp_path / "watch")
    yield made
    made.memory.close()


def signed(bench: Bench, key: bytes = KEY, sysid: int = 21) -> bytes:
    signer = Signer(key, 1, Timestamps(lambda: ticks_of(bench.clock().utc)))
    return Sender(sysid, 1, signer.trailer).pack(Statustext(6, b"hello", 0, 0))


def plain(sysid: int = 21) -> bytes:
    return Sender(sysid, 1).pack(Statustext(6, b"hello", 0, 0))


def test_without_keys_nothing_is_judged_and_nothing_signed(bench):
    assert bench.keyring.judge_of(AIR) is None
    assert bench.keyring.trailer_of(21, AIR) is None


@pytest.mark.parametrize(
    ("uri", "unsigned", "keyless"),
    [
        (AIR, False, True),
        (AIR + "?unsigned", True, True),
        (AIR + "?signed", False, False),
        (HERE, True, True),
        (HERE + "?signed", False, False),
        (CABLE, True, True),
        (CABLE + "?signed", False, False),
        ("tcp:192.168.4.1:5760", False, True),
        ("tlog:/data/flight.tlog?signed", True, True),
    ],
)
def test_a_vehicle_with_a_key_must_sign_unless_the_link_is_a_cable_or_says_so(bench, uri, unsigned, keyless):
    bench.give(s21=KEY)
    assert bench.passes(uri, signed(bench))
    assert bench.passes(uri, plain()) is unsigned
    assert bench.passes(uri, plain(22)) is keyless
    assert not bench.passes(uri, signed(bench, OTHER))  # a wrong signature is worse than none, on a cable too


def test_each_reason_is_an_alarm_of_its_own_that_returns(bench):
    bench.give(s21=KEY)
    good = signed(bench)
    assert bench.alarms(AIR) == set()
    for frame, condition in (
        (plain(), Condition.PACKETS_UNSIGNED),
        (signed(bench, OTHER), Condition.SIGNATURE_WRONG),
        (good, None),
        (good, Condition.PACKETS_REPLAYED),
    ):
        assert bench.passes(AIR, frame) is (condition is None)
        assert bench.alarms(AIR) == ({condition} if condition else set())
        for _ in range(3):
            bench.seconds += SHOWN_S / 2
            bench.keyring.tend(bench.clock())
    (told,) = [x for x in bench.keyring.assess([AIR], bench.clock()) if x.condition is Condition.SIGNATURE_WRONG]
    assert (told.present, told.value) == (False, "1 packets as sysid 21")


def test_keys_that_change_take_effect_without_a_restart(bench):
    bench.give(s21=OTHER)
    assert not bench.passes(AIR, signed(bench))
    bench.give(s21=KEY)
    assert bench.passes(AIR, signed(bench))
    bench.give(s22=KEY)
    assert bench.passes(AIR, plain())


def test_a_key_file_that_others_may_read_is_refused_and_alarmed_and_the_keys_stay_in_force(bench):
    bench.give(s21=KEY)
    bench.file.path.chmod(0o644)
    os.utime(bench.file.path, ns=(1, 1))
    bench.seconds += 2
    assert not bench.keyring.tend(bench.clock())
    assert bench.alarms(AIR) == {Condition.KEYS_UNREADABLE}
    assert not bench.passes(AIR, plain())
    with pytest.raises(Forbidden, match="chmod 600"):
        bench.file.read()


@pytest.mark.parametrize("text", ["[]", "{", '{"21": "00"}', '{"0": "' + "00" * 32 + '"}', '{"x": "00"}', '{"21": 7}'])
def test_a_damaged_key_file_is_one_sentence(bench, text):
    bench.give(s21=KEY)
    bench.file.path.write_text(text)
    with pytest.raises(Damaged, match="rangeops link sign"):
        bench.file.read()


def test_the_key_file_is_for_its_owner_alone(bench):
    bench.give(s21=KEY, s22=OTHER)
    assert bench.file.path.stat().st_mode & 0o777 == 0o600
    assert bench.file.read() == {21: KEY, 22: OTHER}


def test_timestamps_never_go_back_over_a_restart_with_a_clock_that_did(tmp_path, bench):
    bench.give(s21=KEY)
    bench.seconds += KEEP_S
    trailer = bench.keyring.trailer_of(21, AIR)
    trailer(plain())
    bench.keyring.tend(bench.clock())
    last = bench.keyring._timestamps.last
    bench.memory.close()
    again = Bench(tmp_path / "watch")
    again.seconds = -3600.0  # the clock was set back an hour
    again.file.path.touch()
    again.keyring.tend(again.clock())
    stamp = again.keyring.trailer_of(21, AIR)(plain())
    assert int.from_bytes(stamp[1:7], "little") > last + AHEAD - 1
    again.memory.close()
    bench.memory = Memory(tmp_path / "other")  # for the fixture's end


def test_what_was_heard_before_a_restart_can_not_be_replayed_after_it(tmp_path, bench):
    bench.give(s21=KEY)
    captured = signed(bench)
    assert bench.passes(AIR, captured)
    bench.seconds += KEEP_HEARD_S
    bench.keyring.tend(bench.clock())
    bench.memory.close()
    again = Bench(tmp_path / "watch")
    again.seconds = bench.seconds
    again.keyring.tend(again.clock())
    assert not again.passes(AIR, captured)
    assert again.alarms(AIR) == {Condition.PACKETS_REPLAYED}
    assert again.passes(AIR, signed(again))
    assert not again.passes(HERE, captured)
    again.give(s21=OTHER)  # another key: nothing was ever heard with it, whatever the vehicle's clock says
    again.seconds -= 30
    assert again.passes(AIR, signed(again, OTHER))
    again.memory.close()
    bench.memory = Memory(tmp_path / "other")  # for the fixture's end


def test_a_signed_vehicle_on_two_links_is_one_and_what_is_replayed_to_either_is_refused(bench):
    """The same frames on both, on the second 0.4 s later and a tenth of them lost."""
    bench.give(s21=KEY)
    fleet = Fleet(250)
    fleet.trailer_of = bench.keyring.trailer_of
    links = {uri: Link(uri, datagrams=True) for uri in (AIR, LTE)}
    fleet.counts_of = lambda route, sysid, compid: links[route[0]].counts(route[1], sysid, compid)
    for uri, link in links.items():
        link.judge_by(bench.keyring.judge_of(uri))
    signer = Signer(KEY, 1, Timestamps(lambda: ticks_of(bench.clock().utc)))
    sender = Sender(21, 1, signer.trailer)
    sent: list[bytes] = []

    def arrives(uri: str, frame: bytes, peer=("192.0.2.1", 1)) -> int:
        packets = links[uri].received(frame, peer)
        for packet in packets:
            fleet.received(uri, peer, packet, bench.clock())
        return len(packets)

    for number in range(200):
        bench.seconds += 0.1
        bench.keyring.tend(bench.clock())
        sent.append(sender.pack(COPTER))
        assert arrives(AIR, sent[-1]) == 1
        if number >= 4 and number % 10:
            assert arrives(LTE, sent[number - 4]) == 1
        fleet.timed_out(bench.clock())
    assert (links[AIR].lost, links[AIR].duplicates) == (0, 0)
    assert links[LTE].lost == 19
    assert list(fleet.vehicles) == [21]
    ways = {route[0]: way for route, way in fleet.vehicles[21].paths.ways.items()}
    assert (ways[AIR].loss, ways[AIR].vouched, ways[LTE].vouched) == (0.0, True, True)
    assert ways[LTE].loss == pytest.approx(0.1, abs=0.03)
    assert bench.alarms(AIR) | bench.alarms(LTE) == set()
    for uri in (AIR, LTE):
        assert not any(arrives(uri, frame) for frame in sent[:150])
        assert not any(arrives(uri, frame, ("192.0.2.66", 6)) for frame in sent[:150])
        assert bench.alarms(uri) == {Condition.PACKETS_REPLAYED}
        assert all(route[1] == ("192.0.2.1", 1) for route in fleet.vehicles[21].paths.ways)


def test_what_is_sent_to_a_vehicle_is_signed_with_its_key_and_a_heartbeat_once_for_each_key(bench):
    bench.give(s21=KEY, s22=OTHER)
    fleet = Fleet(250)
    fleet.trailer_of = bench.keyring.trailer_of
    for sysid in (21, 22, 23):
        outputs = fleet.received(CABLE, ("", 0), (sysid, 1, COPTER, b""), bench.clock())
        frames = [output.data for output in outputs if isinstance(output, Outgoing)]
        assert frames
        assert all(bool(frame[2] & SIGNED_FLAG) is (sysid != 23) for frame in frames)
    heartbeats = [output.data for output in fleet.heartbeats([CABLE], bench.clock())]
    assert [frame[2] for frame in heartbeats] == [1, 1, 0]  # 23 has no key
    for key, frame in zip((KEY, OTHER), heartbeats, strict=False):
        assert Verifier({250: key}, unsigned_is_fine=False, now_ticks=lambda: ticks_of(bench.clock().utc)).judge(
            ("", 0)
        )(frame)
    assert [output.data[2] for output in fleet.heartbeats(["udpin:127.0.0.1:9"], bench.clock())] == [0]


def test_two_links_to_one_vehicle_sign_as_two_streams(bench):
    bench.give(s21=KEY)
    ids = {bench.keyring.trailer_of(21, uri)(plain())[0] for uri in (AIR, HERE, CABLE)}
    assert len(ids) == 3


def test_judging_a_signed_packet_costs_little(bench):
    bench.give(s21=KEY)
    judge = bench.keyring.judge_of(AIR)(("", 0))
    signer = Signer(KEY, 1, Timestamps(lambda: ticks_of(bench.clock().utc)))
    sender = Sender(21, 1, signer.trailer)
    frames = [sender.pack(GCS_HEARTBEAT) for _ in range(2000)]
    started = time.process_time()
    assert all(judge(frame) for frame in frames)
    assert (time.process_time() - started) / len(frames) < 50e-6


def test_a_packet_of_pymavlinks_passes(bench):

    bench.give(s21=KEY)
    assert bench.passes(AIR, says(vehicle(timestamp=ticks_of(bench.clock().utc))))


def test_keys_that_cannot_be_opened_are_alarmed_and_those_that_were_read_stay_in_force(bench, monkeypatch):
    """As after `sudo rangeops link sign`, which leaves the file to root."""
    bench.give(s21=KEY)

    def mayn_t(*_words, **_how):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(type(bench.file.path), "open", mayn_t)
        os.utime(bench.file.path, (1.0, 1.0))
        bench.seconds += 2
        assert not bench.keyring.tend(bench.clock())
        patch.setattr(type(bench.file.path), "stat", mayn_t)
        bench.seconds += 2
        assert not bench.keyring.tend(bench.clock())
    (unreadable, *_) = bench.keyring.assess([], bench.clock())
    assert (unreadable.present, "can't be opened" in unreadable.value) == (True, True)
    assert bench.keyring.trailer_of(21, AIR) is not None
    bench.seconds += 2
    assert bench.keyring.tend(bench.clock())
    assert not bench.keyring.failure
