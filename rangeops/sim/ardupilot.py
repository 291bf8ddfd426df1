"""ArduPilot's own simulator (SITL) in the place of ours: found, started with our parameters, watched, and ended.

Scripted pilots fly it from outside, over a link of their own (crew.py).

Each vehicle is a child process in a scratch folder of its own, where it keeps its EEPROM and its log. It ends with us,
however we go: ArduPilot looks whether its parent is still there.
Source: ArduPilot libraries/AP_HAL_SITL (SITL_cmdline, UARTDriver), 4.5.7; sitl/README.md.
"""

import os
import selectors
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.errors import Invalid, NotFound, Unavailable
from rangeops.domain.now import Now
from rangeops.domain.text import safe_text
from rangeops.sim.control import Commander, ControlSocket
from rangeops.sim.craft import CRAFTS
from rangeops.sim.crew import STEP_S, Crew
from rangeops.sim.listening import Listener, open_beyond_loopback
from rangeops.sim.scenario import Scenario, VehicleSpec
from rangeops.sim.truth import TruthFile

VARIABLE: Final = "RANGEOPS_ARDUPILOT"
_LOOK_S: Final = 0.1
_START_S: Final = 3.0  # a wrong parameter file or a busy port has ended it by then
_END_S: Final = 5.0
_LOG_CHARACTERS: Final = 300
_TELEMETRY_PORTS: Final = (0, 1, 2, 5, 6, 7, 8)  # 3 and 4 are its GPS receivers
_MOST_INSTANCES: Final = 200
_TCP_BASE, _RC_BASE, _INSTANCE_STEP = 5760, 5501, 10  # what -I N moves: base + 10 N
_BATTERY_OF_ITS_OWN: Final = frozenset(["BATT_CAPACITY", "BATT_LOW_VOLT"])  # the simulated quad's, not the airframe's


@dataclass(frozen=True, slots=True)
class Autopilot:
    """One class of vehicle: its binary, the physics that SITL flies it with, our parameter files in order."""

    binary: str
    model: str
    parameter_files: tuple[str, ...]


AUTOPILOTS: Final[Mapping[VehicleClass, Autopilot]] = {
    VehicleClass.COPTER: Autopilot("arducopter", "quad", ("sitl-copter.parm", "range-copter.parm")),
    VehicleClass.PLANE: Autopilot("arduplane", "plane", ("sitl-plane.parm", "range-plane.parm")),
    VehicleClass.ROVER: Autopilot("ardurover", "rover", ("sitl-rover.parm", "range-rover.parm")),
}


def find_ardupilot(vehicle_class: VehicleClass, environment: Mapping[str, str] = os.environ) -> Path:
    """The binary for a class of vehicle: RANGEOPS_ARDUPILOT (a folder, or the binary itself), or PATH. Raises NotFound."""
    autopilot = AUTOPILOTS.get(vehicle_class)
    if autopilot is None:
        raise NotFound(
            f"ArduPilot has no simulated {vehicle_class.value}", where="sim", do="Fly a copter, plane or rover."
        )
    told = environment.get(VARIABLE, "")
    if not told:
        found = shutil.which(autopilot.binary, path=environment.get("PATH"))
    else:
        path = Path(told)
        named = path / autopilot.binary if path.is_dir() else path
        found = shutil.which(named) if named.name.startswith(autopilot.binary) else None
    if found is None:
        where = f"{VARIABLE}={told}" if told else "PATH"
        raise NotFound(
            f"there is no {autopilot.binary}",
            where=where,
            do=f"Build it (sitl/README.md) and name its folder in {VARIABLE}, or fly with --backend rangeops.",
        )
    return Path(found).resolve()


class _Vehicle:
    """One child process."""

    def __init__(self, spec: VehicleSpec, folder: Path, command: list[str]) -> None:
        self.spec = spec
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603  # the binary that the user named
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Linux shares out a busy machine by sessions: all in ours would fall behind real time
            )

    def last_words(self) -> str:
        text = self.log.read_text(encoding="utf-8", errors="replace").strip()
        return safe_text(text[-_LOG_CHARACTERS:].replace("\n", "; "), limit=_LOG_CHARACTERS)


class ArdupilotFleet:
    """The vehicles of a scenario, each flown by ArduPilot. Same face as Simulator. Raises RangeopsError.

    environment: given to the children as it is (a user's own LD_PRELOAD included) and asked where the binaries are.
    control, truth: as Simulator's. Where they or a scripted pilot are asked for, each vehicle gets one link more.
    """

    def __init__(
        self,
        scenario: Scenario,
        parameter_folder: Path,
        environment: Mapping[str, str] = os.environ,
        *,
        control: Path | None = None,
        truth: Path | None = None,
    ) -> None:
        self._vehicles: list[_Vehicle] = []
        self._environment = environment
        self._selector = selectors.DefaultSelector()
        self._control: ControlSocket | None = None
        self._truth: TruthFile | None = None
        _refuse_what_only_ours_can(scenario)
        binaries = [find_ardupilot(spec.airframe.vehicle_class, environment) for spec in scenario.vehicles]
        self._scratch = tempfile.TemporaryDirectory(prefix="rangeops-ardupilot-")
        crewed = control is not None or truth is not None or any(spec.pilot for spec in scenario.vehicles)
        self._crew = Crew(scenario.vehicles if crewed else (), self._selector, _now)
        self._commander = Commander(self._crew, self._links_of)
        try:
            instances = _free_instances()
            vehicles = {spec.sysid: spec for spec in scenario.vehicles}
            for seat in self._crew.seats:
                vehicles[seat.spec.sysid] = replace(seat.spec, links=(*seat.spec.links, seat.link))
            for spec, binary in zip(vehicles.values(), binaries, strict=True):
                self._start(spec, scenario, binary, next(instances), parameter_folder)
            self._wait_for_the_first_words()
            if control is not None:
                self._control = ControlSocket(
                    control, self._selector, lambda line: self._commander.answer(line, _now())
                )
            if truth is not None:
                self._truth = TruthFile(truth)
        except BaseException:
            self.close()
            raise

    def endpoints(self) -> list[str]:
        """What was opened, as `D07 udpout:127.0.0.1:14550`."""
        return [f"{vehicle.spec.callsign} {uri}" for vehicle in self._vehicles for uri in vehicle.spec.links]

    def exposed(self) -> list[tuple[str, Listener]]:
        """What the kernel says that they hold open beyond loopback, by callsign; looked up, not assumed."""
        return [
            (vehicle.spec.callsign, listener)
            for vehicle in self._vehicles
            for listener in open_beyond_loopback(vehicle.process.pid)
        ]

    def run(self, stop: Callable[[], bool]) -> None:
        """Until `stop` says so, or the control channel asks to quit. Raises Unavailable when an autopilot ends by itself."""
        look_s = 0.0
        try:
            while not stop() and not self._commander.quit_asked:
                for key, _ in self._selector.select(STEP_S):
                    handle: Callable[[float], None] = key.data
                    handle(time.monotonic())
                now = _now()
                self._crew.step(now)
                if self._truth is not None:
                    self._crew.write(self._truth, now)
                if now.monotonic_s >= look_s:
                    look_s = now.monotonic_s + _LOOK_S
                    for vehicle in self._vehicles:
                        self._must_run(vehicle)
        finally:
            self.close()

    def close(self) -> None:
        for vehicle in self._vehicles:
            if vehicle.process.poll() is None:
                vehicle.process.terminate()
        for vehicle in self._vehicles:
            try:
                vehicle.process.wait(_END_S)
            except subprocess.TimeoutExpired:
                vehicle.process.kill()
                vehicle.process.wait()
        self._vehicles.clear()
        self._crew.close()
        for each in (self._control, self._truth):
            if each is not None:
                each.close()
        self._control = self._truth = None
        self._selector.close()
        self._scratch.cleanup()

    def _links_of(self, sysid: int) -> list[str]:
        return [uri for vehicle in self._vehicles if vehicle.spec.sysid == sysid for uri in vehicle.spec.links]

    def _start(self, spec: VehicleSpec, scenario: Scenario, binary: Path, instance: int, parameters: Path) -> None:
        autopilot = AUTOPILOTS[spec.airframe.vehicle_class]
        folder = Path(self._scratch.name) / spec.callsign
        folder.mkdir()
        own = folder / "scenario.parm"
        own.write_text("".join(f"{k} {v:g}\n" for k, v in scenario_parameters(spec, scenario).items()), "ascii")
        files = [*(parameters / name for name in autopilot.parameter_files), own]
        home = spec.home
        command = [
            str(binary),
            *("--model", autopilot.model, "--speedup", "1", "--sysid", str(spec.sysid), f"-I{instance}"),
            "--home",
            f"{home.latitude_deg},{home.longitude_deg},{spec.home_elevation_amsl_m:g},{spec.heading_deg:g}",
            *("--defaults", ",".join(str(file) for file in files)),
            *serial_arguments(spec),
        ]
        try:
            vehicle = _Vehicle(spec, folder, command)
        except OSError as error:
            raise Unavailable(
                f"it can't be started ({error.strerror})", where=str(binary), do="Build it for this machine."
            ) from error
        self._vehicles.append(vehicle)

    def _wait_for_the_first_words(self) -> None:
        """Until each has opened its links; a vehicle that ends at once says why in its log."""
        deadline_s = time.monotonic() + _START_S
        waiting = list(self._vehicles)
        while waiting and time.monotonic() < deadline_s:
            for vehicle in waiting:
                self._must_run(vehicle)
            waiting = [vehicle for vehicle in waiting if "Home:" not in vehicle.log.read_text("utf-8", "replace")]
            time.sleep(_LOOK_S)

    @staticmethod
    def _must_run(vehicle: _Vehicle) -> None:
        if (code := vehicle.process.poll()) is not None:
            raise Unavailable(
                f"ArduPilot ended by itself with {code}: {vehicle.last_words()}",
                where=vehicle.spec.callsign,
                do="Correct what it complains about.",
            )


def scenario_parameters(spec: VehicleSpec, scenario: Scenario) -> dict[str, float]:
    """What the scenario says, in ArduPilot's words: airframe, wind, and the vehicle's own parameters over them."""
    craft = CRAFTS.get(spec.airframe.vehicle_class)
    tuned = {} if craft is None else craft.tune(spec.airframe)
    tuned = {name: value for name, value in tuned.items() if name not in _BATTERY_OF_ITS_OWN}
    wind = {"SIM_WIND_SPD": scenario.wind.speed_mps, "SIM_WIND_DIR": scenario.wind.from_deg}
    return {**tuned, **wind, **spec.parameters}


def serial_arguments(spec: VehicleSpec) -> list[str]:
    """--serialN for each link, and none for the ports that are left: they would listen for TCP on every interface."""
    if len(spec.links) > len(_TELEMETRY_PORTS):
        raise Invalid(
            f"{len(spec.links)} links are more than its {len(_TELEMETRY_PORTS)} ports",
            where=spec.callsign,
            do="Give it fewer.",
        )
    arguments: list[str] = []
    for place, number in enumerate(_TELEMETRY_PORTS):
        device = _device(spec.links[place], spec.callsign) if place < len(spec.links) else "none:"
        arguments += [f"--serial{number}", device]
    return arguments


def _device(uri: str, callsign: str) -> str:
    scheme, _, rest = uri.partition(":")
    host, _, port = rest.rpartition(":")
    if scheme == "udpout" and host and port.isdecimal():
        return f"udpclient:{host}:{port}"
    if scheme == "tcpin" and port.isdecimal() and int(port) > 1000:  # a smaller one would be an offset to it
        return f"tcp:{port}"
    raise Invalid(
        "ArduPilot's simulator can't open this link",
        where=f"{callsign} {uri}",
        do="Use udpout:HOST:PORT, or tcpin:HOST:PORT with a port over 1000; it has no udpin and no pty.",
    )


def _refuse_what_only_ours_can(scenario: Scenario) -> None:
    """Faults and traffic live inside our simulator; ArduPilot would fly the scenario without them, silently."""
    if scenario.faults:
        raise Invalid(
            "faults are our own simulator's", where=scenario.name, do="Leave [[fault]] out; use SIM_ parameters."
        )
    if scenario.traffic or scenario.traffic_feed:
        raise Invalid(
            "other aircraft fly in our own simulator only",
            where=scenario.name,
            do="Leave [[traffic]] and traffic_feed out; use SIM_ADSB_COUNT.",
        )


def _free_instances() -> Iterator[int]:
    """Instance numbers whose ports nothing holds just now."""
    for instance in range(_MOST_INSTANCES):
        step = instance * _INSTANCE_STEP
        if _free(socket.SOCK_STREAM, _TCP_BASE + step) and _free(socket.SOCK_DGRAM, _RC_BASE + step):
            yield instance
    raise Unavailable("no instance number has free ports", where="ArduPilot", do="End other simulators.")


def _free(kind: socket.SocketKind, port: int) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def _now() -> Now:
    return Now(time.monotonic(), datetime.now(UTC))
