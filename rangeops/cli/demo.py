"""`rangeops demo`: a morning on the range, all of it real but the air."""

from pathlib import Path
from typing import Annotated

import typer

from rangeops.cli.control import replayed
from rangeops.cli.exits import ANSWER_IS_NO
from rangeops.cli.options import Json, require_terminal, settings_of
from rangeops.cli.output import print_json, say


def demo(
    context: typer.Context,
    *,
    headless: Annotated[bool, typer.Option("--headless", help="No screen: play it, judge it, end.")] = False,
    scenario: Annotated[Path | None, typer.Option(help="Another scenario file.", show_default=False)] = None,
    json: Json = False,
) -> None:
    """Start a range with four simulated vehicles and open its control room. Everything ends when you quit (q)."""
    from rangeops.demo import run_demo, run_headless_demo  # --help loads none of it

    settings = settings_of(context)
    if not headless:
        require_terminal("Run it in one, or give --headless.")
        run_demo(settings, scenario, replayed)
        return
    outcome, broken = run_headless_demo(settings, scenario, narrate=say)
    if json:
        print_json(outcome)
    for what in broken:
        say(f"the chain did not close: {what}")
    if broken:
        raise typer.Exit(ANSWER_IS_NO)
