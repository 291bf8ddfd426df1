"""`rangeops zones`: UAS geographical zones from files of any kind, and to files, with no server needed."""

from pathlib import Path
from typing import Annotated

import typer

from rangeops.cli.options import settings_of
from rangeops.cli.output import say

app = typer.Typer(help="UAS geographical zones.", no_args_is_help=True)


@app.command()
def validate(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="An ED-318 file of this range's zones.")]
) -> None:
    """Read a zone file by every rule that import has. Exit 0: it can be imported; 2: it can't, with the reason."""
    from rangeops.bootstrap import read_zone_file  # --help loads no geometry

    zones = read_zone_file(settings_of(context), file)
    say(f"{file.name}: {len(zones)} zones")
