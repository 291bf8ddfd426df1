"""Bench acceptance against the simulator over a real TCP socket, in real time: what is found, what is put back, what is signed."""

import contextlib
import json
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

import pytest

from rangeops.adapters.hardware import second_library
from rangeops.adapters.hardware.before import BenchBeforeFile
from rangeops.adapters.hardware.bench import MavlinkBench
from rangeops.adapters.hardware.desk import HardwareDesk
from rangeops.bootstrap.parts import clock
from rangeops.domain.certificates import Verdict
from rangeops.domain.errors import Conflict, Damaged, Refused, Unavailable
from rangeops.domain.parameters import counts, table_sha256
from rangeops.rehearsal.processes import free_udp_port
from rangeops.services.acceptance import ArmingAnswer
from rangeops.services.acceptance_steps import STEPS
from rangeops.sim.missions import Item
from rangeops.sim.scenario import load_scenario
from rangeops.sim.simulator import Simulator

ROOT = Path(__file__).parents[2]
SYSID = 23
AS_WANTED = """
[vehicle.parameters]
SYSID_MYGCS = 250
FS_GCS_ENABLE = 1
BATT_FS_LOW_ACT = 2
BATT_FS_CRT_ACT = 1
"""
SCENARIO = """
name = "bench"
range = "twente"
seed = 1

[[vehicle]]
callsign = "D23"
sysid = {sysid}
airframe = "survey-quad"
home = [52.275833, 6.889167]
home_elevation_amsl_m = 35
links = ["tcpin:127.0.0.1:0"]
ready_after_s = 0
{parameters}
"""


@contextlib.contextmanager
def simulated(folder, text):
    path = folder / "bench.toml"
    path.write_text(text)
    simulator = Simulator(load_scenario(path), control=None, truth=None)
    over = threading.Event()
    thread = threading.Thread(target=simulator.run, args=(over.is_set,))
    thread.start()
    try:
        yield simulator
    finally:
        over.set()
        thread.join(5)
        assert not thread.is_alive()


@pytest.fixture
def vehicle(tmp_path, request):
    """A simulated copter on a port of its own: (its endpoint, the simulator)."""
    parameters, sysid = getattr(request, "param", (AS_WANTED, SYSID))
    with simulated(tmp_path, SCENARIO.format(parameters=parameters, sysid=sysid)) as simulator:
        port = next(iter(simulator.endpoints())).rpartition(":")[2]
        yield f"tcp:127.0.0.1:{port}", simulator


@pytest.fixture
def desk(tmp_path):
    return HardwareDesk(
        ROOT / "hardware",
        tmp_path / "data",
        range_id="twente",
        gcs_sysid=250,
        operator="tester",
        kept=tuple,
        clock=clock,
    )


def accepted(desk, uri, **given):
    told = []
    options = {"sysid": None, "allow_arming": False} | given
    certificate, path = desk.accept(uri, "survey-quad", told=told.append, **options)
    assert tuple(told) == certificate.steps
    return certificate, path, {result.step: result for result in told}


def stored(simulator):
    return list(simulator._fleet.members[0].vehicle.items.fence)


def test_an_aircraft_as_the_range_wants_it_is_accepted_and_its_certificate_holds(desk, vehicle, monkeypatch):
    uri, simulator = vehicle
    aboard = simulator._fleet.members[0].vehicle.parameters
    before = {name: aboard[name] for name in aboard}
    certificate, path, results = accepted(desk, uri, allow_arming=True)
    assert {name: aboard[name] for name in aboard if aboard[name] != before[name] and counts(name)} == {}
    assert {step: result.what for step, result in results.items() if result.verdict is Verdict.FAILED} == {}
    assert certificate.accepted
    assert (certificate.sysid, certificate.firmware) == (SYSID, "4.5.7")
    assert certificate.uid2 == b"sim-D23".ljust(18, b"\0").hex()
    assert "vehicle outside fence" in results["arming"].what
    assert stored(simulator) == []
    assert not simulator._fleet.members[0].vehicle.fence.enabled
    assert not simulator._fleet.members[0].vehicle.armed
    found = desk.certificate(path)
    assert (found.good, found.ours, found.why) == (True, True, "")
    assert found.certificate == certificate
    assert certificate.table_count == len(simulator._fleet.members[0].vehicle.parameters)
    assert len(certificate.table_sha256) == 64
    assert not list((path.parents[1] / "bench").iterdir())  # all was put back
    values, firmware, sysid = desk.parameters(uri, None, [])  # on the day, after the fence came and went
    assert (table_sha256(firmware, values), sysid) == (certificate.table_sha256, SYSID)
    assert desk.parameters(uri, None, ["FENCE_TYPE", "NO_SUCH"])[0] == {"FENCE_TYPE": 7.0}
    assert (path.parents[1] / "acceptance.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("vehicle", [("", SYSID)], indirect=True)
def test_factory_settings_are_refused_by_name_and_with_their_remedy(desk, vehicle):
    uri, _ = vehicle
    certificate, path, results = accepted(desk, uri)
    assert not certificate.accepted
    wrong = results["parameters"]
    assert wrong.verdict is Verdict.FAILED
    assert "SYSID_MYGCS is 255, not 250" in wrong.what
    assert "FS_GCS_ENABLE is 0" in wrong.what
    assert "Set 1 (RTL)." in wrong.do
    assert results["arming"].verdict is Verdict.NOT_TRIED  # it was not allowed
    assert results["fence"].verdict is Verdict.PASSED  # one failure doesn't stop the rest
    assert desk.certificate(path).why == "the aircraft was not accepted"


@pytest.mark.parametrize("vehicle", [("", 1)], indirect=True)
def test_the_factorys_sysid_is_refused(desk, vehicle):
    _, _, results = accepted(desk, vehicle[0])
    assert results["identity"].verdict is Verdict.FAILED
    assert "sysid 1 is no vehicle's of this range" in results["identity"].what


def test_on_an_armed_vehicle_nothing_is_tried(desk, vehicle, tmp_path):
    uri, simulator = vehicle
    simulator._fleet.members[0].vehicle.arming.arm(force=True)
    certificate, _, results = accepted(desk, uri)
    assert list(results) == ["identity"]
    assert results["identity"].what == "it is armed"
    assert not certificate.accepted
    bench = MavlinkBench(uri, SYSID, 250, clock, before=BenchBeforeFile(tmp_path / "bench"))
    bench.open()
    bench.identify(10.0)
    simulator._fleet.members[0].vehicle.arming.arm(force=True)
    assert bench._wait(lambda: bench._known.state.armed, 3.0)
    with pytest.raises(Refused, match="somebody has armed it"):
        bench.put_fence([], 1.0)
    bench.close()


def test_a_fence_that_reads_back_otherwise_fails_and_the_old_one_is_put_back(desk, vehicle):
    uri, simulator = vehicle
    simulator._fleet.members[0].vehicle.faults.wrong_fence_readback = True
    _, _, results = accepted(desk, uri)
    assert results["fence"].verdict is Verdict.FAILED
    assert stored(simulator) == []


def test_a_run_that_is_killed_mid_step_is_put_back_from_the_disk(desk, vehicle, tmp_path):
    uri, simulator = vehicle
    corners = ((522_700_000, 68_800_000), (522_800_000, 68_800_000), (522_800_000, 69_000_000))
    own = [Item(5001, 0, param1=3.0, x=x, y=y) for x, y in corners]
    simulator._fleet.members[0].vehicle.items.fence[:] = own
    data = tmp_path / "data"
    command = [sys.executable, "-m", "rangeops", "--data", str(data), "hardware"]
    accept = [*command, "accept", uri, "--airframe", "survey-quad", "--allow-arming"]  # whose fence stays some seconds
    run = subprocess.Popen(accept, stderr=subprocess.DEVNULL)
    try:
        deadline_s = time.monotonic() + 60
        while not simulator._fleet.members[0].vehicle.fence.enabled:
            assert time.monotonic() < deadline_s, "no fence was put up"
            assert run.poll() is None, "it ended before it wrote"
            time.sleep(0.005)
    finally:
        run.kill()  # SIGKILL: nothing of it runs any more
        run.wait(10)
    assert stored(simulator) != own
    (file,) = (data / "bench").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    _, _, results = accepted(desk, uri)
    assert "an earlier run was cut off" in results["identity"].what  # and nothing more is tried
    again = subprocess.run([*command, "restore", uri], capture_output=True, text=True, timeout=60, check=False)
    assert again.returncode == 0, again.stderr
    assert "3 fence items read back" in again.stderr
    assert [(item.command, item.x, item.y) for item in stored(simulator)] == [(5001, x, y) for x, y in corners]
    assert not simulator._fleet.members[0].vehicle.fence.enabled
    assert not file.exists()
    nothing = subprocess.run([*command, "restore", uri], capture_output=True, text=True, timeout=60, check=False)
    assert "nothing of it is kept" in nothing.stderr


def test_nobody_on_the_link_is_one_sentence_within_its_time(vehicle, tmp_path):
    uri, _ = vehicle
    bench = MavlinkBench(uri, 77, 250, clock, before=BenchBeforeFile(tmp_path / "bench"))
    bench.open()
    with pytest.raises(Unavailable, match="no vehicle is heard within 1 s"):
        bench.identify(1.0)
    bench.close()


def test_two_vehicles_on_one_link_must_be_told_apart(tmp_path):
    before = BenchBeforeFile(tmp_path / "bench")
    entry = SCENARIO.format(parameters="", sysid=21)
    head, _, one = entry.partition("[[vehicle]]")
    port = free_udp_port()
    one = one.replace("tcpin:127.0.0.1:0", f"udpout:127.0.0.1:{port}")
    other = one.replace("D23", "D24").replace("sysid = 21", "sysid = 22")
    with simulated(tmp_path, f"{head}[[vehicle]]{one}[[vehicle]]{other}"):
        bench = MavlinkBench(f"udpin:127.0.0.1:{port}", None, 250, clock, before=before)
        bench.open()
        with pytest.raises(Conflict, match="several vehicles are heard: 21, 22"):
            bench.identify(10.0)
        bench.close()
        bench = MavlinkBench(f"udpin:127.0.0.1:{port}", 22, 250, clock, before=before)
        bench.open()
        assert bench.identify(10.0).sysid == 22
        bench.close()


def test_a_vehicle_that_arms_outside_its_fence_is_disarmed_and_not_accepted(vehicle, tmp_path):
    """ARMING_CHECK 0 would let it; so would a fence type without polygons."""
    uri, simulator = vehicle
    simulator._fleet.members[0].vehicle.parameters.put("FENCE_TYPE", 1)
    bench = MavlinkBench(uri, SYSID, 250, clock, before=BenchBeforeFile(tmp_path / "bench"))
    bench.open()
    bench.identify(10.0)
    assert bench.position_trusted(20.0)
    answer = bench.ask_to_arm(30.0)
    bench.close()
    assert answer == ArmingAnswer(refused=False, words="", disarmed=True)
    assert not simulator._fleet.members[0].vehicle.armed
    assert stored(simulator) == []


def test_a_changed_certificate_and_a_strangers_are_told_apart(desk, vehicle, tmp_path):
    _, path, _ = accepted(desk, vehicle[0])
    document = json.loads(path.read_text())
    document["certificate"]["firmware"] = "4.6.0"
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(document))
    with pytest.raises(Damaged, match="it was changed"):
        desk.certificate(changed)
    (tmp_path / "data" / "acceptance.key").unlink()
    assert desk.certificate(path).why == "it is signed with another key than this range's"


@pytest.mark.skipif(not second_library.installed(), reason="dronekit isn't installed: rangeops[acceptance]")
def test_a_second_library_that_is_not_answered_is_ended_at_its_deadline():
    port = free_udp_port()
    with pytest.raises(Unavailable, match="had not answered in 2 s"):
        second_library.DronekitOpinion(f"udpin:127.0.0.1:{port}").look(SYSID, [], 2.0)


@pytest.mark.skipif(not second_library.installed(), reason="dronekit isn't installed: rangeops[acceptance]")
def test_a_second_library_sees_the_same_vehicle(vehicle):
    sight = second_library.DronekitOpinion(vehicle[0]).look(SYSID, ["FENCE_TYPE", "FS_GCS_ENABLE"], 60.0)
    assert sight.library.startswith("dronekit 3")
    assert (sight.mode, sight.fence_items) == ("STABILIZE", 0)
    assert sight.parameters == {"FENCE_TYPE": 7.0, "FS_GCS_ENABLE": 1.0}


def test_a_second_library_that_breaks_is_told_with_its_last_words(monkeypatch):
    monkeypatch.setattr(second_library, "LIBRARY", "dronekit")
    with pytest.raises(Refused, match="couldn't look at it"):
        second_library.DronekitOpinion("nonsense:").look(SYSID, [], 20.0)


def test_a_second_library_asks_for_no_streams_since_a_vehicle_would_store_them(monkeypatch):
    """ArduPilot keeps what REQUEST_DATA_STREAM asks for as SR0_… parameters: a look would have written."""
    given = {}

    class Library(types.ModuleType):
        def connect(self, address, **options):
            given.update(options, address=address)
            raise ConnectionError("this is far enough")

    monkeypatch.setitem(sys.modules, "dronekit", Library("dronekit"))
    monkeypatch.setenv("MAVLINK20", "1")
    with pytest.raises(ConnectionError, match="far enough"):
        second_library.look("tcp:127.0.0.1:1", SYSID, 1.0, [])
    assert given["rate"] is None


def test_steps_are_data_each_with_a_deadline():
    assert len({step.id for step in STEPS}) == len(STEPS)
    assert all(0 < step.deadline_s <= 180 for step in STEPS)
