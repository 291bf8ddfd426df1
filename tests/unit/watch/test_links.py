"""Links in the watch's own hands: a serial line that is pulled out and plugged in, a socket that overflows."""

import os
import selectors
import socket
from datetime import UTC, datetime, timedelta

from rangeops.adapters.mavlink.encode import Sender
from rangeops.adapters.mavlink.endpoints import Backoff
from rangeops.adapters.mavlink.messages import Heartbeat
from rangeops.adapters.mavlink.udp import RECEIVE_BUFFER_BYTES
from rangeops.doctor.ports import UDP_BUFFER_BYTES
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
    assert UDP_BUFFER_BYTES == RECEIVE_BUFFER_BYTES


def test_a_feed_is_a_link_that_no_vehicle_is_heard_on(tmp_path):
    """Listed, alarmed and removed as the others are; never sent a heartbeat, never asked for a key."""
    now = Now(1000.0, datetime(2026, 5, 1, 12, tzinfo=UTC))
    memory, recorder, traffic = Memory(tmp_path / "watch"), Recorder(tmp_path / "tlogs"), TrafficTable()
    line = b"MSG,3,1,1,4B1234,1,,,,,LIFELN1,1200,120,180,52.28,6.89,0,,0,0,0,0\r\n"
    with socket.create_server(("127.0.0.1", 0)) as receiver, selectors.DefaultSelector() as selector:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            vehicles = f"udpin:127.0.0.1:{probe.getsockname()[1]}"
        feed = f"sbs:127.0.0.1:{receiver.getsockname()[1]}"
        links = Links(selector, recorder, Keyring(memory, lambda: now), traffic)
        links.want([vehicles, feed], now)
        client, _ = receiver.accept()
        client.sendall(line)
        changes = []
        while not traffic.contacts(now):
            for key, events in selector.select(5):
                packets, changed = links.ready(key.data, key, events, now)
                assert not packets
                changes += changed
        assert [(change.uri, change.up) for change in changes] == [(feed, True)]
        assert links.wanted == {vehicles, feed}
        assert feed not in links.open_uris
        assert [uri for uri, _, _ in links.down()] == [vehicles]
        assert {view.uri: view.up for view in links.views(now)} == {vehicles: True, feed: True}
        client.close()
        while not any(each.source == feed and each.present for each in links.assess(now)):
            for key, events in selector.select(5):
                links.ready(key.data, key, events, now)
        links.want([vehicles], now)
        assert feed not in links.wanted
        links.close()
    recorder.close()
    memory.close()


def test_a_link_that_the_kernel_refuses_is_that_links_end_and_nobody_elses(tmp_path, monkeypatch):
    """No IPv6, no descriptor left, a serial device that goes while it is set up: none of these is an OSError of ours."""
    now = Now(1000.0, datetime(2026, 5, 1, 12, tzinfo=UTC))
    made = socket.socket

    def no_ipv6(family=socket.AF_INET, *words, **how):
        if family == socket.AF_INET6:
            raise OSError(97, "Address family not supported by protocol")
        return made(family, *words, **how)

    monkeypatch.setattr(socket, "socket", no_ipv6)
    with selectors.DefaultSelector() as selector:
        memory = Memory(tmp_path / "watch")
        links = Links(selector, Recorder(tmp_path / "tlogs"), Keyring(memory, lambda: now), TrafficTable())
        six, four = "udpin:[::1]:14993", "udpin:127.0.0.1:14994"
        changes = links.want([six, four], now)
        assert links.open_uris == (four,)
        (told,) = [each for each in changes if not each.up]
        assert (told.uri, "Address family not supported" in told.detail) == (six, True)
        monkeypatch.setattr(socket, "socket", made)
        links.tend(Now(now.monotonic_s + 60, now.utc + timedelta(seconds=60)))
        assert set(links.open_uris) == {six, four}, "it is tried again"
        links.close()
