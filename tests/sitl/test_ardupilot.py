"""How ArduPilot's own simulator is found, started and ended. A stand-in program plays it: what it was given is looked at."""

import os
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from backends import spec

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.errors import Invalid, NotFound, Unavailable
from rangeops.paths import shipped
from rangeops.sim.ardupilot import AUTOPILOTS, ArdupilotFleet, find_ardupilot, scenario_parameters, serial_arguments
from rangeops.sim.listening import open_beyond_loopback
from rangeops.sim.scenario import PlannedFault, Scenario, Wind

PLACE = (52.275833, 6.889167)
STAND_IN = """#!{python}
import pathlib, sys, time
pathlib.Path("arguments").write_text("\\n".join(sys.argv[1:]))
print("Home: 52.275833 6.889167", flush=True)
{ending}
"""


def stand_in(folder: Path, ending: str = "time.sleep(60)") -> dict[str, str]:
    """A folder with an `arducopter`, as the environment names it."""
    program = folder / "arducopter"
    program.write_text(STAND_IN.format(python=sys.executable, ending=ending))
    program.chmod(0o755)
    return {"RANGEOPS_ARDUPILOT": str(folder)}


def test_it_is_found_by_folder_by_file_and_on_the_path(tmp_path):
    told = stand_in(tmp_path)
    program = (tmp_path / "arducopter").resolve()
    assert find_ardupilot(VehicleClass.COPTER, told) == program
    assert find_ardupilot(VehicleClass.COPTER, {"RANGEOPS_ARDUPILOT": str(program)}) == program
    assert find_ardupilot(VehicleClass.COPTER, {"PATH": str(tmp_path)}) == program


@pytest.mark.parametrize("environment", [{"PATH": ""}, {"RANGEOPS_ARDUPILOT": "/nowhere"}])
def test_where_it_is_not_found_that_is_said_with_what_to_do(environment):
    with pytest.raises(NotFound, match=r"there is no arducopter.*RANGEOPS_ARDUPILOT"):
        find_ardupilot(VehicleClass.COPTER, environment)


def test_another_class_than_the_named_binary_is_not_flown_with_it(tmp_path):
    told = {"RANGEOPS_ARDUPILOT": str(Path(stand_in(tmp_path)["RANGEOPS_ARDUPILOT"]) / "arducopter")}
    with pytest.raises(NotFound, match="there is no arduplane"):
        find_ardupilot(VehicleClass.PLANE, told)


def test_each_link_gets_a_port_and_no_port_is_left_listening():
    vehicle = replace(spec(7, PLACE), links=("udpout:127.0.0.1:14550", "tcpin:127.0.0.1:5760"))
    arguments = serial_arguments(vehicle)
    devices = dict(zip(arguments[::2], arguments[1::2], strict=True))
    assert devices["--serial0"] == "udpclient:127.0.0.1:14550"
    assert devices["--serial1"] == "tcp:5760"
    assert {devices[f"--serial{number}"] for number in (2, 5, 6, 7, 8)} == {"none:"}


@pytest.mark.parametrize("link", ["udpin:127.0.0.1:14550", "serial:pty", "tcpin:127.0.0.1:0"])
def test_a_link_that_it_cannot_open_is_refused(link):
    with pytest.raises(Invalid, match="can't open this link"):
        serial_arguments(replace(spec(7, PLACE), links=(link,)))


def test_a_scenario_is_told_in_its_parameters():
    vehicle = replace(spec(7, PLACE), parameters={"RTL_ALT": 4000})
    told = scenario_parameters(vehicle, Scenario("x", (vehicle,), wind=Wind(4, 240)))
    assert told["WPNAV_SPEED"] == 800  # the survey quad's 8 m/s
    assert (told["SIM_WIND_SPD"], told["SIM_WIND_DIR"], told["RTL_ALT"]) == (4, 240, 4000)
    assert "BATT_CAPACITY" not in told, "the simulated quad has a battery of its own"


@pytest.mark.parametrize("vehicle_class", AUTOPILOTS)
def test_the_parameter_files_are_shipped_and_readable(vehicle_class):
    for name in AUTOPILOTS[vehicle_class].parameter_files:
        lines = (shipped("parameters") / name).read_text("ascii").splitlines()
        pairs = [line.split() for line in lines if line.strip() and not line.startswith("#")]
        assert pairs
        assert all(len(pair) == 2 and len(pair[0]) <= 16 and float(pair[1]) is not None for pair in pairs)
        assert len({name for name, _ in pairs}) == len(pairs), "a name stands there twice"


def test_faults_are_refused_and_not_left_out_silently(tmp_path):
    vehicle = spec(7, PLACE, 14550)
    faulty = Scenario("x", (vehicle,), faults=(PlannedFault(1, 7, "silent"),))
    with pytest.raises(Invalid, match="faults are our own simulator's"):
        ArdupilotFleet(faulty, shipped("parameters"), stand_in(tmp_path))


def test_it_starts_each_vehicle_in_a_folder_of_its_own_and_ends_it(tmp_path):
    fleet = ArdupilotFleet(
        Scenario("x", (spec(7, PLACE, 14550), spec(8, PLACE, 14550))), shipped("parameters"), stand_in(tmp_path)
    )
    folders = sorted(Path(fleet._scratch.name).iterdir())
    processes = [vehicle.process for vehicle in fleet._vehicles]
    arguments = [(folder / "arguments").read_text().split("\n") for folder in folders]
    assert [given[given.index("--sysid") + 1] for given in arguments] == ["7", "8"]
    assert len({next(word for word in given if word.startswith("-I")) for given in arguments}) == 2
    assert fleet.endpoints() == ["D07 udpout:127.0.0.1:14550", "D08 udpout:127.0.0.1:14550"]
    over = threading.Event()
    thread = threading.Thread(target=fleet.run, args=(over.is_set,))
    thread.start()
    over.set()
    thread.join(10)
    assert all(process.poll() is not None for process in processes)
    assert not any(folder.exists() for folder in folders)


def test_one_that_ends_by_itself_ends_the_run_with_its_last_words(tmp_path):
    told = stand_in(tmp_path, "time.sleep(0.5); sys.exit('bad parameter FENCE_TYPO')")
    fleet = ArdupilotFleet(Scenario("x", (spec(7, PLACE, 14550),)), shipped("parameters"), told)
    with pytest.raises(Unavailable, match=r"D07: ArduPilot ended by itself with 1: .*FENCE_TYPO"):
        fleet.run(lambda: False)


def test_what_a_process_holds_open_to_others_is_looked_up_in_the_kernel():
    with socket.socket() as inside, socket.socket() as outside, socket.socket(type=socket.SOCK_DGRAM) as udp:
        inside.bind(("127.0.0.1", 0))
        inside.listen()
        outside.bind(("0.0.0.0", 0))
        outside.listen()
        udp.bind(("0.0.0.0", 0))
        found = {(listener.protocol, listener.address, listener.port) for listener in open_beyond_loopback(os.getpid())}
        assert ("tcp", "0.0.0.0", outside.getsockname()[1]) in found
        assert ("udp", "0.0.0.0", udp.getsockname()[1]) in found
        assert inside.getsockname()[1] not in {port for _, _, port in found}


def test_the_command_says_why_it_cannot_fly_the_real_one(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "rangeops", "sim", "run", "one-copter", "--backend", "ardupilot"],
        capture_output=True, text=True, timeout=30, check=False, cwd=tmp_path,
        env={**os.environ, "RANGEOPS_ARDUPILOT": str(tmp_path / "nowhere")},
    )  # fmt: skip
    assert done.returncode != 0
    assert "there is no arducopter" in done.stderr
    assert "Traceback" not in done.stderr
