"""The people beside ArduPilot's vehicles: a pilot with a link of his own to each, and what its simulator says of its truth.

The pilots are those of our own simulator; only their bytes pass a UDP socket here. The truth is SIM_STATE, which is what
ArduPilot's physics flies and not what its filters think.
"""

import math
import selectors
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from rangeops.domain.errors import Invalid, NotFound
from rangeops.domain.now import Now
from rangeops.sim.channel import Channel, Message, mavlink
from rangeops.sim.craft import CRAFTS
from rangeops.sim.pilot import Pilot
from rangeops.sim.ports import UdpIn
from rangeops.sim.scenario import VehicleSpec
from rangeops.sim.traffic_spec import TrafficSpec
from rangeops.sim.truth import TRUTH_EVERY_S, TruthFile

STEP_S: Final = 0.04  # as often as a pilot in our own simulator looks
_SYSID, _COMPID = 255, 191  # of what asks for the truth: the pilot himself is 255, 190
_ASK_AGAIN_S: Final = 1.5
_MODE_EVERY_S: Final = 0.2
_ASKED_S: Final = {
    mavlink.MAVLINK_MSG_ID_SIM_STATE: TRUTH_EVERY_S,
    mavlink.MAVLINK_MSG_ID_HEARTBEAT: _MODE_EVERY_S,
    mavlink.MAVLINK_MSG_ID_EXTENDED_SYS_STATE: _MODE_EVERY_S,
}
_ALL_BATTERIES: Final = 0xFF
_AUTOPILOT: Final = 1


class Seat:
    """One vehicle from its pilot's side. link: where the vehicle is to send, as a scenario's link."""

    def __init__(self, spec: VehicleSpec, selector: selectors.BaseSelector, clock: Callable[[], Now]) -> None:
        self.spec = spec
        self._clock = clock
        self._modes = {number: mode.name for number, mode in CRAFTS[spec.airframe.vehicle_class].modes.items()}
        self._codec = Channel(_SYSID, _COMPID)
        self._port = UdpIn("127.0.0.1:0", selector, self._received, lambda: None)
        self.link = self._port.uri.replace("udpin:", "udpout:")
        self.pilot = Pilot(spec, self._mode_named, self._swap_battery, clock()) if spec.pilot else None
        self._heartbeat: Message | None = None
        self._landed: Message | None = None
        self._truth: Message | None = None
        self._truth_s = self._asked_s = -math.inf
        self.moved = False  # the truth was told anew, and isn't written yet

    def step(self, now: Now) -> None:
        if self.pilot is not None:
            self._send(self.pilot.step(now), now)
        if (
            now.monotonic_s - max(self._truth_s, self._asked_s) > _ASK_AGAIN_S
        ):  # before it starts, and when it restarted
            self._asked_s = now.monotonic_s
            self._send([self._codec.encode(self._interval(*each)) for each in _ASKED_S.items()], now)

    def status(self) -> Mapping[str, Any] | None:
        """As our own simulator's; None before its simulator has spoken."""
        truth, heartbeat = self._truth, self._heartbeat
        if truth is None or heartbeat is None:
            return None
        return {
            "sysid": self.spec.sysid,
            "callsign": self.spec.callsign,
            "mode": self._modes.get(heartbeat.custom_mode, f"mode {heartbeat.custom_mode}"),
            "armed": bool(heartbeat.base_mode & mavlink.MAV_MODE_FLAG_SAFETY_ARMED),
            "landed": self._landed is not None and self._landed.landed_state == mavlink.MAV_LANDED_STATE_ON_GROUND,
            "lat": truth.lat_int / 1e7,
            "lon": truth.lon_int / 1e7,
            "altitude_amsl_m": truth.alt,
            "vn": truth.vn,
            "ve": truth.ve,
            "vd": truth.vd,
            "pilot_step": self.pilot.step_number if self.pilot else None,
        }

    def close(self) -> None:
        self._port.close()

    def _received(self, data: bytes) -> None:
        now = self._clock()
        for message in self._codec.decode(data):
            if (message.get_srcSystem(), message.get_srcComponent()) != (self.spec.sysid, _AUTOPILOT):
                continue  # it passes on what the range says, heartbeats too
            match message.get_type():
                case "SIM_STATE":
                    self._truth, self._truth_s, self.moved = message, now.monotonic_s, True
                case "HEARTBEAT":
                    self._heartbeat = message
                case "EXTENDED_SYS_STATE":
                    self._landed = message
        if self.pilot is not None:
            self._send(self.pilot.receive(data, now), now)

    def _interval(self, message_id: int, every_s: float) -> Message:
        return mavlink.MAVLink_command_long_message(
            self.spec.sysid, 1, mavlink.MAV_CMD_SET_MESSAGE_INTERVAL, 0, message_id, every_s * 1e6, 0, 0, 0, 0, 0
        )

    def _swap_battery(self) -> None:
        """His vehicle counts anew: the simulated battery itself never runs empty."""
        if self.pilot is not None:
            self.pilot.command(mavlink.MAV_CMD_BATTERY_RESET, _ALL_BATTERIES, 100)

    def _mode_named(self, name: str) -> int | None:
        return next((number for number, known in self._modes.items() if known == name.upper()), None)

    def _send(self, frames: list[bytes], now: Now) -> None:
        for frame in frames:
            self._port.send(frame, now.monotonic_s)


class Crew:
    """The seats of a scenario; asked over the control channel as our own fleet is."""

    def __init__(
        self, vehicles: tuple[VehicleSpec, ...], selector: selectors.BaseSelector, clock: Callable[[], Now]
    ) -> None:
        self.seats = [Seat(spec, selector, clock) for spec in vehicles]

    def step(self, now: Now) -> None:
        for seat in self.seats:
            seat.step(now)

    def write(self, truth: TruthFile, now: Now) -> None:
        """Each line once, when its simulator has told it."""
        for seat in self.seats:
            if seat.moved and (status := seat.status()) is not None:
                seat.moved = False
                truth.write(status, now)
        truth.flush()

    def close(self) -> None:
        for seat in self.seats:
            seat.close()

    @property
    def sysids(self) -> frozenset[int]:
        return frozenset(seat.spec.sysid for seat in self.seats)

    def say(self, sysid: int, word: str, plan: Path | None) -> None:
        pilot = next((seat.pilot for seat in self.seats if seat.spec.sysid == sysid), None)
        if pilot is None:
            raise NotFound(f"no vehicle {sysid} has a pilot", where="say", do="Script one in the scenario.")
        pilot.say(word, plan)

    def put_fault(self, sysid: int, name: str, value: Any, for_s: float | None, now: Now) -> None:  # noqa: ARG002  # as Commanded
        raise Invalid("faults are our own simulator's", where=f"fault {name:.40}", do="Use SIM_ parameters.")

    def add_traffic(self, spec: TrafficSpec, now: Now) -> None:  # noqa: ARG002  # as Commanded
        raise Invalid("other aircraft fly in our own simulator only", where=spec.callsign, do="Use SIM_ADSB_COUNT.")

    def status(self) -> list[Mapping[str, Any]]:
        """Of those that have spoken."""
        return [status for seat in self.seats if (status := seat.status()) is not None]
