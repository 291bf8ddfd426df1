"""Scenarios: what `rangeops sim run` flies, read from a TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any, Final

from rangeops import paths
from rangeops.domain.aircraft import Airframe, VehicleClass, airframe_from
from rangeops.domain.errors import Invalid, NotFound
from rangeops.domain.facts import Facts
from rangeops.sim.traffic_spec import TrafficSpec, traffic_from


@dataclass(frozen=True, slots=True)
class Wind:
    """Steady wind and the standard deviation of its gusts."""

    speed_mps: float = 0.0
    from_deg: float = 0.0
    gust_mps: float = 0.0


CALM: Final = Wind()


@dataclass(frozen=True, slots=True)
class Place:
    latitude_deg: float
    longitude_deg: float


class When(Enum):
    AT_ONCE = "at-once"
    CLEARED = "cleared"  # a word said over the control channel
    LANDED = "landed"
    REACHED = "reached"  # a mission item
    HELD = "held"  # in the mode by which its class is held, whoever put it there


class Do(Enum):
    NOTHING = "nothing"
    UPLOAD_MISSION = "upload_mission"
    ARM = "arm"
    TAKEOFF = "takeoff"
    MODE = "mode"
    GOTO = "goto"
    LAND = "land"
    SWAP_BATTERY = "swap_battery"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class PilotStep:
    """One line of a pilot's script: wait for `when` and `after_s`, then `do`."""

    when: When = When.AT_ONCE
    item: int = 0
    after_s: float = 0.0
    do: Do = Do.NOTHING
    plan: Path | None = None
    altitude_m: float = 0.0
    mode: str = ""
    position: Place | None = None
    from_step: int = 1


@dataclass(frozen=True, slots=True)
class VehicleSpec:
    callsign: str
    sysid: int
    airframe: Airframe
    home: Place
    home_elevation_amsl_m: float = 0.0
    heading_deg: float = 0.0
    links: tuple[str, ...] = ()
    battery_percent: float = 100.0
    ready_after_s: float = 20.0
    airborne_m: float | None = None  # it begins in the air, that high over home
    parameters: Mapping[str, float] = field(default_factory=dict)
    pilot: tuple[PilotStep, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedFault:
    at_s: float
    vehicle: int
    fault: str
    value: Any = None
    for_s: float | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    vehicles: tuple[VehicleSpec, ...]
    wind: Wind = CALM
    gps_noise_m: float = 0.0
    seed: int = 1
    range_id: str = ""
    faults: tuple[PlannedFault, ...] = ()
    traffic: tuple[TrafficSpec, ...] = ()
    traffic_feed: str = ""  # tcpin:HOST:PORT, where BaseStation lines tell of the traffic

    def with_udp_port(self, port: int) -> "Scenario":
        """The same, sending its UDP to another port: 14550 may be a ground station's."""
        vehicles = tuple(
            replace(vehicle, links=tuple(link.replace(_USUAL_PORT, f":{port}") for link in vehicle.links))
            for vehicle in self.vehicles
        )
        return replace(self, vehicles=vehicles)


_PEOPLE: Final = ("range_links", "booking", "weather_station")  # in the same file: rangeops.rehearsal's part of it
_USUAL_PORT: Final = ":14550"

_DO_KEYS: Final[Mapping[Do, tuple[str, ...]]] = {
    Do.NOTHING: (),
    Do.UPLOAD_MISSION: ("plan",),
    Do.ARM: (),
    Do.TAKEOFF: ("altitude_m",),
    Do.MODE: ("mode",),
    Do.GOTO: ("position", "altitude_m"),
    Do.LAND: (),
    Do.SWAP_BATTERY: (),
    Do.REPEAT: ("from_step",),
}


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file. Raises NotFound, Invalid."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise NotFound(
            f"the scenario can't be read ({e.strerror})", where=str(path), do="Name a scenario file that exists."
        ) from e
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise Invalid(f"this is not TOML ({e})", where=str(path), do="Correct the file.") from e
    return scenario_from(table, folder=path.parent, where=path.name)


def scenario_from(table: Mapping[str, Any], *, folder: Path, where: str) -> Scenario:
    """The scenario that a parsed file describes; plans are looked for in `folder`. Raises Invalid, NotFound."""
    facts = Facts(table, where)
    facts.only("name", "range", "seed", "wind", "gps", "vehicle", "fault", "traffic", "traffic_feed", *_PEOPLE)
    vehicles = tuple(_vehicle(entry, folder) for entry in facts.sections("vehicle"))
    if not vehicles:
        raise Invalid("there is no [[vehicle]]", where=where, do="Add at least one vehicle.")
    sysids = [vehicle.sysid for vehicle in vehicles]
    if len(set(sysids)) != len(sysids):
        raise Invalid("two vehicles have the same sysid", where=where, do="Give each vehicle its own sysid.")
    return Scenario(
        name=facts.text("name", Path(where).stem),
        vehicles=vehicles,
        wind=wind_from(facts.section("wind")) if facts.has("wind") else CALM,
        gps_noise_m=_gps_noise_m(facts.section("gps")) if facts.has("gps") else 0.0,
        seed=facts.integer("seed", 1, at_least=0, at_most=2**31),
        range_id=facts.text("range") if facts.has("range") else "",
        faults=tuple(_fault(entry, frozenset(sysids)) for entry in facts.sections("fault")),
        traffic=tuple(traffic_from(entry, frozenset(sysids)) for entry in facts.sections("traffic")),
        traffic_feed=facts.text("traffic_feed") if facts.has("traffic_feed") else "",
    )


def load_airframe(airframe_id: str, *, where: str) -> Airframe:
    """An airframe of hardware/airframes. Raises NotFound, Invalid."""
    folder = paths.shipped("hardware") / "airframes"
    file = folder / f"{airframe_id}.toml"
    if not file.is_file():
        known = ", ".join(sorted(known.stem for known in folder.glob("*.toml")))
        raise NotFound(f"airframe {airframe_id!r:.40} is not known", where=where, do=f"Use one of {known}.")
    return airframe_from(tomllib.loads(file.read_text(encoding="utf-8")), where=file.name)


def wind_from(facts: Facts) -> Wind:
    facts.only("speed_mps", "from_deg", "gust_mps")
    return Wind(
        speed_mps=facts.number("speed_mps", 0, at_least=0, at_most=60),
        from_deg=facts.number("from_deg", 0, at_least=0, at_most=360),
        gust_mps=facts.number("gust_mps", 0, at_least=0, at_most=30),
    )


def _gps_noise_m(facts: Facts) -> float:
    facts.only("noise_m")
    return facts.number("noise_m", 0, at_least=0, at_most=20)


def _vehicle(facts: Facts, folder: Path) -> VehicleSpec:
    facts.only(
        "callsign", "sysid", "airframe", "home", "home_elevation_amsl_m", "heading_deg", "links", "battery_percent",
        "ready_after_s", "airborne", "altitude_m", "parameters", "pilot",
    )  # fmt: skip
    steps = facts.sections("pilot")
    airframe = load_airframe(facts.text("airframe"), where=facts.where)
    return VehicleSpec(
        callsign=facts.text("callsign"),
        sysid=facts.integer("sysid", at_least=1, at_most=250),
        airframe=airframe,
        home=_place(facts, "home"),
        home_elevation_amsl_m=facts.number("home_elevation_amsl_m", 0, at_least=-400, at_most=5000),
        heading_deg=facts.number("heading_deg", 0, at_least=0, at_most=360),
        links=facts.texts("links"),
        battery_percent=facts.number("battery_percent", 100, at_least=0, at_most=100),
        ready_after_s=facts.number("ready_after_s", 20, at_least=0, at_most=600),
        airborne_m=_airborne_m(facts, airframe),
        parameters=_parameters(facts),
        pilot=tuple(_pilot_step(step, folder, len(steps)) for step in steps),
    )


def _airborne_m(facts: Facts, airframe: Airframe) -> float | None:
    """The height over home at which it begins; None on the ground."""
    if not facts.flag("airborne", default=False):
        if facts.has("altitude_m"):
            raise Invalid("altitude_m is of a vehicle in the air", where=facts.where, do="Say airborne = true as well.")
        return None
    if airframe.vehicle_class is VehicleClass.ROVER:
        raise Invalid("a rover can't begin in the air", where=facts.where, do="Leave out airborne.")
    return facts.number("altitude_m", at_least=5, at_most=5000)


def _pilot_step(facts: Facts, folder: Path, steps: int) -> PilotStep:
    when = facts.choice("when", When) if facts.has("when") else When.AT_ONCE
    do = facts.choice("do", Do) if facts.has("do") else Do.NOTHING
    facts.only("when", "after_s", "do", *(("item",) if when is When.REACHED else ()), *_DO_KEYS[do])
    asks_altitude = do in {Do.TAKEOFF, Do.GOTO}
    return PilotStep(
        when=when,
        item=facts.integer("item", at_least=0, at_most=65535) if when is When.REACHED else 0,
        after_s=facts.number("after_s", 0, at_least=0, at_most=86400),
        do=do,
        plan=folder / facts.text("plan") if facts.has("plan") else None,
        altitude_m=facts.number("altitude_m", at_least=0, at_most=1000) if asks_altitude else 0.0,
        mode=facts.text("mode") if do is Do.MODE else "",
        position=_place(facts, "position") if do is Do.GOTO else None,
        from_step=facts.integer("from_step", 1, at_least=1, at_most=steps),
    )


def _fault(facts: Facts, sysids: frozenset[int]) -> PlannedFault:
    facts.only("at_s", "vehicle", "fault", "value", "for_s")
    vehicle = facts.integer("vehicle", at_least=1, at_most=255)
    if vehicle not in sysids:
        raise Invalid(f"vehicle {vehicle} is not in the scenario", where=facts.where, do="Name a vehicle's sysid.")
    return PlannedFault(
        at_s=facts.number("at_s", at_least=0),
        vehicle=vehicle,
        fault=facts.text("fault"),
        value=facts.table.get("value"),
        for_s=facts.number("for_s", at_least=0) if facts.has("for_s") else None,
    )


def _place(facts: Facts, key: str) -> Place:
    value = facts.table.get(key)
    if isinstance(value, list) and len(value) == 2:
        pair = Facts({"latitude": value[0], "longitude": value[1]}, f"{facts.where} {key}")
        return Place(
            pair.number("latitude", at_least=-89, at_most=89), pair.number("longitude", at_least=-180, at_most=180)
        )
    raise Invalid(f"{key} must be [latitude, longitude]", where=facts.where, do="Correct the file.")


def _parameters(facts: Facts) -> Mapping[str, float]:
    if not facts.has("parameters"):
        return {}
    section = facts.section("parameters")
    return {name: section.number(name) for name in section.table}
