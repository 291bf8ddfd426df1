"""The processes beside the server: strangers' files, timetables, bundles and films."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from rangeops.bootstrap.parts import clock
from rangeops.bootstrap.ranges import load_range
from rangeops.settings import Settings

if TYPE_CHECKING:
    from rangeops.adapters.hardware.profiles import Hardware
    from rangeops.domain.ranges import RangeDefinition
    from rangeops.server.bundles import Bundling
    from rangeops.server.films import Filming
    from rangeops.server.workers import ProcessWorkers
    from rangeops.services.ports.plans import CheckedPlan, PlanFile
    from rangeops.services.ports.world import ReadWeather
    from rangeops.wire.bundles import BundleMade, BundleOrder

_LONGEST_BUNDLE_S = 600.0  # recordings may have gigabytes
_LONGEST_FILM_S = 120.0  # an hour of twenty vehicles is read in a third of that


def start_readers(
    check_plan: "Callable[..., CheckedPlan]", definition: "RangeDefinition", hardware: "Hardware"
) -> "ProcessWorkers":
    """Two of a kind: a timetable takes ten seconds, and a file that is read may hang."""
    from rangeops.server.worker_process import Warm
    from rangeops.server.workers import start_workers

    sample = _sample_plan(definition, hardware)
    return start_workers(2, [Warm(check_plan, sample), Warm(_read_sample_weather, clock().utc)])


def weather_reader(workers: "ProcessWorkers") -> "ReadWeather":
    from rangeops.adapters.weather.reports import read_reports
    from rangeops.domain.weather import WeatherReport

    def read(text: str, received: datetime) -> tuple[WeatherReport, ...]:
        reading = partial(read_reports, received=received)
        return workers.confined_from_thread(reading, text, tuple[WeatherReport, ...], where="weather report")

    return read


@contextmanager
def bundler(write: "Callable[[BundleOrder], BundleMade] | None") -> "Iterator[Bundling | None]":
    """write: reads the data folder for an incident's evidence, in a process that waits for no plan and no timetable."""
    from rangeops.server.bundles import Bundling
    from rangeops.server.workers import ProcessWorkers

    if write is None:
        yield None
        return
    with ProcessWorkers(longest_s=_LONGEST_BUNDLE_S) as bundler:
        yield Bundling(bundler, write)


@contextmanager
def film_maker(make: Callable[[str], bytes] | None) -> "Iterator[Filming | None]":
    """make: an incident's replay for browsers, in a process that waits for no bundle."""
    from rangeops.server.films import Filming
    from rangeops.server.workers import ProcessWorkers

    if make is None:
        yield None
        return
    with ProcessWorkers(longest_s=_LONGEST_FILM_S) as maker:
        yield Filming(maker, make)


def _sample_plan(definition: "RangeDefinition", hardware: "Hardware") -> "PlanFile":
    """A short flight in the first volume: what a process that reads plans checks before its first one, to have it all loaded."""
    from rangeops.services.ports.plans import PlanFile

    volume = definition.volumes[0]
    corners = volume.flight_geography.outer
    latitude, longitude = (sum(values) / len(corners) for values in zip(*corners, strict=True))
    places = [(0, 16, 0.0), (1, 22, 10.0), (2, 16, 20.0), (3, 20, 0.0)]
    lines = [
        f"{number}\t{int(number == 0)}\t{0 if number == 0 else 3}\t{command}\t0\t0\t0\t0\t{latitude:.7f}\t{longitude:.7f}\t{height}\t1"
        for number, command, height in places
    ]
    content = "\n".join(["QGC WPL 110", *lines, ""]).encode()
    return PlanFile(content, "sample.waypoints", volume.id, hardware.airframes.all()[0])


def _read_sample_weather(received: datetime) -> None:
    """Has the weather reader loaded, too."""
    from rangeops.adapters.weather.reports import read_reports

    read_reports(f"METAR ZZZZ {received:%d%H%M}Z 00000KT CAVOK", received)


def plan_checker(settings: Settings) -> "Callable[..., CheckedPlan]":
    from rangeops.adapters.formats.plan_files import read_plan
    from rangeops.services.plan_checking import PlanChecking

    return PlanChecking(load_range(settings), read_plan)
