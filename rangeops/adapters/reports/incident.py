"""An incident's report: one HTML file that loads nothing from anywhere, and prints well."""

from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from rangeops import __version__
from rangeops.adapters.reports.figures import (
    MAP_HEIGHT,
    MAP_WIDTH,
    PLOT_HEIGHT,
    PLOT_WIDTH,
    PlotFigure,
    draw_map,
    draw_plot,
)
from rangeops.adapters.reports.pages import ENVIRONMENT
from rangeops.adapters.reports.track import Fix, commands_of, fixes_of, marks_of
from rangeops.domain.geodesy import SiteFrame
from rangeops.services.ports import ReportFacts


def incident_html(facts: ReportFacts) -> str:
    frame = SiteFrame(facts.range.origin_latitude_deg, facts.range.origin_longitude_deg)
    geography = None if facts.volumes is None else facts.volumes.flight_geography
    fixes = fixes_of(facts.events, frame, geography, ground_amsl_m=facts.range.elevation_amsl_m)
    marks = marks_of(facts.events)
    margins = [fix.margin_m for fix in fixes if fix.margin_m is not None]
    zone = ZoneInfo(facts.range.timezone)
    return ENVIRONMENT.get_template("incident.html.j2").render(
        facts=facts,
        incident=facts.incident,
        range=facts.range,
        volumes=facts.volumes,
        map=draw_map(facts.range, facts.volumes, fixes, marks),
        map_size=(MAP_WIDTH, MAP_HEIGHT),
        plots=_plots(facts, fixes),
        plot_size=(PLOT_WIDTH, PLOT_HEIGHT),
        marks=marks,
        fixes=fixes,
        closest_m=min(margins, default=None),
        commands=commands_of(facts.events),
        version=__version__,
        local=lambda moment: _local(moment, zone),
    )


def _plots(facts: ReportFacts, fixes: tuple[Fix, ...]) -> list[PlotFigure]:
    marks = marks_of(facts.events)
    band: list[tuple[float, str]] = []
    if facts.volumes is not None:
        geography = facts.volumes.flight_geography
        band = [(geography.ceiling_amsl_m, "ceiling"), (geography.floor_amsl_m, "floor")]
    drawn: list[Any] = [
        draw_plot("Altitude", "m AMSL", fixes, lambda fix: fix.altitude_amsl_m, marks, levels=band),
        draw_plot("Margin to the flight geography", "m", fixes, lambda fix: fix.margin_m, marks, zero_is_edge=True),
        draw_plot("Ground speed", "m/s", fixes, lambda fix: fix.ground_speed_mps, marks),
    ]
    return [plot for plot in drawn if plot is not None]


def _local(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%H:%M:%S %Z}"
