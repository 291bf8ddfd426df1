"""What of rangeops itself is there: the range's definition, the yearly exercise, optional parts."""

import importlib.util
import os
import shutil
from collections.abc import Iterator
from typing import Final

from rangeops.doctor.finding import Finding, fine, wanting
from rangeops.domain.errors import RangeopsError
from rangeops.settings import Settings

EXTRAS: Final = (  # name, a module of it, what it is for
    ("timetable", "ortools", "the best timetable; without it, first come, first served"),
    ("postgres", "psycopg", "a PostgreSQL server in place of a file"),
    ("nats", "nats", "watch nodes on other machines"),
    ("acceptance", "dronekit", "a second library's look at a vehicle on the bench"),
    ("print", "typst", "hand-over pages and reports as PDF"),
    ("web", "textual_serve", "the control room in a browser on this machine"),
)


def range_definition(settings: Settings) -> Finding:
    from rangeops.bootstrap.ranges import load_range  # --help loads no geometry

    try:
        load_range(settings)
    except RangeopsError as error:
        return wanting(f"range {settings.range}", "everything", str(error), needed=True)
    return fine(f"range {settings.range}", "everything", needed=True)


def exercise(settings: Settings) -> Finding:
    """The yearly one: held, signed, and not more than a year ago."""
    from rangeops.domain.exercises import is_due
    from rangeops.exercise import last_held, now  # likewise

    for_what = "people who have met an emergency before it comes"
    do = "Hold one (`rangeops --data ~/training drill exercise play`), sign it, and hand it in here."
    try:
        last = last_held(settings)
    except RangeopsError as error:
        return wanting("yearly exercise", for_what, str(error))
    held = "never held" if last is None else f"held {last:%Y-%m-%d}"
    return Finding(f"yearly exercise, {held}", not is_due(last, now()), for_what, do)


def optional_parts() -> Iterator[Finding]:
    yield Finding(
        "arducopter",
        bool(shutil.which("arducopter") or os.environ.get("RANGEOPS_ARDUPILOT")),
        "real ArduPilot in the simulator's place",
        "See sitl/README.md.",
    )
    for extra, module, for_what in EXTRAS:
        yield Finding(
            f"extra {extra}",
            importlib.util.find_spec(module) is not None,
            for_what,
            f"pip install 'rangeops[{extra}]', if you want it.",
        )
