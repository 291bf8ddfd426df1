"""One vehicle on the bench, spoken to by our own MAVLink: a loop of its own, that ends when its question is answered.

It is no watch: it sends the range's heartbeat while it is open, asks, and lets go. Nothing here arms by force.
"""

import selectors
from collections.abc import Callable, Sequence
from math import cos, radians
from typing import Final, TypeVar

from rangeops.adapters.hardware.before import BenchBefore, BenchBeforeFile
from rangeops.adapters.mavlink.endpoints import endpoint_of
from rangeops.adapters.mavlink.fence_load import stored, uploadable
from rangeops.adapters.mavlink.fleet import Fleet, Outgoing
from rangeops.adapters.mavlink.link import Link
from rangeops.adapters.mavlink.messages import FenceStatus, Message, ParamValue, SysStatus
from rangeops.adapters.mavlink.parameter_table import ReadTable
from rangeops.adapters.mavlink.parameters import SetParameter, Setting, read_request
from rangeops.adapters.mavlink.transactions import DO_FENCE_ENABLE, Call, Done, Failed, Output, Send, Transaction
from rangeops.adapters.mavlink.transfer import Download, PlanKind, Upload
from rangeops.adapters.mavlink.vehicle import Vehicle
from rangeops.domain.errors import Conflict, NotFound, Refused, Unavailable
from rangeops.domain.geodesy import METRES_PER_DEGREE
from rangeops.domain.kept import FENCE_ENABLE, FenceItem
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Battery, GpsFix, Sysid
from rangeops.services.acceptance import ArmingAnswer, Identity

ARM: Final = 400  # MAV_CMD_COMPONENT_ARM_DISARM; param2 stays 0: never forced
ROUND_S: Final = 0.7  # parameters that didn't come are asked for again
ROUNDS: Final = 6  # then the vehicle doesn't have them: ArduPilot doesn't answer for a name it doesn't know
OTHERS_S: Final = 2.5  # listened for other vehicles on the link, where no sysid was given
TRIES: Final = 3
ARMED_SEEN_S: Final = 2.5  # heartbeats come once a second
BREACH_SEEN_S: Final = 4.0
_TURN_S: Final = 0.02
_FENCE_VERTEX: Final = 5001
_NOT_SENSORS: Final = 0x100000 | 0x10000000  # the geofence and the pre-arm checks have steps of their own
_SENSORS: Final = {  # MAV_SYS_STATUS_SENSOR
    0x01: "gyros",
    0x02: "accelerometers",
    0x04: "compass",
    0x08: "barometer",
    0x10: "airspeed",
    0x20: "GPS",
    0x40: "optical flow",
    0x100: "rangefinder",
    0x400: "rate control",
    0x8000: "motor outputs",
    0x10000: "radio control",
    0x20000: "second gyros",
    0x40000: "second accelerometers",
    0x80000: "second compass",
    0x200000: "attitude estimate",
    0x400000: "terrain",
    0x1000000: "logging",
    0x2000000: "battery",
    0x4000000: "proximity",
}

T = TypeVar("T")


class MavlinkBench:
    """Open it, give it to the acceptance, close it. Every call is over within its time, or raises."""

    def __init__(
        self, uri: str, sysid: int | None, gcs_sysid: int, clock: Callable[[], Now], *, before: BenchBeforeFile
    ) -> None:
        self.where = uri
        self._before = before
        self._only_looks = False
        self._clock = clock
        self._wanted = sysid
        self._endpoint = endpoint_of(uri)
        self._selector = selectors.DefaultSelector()
        self._link = Link(uri, datagrams=self._endpoint.datagrams)
        self._fleet = Fleet(gcs_sysid)
        self._us = (gcs_sysid, 190)
        self._vehicle: Vehicle | None = None
        self._transaction: Transaction | None = None
        self._ended: Done | Failed | None = None
        self._latest: dict[type, tuple[float, Message]] = {}
        self._parameters: dict[str, float] = {}
        self._heartbeat_s = float("-inf")
        self._open = False

    def open(self) -> None:
        """Raises Unavailable, in one sentence."""
        self._endpoint.open(self._selector)
        self._open = True

    def close(self) -> None:
        if self._open:
            self._endpoint.close()
            self._open = False

    # What the acceptance asks.

    def identify(self, within_s: float) -> Identity:
        began_s = self._clock().monotonic_s
        found = self._until(self._found, within_s, "no vehicle is heard", "Check cable, port and baud rate.")
        if self._wanted is None:
            self._pass(OTHERS_S)
            if len(self._fleet.vehicles) > 1:
                heard = ", ".join(map(str, sorted(self._fleet.vehicles)))
                raise Conflict(f"several vehicles are heard: {heard}", where=self.where, do="Say which with --sysid.")
        self._vehicle = found
        left_s = within_s - (self._clock().monotonic_s - began_s)
        version = self._until(
            lambda: found.identity, left_s, "it doesn't say its firmware", "Load ArduPilot 4.3 or newer, or PX4."
        )
        heartbeat = found.state.heartbeat
        assert heartbeat is not None  # it was found by one
        flight = version.flight_sw_version
        if not self._only_looks and self._before.read(found.sysid, found.uid2) is not None:
            raise Refused(
                "an earlier run was cut off, and its fence is still on board",
                where=self.where,
                do=f"Put back what the vehicle had: `rangeops hardware restore {self.where}`.",
            )
        sha = bytes(version.flight_custom_version).rstrip(b"\0")
        return Identity(
            sysid=found.sysid,
            autopilot=heartbeat.autopilot.value,
            vehicle_class=heartbeat.vehicle_class,
            armed=heartbeat.armed,
            uid2=found.uid2,
            version=(flight >> 24 & 0xFF, flight >> 16 & 0xFF, flight >> 8 & 0xFF),
            version_type=flight & 0xFF,
            firmware_sha=sha.decode("ascii", errors="replace") if sha.isalnum() else sha.hex(),
            capabilities=version.capabilities,
        )

    def look(self, within_s: float) -> Identity:
        """Identify it without examining it: what an earlier run has left on board stands in nobody's way."""
        self._only_looks = True
        return self.identify(within_s)

    def restore(self, within_s: float) -> BenchBefore:
        """Put back what a killed run had kept, and read it back. Raises NotFound where it kept nothing."""
        identity = self.look(within_s / 2)
        if identity.armed:
            raise Refused("it is armed", where=self.where, do="Disarm it; it is restored on the ground.")
        before = self._before.read(identity.sysid, identity.uid2)
        if before is None:
            raise NotFound(
                "nothing of it is kept: no run was cut off", where=self.where, do="Nothing needs to be done."
            )
        self.put_back(within_s / 2)
        return before

    def parameters(self, names: Sequence[Sequence[str]], within_s: float) -> dict[str, float]:
        self._parameters.clear()
        end_s = self._clock().monotonic_s + within_s
        for _ in range(ROUNDS):
            missing = [row for row in names if not any(name in self._parameters for name in row)]
            if not missing or self._clock().monotonic_s >= end_s:
                break
            for name in (name for row in missing for name in row):
                self._send([self._fleet.to(self._target, read_request(self._target, name))])
                self._turn()
            self._wait(lambda: all(any(name in self._parameters for name in row) for row in names), ROUND_S)
        if not self._parameters:
            raise Unavailable("it answers for no parameter", where=self.where, do="Check the way to the vehicle.")
        found = (next((name for name in row if name in self._parameters), None) for row in names)
        return {name: self._parameters[name] for name in found if name is not None}

    def table(self, within_s: float) -> dict[str, float]:
        read = self._exchange(
            lambda: ReadTable(self._target, self._known.aboard.parameters.coding), within_s, "its parameters", tries=1
        )
        return dict(read.table)

    def unhealthy_sensors(self, within_s: float) -> tuple[str, ...]:
        def bad() -> int:
            status = self._new(SysStatus)
            if status is None:
                return -1
            present, enabled = status.onboard_control_sensors_present, status.onboard_control_sensors_enabled
            return int(present & enabled & ~status.onboard_control_sensors_health & ~_NOT_SENSORS)

        self._latest.pop(SysStatus, None)
        self._wait(lambda: bad() == 0, within_s)
        if (bits := bad()) < 0:
            raise Unavailable("no SYS_STATUS comes", where=self.where, do="Check the way to the vehicle.")
        return tuple(_SENSORS.get(1 << n, f"sensor {1 << n:#x}") for n in range(32) if bits >> n & 1)

    def battery(self, within_s: float) -> Battery:
        return self._until(lambda: self._known.state.battery, within_s, "no battery is told of", "Set BATT_MONITOR.")

    def gps(self, within_s: float) -> GpsFix:
        return self._until(lambda: self._known.state.gps, within_s, "no GPS is told of", "Connect it.")

    def position_trusted(self, within_s: float) -> bool:
        return self._wait(lambda: self._known.state.trusted_position(self._clock()) is not None, within_s)

    def mode(self, within_s: float) -> str:
        return self._until(
            lambda: self._known.state.mode, within_s, "its mode has no name that we know", "Choose a usual mode."
        )

    def fence(self, within_s: float) -> tuple[FenceItem, ...]:
        download = self._exchange(lambda: Download(self._target, *self._us, PlanKind.FENCE), within_s, "its fence")
        return stored(download.items)

    def put_fence(self, items: Sequence[FenceItem], within_s: float) -> None:
        if self._known.state.armed:
            raise Refused("somebody has armed it", where=self.where, do="Disarm it; a fence is loaded on the ground.")
        self._keep_before(within_s)
        self._upload(items, within_s)

    def put_back(self, within_s: float) -> None:
        before = self._before.read(self._target, self._known.uid2)
        if before is None:
            return  # nothing was written
        share_s = within_s / 4
        if before.enable is not None:
            enable = before.enable
            self._call(DO_FENCE_ENABLE, [enable], share_s)
            self._exchange(lambda: SetParameter(self._target, Setting(FENCE_ENABLE, enable)), share_s, FENCE_ENABLE)
        self._upload(before.items, share_s)
        if self.fence(share_s) != before.items:
            raise Refused(
                f"the fence of {len(before.items)} items that was on board did NOT come back",
                where=self.where,
                do="Load the vehicle's own fence again before it flies.",
            )
        self._before.forget(self._target, self._known.uid2)

    def _upload(self, items: Sequence[FenceItem], within_s: float) -> None:
        self._exchange(
            lambda: Upload(self._target, *self._us, PlanKind.FENCE, uploadable(items)), within_s, "a fence upload"
        )

    def _keep_before(self, within_s: float) -> None:
        """On the disk before the first thing is written; what a killed run has left there isn't ours to replace."""
        if self._before.read(self._target, self._known.uid2) is not None:
            return
        enable = self.parameters([(FENCE_ENABLE,)], within_s).get(FENCE_ENABLE)
        items = self.fence(within_s)
        self._before.keep(BenchBefore(self._target, self._known.uid2, self._clock().utc, items, enable))

    def fence_here(self, within_s: float) -> tuple[FenceItem, ...]:
        return self._square(0.0, within_s)

    def ask_to_arm(self, within_s: float) -> ArmingAnswer:
        share_s = within_s / 6
        try:
            self.put_fence(self._square(2000.0, share_s), share_s)
            self._call(DO_FENCE_ENABLE, [1.0], share_s)
            self._wait(lambda: (told := self._new(FenceStatus)) is not None and told.breach_status != 0, BREACH_SEEN_S)
            return self._armed_and_disarmed(share_s)
        finally:
            self.put_back(share_s * 2)

    def _armed_and_disarmed(self, within_s: float) -> ArmingAnswer:
        words = ""
        try:
            self._exchange(lambda: Call(self._target, self._us[0], ARM, [1.0, 0.0]), within_s, "arming", tries=1)
        except Refused as error:
            words = error.what
        if not words:  # accepted, or unanswered (which raised): what its heartbeat says counts
            self._wait(lambda: self._known.state.armed, ARMED_SEEN_S)
        if not self._known.state.armed:
            return ArmingAnswer(refused=bool(words), words=words, disarmed=True)
        self._call(ARM, [0.0, 0.0], within_s)
        disarmed = self._wait(lambda: not self._known.state.armed, within_s)
        return ArmingAnswer(refused=False, words=words, disarmed=disarmed)

    # How it is asked.

    @property
    def _known(self) -> Vehicle:
        if self._vehicle is None:
            raise Unavailable("no vehicle has been identified", where=self.where, do="Identify it first.")
        return self._vehicle

    @property
    def _target(self) -> Sysid:
        return self._known.sysid

    def _found(self) -> Vehicle | None:
        vehicles = self._fleet.vehicles
        vehicle = next(iter(vehicles.values()), None) if self._wanted is None else vehicles.get(Sysid(self._wanted))
        return None if vehicle is None or vehicle.state.heartbeat is None else vehicle

    def _square(self, north_m: float, within_s: float) -> tuple[FenceItem, ...]:
        """100 m to each side of a point so far north of the vehicle."""
        place = self._until(
            lambda: self._known.state.position, within_s, "it tells no position", "Wait for its GPS fix."
        )
        if not (place.latitude_deg or place.longitude_deg):
            raise Unavailable("it tells no position yet", where=self.where, do="Wait for its GPS fix.")
        latitude = place.latitude_deg + north_m / METRES_PER_DEGREE
        north = 100.0 / METRES_PER_DEGREE
        east = north / cos(radians(latitude))
        corners = ((-north, -east), (north, -east), (north, east), (-north, east))
        return tuple(
            FenceItem(_FENCE_VERTEX, 4.0, round((latitude + a) * 1e7), round((place.longitude_deg + b) * 1e7))
            for a, b in corners
        )

    def _call(self, command: int, parameters: Sequence[float], within_s: float) -> None:
        self._exchange(lambda: Call(self._target, self._us[0], command, parameters), within_s, f"command {command}")

    def _exchange(self, make: Callable[[], "X"], within_s: float, what: str, *, tries: int = TRIES) -> "X":
        """Carry one exchange to its end. Raises Refused for the vehicle's no, Unavailable for silence."""
        end_s = self._clock().monotonic_s + within_s
        reason = "its time was up"
        for _ in range(tries):
            transaction = make()
            self._transaction, self._ended = transaction, None
            self._outputs(transaction.begin(self._clock()))
            self._wait(lambda: self._ended is not None, end_s - self._clock().monotonic_s)
            ended = self._end()
            if isinstance(ended, Done):
                return transaction
            if isinstance(ended, Failed):
                reason = ended.reason
                if not ended.silent:
                    raise Refused(reason, where=f"{self.where}, {what}", do="See what it says.")
            if self._clock().monotonic_s >= end_s:
                break
        raise Unavailable(f"{what}: {reason}", where=self.where, do="Check the way to the vehicle.")

    def _end(self) -> Done | Failed | None:
        """How the exchange ended; None: it hasn't, and is given up."""
        ended, self._transaction, self._ended = self._ended, None, None
        return ended

    def _until(self, ask: Callable[[], T | None], within_s: float, what: str, do: str) -> T:
        self._wait(lambda: bool(ask()), within_s)
        if not (answer := ask()):
            raise Unavailable(f"{what} within {within_s:.0f} s", where=self.where, do=do)
        return answer

    def _pass(self, seconds: float) -> None:
        self._wait(lambda: False, seconds)

    def _wait(self, holds: Callable[[], bool], within_s: float) -> bool:
        end_s = self._clock().monotonic_s + within_s
        while not holds():
            if self._clock().monotonic_s >= end_s:
                return False
            self._turn()
        return True

    def _turn(self) -> None:
        """Read what came, answer, and do what is due."""
        for key, events in self._selector.select(_TURN_S):
            now = self._clock()
            for data, peer in self._endpoint.ready(key, events):
                for packet in self._link.received(data, peer):
                    self._send(self._fleet.received(self.where, peer, packet, now))
                    sysid, compid, message, _ = packet
                    if self._vehicle is not None and (sysid, compid) == (self._vehicle.sysid, self._vehicle.compid):
                        self._heard(message, now)
        now = self._clock()
        self._send(self._fleet.timed_out(now))
        if self._transaction is not None:
            self._outputs(self._transaction.timed_out(now))
        if self._endpoint.up and now.monotonic_s - self._heartbeat_s >= 1.0:
            self._heartbeat_s = now.monotonic_s
            self._send(self._fleet.heartbeats([self.where], now))

    def _heard(self, message: Message, now: Now) -> None:
        if isinstance(message, SysStatus | FenceStatus):
            self._latest[type(message)] = (now.monotonic_s, message)
        if isinstance(message, ParamValue):
            self._parameters[message.param_id.decode("ascii", errors="replace")] = message.param_value
        if self._transaction is not None:
            self._outputs(self._transaction.received(message, now))

    def _outputs(self, outputs: Sequence[Output]) -> None:
        for output in outputs:
            match output:
                case Send(message):
                    self._send([self._fleet.to(self._target, message)])
                case Done() | Failed():
                    self._ended = output

    def _send(self, outputs: Sequence[object]) -> None:
        for output in outputs:
            if isinstance(output, Outgoing):
                self._endpoint.send(output.data, output.peer)

    def _new(self, kind: type[T]) -> T | None:
        """The last message of a kind, if it is new enough to tell of now."""
        at_s, message = self._latest.get(kind, (float("-inf"), None))
        return message if isinstance(message, kind) and self._clock().monotonic_s - at_s < ARMED_SEEN_S else None


X = TypeVar("X", bound=Transaction)
