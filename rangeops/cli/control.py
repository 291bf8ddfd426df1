"""`rangeops control`: the control room, where it is to be other than `rangeops` alone opens it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from rangeops.cli.options import require_terminal, settings_of
from rangeops.cli.output import say

if TYPE_CHECKING:
    from rangeops.settings import Settings
    from rangeops.wire.recorded import Recorded

_A_FILE: Final = "sqlite:///"


def control(
    context: typer.Context,
    *,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="A screen that shows everything and can send nothing.")
    ] = False,
    web: Annotated[
        bool, typer.Option("--web", help="In a browser on this machine: prints an address that is good once.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Of --web, on 127.0.0.1; 0: any free one.", show_default=True)
    ] = 0,
) -> None:
    """Open the control room. It acts as whose token it has until somebody signs in there (key U)."""
    if web:
        from rangeops.bootstrap.rooms import serve_control_room

        serve_control_room(settings_of(context), port=port, read_only=read_only, say=say)
        return
    require_terminal("Run it in one, or give --web.")
    open_room(settings_of(context), read_only=read_only)


def open_room(settings: "Settings", *, read_only: bool = False) -> None:
    """On this terminal, with incidents to be replayed in it."""
    from rangeops.bootstrap.rooms import run_control_room  # --help loads no screen

    run_control_room(settings, say=say, read_only=read_only, replays=lambda incident: replayed(settings, incident))


def replayed(settings: "Settings", incident: str) -> "Recorded":
    """As `rangeops replay` shows it. Raises as open_incident; Unavailable where the range's data is elsewhere."""
    from rangeops.domain.errors import Unavailable
    from rangeops.incident_replay import open_incident  # a room that replays nothing doesn't wait for it

    if settings.database.startswith(_A_FILE) and not Path(settings.database.removeprefix(_A_FILE)).exists():
        raise Unavailable(
            "the range's data isn't on this machine",
            where=str(settings.data),
            do=f"Run `rangeops replay {incident}` on the machine where the server runs.",
        )
    return open_incident(settings, incident)
