"""Each kind of feed over what it really reads, in a selector as the watch's: told, broken, and back by itself."""

import json
import selectors
import socket
import time
from datetime import UTC, datetime

import pytest

from rangeops.domain.alarms import Condition
from rangeops.domain.now import Now
from rangeops.domain.traffic import TrafficTable
from rangeops.watch.feeds import Feeds

LINE = b"MSG,3,1,1,4B1234,1,,,,,LIFELN1,1200,120,180,52.28,6.89,0,,0,0,0,0\r\n"
WITHIN_S = 10.0


def now() -> Now:
    return Now(time.monotonic(), datetime.now(UTC))


def picture(seconds: float) -> bytes:
    row = {"hex": "4b1234", "flight": "LIFELN1", "alt_baro": 1200, "lat": 52.28, "lon": 6.89, "seen_pos": 0.1}
    return json.dumps({"now": seconds, "aircraft": [row]}).encode()


class Receiver:
    """What a feed reads: a listening socket that answers each connection in one way. `away`: it isn't there."""

    def __init__(self, answer) -> None:
        self._answer = answer
        self._listener = None
        self._port = 0
        self._clients: list[socket.socket] = []
        self.back()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    def back(self) -> None:
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self._port))
        self._listener.listen()
        self._listener.settimeout(0)
        self._port = self._listener.getsockname()[1]

    def serve(self) -> None:
        if self._listener is None:
            return
        try:
            client, _ = self._listener.accept()
        except BlockingIOError:
            return
        self._clients.append(client)
        self._answer(client)

    def away(self) -> None:
        for client in self._clients:
            client.close()
        self._clients.clear()
        if self._listener is not None:
            self._listener.close()
            self._listener = None


def _http(client: socket.socket) -> None:
    body = picture(time.monotonic())  # at once: one thread plays both sides, and what is asked is in the core's tests
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


class File:
    def __init__(self, path) -> None:
        self._path = path
        self._there = True

    @property
    def address(self) -> str:
        return str(self._path)

    def serve(self) -> None:
        if self._there:
            fresh = self._path.with_suffix(".new")
            fresh.write_bytes(picture(time.monotonic()))
            fresh.replace(self._path)

    def away(self) -> None:
        self._there = False
        self._path.unlink(missing_ok=True)

    def back(self) -> None:
        self._there = True


class Reading:
    def __init__(self, uri: str) -> None:
        self.selector = selectors.DefaultSelector()
        self.traffic = TrafficTable()
        self.feeds = Feeds(self.selector, self.traffic)
        self.changes = self.feeds.want([uri])
        self.uri = uri

    def until(self, holds, receiver) -> None:
        ends = time.monotonic() + WITHIN_S
        while not holds():
            assert time.monotonic() < ends, "in time"
            receiver.serve()
            for key, events in self.selector.select(0.02):
                self.changes += self.feeds.ready(key.data.uri, events, now())
            self.changes += self.feeds.tend(now())

    @property
    def is_up(self) -> bool:
        return next(self.feeds.views(now())).up

    def close(self) -> None:
        self.feeds.close()
        self.selector.close()


@pytest.fixture(params=["aircraft-json-file", "aircraft-json-http", "sbs"])
def feed(request, tmp_path):
    if request.param == "sbs":
        receiver = Receiver(lambda client: client.sendall(LINE))
        uri = f"sbs:{receiver.address}"
    elif request.param == "aircraft-json-http":
        receiver = Receiver(_http)
        uri = f"aircraft-json:http://{receiver.address}/data/aircraft.json"
    else:
        receiver = File(tmp_path / "aircraft.json")
        receiver.serve()
        uri = f"aircraft-json:{receiver.address}"
    reading = Reading(uri)
    yield reading, receiver
    reading.close()
    receiver.away()


def test_an_aircraft_is_told_and_the_feed_is_up(feed):
    reading, receiver = feed
    reading.until(lambda: reading.traffic.contacts(now()), receiver)
    (contact,) = reading.traffic.contacts(now())
    assert (contact.name, contact.source) == ("LIFELN1", reading.uri)
    assert contact.pressure_altitude_m == pytest.approx(365.76)
    assert reading.is_up
    assert [change.up for change in reading.changes] == [True]
    assert not any(each.present for each in reading.feeds.assess())


def test_a_receiver_that_goes_is_alarmed_and_taken_up_again_by_itself(feed):
    reading, receiver = feed
    reading.until(lambda: reading.is_up, receiver)
    receiver.away()
    reading.until(lambda: any(each.present for each in reading.feeds.assess()), receiver)
    assert not reading.is_up
    assert {each.condition for each in reading.feeds.assess()} == {Condition.LINK_DOWN}
    receiver.back()
    reading.until(lambda: reading.is_up, receiver)
    assert [change.up for change in reading.changes if change.up] == [True, True]
    assert not any(each.present for each in reading.feeds.assess())


def test_a_feed_that_is_no_longer_wanted_is_closed(feed):
    reading, receiver = feed
    reading.until(lambda: reading.is_up, receiver)
    (change,) = reading.feeds.want([])
    assert (change.uri, change.up) == (reading.uri, False)
    assert not reading.selector.get_map()
    assert not list(reading.feeds.down())


def test_a_refused_uri_is_said_and_keeps_nobody_else(tmp_path):
    selector = selectors.DefaultSelector()
    feeds = Feeds(selector, TrafficTable())
    changes = feeds.want(["aircraft-json:http://8.8.8.8/x", f"aircraft-json:{tmp_path}/a.json"])
    assert ["8.8.8.8" in change.detail for change in changes] == [True]
    assert [(uri, down) for uri, down, _ in feeds.down()] == [
        (f"aircraft-json:{tmp_path}/a.json", False),
        ("aircraft-json:http://8.8.8.8/x", True),
    ]
    assert not feeds.want([f"aircraft-json:{tmp_path}/a.json"])
    assert len(list(feeds.down())) == 1
    selector.close()


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_what_is_no_file_is_never_waited_for(kind, tmp_path):
    import os

    path = tmp_path / "x"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path = "/dev/zero"
    reading = Reading(f"aircraft-json:{path}")
    reading.until(lambda: any(each.present for each in reading.feeds.assess()), File(tmp_path / "other"))
    reading.close()


def test_a_picture_that_stands_still_is_a_receiver_that_stands_still(tmp_path):
    path = tmp_path / "aircraft.json"
    path.write_bytes(picture(1000.0))
    selector = selectors.DefaultSelector()
    feeds = Feeds(selector, TrafficTable())
    feeds.want([f"aircraft-json:{path}"])
    start = now()
    said = [
        change for step in range(40) for change in feeds.tend(Now(start.monotonic_s + step, start.utc))
    ]  # fmt: skip
    assert said[0].up
    assert "hasn't changed for" in said[1].detail
    selector.close()


def test_a_bug_in_reading_ends_that_feed_alone(tmp_path, monkeypatch):
    path = tmp_path / "aircraft.json"
    path.write_bytes(picture(1000.0))
    monkeypatch.setattr("rangeops.adapters.traffic.aircraft_json.sighting_of", lambda *_: 1 / 0)
    selector = selectors.DefaultSelector()
    feeds = Feeds(selector, TrafficTable())
    feeds.want([f"aircraft-json:{path}"])
    (change,) = feeds.tend(now())
    assert "ZeroDivisionError" in change.detail
    selector.close()
