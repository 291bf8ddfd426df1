"""A vehicle under a virtual clock, with a ground station's codec on one of its channels.

For tests, and for whoever wants a whole flight in a second: nothing here waits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from rangeops.domain.now import Now
from rangeops.sim.channel import Channel, Message, mavlink
from rangeops.sim.scenario import CALM, VehicleSpec, Wind
from rangeops.sim.vehicle import STEP_S, Vehicle
from rangeops.sim.voice import Outgoing

_EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
_HEARTBEAT_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Heard:
    at_s: float
    message: Message

    @property
    def type(self) -> str:
        name: str = self.message.get_type()
        return name


def instant(at_s: float) -> Now:
    return Now(at_s, _EPOCH + timedelta(seconds=at_s))


class Lockstep:
    """Time starts at 0 with the vehicle's power-up. Everything that the ground heard stands in `log`."""

    def __init__(
        self,
        spec: VehicleSpec,
        *,
        wind: Wind = CALM,
        gps_noise_m: float = 0.0,
        seed: int = 1,
        ground: tuple[int, int] = (250, 190),
        heartbeats: bool = True,
    ) -> None:
        self.at_s = 0.0
        self.vehicle = Vehicle(spec, instant(0.0), wind=wind, gps_noise_m=gps_noise_m, seed=seed)
        self.channel = self.vehicle.open_channel()
        self.ground = Channel(*ground)
        self.heartbeats = heartbeats
        self.log: list[Heard] = []
        self._steps = 0
        self._heartbeat_s = 0.0

    @property
    def now(self) -> Now:
        return instant(self.at_s)

    def run(self, seconds: float) -> None:
        self.run_until(self.at_s + seconds)

    def run_until(self, at_s: float) -> None:
        while (self._steps + 1) * STEP_S <= at_s + 1e-9:
            self._steps += 1
            self.at_s = self._steps * STEP_S
            if self.heartbeats and self.at_s >= self._heartbeat_s:
                self._heartbeat_s = self.at_s + _HEARTBEAT_S
                self.send(
                    mavlink.MAVLink_heartbeat_message(
                        mavlink.MAV_TYPE_GCS, mavlink.MAV_AUTOPILOT_INVALID, 0, 0, mavlink.MAV_STATE_ACTIVE, 3
                    )
                )
            self._take(self.vehicle.step(self.now))
        self.at_s = max(self.at_s, at_s)

    def wait(self, holds: Callable[[], bool], within_s: float) -> bool:
        """Run until `holds`, at most `within_s`."""
        end_s = self.at_s + within_s
        while not holds() and self.at_s < end_s:
            self.run(STEP_S)
        return holds()

    def send(self, message: Message) -> list[Message]:
        """Send one message; what is answered at once."""
        return self.send_bytes(self.ground.encode(message))

    def send_bytes(self, data: bytes) -> list[Message]:
        first = len(self.log)
        self._take(self.vehicle.receive(self.channel, data, self.now))
        return [heard.message for heard in self.log[first:]]

    def command(self, command: int, *params: float) -> int | None:
        """COMMAND_LONG, and the result of its acknowledgement."""
        padded = [*params, *[0.0] * (7 - len(params))]
        answers = self.send(mavlink.MAVLink_command_long_message(self.vehicle.sysid, 1, command, 0, *padded))
        for answer in answers:
            if answer.get_type() == "COMMAND_ACK" and answer.command == command:
                return int(answer.result)
        return None

    def mode(self, number: int) -> int | None:
        return self.command(mavlink.MAV_CMD_DO_SET_MODE, 1, number)

    def heard(self, kind: str, *, since_s: float = 0.0) -> list[Message]:
        return [heard.message for heard in self.log if heard.type == kind and heard.at_s >= since_s]

    def texts(self, *, since_s: float = 0.0) -> list[str]:
        return [message.text for message in self.heard("STATUSTEXT", since_s=since_s)]

    def _take(self, outgoing: list[Outgoing]) -> None:
        for sent in outgoing:
            if sent.channel == self.channel:
                self.log.extend(Heard(self.at_s, message) for message in self.ground.decode(sent.data))
