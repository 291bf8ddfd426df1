"""The enforcement loop over a real UDP socket, turn by turn, on a clock that the test sets; pymavlink speaks for the vehicles."""

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk import NOON, TWENTE, TomlAirframes
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from rangeops.adapters.mavlink.fleet import Fleet
from rangeops.adapters.transports.unix import UnixWire
from rangeops.domain.alarms import AlarmState, Condition
from rangeops.domain.commands import (
    CommandId,
    CommandKind,
    CommandOrder,
    CommandProgress,
    CommandStage,
    CommandTarget,
)
from rangeops.domain.containment import Standing
from rangeops.domain.episodes import Step
from rangeops.domain.events import (
    AlarmChanged,
    CommandMoved,
    EpisodeMoved,
    OrdersTaken,
    StatusTextHeard,
    WatchStarted,
)
from rangeops.domain.kept import Kept, OnBoard
from rangeops.domain.leases import NOBODY, Lease
from rangeops.domain.now import Now
from rangeops.domain.orders import Orders, VehicleOrder
from rangeops.domain.policy import Automation, RungPolicy
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import operational_volumes
from rangeops.rehearsal.processes import free_udp_port
from rangeops.watch.journal import Journal
from rangeops.watch.loop import Loop
from rangeops.watch.memory import Memory
from rangeops.watch.recorder import Recorder
from rangeops.wire.enforcement import ActOrdered, EpisodeAsk, EpisodeAsked
from rangeops.wire.picture import Snapshot

AIRFRAME = TomlAirframes().get("survey-quad")
EAST = TWENTE.volume("EAST").flight_geography
CENTRE = (
    sum(point[0] for point in EAST.outer) / len(EAST.outer),
    sum(point[1] for point in EAST.outer) / len(EAST.outer),
)
D07, D08 = 7, 8
AUTO, LOITER, BRAKE = 3, 5, 17


class Craft:
    """One vehicle's side of the link."""

    def __init__(self, sysid: int, port: int) -> None:
        self.codec = mavlink.MAVLink(None, srcSystem=sysid, srcComponent=1)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.connect(("127.0.0.1", port))
        self.socket.settimeout(0)
        self.boot_ms = 60_000

    def say(self, message) -> None:
        self.socket.send(message.pack(self.codec))
        self.codec.seq = (self.codec.seq + 1) % 256  # pack() leaves that to send()

    def heartbeat(self, mode: int = AUTO, *, armed: bool = True) -> None:
        self.say(mavlink.MAVLink_heartbeat_message(2, 3, 217 if armed else 81, mode, 4 if armed else 3, 3))

    def fly(self, north_mps: float = 0.0, east_mps: float = 0.0, *, flags: int = 0x33F, east_m: float = 0.0) -> None:
        """Trusted unless told otherwise, 40 m up, in the middle of EAST or east_m from it."""
        self.boot_ms += 200
        longitude = CENTRE[1] + east_m / 68_250
        self.say(mavlink.MAVLink_ekf_status_report_message(flags, 0.1, 0.1, 0.1, 0.1, 0.1))
        self.say(
            mavlink.MAVLink_global_position_int_message(
                self.boot_ms, round(CENTRE[0] * 1e7), round(longitude * 1e7), 75_000, 40_000,
                round(north_mps * 100), round(east_mps * 100), 0, 65535,
            )
        )  # fmt: skip

    def heard(self) -> list:
        """What the range has sent since the last look."""
        parser, messages = mavlink.MAVLink(None), []
        try:
            while data := self.socket.recv(2048):
                messages += parser.parse_buffer(data) or []
        except BlockingIOError:
            return messages

    def commands(self) -> list[int]:
        """The modes that the range has asked for since the last look."""
        return [
            int(message.param2)
            for message in self.heard()
            if message.get_type() == "COMMAND_LONG" and message.command == mavlink.MAV_CMD_DO_SET_MODE
        ]


class Bench:
    """A loop with its orders on disk, and the time in the test's hand."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.seconds = 1000.0
        self.beats = 0
        self.open = False
        self.start()

    def clock(self) -> Now:
        return Now(self.seconds, NOON + timedelta(seconds=self.seconds - 1000))

    def start(self) -> None:
        self.loop = Loop(
            name="watch",
            fleet=Fleet(250),
            wire=UnixWire(self.folder / "nobody.sock"),
            journal=Journal(self.folder / "journal", "watch"),
            recorder=Recorder(self.folder / "tlogs"),
            memory=Memory(self.folder / "watch"),
            clock=self.clock,
            beat=self._beat,
        )
        self.loop.begin()
        self.open = True

    def stop(self) -> None:
        if self.open:
            self.loop.close()
            self.open = False

    def _beat(self) -> None:
        self.beats += 1

    def turn(self, seconds: float = 0.2) -> None:
        """Let time pass in steps as small as the loop's own."""
        for _ in range(round(seconds / 0.05)):
            self.seconds += 0.05
            self.loop.turn()

    def events(self, kind: type) -> list:
        """What its journal holds of one kind; the loop has ended then."""
        self.stop()
        journal = Journal(self.folder / "journal", "watch")
        found = [entry.event for entry in journal.to_send(10_000) if isinstance(entry.event, kind)]
        journal.close()
        return found

    def raised(self) -> set[tuple[Condition, str]]:
        return {(alarm.condition, alarm.source) for alarm in self.loop._alarms.standing}


def orders(port: int, version: int = 1) -> Orders:
    volumes = operational_volumes(EAST, AIRFRAME, TWENTE.frame, TWENTE.assumptions)
    vehicles = tuple(
        VehicleOrder(
            Sysid(sysid), f"D{sysid:02}", "ACME", SlotId(f"S{sysid}"), NOON, NOON + timedelta(hours=1), AIRFRAME, volumes,
            cleared=True, fence_sha256="00", rtl_altitude_m=30, contact="channel 2",
        )
        for sysid in (D07, D08)
    )  # fmt: skip
    return Orders(
        version, "twente", TWENTE.frame.origin_latitude_deg, TWENTE.frame.origin_longitude_deg, 35.0, TWENTE.boundary,
        TWENTE.policy, (f"udpin:127.0.0.1:{port}",), vehicles,
    )  # fmt: skip


@pytest.fixture
def bench(tmp_path) -> Iterator[Bench]:
    port = free_udp_port()
    memory = Memory(tmp_path / "watch")
    memory.keep_orders(orders(port))
    memory.close()
    made = Bench(tmp_path, port)
    yield made
    made.stop()


@pytest.fixture
def craft(bench) -> Iterator[dict[int, Craft]]:
    both = {sysid: Craft(sysid, bench.port) for sysid in (D07, D08)}
    bench.turn()
    yield both
    for one in both.values():
        one.socket.close()


def everybody_flies(bench: Bench, craft: dict[int, Craft], seconds: float = 1.0, **where) -> None:
    for _ in range(round(seconds / 0.2)):
        for one in craft.values():
            one.heartbeat()
            one.fly(**where)
        bench.turn()


def test_orders_on_disk_are_enforced_with_no_server_anywhere(bench, craft):
    everybody_flies(bench, craft)
    assert bench.loop._roster.vehicle(Sysid(D07)).exposure.standing is Standing.INSIDE
    everybody_flies(bench, {D07: craft[D07]}, 0.6, east_mps=9.0, east_m=255)
    assert BRAKE in craft[D07].commands()
    assert craft[D08].commands() == []


def told(bench: Bench, kind: CommandKind, target: CommandTarget | None = None) -> CommandProgress:
    """What becomes of a server's order at once."""
    order = CommandOrder(CommandId(f"C{bench.seconds}{kind.value}"), Sysid(D07), kind, "op1", "test", target)
    bench.loop._obey(order, bench.clock())
    return next(each for each in bench.loop._commands.shown(bench.clock()) if each.order.id == order.id)


def test_the_watch_itself_sends_nothing_into_the_air_that_is_not_cleared(bench, craft):
    """Whatever the server says: its orders say who is cleared."""
    everybody_flies(bench, craft)
    held = orders(bench.port, version=2)
    uncleared = tuple(replace(vehicle, cleared=False) for vehicle in held.vehicles)
    bench.loop._obey(replace(held, vehicles=uncleared), bench.clock())
    craft[D07].heard()
    there = CommandTarget(latitude_deg=CENTRE[0], longitude_deg=CENTRE[1], altitude_amsl_m=75.0)
    for kind, target in ((CommandKind.ARM, None), (CommandKind.CONTINUE, None), (CommandKind.GOTO, there)):
        progress = told(bench, kind, target)
        assert progress.stage is CommandStage.REFUSED
        assert "isn't cleared to fly" in progress.detail
    assert "two persons" in told(bench, CommandKind.TERMINATE).detail
    sent = {message.command for message in craft[D07].heard() if message.get_type().startswith("COMMAND_")}
    assert not sent & {176, 185, 192, 400}


def test_a_vehicle_that_is_brought_back_is_not_sent_on_and_its_stop_is_not_undone(bench, craft):
    everybody_flies(bench, craft)
    everybody_flies(bench, {D07: craft[D07]}, 0.6, east_mps=9.0, east_m=255)
    assert BRAKE in craft[D07].commands()
    for kind in (CommandKind.CONTINUE, CommandKind.FENCE_OFF):
        progress = told(bench, kind)
        assert progress.stage is CommandStage.REFUSED
        assert "enforcement episode is open" in progress.detail
    assert told(bench, CommandKind.RTL).stage is CommandStage.SENT  # a person may always bring it home
    bench.turn()
    assert 6 in craft[D07].commands()


def test_an_order_that_is_refused_neither_alarms_nor_hides_a_stop_that_is_not_acknowledged(bench, craft):
    everybody_flies(bench, craft)
    assert told(bench, CommandKind.HOLD).stage is CommandStage.SENT
    everybody_flies(bench, craft, 4.0)
    unacknowledged = (Condition.COMMAND_NOT_ACKED, "D07")
    assert unacknowledged in bench.raised()
    assert told(bench, CommandKind.DISARM).stage is CommandStage.REFUSED
    everybody_flies(bench, craft, 1.0)
    assert unacknowledged in bench.raised()
    assert (Condition.COMMAND_NOT_OBEYED, "D07") not in bench.raised()


def test_our_heartbeat_reaches_a_vehicle_with_its_first_packet(bench, craft):
    craft[D07].fly()
    bench.turn(0.15)
    assert "HEARTBEAT" in [message.get_type() for message in craft[D07].heard()]


def test_an_exception_over_one_vehicle_makes_it_unknown_and_stops_nothing_else(bench, craft, monkeypatch):
    everybody_flies(bench, craft)
    broken = bench.loop._roster.vehicle(Sysid(D07))

    def explode(*_args):
        raise ZeroDivisionError("a volume with no edge")

    monkeypatch.setattr(broken, "judge", explode)
    beats = bench.beats
    everybody_flies(bench, craft)
    assert broken.exposure.standing is Standing.UNKNOWN
    assert (Condition.VEHICLE_UNJUDGED, "D07") in bench.raised()
    assert bench.loop._roster.vehicle(Sysid(D08)).exposure.standing is Standing.INSIDE
    assert bench.beats > beats


@pytest.mark.parametrize("method", ["received", "timed_out"])
def test_an_exception_over_one_vehicles_packets_or_timers_is_that_vehicles_alarm_alone(
    bench, craft, monkeypatch, method
):
    everybody_flies(bench, craft)
    broken = bench.loop._fleet.vehicles[D07]

    def explode(*_args):
        raise LookupError("\x1b]0;what nobody foresaw\x07")

    monkeypatch.setattr(broken, method, explode)
    everybody_flies(bench, craft)
    assert bench.loop._roster.vehicle(Sysid(D07)).exposure.standing is Standing.UNKNOWN
    assert (Condition.VEHICLE_UNJUDGED, "D07") in bench.raised()
    assert bench.loop._roster.vehicle(Sysid(D08)).exposure.standing is Standing.INSIDE
    monkeypatch.undo()
    everybody_flies(bench, craft, 3.0)
    assert bench.loop._roster.vehicle(Sysid(D07)).exposure.standing is Standing.INSIDE


def test_a_filled_position_that_the_ekf_does_not_vouch_for_is_unknown_and_commands_nothing(bench, craft):
    everybody_flies(bench, craft, 2.0, flags=0xA7, east_mps=9.0, east_m=300)
    assert bench.loop._roster.vehicle(Sysid(D07)).exposure.standing is Standing.UNKNOWN
    assert craft[D07].commands() == []
    assert (Condition.POSITION_UNTRUSTED, "D07") in bench.raised()


def test_two_vehicles_with_one_sysid_are_alarmed(bench, craft):
    everybody_flies(bench, craft)
    double = Craft(D07, bench.port)
    double.boot_ms = 4_000_000
    for _ in range(20):
        craft[D07].fly()
        double.fly()
        bench.turn()
    assert (Condition.SYSID_CLASH, "D07") in bench.raised()
    double.socket.close()


def test_after_a_restart_of_its_autopilot_a_fence_is_no_longer_verified_whatever_the_order_says(bench, craft):
    everybody_flies(bench, craft)
    vehicle = bench.loop._roster.vehicle(Sysid(D07))
    assert vehicle.fence_verified
    craft[D07].boot_ms = 0
    everybody_flies(bench, craft)
    bench.loop._take_orders(orders(bench.port, version=2), bench.clock())
    everybody_flies(bench, craft)
    assert not vehicle.fence_verified
    assert (Condition.FENCE_NOT_VERIFIED, "D07") in bench.raised()


def test_a_fence_that_another_ground_station_changes_is_doubted_and_read_again_with_nothing_written(bench, craft):
    vehicle, one = bench.loop._roster.vehicle(Sysid(D07)), craft[D07]
    everybody_flies(bench, craft)
    one.say(
        mavlink.MAVLink_home_position_message(
            round(CENTRE[0] * 1e7), round(CENTRE[1] * 1e7), 35_000, 0, 0, 0, [1, 0, 0, 0], 0, 0, 0
        )
    )
    everybody_flies(bench, craft)
    asked = {message.param_id for message in one.heard() if message.get_type() == "PARAM_REQUEST_READ"}
    asked -= {"FS_GCS_ENABLE", "SYSID_MYGCS"}  # of every vehicle with a slot: would it act if the range fell silent?
    assert asked == {"FENCE_TYPE"}  # what an order proves is read again as soon as home is known
    assert vehicle.fence_verified
    one.say(mavlink.MAVLink_param_value_message(b"FENCE_ACTION", 0, 9, 1000, 65535))
    everybody_flies(bench, craft)
    assert not vehicle.fence_verified
    assert (Condition.FENCE_NOT_VERIFIED, "D07") in bench.raised()
    assert "PARAM_SET" not in [message.get_type() for message in one.heard()]


def test_silence_is_alarmed_by_its_length(bench, craft):
    everybody_flies(bench, craft)
    bench.turn(2.5)
    assert (Condition.TELEMETRY_STALE, "D07") in bench.raised()
    bench.turn(3.5)
    assert (Condition.LINK_LOST, "D07") in bench.raised()
    assert bench.loop._roster.vehicle(Sysid(D07)).exposure.standing is Standing.UNKNOWN


def leaves(one: Craft, bench: Bench) -> None:
    """Its second report is believed: the filter has spoken since it was so far from where it had been."""
    one.fly(east_m=298.0)
    for _ in range(3):
        bench.seconds += 0.002
        bench.loop.turn()
    one.fly(east_m=298.0)


def test_an_alarm_is_told_with_the_report_that_raises_it(bench, craft, monkeypatch):
    """Not with the next snapshot: here none is due. In a flood at most every 50 ms."""
    outside = Condition.OUTSIDE_FLIGHT_GEOGRAPHY
    told: list[Snapshot] = []

    def until_read(seconds: float) -> set[str]:
        """Who was told to be outside, once everything that was sent has been read."""
        for _ in range(10):
            bench.seconds += seconds / 10
            bench.loop.turn()
        return {alarm.source for shown in told for alarm in shown.alarms if alarm.condition is outside}

    everybody_flies(bench, craft, east_m=275.0)
    monkeypatch.setattr(type(bench.loop._server), "connected", True)
    monkeypatch.setattr(bench.loop._server, "send", told.append)
    bench.loop._shown_s = bench.seconds
    bench.loop._next_snapshot_s = float("inf")
    monkeypatch.setattr("rangeops.watch.loop.TICK_S", 0.001)  # how long it waits for what was sent
    leaves(craft[D07], bench)
    assert until_read(0.02) == set(), "one was shown just now"
    craft[D07].heartbeat()
    assert until_read(0.06) == {"D07"}
    leaves(craft[D08], bench)
    assert until_read(0.08) == {"D07", "D08"}
    assert len(told) <= 4, "not with every packet"


def test_hostile_text_is_journalled_as_text(bench, craft):
    everybody_flies(bench, craft)
    craft[D07].say(mavlink.MAVLink_statustext_message(4, b"\x1b]52;c;QUFB\x07[/x]\xe2\x80\xae\x9b2J"))
    bench.turn()
    (heard,) = bench.events(StatusTextHeard)
    assert heard.text.isprintable()
    assert "[/x]" in heard.text


def test_a_restart_resumes_orders_alarms_and_sends_nothing_by_itself(bench, craft):
    everybody_flies(bench, craft)
    bench.turn(6)  # silence: an alarm that stands
    stood = bench.raised()
    bench.stop()
    for one in craft.values():
        one.heard()
    bench.start()
    bench.turn(1.0)
    assert bench.loop._roster.version == 1
    assert stood <= bench.raised()
    everybody_flies(bench, craft)
    assert all(one.commands() == [] for one in craft.values())
    started = bench.events(WatchStarted)
    assert [event.resumed for event in started] == [True, True]


def test_older_orders_do_not_replace_newer_ones(bench):
    bench.loop._take_orders(orders(bench.port, version=5), bench.clock())
    bench.loop._take_orders(orders(bench.port, version=4), bench.clock())
    assert bench.loop._roster.version == 5


def test_a_disks_late_answer_for_a_vehicle_that_was_let_go_ends_nobodys_watching(bench, craft):
    """Its load waited for the disk while the orders gave its lease to another watch."""
    everybody_flies(bench, craft)
    order = CommandOrder(CommandId("C9"), Sysid(99), CommandKind.LOAD_FENCE, "op1", "load")
    bench.loop._shelf._settled.put((order, ""))
    bench.turn()
    assert bench.loop._shelf._settled.empty()


def test_with_no_server_and_nothing_to_do_the_loop_sleeps(bench, craft):
    """The journal's wake-up stays readable until it is collected; a loop that spins on it takes a whole core."""
    everybody_flies(bench, craft)
    craft[D07].say(mavlink.MAVLink_statustext_message(4, b"something for the journal"))
    bench.turn()
    wait_until_durable = time.monotonic() + 5
    while not bench.loop._selector.select(0) and time.monotonic() < wait_until_durable:
        time.sleep(0.01)
    bench.turn(0.1)
    assert bench.loop._selector.select(0) == []


def test_what_was_done_is_in_the_journal(bench, craft):
    everybody_flies(bench, craft)
    everybody_flies(bench, {D07: craft[D07]}, 0.6, east_mps=9.0, east_m=255)
    alarms = [event.alarm.condition for event in bench.events(AlarmChanged)]
    assert Condition.FORECAST_EXIT in alarms
    moved = bench.events(CommandMoved)
    assert moved[0].progress.order.by == "policy"


def test_both_directions_are_recorded_as_a_log_that_pymavlink_reads(bench, craft):
    from pymavlink import mavutil

    everybody_flies(bench, craft, 2.0)
    bench.stop()
    (path,) = (bench.folder / "tlogs").glob("*.tlog")
    log = mavutil.mavlink_connection(str(path))
    senders = set()
    while (message := log.recv_match()) is not None:
        senders.add(message.get_srcSystem())
    log.close()
    assert senders == {D07, D08, 250}


def test_every_command_of_a_wake_up_is_on_its_way_before_anything_is_written(bench, craft, monkeypatch):
    everybody_flies(bench, craft, east_m=255)
    for one in craft.values():
        one.fly(east_mps=9.0, east_m=255)  # one odd report sends no command
    bench.loop.turn()
    assert [one.commands() for one in craft.values()] == [[], []]
    done = []

    def noted(owner, name, what):
        really = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *given: done.append(what(*given)) or really(*given))

    noted(
        bench.loop._links,
        "send",
        lambda outgoing, _now: mavlink.MAVLink(None).parse_buffer(outgoing.data)[0].get_type(),
    )
    noted(bench.loop._journal, "append", lambda event, _now: type(event).__name__)
    noted(bench.loop._recorder, "record_all", lambda *_: "tlog")
    for one in craft.values():
        one.fly(east_mps=9.0, east_m=255)
    bench.loop.turn()
    assert done[:2] == ["COMMAND_LONG", "COMMAND_LONG"]
    assert [one.commands() for one in craft.values()] == [[BRAKE], [BRAKE]]
    assert "CommandMoved" in done
    assert done.index("tlog") > 1


def test_a_command_stands_behind_the_report_that_it_answers_in_the_tlog(bench, craft):
    from pymavlink import mavutil

    everybody_flies(bench, craft, east_m=255)
    for _ in range(2):
        for one in craft.values():
            one.fly(east_mps=9.0, east_m=255)
        bench.loop.turn()
    flown = 5  # reports before
    bench.stop()
    (path,) = (bench.folder / "tlogs").glob("*.tlog")
    log = mavutil.mavlink_connection(str(path))
    reports, stops = [], []
    while (message := log.recv_match(type=["GLOBAL_POSITION_INT", "COMMAND_LONG"])) is not None:
        if message.get_type() == "GLOBAL_POSITION_INT":
            reports.append(message.get_srcSystem())
        elif message.command == mavlink.MAV_CMD_DO_SET_MODE:
            stops.append((message.target_system, reports.count(message.target_system)))
    log.close()
    assert stops == [(D07, flown + 2), (D08, flown + 2)]


def leased(bench: Bench, version: int, *leases: Lease) -> None:
    bench.loop._obey(replace(orders(bench.port, version=version), leases=leases), bench.clock())


def test_another_watch_s_vehicle_is_left_alone(bench, craft):
    """Heard, judged and shown; no command, no alarm, and no heartbeat that would hide the other watch's end."""
    everybody_flies(bench, craft)
    leased(bench, 2, Lease(Sysid(D07), "north", 2), Lease(Sysid(D08), "north", 2))
    bench.turn(0.1)
    for one in craft.values():
        one.heard()
    everybody_flies(bench, {D07: craft[D07]}, 3.0, east_mps=9.0, east_m=255)
    sent = [message.get_type() for message in craft[D07].heard()]
    assert BRAKE not in craft[D07].commands()
    assert "HEARTBEAT" not in sent
    assert (Condition.FORECAST_EXIT, "D07") not in bench.raised()
    assert bench.loop._roster.vehicle(Sysid(D07)).exposure.time_to_act_s is not None
    refused = told(bench, CommandKind.HOLD)
    assert (refused.stage, refused.detail) == (CommandStage.REFUSED, "not sent: north commands it")


def test_a_lease_that_goes_away_ends_what_is_under_way_before_it_is_acknowledged(bench, craft):
    everybody_flies(bench, craft)
    held = told(bench, CommandKind.HOLD)
    assert held.stage is CommandStage.SENT
    leased(bench, 2, Lease(Sysid(D07), "watch", 2))
    leased(bench, 3, Lease(Sysid(D07), NOBODY, 3, previous="watch"))
    craft[D07].heard()
    everybody_flies(bench, craft, 3.0)
    assert BRAKE not in craft[D07].commands(), "it isn't sent again"
    ended = [type(event) for event in (*bench.events(CommandMoved), *bench.events(OrdersTaken))]
    assert ended.count(OrdersTaken) == 2
    last = [event.progress for event in bench.events(CommandMoved) if event.progress.order.id == held.order.id][-1]
    assert last.stage is CommandStage.SUPERSEDED


def test_a_command_that_waited_on_its_way_is_refused_and_said(bench, craft):
    everybody_flies(bench, craft)
    late = CommandOrder(
        CommandId("C9"), Sysid(D07), CommandKind.RTL, "op1", "test", not_after_s=bench.clock().monotonic_s - 300
    )
    bench.loop._obey(late, bench.clock())
    (progress,) = bench.loop._commands.shown(bench.clock())
    assert (progress.stage, progress.detail) == (CommandStage.REFUSED, "not sent: it came 300 s too late")


def test_orders_for_another_watch_are_not_taken(bench):
    bench.loop._obey(replace(orders(bench.port, version=7), watch="north"), bench.clock())
    assert bench.loop._roster.version == 1


def test_orders_are_in_force_before_the_disk_has_them_and_acknowledged_after(bench, monkeypatch):
    """A withdrawn clearance doesn't wait for a full disk, and nobody is told that it was kept."""
    keep, tries = bench.loop._memory.keep_orders, []

    def full_at_first(given):
        tries.append(given.version)
        if len(tries) < 3:
            raise OSError(28, "No space left on device")
        keep(given)

    monkeypatch.setattr(bench.loop._memory, "keep_orders", full_at_first)
    bench.loop._obey(orders(bench.port, version=2), bench.clock())
    assert bench.loop._roster.version == 2
    assert not [event for event, _ in bench.loop._untold if isinstance(event, OrdersTaken)]
    bench.turn(1.0)
    assert tries == [2, 2, 2]
    assert [event.version for event in bench.events(OrdersTaken)] == [2]


def test_who_flies_on_after_a_withdrawal_is_held_at_once_where_the_policy_says_so(bench, craft):
    everybody_flies(bench, craft)
    told_to = orders(bench.port, 2)
    policy = replace(told_to.policy, withdrawn=RungPolicy(Automation.AUTO, CommandKind.HOLD))
    first, second = told_to.vehicles
    bench.loop._obey(
        replace(told_to, policy=policy, vehicles=(replace(first, cleared=False, withdrawn=True), second)), bench.clock()
    )
    everybody_flies(bench, craft, 0.6)
    assert BRAKE in craft[D07].commands()
    assert craft[D08].commands() == [], "its neighbour's word stands"
    assert (Condition.FLIES_WITHDRAWN, "D07") in bench.raised()
    assert (Condition.ARMED_WITHOUT_CLEARANCE, "D07") not in bench.raised()


def test_a_withdrawal_is_in_force_after_the_watch_restarts(bench, craft):
    everybody_flies(bench, craft)
    told_to = orders(bench.port, 2)
    policy = replace(told_to.policy, withdrawn=RungPolicy(Automation.AUTO, CommandKind.HOLD))
    withdrawn = tuple(replace(vehicle, cleared=False, withdrawn=True) for vehicle in told_to.vehicles)
    bench.loop._obey(replace(told_to, policy=policy, vehicles=withdrawn), bench.clock())
    bench.stop()
    bench.start()
    everybody_flies(bench, craft, 1.0)
    assert BRAKE in craft[D07].commands()


def owes_d07(bench: Bench) -> None:
    """What D07 had before its slot is on the disk; the watch finds it there at its start."""
    bench.stop()
    memory = Memory(bench.folder / "watch")
    had, has = OnBoard((), (("FENCE_ENABLE", 0.0),)), OnBoard((), (("FENCE_ENABLE", 1.0),))
    memory.keep_kept((Kept(Sysid(D07), "S7", "ACME", "", NOON, had, has, last_slot="S7"),))
    memory.close()
    bench.start()


def ends_d07s_slot(bench: Bench, version: int, *leases: Lease) -> None:
    told_to = orders(bench.port, version=version)
    bench.loop._obey(replace(told_to, vehicles=told_to.vehicles[1:], leases=leases), bench.clock())


def stands(bench: Bench, one: Craft, seconds: float = 3.0, *, armed: bool = False) -> None:
    for _ in range(round(seconds / 0.2)):
        one.heartbeat(armed=armed)
        bench.turn()


def restores(bench: Bench) -> list[CommandProgress]:
    shown = bench.loop._commands.shown(bench.clock())
    return [progress for progress in shown if progress.order.kind is CommandKind.RESTORE]


def test_a_vehicle_gets_back_what_it_had_once_though_its_lease_s_end_forgot_it(bench, craft):
    owes_d07(bench)
    stands(bench, craft[D07])
    leased(bench, 2, Lease(Sysid(D07), "watch", 2))
    stands(bench, craft[D07])
    assert restores(bench) == [], "its slot is on"
    ends_d07s_slot(bench, 3, Lease(Sysid(D07), NOBODY, 3, previous="watch"))
    assert Sysid(D07) not in bench.loop._fleet.vehicles
    stands(bench, craft[D07])
    assert restores(bench) == [], "its lease is on its way"
    bench.loop._fleet.let_go(Sysid(D07))
    ends_d07s_slot(bench, 4)
    assert restores(bench) == [], "it isn't heard"
    stands(bench, craft[D07])
    (given,) = restores(bench)
    assert (given.order.sysid, given.order.by, given.order.reason) == (D07, "policy", "slot S7 is over")
    stands(bench, craft[D07], 60.0)
    told_of = [
        event.progress for event in bench.events(CommandMoved) if event.progress.order.kind is CommandKind.RESTORE
    ]
    assert told_of[-1].stage is CommandStage.NO_ACK
    assert {progress.order.id for progress in told_of} == {given.order.id}, (
        "one that fails is not ordered again and again"
    )


def test_an_armed_vehicle_gets_back_what_it_had_once_it_is_disarmed(bench, craft):
    owes_d07(bench)
    stands(bench, craft[D07], armed=True)
    ends_d07s_slot(bench, 2)
    stands(bench, craft[D07], armed=True)
    assert restores(bench) == []
    stands(bench, craft[D07])
    assert len(restores(bench)) == 1


def test_a_watch_that_starts_gives_nothing_back_before_it_has_new_orders(bench, craft):
    owes_d07(bench)
    ends_d07s_slot(bench, 2)
    bench.stop()
    bench.start()
    stands(bench, craft[D07])
    assert restores(bench) == []
    ends_d07s_slot(bench, 3)
    assert len(restores(bench)) == 1


def headed_out(bench: Bench, craft: dict[int, Craft], seconds: float, mode: int = AUTO) -> None:
    """D07 flies at the east edge of EAST, near enough to be stopped."""
    for _ in range(round(seconds / 0.2)):
        craft[D07].heartbeat(mode)
        craft[D07].fly(east_mps=9.0, east_m=255)
        bench.turn()


def test_a_pilot_who_takes_over_right_after_the_hold_is_alarmed_and_not_fought(bench, craft):
    """Within the five seconds in which a change of mode could be our command's doing: it isn't, it did what we asked."""
    everybody_flies(bench, craft)
    headed_out(bench, craft, 0.6)
    assert BRAKE in craft[D07].commands()
    for mode in (BRAKE, LOITER):
        for _ in range(5):
            craft[D07].heartbeat(mode)
            craft[D07].fly(east_m=255)
            bench.turn()
    assert (Condition.PILOT_HAS_CONTROL, "D07") in bench.raised()
    craft[D07].commands()
    headed_out(bench, craft, 8.0, LOITER)
    assert craft[D07].commands() == [], "no RTL five seconds after the hold, and no second hold"
    asked = EpisodeAsked("Q1", Sysid(D07), EpisodeAsk.LET_FLY, "op1", "he has it in sight")
    bench.loop._obey(asked, bench.clock())
    headed_out(bench, craft, 3.0, LOITER)
    assert craft[D07].commands() == []
    (pilots,) = [each for each in bench.loop._alarms.standing if each.condition is Condition.PILOT_HAS_CONTROL]
    assert pilots.state is AlarmState.RETURNED, "decided: nobody has read it yet, and it is over"
    steps = [event.step for event in bench.events(EpisodeMoved)]
    assert steps == [Step.OPENED, Step.PILOT_TOOK_OVER, Step.DECIDED]


def test_an_inhibit_holds_the_hold_back_until_things_get_worse(bench, craft):
    everybody_flies(bench, craft)
    for _ in range(3):
        craft[D07].heartbeat()
        craft[D07].fly(east_mps=9.0, east_m=180)
        bench.turn()
    asked = EpisodeAsked("Q1", Sysid(D07), EpisodeAsk.INHIBIT, "op1", "turns")
    bench.loop._obey(asked, bench.clock())
    assert bench.loop._roster.vehicle(Sysid(D07)).enforcer.inhibit_now(bench.clock()) is not None
    headed_out(bench, craft, 3.0)
    assert craft[D07].commands() == []
    for _ in range(4):
        craft[D07].heartbeat()
        craft[D07].fly(east_mps=9.0, east_m=310)
        bench.turn()
    assert BRAKE in craft[D07].commands()
    steps = [event.step for event in bench.events(EpisodeMoved)]
    assert steps == [Step.OPENED, Step.INHIBITED, Step.WORSE, Step.INHIBIT_ENDED]


def test_a_cleared_sector_is_sent_at_once_in_its_order_and_once(bench, craft):
    everybody_flies(bench, craft)
    held = tuple(
        CommandOrder(CommandId(f"A9-{n}"), Sysid(sysid), CommandKind.RTL, "op1", "clear sector EAST", act="A9")
        for n, sysid in enumerate((D08, D07), start=1)
    )
    for _ in range(2):
        bench.loop._obey(ActOrdered("A9", held), bench.clock())
    shown = [each for each in bench.loop._commands.shown(bench.clock()) if each.order.act == "A9"]
    assert [(each.order.sysid, each.stage) for each in shown] == [(D08, CommandStage.SENT), (D07, CommandStage.SENT)]
    bench.turn(0.1)
    assert {each.order.kind for each in shown} == {CommandKind.HOLD}, "no home is known, so nobody is sent there"
    assert [one.commands()[:1] for one in craft.values()] == [[BRAKE], [BRAKE]]
