"""What a message costs dronekit (dronekit2), which tracks one vehicle's state from the same kind of traffic.

It is measured where it is installed: in this interpreter, or in the one that RANGEOPS_DRONEKIT_PYTHON names.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench_row import Row, row, unmeasured
from bench_watch import BACKLOG, VEHICLES, backlog, places
from fleet_traffic import packets, start_pump
from link_proof import wait_until_bound
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from rangeops.rehearsal.processes import free_udp_port

ROWS = ("ingest_vs_dronekit",)
NAME, LIMIT = "ingest_vs_dronekit", 0.05
ONE = range(7, 8)
SECONDS = 400  # of one vehicle's traffic: 10,000 messages
INTERVAL_S, BATCH = 0.01, 20
CHILD = """
import sys, time
import dronekit
vehicle = dronekit.connect("udpin:127.0.0.1:" + sys.argv[1], wait_ready=False, heartbeat_timeout=20)
heard, begun = 0, None
def count(*_):
    global heard
    heard += 1
vehicle.add_message_listener("*", count)
before, started = heard, time.process_time()
quiet = 0
while quiet < 4:
    known = heard
    time.sleep(0.25)
    quiet = quiet + 1 if heard == known else 0
    if not quiet:
        cpu_s = time.process_time() - started
print(cpu_s, heard - before, flush=True)
import os
os._exit(0)
"""


def rows() -> Iterator[Row]:
    python = os.environ.get("RANGEOPS_DRONEKIT_PYTHON", sys.executable)
    has_it = subprocess.run([python, "-c", "import dronekit"], check=False, capture_output=True, timeout=60)
    if has_it.returncode:
        why = f"dronekit isn't installed in {Path(python).name} (RANGEOPS_DRONEKIT_PYTHON names another)"
        yield unmeasured(NAME, "ratio", LIMIT, why, peer="dronekit2")
        return
    theirs_us, heard = _dronekit_us(python)
    traffic = [packet for _, packet in packets(VEHICLES, BACKLOG // (4 * 25 * len(VEHICLES)), places(VEHICLES))]
    with tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder:
        ours = backlog(Path(folder), traffic)
    note = f"{ours.value:.1f} against {theirs_us:.0f} us a message, {heard} of them of one vehicle"
    yield row(NAME, ours.value / theirs_us, "ratio", LIMIT, peer="dronekit2", note=note)


def _dronekit_us(python: str) -> tuple[float, int]:
    """At 2,000 messages a second, so that it is busy and loses little; it waits for a parameter before it begins. CPU per message that reached its listeners."""
    port = free_udp_port()
    child = subprocess.Popen([python, "-c", CHILD, str(port)], stdout=subprocess.PIPE, text=True)
    try:
        traffic = [packet for _, packet in packets(ONE, SECONDS, places(range(1, 51)))]
        batches = [traffic[at : at + BATCH] for at in range(0, len(traffic), BATCH)]
        parameter = mavlink.MAVLink_param_value_message(b"SYSID_THISMAV", 7, 6, 1, 0)
        only = parameter.pack(mavlink.MAVLink(None, srcSystem=ONE[0], srcComponent=1))
        batches = [[only, *batch] if not number % 50 else batch for number, batch in enumerate(batches)]
        wait_until_bound([port])
        pump, _ = start_pump(port, batches, interval_s=INTERVAL_S)
        out, _ = child.communicate(timeout=120)
        pump.join()
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()
    cpu_s, heard = out.split()
    return float(cpu_s) / int(heard) * 1e6, int(heard)
