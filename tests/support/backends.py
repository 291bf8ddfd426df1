"""Who can fly a scenario: our simulator always, ArduPilot's own where it is found. One face for the acceptance suite."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from desk import TomlAirframes

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.errors import NotFound
from rangeops.paths import shipped
from rangeops.sim.ardupilot import ArdupilotFleet, find_ardupilot
from rangeops.sim.scenario import Place, Scenario, VehicleSpec
from rangeops.sim.simulator import Simulator

AIRFRAME = TomlAirframes().get("survey-quad")
ELEVATION_AMSL_M = 35.0


def ours(scenario: Scenario) -> Simulator:
    return Simulator(scenario, control=None, truth=None)


def real(scenario: Scenario) -> ArdupilotFleet:
    return ArdupilotFleet(scenario, shipped("parameters"), os.environ)


@dataclass(frozen=True)
class Backend:
    """trusted_s: from power-up to a position that the EKF vouches for, with time to spare."""

    name: str
    start: Callable[[Scenario], Simulator | ArdupilotFleet]
    trusted_s: float


OURS = Backend("rangeops", ours, 15)
REAL = Backend("ardupilot", real, 90)


def why_not_real(vehicle_class: VehicleClass = VehicleClass.COPTER) -> str:
    """Why the real one can't fly here; "" where it can."""
    try:
        find_ardupilot(vehicle_class)
    except NotFound as error:
        return str(error)
    return ""


BACKENDS = [
    pytest.param(OURS, id=OURS.name),
    pytest.param(REAL, id=REAL.name, marks=pytest.mark.skipif(bool(why_not_real()), reason=why_not_real() or "found")),
]


def range_parameters() -> dict[str, float]:
    """What the range asks of every copter, from the file that a real one gets."""
    lines = (shipped("parameters") / "range-copter.parm").read_text("ascii").splitlines()
    pairs = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return {name: float(value) for name, value in pairs}


def spec(sysid: int, place: tuple[float, float], *ports: int, ready_after_s: float = 1.0) -> VehicleSpec:
    """A survey quad that sends to these UDP ports of this machine."""
    return VehicleSpec(
        callsign=f"D{sysid:02}",
        sysid=sysid,
        airframe=AIRFRAME,
        home=Place(*place),
        home_elevation_amsl_m=ELEVATION_AMSL_M,
        heading_deg=53.0,
        links=tuple(f"udpout:127.0.0.1:{port}" for port in ports),
        ready_after_s=ready_after_s,
        parameters=range_parameters(),
    )


@contextmanager
def flying(backend: Backend, scenario: Scenario) -> Iterator[Simulator | ArdupilotFleet]:
    fleet = backend.start(scenario)
    over = threading.Event()
    thread = threading.Thread(target=fleet.run, args=(over.is_set,), name=backend.name)
    thread.start()
    try:
        yield fleet
    finally:
        over.set()
        thread.join(15)
        assert not thread.is_alive(), f"{backend.name} hangs"
