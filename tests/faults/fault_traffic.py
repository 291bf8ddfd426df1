"""Who else speaks on the range's links: a second vehicle of the same number, and forgers on a signed link."""

import random
import socket
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime

from fault_air import Air, air, inside
from mavlink_meddler import said_by
from promised import Promised
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from range_ground import free_udp_ports

from rangeops.adapters.mavlink.signing import key_of, ticks_of
from rangeops.domain.alarms import Condition
from rangeops.domain.commands import CommandKind
from rangeops.domain.events import ArmedChanged, ModeChanged, StandingChanged, StatusTextHeard, VehicleRebooted
from rangeops.domain.now import Now
from rangeops.sim.voice import Outgoing

CLASH_WITHIN_S = 3.0
FAR_NORTH_DEG = 0.01  # 1.1 km
GCS_FAILSAFE_S = 5.0


def modes_asked(data: bytes) -> list[int]:
    """The modes that a datagram asks for."""
    heard = mavlink.MAVLink(None).parse_buffer(data) or []
    return [
        round(m.param2) for m in heard if m.get_type() == "COMMAND_LONG" and m.command == mavlink.MAV_CMD_DO_SET_MODE
    ]


class Double:
    """A second vehicle that says to be #1, by a socket of its own; told: the commands that reached it."""

    def __init__(self, port: int, place: tuple[float, float]) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", port))
        self._socket.setblocking(False)  # noqa: FBT003  # the standard library's signature
        self._place = place
        self._began_s = self._next_s = time.monotonic()
        self._step = 0
        self.told: list[int] = []

    def turn(self) -> None:
        with suppress(BlockingIOError, ConnectionError):
            while data := self._socket.recv(2048):
                self.told += modes_asked(data)
        if time.monotonic() < self._next_s:
            return
        self._next_s += 0.2
        boot_ms = round((time.monotonic() - self._began_s) * 1000)
        latitude, longitude = (round(degrees * 1e7) for degrees in self._place)
        said = [mavlink.MAVLink_global_position_int_message(boot_ms, latitude, longitude, 55_000, 20_000, 0, 0, 0, 0)]
        if self._step % 5 == 0:
            said.append(mavlink.MAVLink_heartbeat_message(2, 3, 81, 0, 3, 3))
            said.append(mavlink.MAVLink_ekf_status_report_message(0x33F, 0.1, 0.1, 0.1, 0.1, 0.1))
        for message in said:
            with suppress(ConnectionError):  # the range has the port, or will soon
                self._socket.send(said_by(1, message, self._step))
            self._step += 1

    def close(self) -> None:
        self._socket.close()


def sysid_clash() -> tuple[str, bool]:
    """A simulated double on the same port; then, on a range of its own, one on another link."""
    same = _double_on_the_port()
    other = _double_on_another_link()
    measured = "; ".join(
        f"{where}: alarmed {alarm_s:.1f} s after its first packet, hold {stage} by the one that is followed, {reached} commands reached the double, {sent} sent by itself"
        for where, alarm_s, stage, reached, sent in (same, other)
    )
    holds = all(
        alarm_s <= CLASH_WITHIN_S and stage == "seen" and not reached and not sent
        for _, alarm_s, stage, reached, sent in (same, other)
    )
    return measured, holds


def _double_on_the_port() -> tuple[str, float, str, int, int]:
    with air(pilots=[1]) as range_:
        range_.ready()
        range_.fly_to(inside(150.0), 20.0)
        began_s = range_.fault("sysid_clash")
        ghost = next(member for member in range_.simulator._fleet.members if member.ghost_of is not None)
        told: list[int] = []
        receive = ghost.vehicle.receive

        def overheard(channel: int, data: bytes, now: Now) -> list[Outgoing]:
            told.extend(modes_asked(data))
            return receive(channel, data, now)

        ghost.vehicle.receive = overheard
        alarm_s = range_.alarm_after_s(Condition.SYSID_CLASH, began_s, CLASH_WITHIN_S)
        stage = _held(range_)
        return "on the same port", alarm_s, stage, len(told), len(range_.by_policy(began_s))


def _double_on_another_link() -> tuple[str, float, str, int, int]:
    (port,) = free_udp_ports(1)
    with air(pilots=[1], extra_links=[f"udpin:127.0.0.1:{port}"]) as range_:
        range_.ready()
        range_.fly_to(inside(150.0), 20.0)
        double = Double(port, inside(-100.0))
        range_.others.append(double.turn)
        began_s = time.monotonic()
        try:
            alarm_s = range_.alarm_after_s(Condition.SYSID_CLASH, began_s, CLASH_WITHIN_S)
            stage = _held(range_)
        finally:
            double.close()
            range_.others.clear()
        return "on another link", alarm_s, stage, len(double.told), len(range_.by_policy(began_s))


def _held(range_: Air) -> str:
    order = range_.order(CommandKind.HOLD)
    range_.until(lambda: range_.stage(order) in ("seen", "refused", "not-obeyed"), 15, "the hold's end")
    range_.wait(1.0)
    assert range_.truth()["mode"] == "BRAKE"
    return range_.stage(order)


# Forgers.

KEY, OTHER_KEY = key_of("correct horse"), key_of("battery staple")
SAME_PEER, OTHER_PEER = 12, 20  # forged frames with each of its datagrams; with each turn of the test, some 40 a second


class Signer:
    """Signs what the vehicle says, as its autopilot would with the key; keeps some of it, for forgers who listen."""

    def __init__(self) -> None:
        self._codec = mavlink.MAVLink(None, srcSystem=1, srcComponent=1)
        self._codec.signing.secret_key = KEY
        self._codec.signing.sign_outgoing = True
        self._codec.signing.link_id = 3
        self._last = 0
        self.captured: list[tuple[float, bytes]] = []
        self.forger: Forger | None = None

    def __call__(self, data: bytes) -> bytes:
        parser = mavlink.MAVLink(None)
        parser.robust_parsing = True
        signed = b""
        for message in parser.parse_buffer(data) or ():
            self._last = max(self._last + 1, ticks_of(datetime.now(UTC)))
            self._codec.signing.timestamp = self._last
            self._codec.srcComponent = message.get_srcComponent()
            self._codec.seq = message.get_seq()
            frame = bytes(message.pack(self._codec))
            self.captured = [*self.captured[-300:], (time.monotonic(), frame)]
            signed += frame
        return signed + (self.forger.some(SAME_PEER) if self.forger is not None else b"")


class Forger:
    """Knows all but the key: guesses signatures, has a key of his own, stamps the future, replays, leaves signatures away."""

    WAYS = ("unsigned", "other key", "guessed", "future", "replayed", "changed")

    def __init__(self, signer: Signer, latitude: int, longitude: int) -> None:
        self._signer = signer
        self._pseudo = random.Random(20261130)
        self.counted: Counter[str] = Counter()
        self._lies = (
            mavlink.MAVLink_heartbeat_message(2, 3, 81, 9, 3, 3),  # landing, disarmed
            mavlink.MAVLink_global_position_int_message(1_000_000, latitude, longitude, 55_000, 20_000, 0, 0, 0, 0),
            mavlink.MAVLink_command_ack_message(176, 0, 0, 0, 250, 190),
            mavlink.MAVLink_statustext_message(0, b"FORGED"),
            mavlink.MAVLink_mission_ack_message(255, 190, 0, 1),  # another ground station has changed the fence
            mavlink.MAVLink_param_value_message(b"FENCE_ALT_MAX", 500.0, 9, 1390, 65535),
            mavlink.MAVLink_mission_item_int_message(250, 190, 0, 0, 5001, 0, 1, 4, 0, 0, 0, latitude, longitude, 0, 1),
        )

    def some(self, count: int) -> bytes:
        return b"".join(self.one() for _ in range(count))

    def one(self) -> bytes:
        way = self.WAYS[self.counted.total() % len(self.WAYS)]
        self.counted[way] += 1
        old = [frame for at_s, frame in self._signer.captured if time.monotonic() - at_s > 5.0]
        if way == "replayed" and old:
            return self._pseudo.choice(old)
        codec = mavlink.MAVLink(None, srcSystem=1, srcComponent=1)
        codec.seq = self._pseudo.randrange(256)
        if way != "unsigned":
            codec.signing.secret_key = OTHER_KEY
            codec.signing.sign_outgoing = True
            codec.signing.link_id = 3
            ahead = self._pseudo.randrange(10**8) if way == "future" else 0
            codec.signing.timestamp = ticks_of(datetime.now(UTC)) + ahead
        frame = bytes(self._pseudo.choice(self._lies).pack(codec))
        if way == "guessed":
            return frame[:-6] + self._pseudo.randbytes(6)
        if way == "changed" and self._signer.captured:  # a good frame's signature under another content
            return frame[:-13] + self._signer.captured[-1][1][-13:]
        return frame


def traffic_forged() -> tuple[str, bool]:
    signer = Signer()
    with air(airborne_m=None, option="?signed", keys={1: KEY}) as range_:
        range_.proxy.down.meddle = signer
        range_.ready()
        range_.take_off(15.0)
        range_.wait(6)  # what may be replayed has been heard, and the fence has been read again
        assert range_.read_backs()[-1].equal
        assert not range_.stands(Condition.FENCE_NOT_VERIFIED)
        truth = range_.truth()
        forger = signer.forger = Forger(signer, round((truth["lat"] + FAR_NORTH_DEG) * 1e7), round(truth["lon"] * 1e7))
        elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        elsewhere.connect(("127.0.0.1", range_.range_port))

        def floods() -> None:
            for _ in range(OTHER_PEER):
                elsewhere.send(forger.one())

        began_s = time.monotonic()
        range_.others.append(floods)
        alarms = {
            condition: range_.alarm_after_s(condition, began_s, 3.0)
            for condition in (Condition.PACKETS_UNSIGNED, Condition.SIGNATURE_WRONG, Condition.PACKETS_REPLAYED)
        }
        range_.cut(down=False)
        hold = range_.order(CommandKind.HOLD)
        range_.wait(
            GCS_FAILSAFE_S - 2.5
        )  # with a heartbeat's second on either side, the vehicle doesn't go home by itself
        unanswered = range_.stage(hold)
        range_.clear()
        range_.until(lambda: range_.stage(hold) == "seen", 10, "the hold seen")
        range_.wait(4)
        pictures = range_.views(began_s)
        trusted = sum(view.trusted for _, view in pictures)
        lost = max((route.lost_percent or 0.0) for route in pictures[-1][1].routes)
        moved = _moved(range_, began_s)
        took_s = time.monotonic() - began_s
        elsewhere.close()
        signer.forger = None
        range_.others.clear()
    total = forger.counted.total()
    measured = (
        f"{total} forged frames in {took_s:.0f} s, half from its own address ({', '.join(f'{n} {way}' for way, n in forger.counted.items())}): "
        f"accepted {len(moved)}{' ' + str(moved[:3]) if moved else ''}; hold on a dead uplink under forged acks: {unanswered}; its own: trusted in {trusted} of "
        f"{len(pictures)} pictures, {lost:.1f} % lost; alarms after {', '.join(f'{s:.1f}' for s in alarms.values())} s"
    )
    in_time = max(alarms.values()) <= 3.0
    return measured, not moved and unanswered in ("sent", "no-ack") and trusted == len(
        pictures
    ) and in_time and total > 3000


def _moved(range_: Air, since_s: float) -> list[str]:
    """What would not have been told but by a forger."""
    kinds = (ArmedChanged, StandingChanged, VehicleRebooted)
    told = [str(event) for kind in kinds for _, event in range_.events(kind, since_s)]
    told += [event.mode for _, event in range_.events(ModeChanged, since_s) if event.mode != "BRAKE"]
    told += [event.text for _, event in range_.events(StatusTextHeard, since_s) if "FORGED" in event.text]
    told += [c.value for c in (Condition.FENCE_NOT_VERIFIED, Condition.SYSID_CLASH) if range_.alarmed(c, since_s)]
    return told


FAULTS = (
    Promised(
        "sysid-clash",
        "Two vehicles with one number are alarmed, and what is ordered reaches only the one that is followed.",
        "a second vehicle with the number of one in flight, once on the same port and once on another link; a hold is ordered",
        f"alarm within {CLASH_WITHIN_S:.0f} s; 0 commands reach the double, 0 sent by itself",
        sysid_clash,
    ),
    Promised(
        "traffic-forged",
        "Forged, replayed and unsigned packets move no signed vehicle's picture and no fence.",
        "thousands of heartbeats, positions, acks, texts, parameters and fence items in a signed vehicle's name, from its own address and from another, without its key",
        "0 accepted; trusted in every picture; each kind alarmed within 3 s; a forged ack acknowledges nothing",
        traffic_forged,
    ),
)
