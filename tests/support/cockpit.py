"""A company's pilot: a ground station of his own (pymavlink's mavutil, sysid 255) on the vehicle's second link."""

import time
from collections.abc import Callable

from pymavlink import mavutil
from pymavlink.dialects.v20 import ardupilotmega as mavlink

PILOT_SYSID = 255
ASK_AGAIN_S = 1.0
GUIDED = 4
_POSITION_ONLY = 0b110111111000  # POSITION_TARGET_TYPEMASK: x, y and z count


class Cockpit:
    """`turn` is called by whoever waits; until: RangeGround.until, so that the range goes on meanwhile."""

    def __init__(self, sysid: int, port: int) -> None:
        self.sysid = sysid
        self.link = mavutil.mavlink_connection(f"udpin:127.0.0.1:{port}", source_system=PILOT_SYSID)
        self.acks: list[mavlink.MAVLink_command_ack_message] = []
        self.heard = False
        self._heartbeat_s = 0.0
        self.until: Callable[[Callable[[], object], float, str], float] | None = None

    def turn(self) -> None:
        while (message := self.link.recv_match()) is not None:
            self.heard = True
            if message.get_type() == "COMMAND_ACK":
                self.acks.append(message)
        if self.heard and time.monotonic() >= self._heartbeat_s:
            self._heartbeat_s = time.monotonic() + 1.0
            self.link.mav.heartbeat_send(mavlink.MAV_TYPE_GCS, mavlink.MAV_AUTOPILOT_INVALID, 0, 0, 4)

    def command(self, command: int, *parameters: float, within_s: float = 10) -> None:
        """Sent again until it is accepted: an autopilot isn't always ready when it is asked."""
        asked_s = 0.0

        def accepted() -> bool:
            nonlocal asked_s
            if time.monotonic() - asked_s > ASK_AGAIN_S:
                asked_s = time.monotonic()
                self.acks.clear()
                padded = [*parameters, *[0.0] * (7 - len(parameters))]
                self.link.mav.command_long_send(self.sysid, 1, command, 0, *padded)
            return any(ack.command == command and ack.result == 0 for ack in self.acks)

        assert self.until is not None
        self.until(accepted, within_s, f"the pilot's command {command}")

    def mode(self, number: int) -> None:
        self.command(mavlink.MAV_CMD_DO_SET_MODE, 1, number)

    def take_off(self, height_m: float, armed: Callable[[], object], height: Callable[[], float]) -> None:
        """As a person does it: GUIDED, arm, up, and wait until it is there."""
        assert self.until is not None
        self.mode(GUIDED)
        self.command(mavlink.MAV_CMD_COMPONENT_ARM_DISARM, 1, within_s=60)
        self.until(armed, 5, "armed")
        self.command(mavlink.MAV_CMD_NAV_TAKEOFF, 0, 0, 0, 0, 0, 0, height_m)
        self.until(lambda: height() > height_m - 1, 40, f"{height_m:g} m of height")

    def go_to(self, latitude_deg: float, longitude_deg: float, height_m: float) -> None:
        self.link.mav.set_position_target_global_int_send(
            0, self.sysid, 1, mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT, _POSITION_ONLY,
            round(latitude_deg * 1e7), round(longitude_deg * 1e7), height_m, 0, 0, 0, 0, 0, 0, 0, 0,
        )  # fmt: skip

    def close(self) -> None:
        self.link.close()
