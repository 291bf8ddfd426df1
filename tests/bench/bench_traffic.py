"""What the watch's loop gives to a feed at once: a picture of a busy sky once a second, and a wake-up full of lines."""

import json
from collections.abc import Iterator

from bench_row import Row, cpu_s, row

from rangeops.adapters.traffic.aircraft_json import AircraftJson
from rangeops.adapters.traffic.reading import READ_BYTES
from rangeops.adapters.traffic.sbs import SbsLines

ROWS = ("aircraft_json_ms", "sbs_wakeup_ms")
AIRCRAFT = 300
LINE = b"MSG,3,1,1,4B%04X,1,2026/11/24,12:00:00.000,2026/11/24,12:00:00.010,,1200,,,52.28123,6.88912,,,0,0,0,0\r\n"


def picture() -> bytes:
    rows = [
        {"hex": f"4b{n:04x}", "flight": f"TEST{n:03}", "alt_baro": 1200 + n, "alt_geom": 1350, "gs": 120.5, "track": 231.0,
         "baro_rate": -640, "squawk": "7000", "category": "A7", "nav_qnh": 1013.6, "lat": 52.28, "lon": 6.89, "nic": 8,
         "rc": 186, "seen_pos": 1.5, "version": 2, "nac_p": 8, "nac_v": 2, "sil": 3, "gva": 2, "sda": 2, "mlat": [],
         "tisb": [], "messages": 4711, "seen": 0.1, "rssi": -20.1}
        for n in range(AIRCRAFT)
    ]  # fmt: skip
    return json.dumps({"aircraft": rows}).encode()


def rows() -> Iterator[Row]:
    content = picture()
    reader = AircraftJson("bench")
    note = f"{AIRCRAFT} aircraft, {len(content) // 1024} KiB, once a second"
    yield row("aircraft_json_ms", cpu_s(lambda: reader.received(content)) * 1e3, "ms", 10, note=note)
    chunk = b"".join(LINE % n for n in range(READ_BYTES // len(LINE)))
    told = cpu_s(lambda: SbsLines("bench").received(chunk))
    yield row("sbs_wakeup_ms", told * 1e3, "ms", 5, note=f"the most that one wake-up reads, {READ_BYTES // 1024} KiB")
