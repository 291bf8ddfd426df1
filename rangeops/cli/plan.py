"""`rangeops plan`: a verdict on a flight plan, with no server needed."""

from pathlib import Path
from typing import Annotated

import typer

from rangeops.cli.exits import ANSWER_IS_NO
from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, say

app = typer.Typer(help="Flight plans.", no_args_is_help=True)


@app.command()
def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A QGroundControl .plan or a QGC WPL 110 .waypoints file.")],
    volume: Annotated[str, typer.Option(help="The bookable volume it is to fly in.")],
    airframe: Annotated[str, typer.Option(help="One of hardware/airframes.")],
    *,
    json: Json = False,
) -> None:
    """Check a plan against the range's rules, offline. Exit 0: passed; 1: refused, or it can't be checked."""
    from rangeops.bootstrap import check_plan  # --help loads no geometry

    checked = check_plan(settings_of(context), file, volume=volume, airframe=airframe)
    if json:
        print_json({"file": str(file), "verdict": checked.verdict, "checks": checked.checks})
    else:
        failed = [found for found in checked.checks if not found.passed]
        for found in failed:
            typer.echo(f"✗ {found.code}  {found.what}  {found.fix}")
        say(
            f"{file.name}: {checked.verdict} ({len(checked.checks) - len(failed)} of {len(checked.checks)} checks passed)"
        )
    if checked.verdict != "passed":
        raise typer.Exit(ANSWER_IS_NO)
