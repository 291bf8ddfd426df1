"""Links in the watch's own hands: a serial line that is pulled out and plugged in, a socket that overflows."""

import os
import selectors
import socket
from datetime import UTC, datetime, timedelta

from rangeops.adapters.mavlink.encode import Sender
from rangeops.adapters.mavlink.endpoints import Backoff
from rangeops.adapters.mavlink.messages import Heartbeat
from rangeops.adapters.mavlink.udp import RECEIVE_BUFFER_BYTES
from rangeops.cli import doctor
from rangeops.domain.alarms import Condition
from rangeops.domain.now import Now
from rangeops.domain.traffic import TrafficTable
from rangeops.watch.keyring import Keyring
from rangeops.watch.links import OVERFLOW_SHOWN_S, Links
from rangeops.watch.memory import Memory
from rangeops.watch.recorder import Recorder

COPTER = Heartbeat(custom_mode=4, type=2, autopilot=3, base_mode=81, system_status=3, mavlink_version=3)


class Cable:
    """A pty behind a name that stays, as in /dev/serial/by-id."""

    def __init__(self, path) -> None:
        self.path = path

    def plug(self) -> None:
        self.master, self.slave = os.openpty()
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self.slave))

    def unplug(self) -> None:
        os.close(self.slave)
        os.close(self.master)


def test_a_radio_that_is_unplugged_and_plugged_in_again_is_opened_by_itself(tmp_path):
    now = Now(1000.0, datetime(2026, 5, 1, 12, tzinfo=UTC))
    memory = Memory(tmp_path / "watch")
    cable = Cable(tmp_path / "usb-SiK-if00-port0")
    uri = f"serial:{cable.path}:57600?rtscts"
    sender = Sender(21, 1)
    changes = []
    recorder = Recorder(tmp_path / "tlogs")
    with selectors.DefaultSelector() as selector:
        links = Links(selector, recorder, Keyring(memory, lambda: now), TrafficTable())

        def heard() -> list[int]:
            found = []
            for key, events in selector.select(0.1):
                packets, changed = links.ready(key.data, key, events, now)
                changes.extend(changed)
                found += [packet[0] for _, packet in packets]
            return found

        cable.plug()
        changes += links.want([uri], now)
        for _ in range(3):  # times that it is pulled out
            os.write(cable.master, sender.pack(COPTER))
            assert heard() == [21]
            cable.unplug()
            assert heard() == []
            assert links.open_uris == ()
            waited_s = 0.0
            cable.plug()
            while not links.open_uris:
                waited_s += 0.05
                now = Now(now.monotonic_s + 0.05, now.utc + timedelta(seconds=0.05))
                changes += links.tend(now)
                assert waited_s <= Backoff().first_s + 0.1
        links.close()
    recorder.close()
    memory.close()
    assert [change.up for change in changes] == [True, *[False, True] * 3]
    assert all("Plug it in" in change.detail for change in changes if not change.up)


def test_packets_that_the_kernel_drops_are_counted_and_alarmed_while_it_goes_on(tmp_path):
    now = Now(1000.0, datetime(2026, 5, 1, 12, tzinfo=UTC))
    memory, recorder = Memory(tmp_path / "watch"), Recorder(tmp_path / "tlogs")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as vehicle, selectors.DefaultSelector() as selector:
        vehicle.bind(("127.0.0.1", 0))
        uri = f"udpout:127.0.0.1:{vehicle.getsockname()[1]}"
        links = Links(selector, recorder, Keyring(memory, lambda: now), TrafficTable())
        links.want([uri], now)
        (key,) = selector.get_map().values()
        here = key.fileobj.getsockname()

        def assessed():
            links.tend(now)
            (view,) = links.views(now)
            (alarm,) = [each for each in links.assess(now) if each.condition is Condition.PACKETS_DROPPED_HERE]
            return view.dropped_here, alarm.present

        now = Now(now.monotonic_s + 1, now.utc)
        assert assessed() == (0, False)  # known, and not assumed
        for _ in range(40_000):
            vehicle.sendto(bytes(300), here)
        assert assessed() == (0, False)  # asked for once a second
        now = Now(now.monotonic_s + 1, now.utc)
        dropped, present = assessed()
        assert dropped > 0
        assert present
        now = Now(now.monotonic_s + OVERFLOW_SHOWN_S + 1, now.utc)
        assert assessed() == (dropped, False)
        links.close()
    recorder.close()
    memory.close()


def test_doctor_looks_for_the_buffer_that_a_link_asks_for():
    assert doctor.UDP_BUFFER_BYTES == RECEIVE_BUFFER_BYTES
