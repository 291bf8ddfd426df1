"""What fifty vehicles send: packets made once, by pymavlink, sent by a process of its own."""

import contextlib
import multiprocessing
import socket
import time
from collections.abc import Iterator

from pymavlink.dialects.v20 import ardupilotmega as mavlink

MIX = (  # messages of one vehicle in one second, 25 in all
    ("position", 5), ("attitude", 4), ("sys_status", 2), ("ekf", 2), ("gps", 2), ("fence", 2), ("hud", 3), ("battery", 1),
    ("heartbeat", 1), ("landed", 2), ("time", 1),
)  # fmt: skip


def messages(step: int, latitude: float, longitude: float, *, east_mps: float = 0.0):
    return {
        "position": mavlink.MAVLink_global_position_int_message(
            60_000 + step * 40, round(latitude * 1e7), round(longitude * 1e7), 75_000, 40_000, 120, round(east_mps * 100),
            -30, 9000,
        ),
        "attitude": mavlink.MAVLink_attitude_message(60_000 + step * 40, 0.1, 0.05, 1.2, 0.01, 0.02, 0.03),
        "sys_status": mavlink.MAVLink_sys_status_message(
            0x5361FC2F, 0x5361FC2F, 0x5371FC2F, 230, 15_800, 2100, 81, 0, 0, 0, 0, 0, 0
        ),
        "ekf": mavlink.MAVLink_ekf_status_report_message(0x33F, 0.05, 0.02, 0.01, 0.03, 0.0),
        "gps": mavlink.MAVLink_gps_raw_int_message(
            1_000_000 * step, 6, round(latitude * 1e7), round(longitude * 1e7), 75_000, 121, 200, 120, 9000, 12
        ),
        "fence": mavlink.MAVLink_fence_status_message(0, 0, 0, 0, 0),
        "hud": mavlink.MAVLink_vfr_hud_message(1.2, 1.2, 90, 35, 40.0, 0.3),
        "battery": mavlink.MAVLink_battery_status_message(0, 0, 0, 32767, [15_800] + [65535] * 9, 2100, 900, -1, 81),
        "heartbeat": mavlink.MAVLink_heartbeat_message(2, 3, 217, 3, 4, 3),
        "landed": mavlink.MAVLink_extended_sys_state_message(0, 2),
        "time": mavlink.MAVLink_system_time_message(1_700_000_000_000_000 + step * 1000, 60_000 + step * 40),
    }  # fmt: skip


def packets(sysids: range, seconds: int, places: dict[int, tuple[float, float]]) -> Iterator[tuple[int, bytes]]:
    """(sysid, packet) in the order in which they'd be sent, `seconds` of every vehicle's traffic."""
    codecs = {sysid: mavlink.MAVLink(None, srcSystem=sysid, srcComponent=1) for sysid in sysids}
    names = [name for name, count in MIX for _ in range(count)]
    for step in range(seconds * len(names)):
        for sysid in sysids:
            latitude, longitude = places[sysid]
            message = messages(step, latitude, longitude)[names[step % len(names)]]
            codec = codecs[sysid]
            yield sysid, message.pack(codec)
            codec.seq = (codec.seq + 1) % 256  # pack() leaves that to send()


def _pump(port: int, traffic: list[list[bytes]], tokens, interval_s: float) -> None:
    """Send batch after batch; with an interval by the clock, without one whenever a token comes."""
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.connect(("127.0.0.1", port))
    started = time.monotonic()
    for number, batch in enumerate(traffic):
        if interval_s:
            time.sleep(max(0.0, started + number * interval_s - time.monotonic()))
        else:
            tokens.acquire()
        for packet in batch:
            with contextlib.suppress(ConnectionRefusedError):  # nobody listens yet, or any more: lost, as on the air
                out.send(packet)


def start_pump(port: int, traffic: list[list[bytes]], *, interval_s: float = 0.0):
    """The sending process, and the semaphore to release once for each batch wanted."""
    context = multiprocessing.get_context("fork")
    tokens = context.Semaphore(0)
    process = context.Process(target=_pump, args=(port, traffic, tokens, interval_s), daemon=True)
    process.start()
    return process, tokens
