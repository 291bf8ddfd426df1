"""A key given over a cable: a pty, and a vehicle on it that pymavlink speaks for."""

import os
import select
import threading
import time
import tty
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from rangeops.adapters.mavlink import key_setup
from rangeops.adapters.mavlink.key_setup import set_up_key
from rangeops.adapters.mavlink.keys import KeyFile
from rangeops.adapters.mavlink.signing import key_of
from rangeops.domain.errors import Invalid, Refused, Unavailable
from rangeops.domain.now import Now

KEY, OLD = key_of("new"), key_of("old")


def clock() -> Now:
    return Now(time.monotonic(), datetime.now(UTC))


class Vehicle:
    """Signs with whatever key it is given, unless it is told not to listen."""

    def __init__(self) -> None:
        self.master, self.slave = os.openpty()
        tty.setraw(self.master)
        self.uri = f"serial:{os.ttyname(self.slave)}:115200"
        self.listens, self.armed, self.radio, self.silent = True, False, False, False
        self.targets: list[int] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._live)

    def live(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()
        os.close(self.master)
        os.close(self.slave)

    def _live(self) -> None:
        codec, hears = mavlink.MAVLink(None, srcSystem=21, srcComponent=1), mavlink.MAVLink(None)
        while not self._ended.is_set():
            if not self.silent:
                mode = 217 if self.armed else 81
                os.write(self.master, mavlink.MAVLink_heartbeat_message(2, 3, mode, 4, 3, 3).pack(codec))
                codec.seq = (codec.seq + 1) % 256
            if self.radio:
                os.write(self.master, mavlink.MAVLink_radio_status_message(1, 2, 3, 4, 5, 6, 7).pack(codec))
            if not select.select([self.master], [], [], 0.05)[0]:
                continue
            for message in hears.parse_buffer(os.read(self.master, 4096)) or []:
                if message.get_type() == "SETUP_SIGNING" and self.listens:
                    self.targets.append(message.target_system)
                    codec.signing.secret_key = bytes(message.secret_key)
                    codec.signing.timestamp = message.initial_timestamp
                    codec.signing.sign_outgoing = True


@pytest.fixture
def vehicle(monkeypatch) -> Iterator[Vehicle]:
    monkeypatch.setattr(key_setup, "RADIO_S", 0.5)
    monkeypatch.setattr(key_setup, "HEARD_WITHIN_S", 1.0)
    monkeypatch.setattr(key_setup, "SIGNED_WITHIN_S", 1.5)
    made = Vehicle()
    yield made
    made.end()


@pytest.fixture
def keys(tmp_path) -> KeyFile:
    return KeyFile(tmp_path / "watch" / "keys.json")


def give(vehicle: Vehicle, keys: KeyFile, uri: str = "") -> None:
    vehicle.live()
    set_up_key(uri or vehicle.uri, 21, KEY, keys=keys, gcs_sysid=250, clock=clock)


def test_a_vehicle_gets_its_key_and_is_seen_signing_with_it(vehicle, keys):
    keys.write({22: OLD})
    give(vehicle, keys)
    assert keys.read() == {21: KEY, 22: OLD}
    assert set(vehicle.targets) == {21}


def test_a_vehicle_that_does_not_use_it_keeps_the_key_it_had(vehicle, keys):
    keys.write({21: OLD})
    vehicle.listens = False
    with pytest.raises(Refused, match="doesn't sign with the new key"):
        give(vehicle, keys)
    assert keys.read() == {21: OLD}


@pytest.mark.parametrize(
    ("state", "error", "says"),
    [
        ("armed", Refused, "vehicle 21 is armed"),
        ("radio", Refused, "a radio is on this line"),
        ("silent", Unavailable, "vehicle 21 isn't heard"),
    ],
)
def test_nothing_is_sent_to_an_armed_vehicle_through_a_radio_or_to_nobody(vehicle, keys, state, error, says):
    setattr(vehicle, state, True)
    with pytest.raises(error, match=says):
        give(vehicle, keys)
    assert vehicle.targets == []
    assert keys.read() == {}


@pytest.mark.parametrize("uri", ["udpin:127.0.0.1:14550", "tcp:127.0.0.1:5760", "tlog:/data/x.tlog"])
def test_a_key_goes_over_a_cable_only(vehicle, keys, uri):
    with pytest.raises(Invalid, match="over a cable only"):
        give(vehicle, keys, uri)
