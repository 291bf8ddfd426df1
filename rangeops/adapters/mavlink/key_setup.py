"""Giving one vehicle its signing key, over a cable, and seeing it sign with it.

SETUP_SIGNING isn't answered: the proof is the first packet whose signature is right. ArduPilot refuses it in silence while
it is armed. Source: MAVLink message signing guide; ArduPilot GCS_Signing.
"""

import selectors
from collections.abc import Callable
from typing import Final

from rangeops.adapters.mavlink.encode import GCS_HEARTBEAT, Sender
from rangeops.adapters.mavlink.endpoints import Endpoint, endpoint_of, parse_uri
from rangeops.adapters.mavlink.keys import KeyFile
from rangeops.adapters.mavlink.link import SIGNED_FLAG, Link, Packet
from rangeops.adapters.mavlink.messages import Heartbeat, Other, RadioStatus, SetupSigning
from rangeops.adapters.mavlink.signing import Verifier, ticks_of
from rangeops.adapters.mavlink.transactions import AUTOPILOT_COMPID
from rangeops.domain.errors import Invalid, Refused, Unavailable
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid

HEARD_WITHIN_S: Final = 10.0
RADIO_S: Final = 3.0  # a radio tells its state once a second: a key doesn't go through the air
SIGNED_WITHIN_S: Final = 10.0
SENT_EVERY_S: Final = 1.0
_ARMED: Final = 128  # MAV_MODE_FLAG_SAFETY_ARMED
_RADIO: Final = Other(166)  # what older radios tell
_TURN_S: Final = 0.1


def set_up_key(uri: str, sysid: Sysid, key: bytes, *, keys: KeyFile, gcs_sysid: int, clock: Callable[[], Now]) -> None:
    """Write the key down, give it to the vehicle, and see it used. Raises Invalid, Refused, Unavailable.

    A vehicle that doesn't use it keeps what key it had, and so does the file.
    """
    if parse_uri(uri).kind != "serial":
        raise Invalid(
            "a key goes over a cable only",
            where=uri,
            do="Connect the vehicle by USB: serial:/dev/serial/by-id/…:115200.",
        )
    before = keys.read()
    with selectors.DefaultSelector() as selector:
        line = _Line(endpoint_of(uri), selector, gcs_sysid, clock)
        line.open()
        try:
            line.hear_disarmed(sysid)
            keys.write({**before, sysid: key})
            if not line.give(sysid, key):
                keys.write(before)
                raise Refused(
                    f"vehicle {sysid} doesn't sign with the new key",
                    where=uri,
                    do="Check that its firmware has signing, and that no ground station holds it; then try again.",
                )
        finally:
            line.close()


class _Line:
    """One endpoint, opened for the set-up alone; it may stand open for other vehicles behind the same cable."""

    def __init__(
        self, endpoint: Endpoint, selector: selectors.BaseSelector, gcs_sysid: int, clock: Callable[[], Now]
    ) -> None:
        self._endpoint = endpoint
        self._selector = selector
        self._clock = clock
        self._sender = Sender(gcs_sysid)
        self._link = Link(endpoint.uri, datagrams=endpoint.datagrams)
        self._heartbeat_s = float("-inf")

    def open(self) -> None:
        self._endpoint.open(self._selector)

    def close(self) -> None:
        self._endpoint.close()

    def hear_disarmed(self, sysid: Sysid) -> None:
        """Raises Unavailable where the vehicle isn't heard, Refused where it is armed or behind a radio."""
        began_s = self._clock().monotonic_s
        heard = False
        while (elapsed_s := self._clock().monotonic_s - began_s) < HEARD_WITHIN_S and (
            not heard or elapsed_s < RADIO_S
        ):
            for packet in self._turn():
                heard = self._is_disarmed(sysid, packet) or heard
        if not heard:
            raise Unavailable(
                f"vehicle {sysid} isn't heard", where=self._endpoint.uri, do="Check cable, port and baud rate."
            )

    def _is_disarmed(self, sysid: Sysid, packet: Packet) -> bool:
        heard, compid, message, _ = packet
        if isinstance(message, RadioStatus) or message == _RADIO:
            raise Refused(
                "a radio is on this line, and a key must not go through the air",
                where=self._endpoint.uri,
                do="Connect the vehicle by USB.",
            )
        if (heard, compid) != (sysid, AUTOPILOT_COMPID) or not isinstance(message, Heartbeat):
            return False
        if message.base_mode & _ARMED:
            raise Refused(f"vehicle {sysid} is armed", where=self._endpoint.uri, do="Disarm it first.")
        return True

    def give(self, sysid: Sysid, key: bytes) -> bool:
        """Whether the vehicle signs with the key now."""
        verifier = Verifier({sysid: key}, unsigned_is_fine=False, now_ticks=lambda: 0)  # its clock may be years behind
        accepts = verifier.judge((self._endpoint.uri, 0))
        end_s = self._clock().monotonic_s + SIGNED_WITHIN_S
        next_s = float("-inf")
        while (now := self._clock()).monotonic_s < end_s:
            if now.monotonic_s >= next_s:
                next_s = now.monotonic_s + SENT_EVERY_S
                setup = SetupSigning(ticks_of(now.utc), sysid, AUTOPILOT_COMPID, tuple(key))
                self._endpoint.send(self._sender.pack(setup), None)
            for heard, _, _, frame in self._turn():
                if heard == sysid and frame[2] & SIGNED_FLAG and accepts(frame):
                    return True
        return False

    def _turn(self) -> list[Packet]:
        now = self._clock()
        if self._endpoint.up and now.monotonic_s >= self._heartbeat_s:
            self._heartbeat_s = now.monotonic_s + 1.0
            self._endpoint.send(self._sender.pack(GCS_HEARTBEAT), None)
        packets: list[Packet] = []
        for key, events in self._selector.select(_TURN_S):
            for data, peer in self._endpoint.ready(key, events):
                packets += self._link.received(data, peer)
        return packets
