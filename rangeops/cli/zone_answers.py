"""`rangeops zones show|at|diff` and `zones temporary`: what a range's zones are, with no server needed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli.exits import ANSWER_IS_NO
from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import counted, print_json, print_table, say
from rangeops.cli.times import written_time

if TYPE_CHECKING:
    from rangeops.domain.zones import Limit, Zone
    from rangeops.domain.zones_at import ZoneHere
    from rangeops.sites import Told

temporary = typer.Typer(help="Zones that hold from a start to an end, as a NOTAM's do.", no_args_is_help=True)

NEGATIVE = {"ignore_unknown_options": True}  # a latitude south of the equator is no option


def show(context: typer.Context, *, json: Json = False) -> None:
    """The range's zones, temporary ones among them, and the version that they are together."""
    from rangeops.sites import site_of  # --help loads no geometry

    site, version = site_of(settings_of(context))
    if json:
        print_json({"range": site.id, "version": version, "synthetic": site.synthetic, "zones": site.zones})
        return
    rows = ((zone.id, zone.restriction.value, _heights(zone), _when(zone), zone.name) for zone in site.zones)
    print_table(("ZONE", "RESTRICTION", "HEIGHTS", "WHEN", "NAME"), rows)
    say(
        f"{site.name}: {counted(len(site.zones), 'zone')}, version {version}{'. ' + site.note if site.synthetic else ''}"
    )


def at(
    context: typer.Context,
    place: Annotated[str, typer.Argument(help="LAT,LON,HEIGHT,TIME: 52.2758,6.8892,80AMSL,2026-11-24T12:00Z or now.")],
    *,
    json: Json = False,
) -> None:
    """Which zones hold at a place, a height (AGL, AMSL or WGS84) and a time, and why. Exit 1: a closed one does."""
    from rangeops.sites import asked_from, tell

    told = tell(settings_of(context), asked_from(place))
    if json:
        print_json(
            {
                "place": told.asked,
                "ground_amsl_m": told.ground_amsl_m,
                "altitude_amsl_m": told.altitude_amsl_m,
                "in_range": told.in_range,
                "volumes": told.volumes,
                "zones": [_fact(here) for here in told.zones],
            }
        )
    else:
        _tell(told)
    if any(here.holds and here.zone.is_closed for here in told.zones):
        raise typer.Exit(ANSWER_IS_NO)


def diff(
    context: typer.Context,
    old: Annotated[Path, typer.Argument(help="A zone file, or a range's folder.")],
    new: Annotated[Path, typer.Argument(help="Another.")],
    *,
    json: Json = False,
) -> None:
    """What makes one set of zones to another. Exit 1: they differ."""
    from rangeops.sites import differences

    changes = differences(settings_of(context), old, new)
    if json:
        print_json(changes)
    elif changes:
        rows = (
            (c.zone, c.kind.value, ", ".join(part.value for part in c.parts) or "-", f"{c.difference_m2:,.1f}", c.name)
            for c in changes
        )
        print_table(("ZONE", "IS", "IN", "DIFFERENCE M2", "NAME"), rows)
    else:
        say("the same zones")
    if changes:
        raise typer.Exit(ANSWER_IS_NO)


@temporary.command("list")
def list_(context: typer.Context, *, json: Json = False) -> None:
    """All temporary zones, also those that are over. Times are UTC."""
    from rangeops.sites import list_temporary

    zones = list_temporary(settings_of(context))
    if json:
        print_json([{"zone": zone, "state": state} for zone, state in zones])
        return
    rows = ((zone.id, state, zone.restriction.value, _heights(zone), _when(zone), zone.name) for zone, state in zones)
    print_table(("ZONE", "IS", "RESTRICTION", "HEIGHTS", "WHEN", "NAME"), rows)


@temporary.command()
def add(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A zone file of any format.")],
    *,
    starts: Annotated[
        str | None, typer.Option("--from", help="For zones that say no start: 2026-11-24T08:00Z.")
    ] = None,
    ends: Annotated[str | None, typer.Option("--to", help="For zones that say no end.")] = None,
    country: Annotated[str, typer.Option(help="ISO 3166 alpha-3, for zones that name none.")] = "",
) -> None:
    """Add a file's zones to the range for a time. A running server takes them within seconds."""
    from rangeops.sites import add_temporary

    zones = add_temporary(settings_of(context), file, _moment(starts, "--from"), _moment(ends, "--to"), country=country)
    for zone in zones:
        say(f"zone {zone.id} is added: {zone.restriction.value}, {_heights(zone)}, {_when(zone)}")
    say("a running server takes them within seconds; see rangeops slot list --affected")


@temporary.command()
def remove(context: typer.Context, zone: Annotated[str, typer.Argument(help="Its identifier.")]) -> None:
    """Take a temporary zone away. A running server does so within seconds."""
    from rangeops.sites import remove_temporary

    gone = remove_temporary(settings_of(context), zone)
    say(f"zone {gone.id} ({gone.name}) is removed")


def _tell(told: "Told") -> None:
    asked, ground, altitude = told.asked, told.ground_amsl_m, told.altitude_amsl_m
    ground_text = "unknown ground" if ground is None else f"ground {ground:.1f} m AMSL"
    level = "altitude unknown" if altitude is None else f"{altitude:.1f} m AMSL"
    say(
        f"{asked.latitude_deg:.6f},{asked.longitude_deg:.6f} at {level} over {ground_text}, {asked.utc:%Y-%m-%d %H:%MZ}"
    )
    inside = {
        True: "inside the range",
        False: "outside the range",
        None: "in the range or not: the height can't be told",
    }
    say(f"{inside[told.in_range]}; volumes: {', '.join(told.volumes) or 'none'}")
    rows = (
        (here.zone.id, _verdict(here), here.zone.restriction.value, _height_reason(here), _time_reason(here))
        for here in told.zones
    )
    print_table(("ZONE", "HOLDS", "RESTRICTION", "HEIGHT", "TIME"), rows)


def _fact(here: "ZoneHere") -> dict[str, object]:
    return {
        "zone": here.zone.id,
        "name": here.zone.name,
        "restriction": here.zone.restriction,
        "holds": here.holds,
        "in_height": here.in_height,
        "in_time": here.in_time,
        "span": here.span,
        "lower": here.area.lower,
        "upper": here.area.upper,
    }


def _verdict(here: "ZoneHere") -> str:
    if not here.holds:
        return "no"
    return "yes" if here.in_height.value == "yes" else "counts"


def _height_reason(here: "ZoneHere") -> str:
    words = {"yes": "in", "no": "not in", "cannot tell": "can't be told:"}
    return f"{words[here.in_height.value]} {_limits(here.area.lower, here.area.upper)}"


def _time_reason(here: "ZoneHere") -> str:
    if not here.zone.applicability:
        return "always"
    if here.span is None:
        return f"not then: {_when(here.zone)}"
    return f"{here.span[0]:%Y-%m-%d %H:%MZ} to {here.span[1]:%Y-%m-%d %H:%MZ}"


def _heights(zone: "Zone") -> str:
    return "; ".join(dict.fromkeys(_limits(area.lower, area.upper) for area in zone.areas))


def _limits(lower: "Limit | None", upper: "Limit | None") -> str:
    low = "ground" if lower is None else f"{lower.height_m:g} m {lower.datum.value}"
    high = "unlimited" if upper is None else f"{upper.height_m:g} m {upper.datum.value}"
    return f"{low} to {high}"


def _when(zone: "Zone") -> str:
    """Dates, and whether there are hours within them."""
    texts = []
    for part in zone.applicability:
        starts = "ever" if part.starts is None else f"{part.starts.astimezone(UTC):%Y-%m-%d %H:%MZ}"
        ends = "further notice" if part.ends is None else f"{part.ends.astimezone(UTC):%Y-%m-%d %H:%MZ}"
        dates = "" if part.starts is None and part.ends is None else f"{starts} to {ends}"
        texts.append(", ".join(filter(None, [dates, "in its hours" if part.schedule else ""])))
    return "; ".join(texts) or "always"


def _moment(text: str | None, where: str) -> datetime | None:
    return None if text is None else written_time(text, where=where)
