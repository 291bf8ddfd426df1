"""Simulated vehicles, ours or ArduPilot's own."""

import sys
from pathlib import Path

from rangeops import paths
from rangeops.bootstrap.parts import signalled
from rangeops.domain.errors import NotFound
from rangeops.lifeline import Lifeline


def run_simulator(
    scenario: Path, *, control: Path | None, truth: Path | None, udp_port: int | None, ardupilot: bool = False
) -> None:
    from rangeops.sim.ardupilot import ArdupilotFleet
    from rangeops.sim.scenario import load_scenario
    from rangeops.sim.simulator import Simulator

    lifeline = Lifeline.from_environment()
    loaded = load_scenario(find_scenario(scenario))
    if udp_port is not None:
        loaded = loaded.with_udp_port(udp_port)
    simulator: Simulator | ArdupilotFleet
    if ardupilot:
        simulator = ArdupilotFleet(loaded, paths.shipped("parameters"), control=control, truth=truth)
    else:
        simulator = Simulator(loaded, control=control, truth=truth)
    for endpoint in simulator.endpoints():
        sys.stderr.write(f"{endpoint}\n")
    if isinstance(simulator, ArdupilotFleet):
        for callsign, listener in simulator.exposed():
            sys.stderr.write(f"{callsign} ATTENTION: {listener} is open beyond this machine (sitl/README.md)\n")
    told = signalled()
    simulator.run(lambda: told() or lifeline.cut())


def find_scenario(scenario: Path) -> Path:
    """A path, or the bare name of a shipped scenario. Raises NotFound."""
    if scenario.exists():
        return scenario
    folder = paths.shipped("scenarios")
    shipped = folder / f"{scenario.name.removesuffix('.toml')}.toml"
    if scenario.parent == Path() and shipped.exists():
        return shipped
    known = ", ".join(sorted(path.stem for path in folder.glob("*.toml")))
    raise NotFound("there is no such scenario", where=str(scenario), do=f"Name a file, or one of {known}.")
