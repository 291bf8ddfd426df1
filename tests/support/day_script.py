"""A range day made up by seed: who books what, how it is flown, what breaks, and when. Nothing is done here."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Final

from flights import item, mission, place, waypoint

from rangeops.adapters.formats.plan_files import write_plan
from rangeops.domain.aircraft import Airframe
from rangeops.domain.gcs_failsafe import armed_for
from rangeops.domain.plans import Cmd, FlightPlan
from rangeops.domain.volumes import Volume
from rangeops.sim.scenario import Do, PilotStep, Place, Scenario, VehicleSpec, When, Wind
from rangeops.sim.traffic_spec import TrafficSpec

FIRST_MORNING: Final = datetime(2026, 5, 4, 8, tzinfo=UTC)  # a Monday; each day of a seed is the next
MIDDLES: Final = {"NORTH": (500, 405), "WEST": (-500, 405), "SOUTH": (-500, -405), "EAST": (500, -405)}
"""Of the range's volumes, in the runway's axes; each is 700 m along it and 350 m across."""
WAVES_S: Final = (210.0, 840.0)  # when slots begin, from the day's beginning
GROUND_AMSL_M: Final = 35.0


class Comes(Enum):
    """What becomes of a request."""

    FLIES = "flies"
    CANCELS = "cancels"
    NO_SHOW = "no-show"
    MOVES = "moves"


class Flies(Enum):
    """What its pilot and the range's people do with it in the air."""

    PLAN = "its plan"
    OUT = "out of its volume"
    UNCLEARED = "without clearance"
    LONG = "beyond its slot"
    WITHDRAWN = "while its clearance is withdrawn"
    COMMANDED = "as operators command"
    TAKEN_OVER = "out of its volume, and on by its pilot's hand"


@dataclass(frozen=True)
class Strike:
    """A fault put on a vehicle so long after its take-off; before its clearance where at_s is negative."""

    at_s: float
    fault: str
    value: Any = None
    for_s: float | None = None


@dataclass(frozen=True)
class Booking:
    """revisions: of its plan, in the order in which they are handed in. flown: what its pilot really loads."""

    company: str
    volume: str
    sysid: int
    airframe: str
    home: tuple[float, float]
    asks_s: float
    starts_s: float
    minutes: float
    revisions: tuple[FlightPlan, ...]
    flown: FlightPlan
    comes: Comes = Comes.FLIES
    flies: Flies = Flies.PLAN
    act_s: float = 30.0  # after take-off: when people do what `flies` says of them
    commands: tuple[str, ...] = ()
    strikes: tuple[Strike, ...] = ()
    drawn: Volume | None = None
    by_company: bool = True  # its member asks for it himself, else an operator does

    @property
    def callsign(self) -> str:
        return f"D{self.sysid:02}"


@dataclass(frozen=True)
class Outage:
    """What is gone, from when on and for how long. killed: not ended in order."""

    at_s: float
    for_s: float
    watch: bool
    server: bool
    killed: bool


@dataclass(frozen=True)
class Script:
    """A whole day. eager: how readily operators act on what they see, 0 to 1."""

    seed: int
    day: int
    begins: datetime
    bookings: tuple[Booking, ...]
    outages: tuple[Outage, ...]
    weather: tuple[tuple[float, str], ...]
    traffic: tuple[TrafficSpec, ...]
    wind: Wind
    eager: float

    @property
    def ends_s(self) -> float:
        return max(booking.starts_s + booking.minutes * 60 for booking in self.bookings)


def script_of(seed: int, day: int) -> Script:
    """The same for the same two numbers."""
    chance = random.Random(f"{seed}/{day}")
    begins = FIRST_MORNING + timedelta(days=day)
    bookings = tuple(_bookings(chance))
    return Script(
        seed=seed,
        day=day,
        begins=begins,
        bookings=bookings,
        outages=tuple(_outages(chance)),
        weather=tuple(_weather(chance, begins)),
        traffic=tuple(_traffic(chance, bookings)),
        wind=Wind(chance.uniform(0, 6), chance.uniform(0, 360), chance.uniform(0, 1.5)),
        eager=chance.uniform(0.2, 0.9),
    )


def scenario_of(script: Script, folder: Path, airframes: dict[str, Airframe]) -> Scenario:
    """The day's vehicles with their pilots, who load what they fly as they are told to."""
    return Scenario(
        f"day {script.seed}/{script.day}",
        tuple(_vehicle(booking, folder, airframes[booking.airframe]) for booking in script.bookings),
        wind=script.wind,
        gps_noise_m=0.4,
        seed=script.seed * 1000 + script.day,
    )


def content_of(plan: FlightPlan) -> bytes:
    return write_plan(plan, "plan").content


def _vehicle(booking: Booking, folder: Path, airframe: Airframe) -> VehicleSpec:
    file = folder / f"{booking.callsign}.plan"
    file.write_bytes(content_of(booking.flown))
    return VehicleSpec(
        callsign=booking.callsign,
        sysid=booking.sysid,
        airframe=airframe,
        home=Place(*booking.home),
        home_elevation_amsl_m=GROUND_AMSL_M,
        links=("udpout:127.0.0.1:14550",),  # carried by the day itself
        ready_after_s=3.0,
        parameters=armed_for(airframe.vehicle_class, 250),
        pilot=(
            PilotStep(When.CLEARED, do=Do.UPLOAD_MISSION, plan=file),
            PilotStep(do=Do.ARM),
            PilotStep(do=Do.MODE, mode="AUTO"),
            PilotStep(When.LANDED, do=Do.REPEAT, from_step=1),
        ),
    )


def _bookings(chance: random.Random) -> Iterator[Booking]:
    sysid = 0
    for wave_s in WAVES_S:
        volumes = [volume for volume in MIDDLES if chance.random() < 0.8] or ["NORTH"]
        for volume in volumes + chance.choices(list(MIDDLES), k=chance.choice((0, 1, 1, 2))):
            sysid += 1
            yield _booking(chance, sysid, volume, wave_s + chance.uniform(0, 40))


def _booking(chance: random.Random, sysid: int, volume: str, starts_s: float) -> Booking:
    u, v = MIDDLES[volume]
    home = (u + chance.uniform(-60, 60), v + chance.uniform(-20, 20))
    good = _plan(chance, (u, v), home)
    flies = chance.choices(list(Flies), (9, 4, 2, 2, 3, 4, 2))[0]
    flown = {Flies.OUT: _out, Flies.TAKEN_OVER: _out, Flies.LONG: _long}.get(flies, _as_it_is)(good, chance, (u, v))
    bad = _out(good, chance, (u, v))
    revisions = chance.choice(((good,), (good,), (bad, good), (bad,))) if chance.random() < 0.6 else (good,)
    return Booking(
        company=chance.choice(("ACME", "SAXN", "FIRE", "BETA")),
        volume=volume,
        sysid=sysid,
        airframe=chance.choice(("survey-quad", "survey-quad", "inspection-quad")),
        home=place(*home),
        asks_s=chance.uniform(2, 60),
        starts_s=starts_s,
        minutes=chance.choice((4.0, 5.0, 6.0)),
        revisions=revisions,
        flown=flown,
        comes=chance.choices(list(Comes), (14, 1, 1, 1))[0],
        flies=flies,
        act_s=chance.uniform(5, 70),
        commands=tuple(
            chance.choices(("hold", "rtl", "land", "pause", "continue", "fence-off", "fence-on", "goto"), k=3)
        ),
        strikes=tuple(_strikes(chance)),
        drawn=_drawn((u, v), chance) if chance.random() < 0.08 else None,
        by_company=chance.random() < 0.5,
    )


def _plan(chance: random.Random, middle: tuple[float, float], home: tuple[float, float]) -> FlightPlan:
    """A lap that keeps well inside."""
    u, v = middle
    half_u, half_v = chance.uniform(40, 110), chance.uniform(20, 55)
    corners = ((-half_u, half_v), (-half_u, -half_v), (half_u, -half_v), (half_u, half_v))
    height_m = chance.uniform(25, 50)
    return mission(*(waypoint(u + du, v + dv, height_m) for du, dv in corners), home=home)


def _as_it_is(plan: FlightPlan, _chance: random.Random, _middle: tuple[float, float]) -> FlightPlan:
    return plan


def _out(plan: FlightPlan, chance: random.Random, middle: tuple[float, float]) -> FlightPlan:
    """One waypoint beyond an edge, mostly away from the runway, or over the ceiling."""
    number = chance.randint(1, 4)
    u, v = middle
    side = chance.choice(("along", "across", "over"))
    changed = plan.items[number]
    if side == "over":
        changed = replace(changed, altitude_m=chance.uniform(105, 140))
    else:
        off = (
            (u / abs(u) * chance.uniform(380, 700), 0.0)
            if side == "along"
            else (0.0, v / abs(v) * chance.uniform(200, 320))
        )
        latitude, longitude = place(u + off[0], v + off[1])
        changed = replace(changed, latitude_deg=latitude, longitude_deg=longitude)
    items = [*plan.items]
    items[number] = changed
    return replace(plan, items=tuple(items))


def _long(plan: FlightPlan, _chance: random.Random, _middle: tuple[float, float]) -> FlightPlan:
    """Round and round, for longer than its slot."""
    jump = replace(item(Cmd.DO_JUMP, params=(2.0, 8.0)), number=plan.items[-1].number)
    last = replace(plan.items[-1], number=type(jump.number)(int(jump.number) + 1))
    return replace(plan, items=(*plan.items[:-1], jump, last))


def _drawn(middle: tuple[float, float], chance: random.Random) -> Volume:
    """A flight geography of a company's own, about the volume's middle."""
    u, v = middle
    half_u, half_v = chance.uniform(200, 400), chance.uniform(120, 190)
    ring = tuple(
        place(u + du, v + dv) for du, dv in ((-half_u, half_v), (-half_u, -half_v), (half_u, -half_v), (half_u, half_v))
    )
    return Volume(ring, 30.0, 120.0)


def _strikes(chance: random.Random) -> Iterator[Strike]:
    if chance.random() < 0.45:
        return
    for _ in range(chance.choice((1, 1, 2))):
        at_s, for_s = chance.uniform(5, 110), chance.uniform(3, 25)
        away = {"speed_mps": chance.uniform(3, 12), "track_deg": chance.uniform(0, 360), "obeys": chance.random() < 0.5}
        gale = {
            "speed_mps": chance.uniform(8, 14),
            "from_deg": chance.uniform(0, 360),
            "gust_mps": chance.uniform(0, 4),
        }
        yield chance.choice(
            (
                Strike(at_s, "silent", None, for_s),
                Strike(at_s, "loss", chance.uniform(0.1, 0.6), for_s),
                Strike(at_s, "loss", 1.0, for_s),
                Strike(at_s, "delay_s", chance.uniform(0.1, 0.8), for_s),
                Strike(at_s, "duplicate", 0.3, for_s),
                Strike(at_s, "reorder", 0.3, for_s),
                Strike(at_s, "gps_loss", None, for_s),
                Strike(at_s, "rc_loss", None, for_s),
                Strike(at_s, "ignore_commands", None, for_s),
                Strike(at_s, "ack_but_ignore", None, for_s),
                Strike(at_s, "hostile_text", None, for_s),
                Strike(at_s, "battery_percent", chance.uniform(5, 30)),
                Strike(at_s, "reboot"),
                Strike(-10.0, "reboot"),
                Strike(-40.0, "wrong_fence_readback", None, 60.0),
                Strike(at_s, "fly_away", away, chance.uniform(10, 60)),
                Strike(at_s, "wind", gale, for_s),
            )
        )


def _outages(chance: random.Random) -> Iterator[Outage]:
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        what = chance.choice(("watch", "watch", "server", "server", "both"))
        for_s = chance.uniform(1.2, 2.5) if what == "watch" else chance.uniform(3, 40)
        yield Outage(
            chance.uniform(30, 1200),
            for_s,
            watch=what != "server",
            server=what != "watch",
            killed=chance.random() < 0.7,
        )


def _weather(chance: random.Random, begins: datetime) -> Iterator[tuple[float, str]]:
    """Reports, each with when it is handed in; the first before anything is asked of it."""
    knots = chance.choice((4, 7, 9, 12))
    yield 1.0, f"METAR EHTW {begins - timedelta(minutes=5):%d%H%M}Z AUTO 240{knots:02}KT 9999 FEW030 14/08 Q1016"
    if chance.random() < 0.3:
        at_s, gale = chance.uniform(200, 1000), chance.choice((18, 24, 31))
        told = begins + timedelta(seconds=at_s)
        yield at_s, f"METAR EHTW {told:%d%H%M}Z AUTO 240{gale:02}G{gale + 9:02}KT 9999 FEW030 14/08 Q1009"


def _traffic(chance: random.Random, bookings: Sequence[Booking]) -> Iterator[TrafficSpec]:
    """A helicopter that crosses the range low, heard by a vehicle's own receiver."""
    if chance.random() < 0.35:
        booking = chance.choice(bookings)
        u, v = MIDDLES[booking.volume]
        yield TrafficSpec(
            callsign="LIFELN4",
            icao=0x484B51,
            start=place(u - 4000, v + chance.uniform(-600, 600)),
            track_deg=53.0,
            speed_mps=55.0,
            altitude_amsl_m=chance.uniform(120, 260),
            at_s=booking.starts_s + chance.uniform(0, 60),
            for_s=150.0,
            heard_by=(booking.sysid,),
        )
