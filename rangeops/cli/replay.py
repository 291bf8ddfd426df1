"""`rangeops replay`: a recording on the screen, or what it tells as a list."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli.options import Json, require_terminal, settings_of
from rangeops.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from rangeops.wire.recorded import Recorded


def replay(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(help="tlogs, together one recording, or one DataFlash log (.bin) of ArduPilot.")
    ],
    *,
    list_: Annotated[bool, typer.Option("--list", help="Print what happened; no screen.")] = False,
    json: Json = False,
) -> None:
    """Replay a recording of any ground station or autopilot, also a damaged one: keys are on the screen."""
    from rangeops.replaying import open_recording, run_replay  # --help loads no decoder

    settings = settings_of(context)
    if not json and not list_:
        require_terminal("Run it in one, or ask for --list.")
        run_replay(settings, files)
        return
    recorded = open_recording(settings, files)
    if json:
        print_json(
            {
                "title": recorded.title,
                "damage": recorded.damage,
                "begins": recorded.begins,
                "ends": recorded.ends,
                "marks": recorded.marks,
            }
        )
    else:
        _list(recorded)


def _list(recorded: "Recorded") -> None:
    rows = (
        (f"{x.utc:%Y-%m-%d %H:%M:%S.%f}"[:-3], "" if x.sysid is None else x.sysid, x.kind, x.text)
        for x in recorded.marks
    )
    print_table(("UTC", "VEHICLE", "WHAT", ""), rows)
    say(f"{recorded.title}: {recorded.begins:%Y-%m-%d %H:%M:%SZ} to {recorded.ends:%H:%M:%SZ}")
    if recorded.damage:
        say(recorded.damage)
