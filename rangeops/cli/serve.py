"""`rangeops serve`: the range without a screen."""

from dataclasses import replace
from typing import Annotated, Any

import typer

from rangeops.cli.options import settings_of
from rangeops.cli.output import say


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Listen here; 127.0.0.1 unless told.", show_default=False)] = None,
    port: Annotated[int | None, typer.Option(help="0: any free one.", min=0, max=65535, show_default=False)] = None,
    simulation: Annotated[bool, typer.Option("--simulation", help="Say SIMULATION on every screen.")] = False,  # noqa: FBT002  # a flag
) -> None:
    """Run watch and server until Ctrl+C; a control room may come and go."""
    from rangeops.bootstrap import run_supervisor  # --help loads none of it

    changes: dict[str, Any] = {"host": host, "port": port, "simulation": simulation or None}
    settings = replace(settings_of(context), **{k: v for k, v in changes.items() if v is not None})
    say(f"range {settings.range}, data in {settings.data}; Ctrl+C ends it")
    raise typer.Exit(run_supervisor(settings))
