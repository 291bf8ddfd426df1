"""A scenario's people: which company books what with which plans. The vehicles in the same file are the simulator's."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from rangeops.domain.errors import Invalid, NotFound
from rangeops.domain.facts import Facts
from rangeops.domain.telemetry import Sysid

KNOT_MPS: Final = 1852 / 3600


@dataclass(frozen=True, slots=True)
class Booking:
    """One company's morning. plans: revisions in the order they are handed in; flies: what the pilot really loads."""

    company: str
    volume: str
    airframe: str
    sysid: Sysid
    callsign: str
    contact: str
    plan_name: str
    plans: tuple[Path, ...]
    flies: Path
    minutes: float


@dataclass(frozen=True, slots=True)
class Weather:
    """The wind that the simulator blows, and the station that would tell of it."""

    station: str
    wind_mps: float
    from_deg: float

    def metar(self, now: datetime) -> str:
        """As an automatic station without other sensors would have it."""
        wind = f"{round(self.from_deg) % 360:03d}{round(self.wind_mps / KNOT_MPS):02d}KT"
        return f"METAR {self.station} {now:%d%H%M}Z AUTO {wind} ////"


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    links: tuple[str, ...]  # endpoint URIs that the range opens; see `links_at`
    bookings: tuple[Booking, ...]
    weather: Weather

    def links_at(self, *, folder: Path, udp_port: int) -> tuple[str, ...]:
        """The links of this very run: UDP on the port that was free, serial ports in the folder of the simulator."""
        return tuple(
            f"serial:{folder / link.removeprefix('serial:')}"
            if link.startswith("serial:")
            else link.replace(":14550", f":{udp_port}")
            for link in self.links
        )


def load_script(path: Path) -> Script:
    """Read the people's part of a scenario file. Raises NotFound, Invalid."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotFound(
            f"the scenario can't be read ({error.strerror})", where=str(path), do="Name a scenario file that exists."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"this is not TOML ({error})", where=str(path), do="Correct the file.") from error
    facts = Facts(table, path.name)
    bookings = tuple(_booking(section, path.resolve().parent) for section in facts.sections("booking"))
    if not bookings:
        raise Invalid("nobody books anything", where=path.name, do="Add at least one [[booking]].")
    return Script(facts.text("name", path.stem), facts.texts("range_links"), bookings, _weather(facts))


def _weather(facts: Facts) -> Weather:
    wind = facts.section("wind") if facts.has("wind") else Facts({}, facts.where)
    return Weather(
        station=facts.text("weather_station"),
        wind_mps=wind.number("speed_mps", 0, at_least=0, at_most=40),
        from_deg=wind.number("from_deg", 0, at_least=0, at_most=360),
    )


def _booking(facts: Facts, folder: Path) -> Booking:
    facts.only(
        "company", "volume", "airframe", "sysid", "callsign", "contact", "plan_name", "plans", "flies", "minutes"
    )  # fmt: skip
    plans = tuple(folder / name for name in facts.texts("plans"))
    flies = folder / facts.text("flies")
    for plan in (*plans, flies):
        if not plan.is_file():
            raise NotFound(f"plan {plan.name} is missing", where=facts.where, do="Correct the name.")
    return Booking(
        company=facts.text("company"),
        volume=facts.text("volume"),
        airframe=facts.text("airframe"),
        sysid=Sysid(facts.integer("sysid", at_least=1, at_most=255)),
        callsign=facts.text("callsign"),
        contact=facts.text("contact"),
        plan_name=facts.text("plan_name"),
        plans=plans,
        flies=flies,
        minutes=facts.number("minutes", 45, at_least=1, at_most=600),
    )
