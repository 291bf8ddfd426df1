"""`rangeops control`: the control room, where it is to be other than `rangeops` alone opens it."""

from typing import Annotated

import typer

from rangeops.cli.options import require_terminal, settings_of


def control(
    context: typer.Context,
    *,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="A screen that shows everything and can send nothing.")
    ] = False,
) -> None:
    """Open the control room. It acts as whose token it has until somebody signs in there (key U)."""
    require_terminal("Run it in one.")
    from rangeops.bootstrap import run_control_room  # --help loads no screen

    run_control_room(settings_of(context), read_only=read_only)
