"""What reaches a tlog, and what never does."""

import errno
import hashlib
import selectors
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from mavlink_world import tlog_frames
from pymavlink import mavutil

from rangeops.adapters.mavlink.decode import DEFINITIONS
from rangeops.adapters.mavlink.encode import Sender
from rangeops.adapters.mavlink.endpoints import endpoint_of
from rangeops.adapters.mavlink.link import Link
from rangeops.adapters.mavlink.messages import Statustext
from rangeops.adapters.mavlink.signing import Signer, Timestamps, key_of, without_secrets
from rangeops.domain.events import RecordingClosed
from rangeops.domain.now import Now
from rangeops.watch import recorder as recorder_module
from rangeops.watch.recorder import RETRY_S, Recorder
from rangeops.watch.recording_hashes import SUMS

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
URI = "udpin:127.0.0.1:14550"
KEY = key_of("a secret")


def at(seconds: float) -> Now:
    return Now(seconds, NOON + timedelta(seconds=seconds))


def frames(count: int, *, signed: bool) -> list[bytes]:
    trailer = Signer(KEY, 1, Timestamps(lambda: 1000)).trailer if signed else None
    sender = Sender(21, 1, trailer)
    return [sender.pack(Statustext(6, b"%d" % n, 0, 0)) for n in range(count)]


def setup_signing() -> bytes:
    message = DEFINITIONS[256].message_type(1000, 21, 1, tuple(KEY))
    return Sender(250).pack(message)


def kept(folder) -> list[bytes]:
    return [frame for path in sorted(folder.glob("*.tlog")) for _, frame in tlog_frames(path)]


def test_a_signature_is_cut_off_and_the_packet_still_reads():
    (signed,) = frames(1, signed=True)
    (unsigned,) = frames(1, signed=False)
    assert without_secrets(signed) == unsigned
    assert without_secrets(unsigned) is unsigned


def test_signatures_and_keys_never_reach_the_file(tmp_path):
    recorder = Recorder(tmp_path)
    signed = frames(3, signed=True)
    for packet in (signed[0], setup_signing(), *signed[1:]):
        recorder.record(URI, packet, at(0))
    recorder.close()
    (path,) = tmp_path.glob("*.tlog")
    data = path.read_bytes()
    assert KEY not in data
    assert not any(frame[-6:] in data for frame in signed)
    assert kept(tmp_path) == frames(3, signed=False)
    assert len(Link(URI, datagrams=False).received(b"".join(kept(tmp_path)), ("", 0))) == 3


def test_pymavlink_reads_what_was_recorded_of_a_signed_link(tmp_path):
    recorder = Recorder(tmp_path)
    for packet in frames(5, signed=True):
        recorder.record(URI, packet, at(0))
    recorder.close()
    (path,) = tmp_path.glob("*.tlog")
    log = mavutil.mavlink_connection(str(path))
    texts = [log.recv_match(type="STATUSTEXT").text for _ in range(5)]
    log.close()
    assert texts == ["0", "1", "2", "3", "4"]


def test_each_hour_and_each_start_has_its_own_file(tmp_path):
    packet = frames(1, signed=False)[0]
    for start in (0.0, 0.2, 100.0):  # also twice within a second
        recorder = Recorder(tmp_path)
        recorder.record(URI, packet, at(start))
        recorder.close()
    recorder = Recorder(tmp_path)
    recorder.record(URI, packet, at(3599))
    recorder.record(URI, packet, at(3601))
    recorder.close()
    assert len(list(tmp_path.glob("*.tlog"))) == 5
    assert kept(tmp_path) == [packet] * 5


def until(holds) -> None:
    """The recorder's thread has come so far."""
    deadline_s = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.001)


def test_a_full_disk_is_said_and_recording_goes_on_when_there_is_room(tmp_path, monkeypatch):
    packet = frames(1, signed=False)[0]
    recorder = Recorder(tmp_path)
    recorder.record(URI, packet, at(0))
    until(lambda: kept(tmp_path) == [packet])

    def full(_piece) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(recorder, "_write", full)
        recorder.record(URI, packet, at(2))
        until(lambda: recorder.failure == "No space left on device")
        recorder.record(URI, packet, at(2 + RETRY_S / 2))  # not tried yet
    recorder.record(URI, packet, at(2 + RETRY_S))
    until(lambda: recorder.failure == "")
    recorder.close()
    assert kept(tmp_path) == [packet] * 2
    assert len(list(tmp_path.glob("*.tlog"))) == 2


def test_a_disk_that_hangs_keeps_nobody_waiting_and_what_is_too_much_is_dropped_and_said(tmp_path, monkeypatch):
    packet = frames(1, signed=False)[0]
    recorder, works, write = Recorder(tmp_path), threading.Event(), Recorder._write
    monkeypatch.setattr(recorder_module, "MOST_WAITING_BYTES", 10 * len(packet))
    monkeypatch.setattr(recorder, "_write", lambda piece: works.wait(10) and write(recorder, piece))
    for second in range(20):
        recorder.record(URI, packet, at(second))
    assert recorder.failure == "the disk is slower than what comes"
    works.set()
    until(lambda: recorder._given_bytes == recorder._done_bytes)
    recorder.record(URI, packet, at(30))
    assert recorder.failure == ""
    recorder.close()
    assert 8 <= len(kept(tmp_path)) <= 12


@pytest.mark.parametrize("signed", [True, False])
def test_a_recording_plays_again(tmp_path, signed):
    """What the recorder writes, the replay endpoint reads."""
    recorder = Recorder(tmp_path)
    for packet in frames(20, signed=signed):
        recorder.record(URI, packet, at(0))
    recorder.close()
    (path,) = tmp_path.glob("*.tlog")
    endpoint = endpoint_of(f"tlog:{path}")
    with selectors.DefaultSelector() as selector:
        endpoint.open(selector)
        ((key, events),) = selector.select(5)
        received = [data for data, _ in endpoint.ready(key, events)]
        endpoint.close()
    assert received == frames(20, signed=False)


def told_of(path):
    content = path.read_bytes()
    return RecordingClosed(path.name, hashlib.sha256(content).hexdigest(), len(content))


def test_each_recording_that_ends_is_told_with_its_hash_once(tmp_path):
    recorder = Recorder(tmp_path)
    recorder.begin()
    one, two = frames(2, signed=False)
    recorder.record(URI, one, at(0))
    recorder.record(URI, two, at(3600))
    told = [*recorder.close(), *recorder.closed()]
    assert sorted(told, key=lambda each: each.file) == [told_of(path) for path in sorted(tmp_path.glob("*.tlog"))]
    assert (tmp_path / SUMS).read_text().splitlines() == [f"{each.sha256}  {each.file}" for each in told]
    again = Recorder(tmp_path)
    again.begin()
    assert again.close() == []


def test_what_a_crash_left_behind_is_told_by_the_next_start(tmp_path):
    left = tmp_path / "20260501T110000Z-udpin_x.tlog"
    left.write_bytes(b"\0" * 8 + b"torn")
    recorder = Recorder(tmp_path)
    recorder.begin()
    assert recorder.close() == [told_of(left)]


def test_without_a_recording_there_is_nothing_to_tell(tmp_path):
    recorder = Recorder(tmp_path / "none")
    recorder.begin()
    assert recorder.closed() == recorder.close() == []
