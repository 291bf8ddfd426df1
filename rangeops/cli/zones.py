"""`rangeops zones`: UAS geographical zones from files of any kind, and to files, with no server needed."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli.exits import ANSWER_IS_NO
from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import counted, print_json, say
from rangeops.cli.zone_answers import NEGATIVE, at, diff, show, temporary
from rangeops.domain.errors import Invalid
from rangeops.files import write_new

if TYPE_CHECKING:
    from rangeops.domain.zones import Limit
    from rangeops.sites import Written, ZoneFile

app = typer.Typer(help="UAS geographical zones.", no_args_is_help=True)
app.command()(show)
app.command(context_settings=NEGATIVE)(at)
app.command()(diff)
app.add_typer(temporary, name="temporary")

_FORMATS = "ed318, ed269, geojson, kml, kmz, plan, waypoints, poly, fen, gpx or csv"
File = Annotated[Path, typer.Argument(help=f"A zone file: {_FORMATS}.")]
As = Annotated[str | None, typer.Option("--as", help=f"Its format, where the file doesn't tell: {_FORMATS}.")]
Anywhere = Annotated[bool, typer.Option("--anywhere", help="Judge it by its form alone, wherever on earth it lies.")]
Out = Annotated[Path | None, typer.Option(help="A new file to write; without it, to the terminal.")]
Country = Annotated[str, typer.Option(help="ISO 3166 alpha-3, for zones that name none, e.g. NLD.")]
Authority = Annotated[str, typer.Option(help="Whose zones they are, where they don't say; without it, the range's.")]


@app.command()
def validate(
    context: typer.Context, file: File, *, as_format: As = None, anywhere: Anywhere = False, json: Json = False
) -> None:
    """Read a zone file by every rule that import has. Exit 0: all of it can be imported; 1: some zones are broken."""
    from rangeops.sites import read_zone_file  # --help loads no geometry

    read = read_zone_file(settings_of(context), file, as_format=as_format, anywhere=anywhere)
    if json:
        print_json(
            {
                "file": str(file),
                "format": read.format,
                "zones": [{"id": zone.id, "name": zone.name} for zone in read.zones],
                "notes": read.notes,
                "broken": read.broken,
            }
        )
    else:
        _tell(file, read)
    if read.broken:
        raise typer.Exit(ANSWER_IS_NO)


@app.command("import")
def import_(
    context: typer.Context,
    file: File,
    *,
    as_format: As = None,
    anywhere: Anywhere = False,
    out: Out = None,
    restriction: Annotated[
        str, typer.Option(help="What a shape without words is: PROHIBITED, REQ_AUTHORIZATION, CONDITIONAL …")
    ] = "PROHIBITED",
    lower: Annotated[float | None, typer.Option(help="Its lower limit in metres; without it, the ground.")] = None,
    upper: Annotated[float | None, typer.Option(help="Its upper limit in metres; without it, none.")] = None,
    datum: Annotated[str, typer.Option(help="What its limits count from: AGL, AMSL or WGS84.")] = "AGL",
    leave_out_broken: Annotated[
        bool, typer.Option("--leave-out-broken", help="Import what is whole, and tell what isn't.")
    ] = False,
    country: Country = "",
    authority: Authority = "",
) -> None:
    """Turn a file of any format into ED-318, which a range's folder takes. A broken zone refuses it."""
    from rangeops.bootstrap.ranges import load_site
    from rangeops.domain.zones import Restriction
    from rangeops.sites import read_zone_file, write_zones

    settings = settings_of(context)
    if restriction not in Restriction.__members__:
        raise Invalid(
            f"{restriction!r:.40} is no restriction",
            where="--restriction",
            do=f"Choose one of {', '.join(Restriction.__members__)}.",
        )
    marks = Restriction[restriction], _limit(lower, datum), _limit(upper, datum)
    read = read_zone_file(settings, file, as_format=as_format, anywhere=anywhere, marks=marks)
    _tell(file, read)
    if read.broken and not leave_out_broken:
        raise Invalid(
            counted(len(read.broken), "broken zone"),
            where=file.name,
            do="Correct them, or import the others with --leave-out-broken.",
        )
    authority = authority or load_site(settings).name
    written = write_zones(read.zones, "ed318", title=file.stem, country=country, authority=authority, shorten=True)
    _give(written, out)


@app.command()
def export(
    context: typer.Context,
    *,
    to_format: Annotated[
        str, typer.Option("--format", help="ed318, ed269, geojson, kml, plan, waypoints or csv.")
    ] = "ed318",
    file: Annotated[Path | None, typer.Option(help="A zone file; without it, the range's own zones.")] = None,
    as_format: As = None,
    anywhere: Anywhere = False,
    out: Out = None,
    country: Country = "",
    authority: Authority = "",
) -> None:
    """Write the range's zones, or a file's, in another format. What the format can't say is told."""
    from rangeops.bootstrap.ranges import load_range, load_site
    from rangeops.sites import read_zone_file, write_zones

    settings = settings_of(context)
    site = load_range(settings) if file is None else load_site(settings)
    zones, title = site.zones, site.name
    if file is not None:
        read = read_zone_file(settings, file, as_format=as_format, anywhere=anywhere)
        _tell(file, read)
        if read.broken:
            raise Invalid(counted(len(read.broken), "broken zone"), where=file.name, do="Correct them.")
        zones, title = read.zones, file.stem
    _give(write_zones(zones, to_format, title=title, country=country, authority=authority or site.name), out)


def _limit(height_m: float | None, datum: str) -> "Limit | None":
    from rangeops.domain.zones import HeightDatum, Limit

    if datum not in HeightDatum.__members__:
        raise Invalid(f"{datum!r:.40} is no datum", where="--datum", do="Choose AGL, AMSL or WGS84.")
    return None if height_m is None else Limit(height_m, HeightDatum[datum])


def _tell(file: Path, read: "ZoneFile") -> None:
    for line in read.notes:
        say(f"· {line}")
    for line in read.broken:
        say(f"✗ {line}")
    broken = f", {len(read.broken)} broken" if read.broken else ""
    say(f"{file.name}: {read.format}, {counted(len(read.zones), 'zone')}{broken}")


def _give(written: "Written", out: Path | None) -> None:
    for line in written.lost:
        say(f"· not in this format: {line}")
    if out is None:
        sys.stdout.write(written.content.decode())
    else:
        write_new(out, written.content)
        say(f"{out} is written")
