"""`rangeops replay`: a recording on the screen, or what it tells as a list."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from rangeops.cli.options import Json, require_terminal, settings_of
from rangeops.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from rangeops.settings import Settings
    from rangeops.wire.recorded import Recorded

_INCIDENT: Final = re.compile(r"INC-\d{4}-\d+")


def replay(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            help="tlogs, together one recording; one DataFlash log (.bin) of ArduPilot; or an incident, as INC-2026-0001."
        ),
    ],
    *,
    list_: Annotated[bool, typer.Option("--list", help="Print what happened; no screen.")] = False,
    json: Json = False,
) -> None:
    """Replay a recording of any ground station or autopilot, also a damaged one: keys are on the screen."""
    from rangeops.replaying import open_recording, run_replay  # --help loads no decoder

    settings = settings_of(context)
    if len(files) == 1 and _INCIDENT.fullmatch(str(files[0])):
        _replay_incident(settings, str(files[0]), on_screen=not json and not list_, json=json)
        return
    if not json and not list_:
        require_terminal("Run it in one, or ask for --list.")
        run_replay(settings, files)
        return
    _print(open_recording(settings, files), json=json)


def _replay_incident(settings: "Settings", incident: str, *, on_screen: bool, json: bool) -> None:
    from rangeops.incident_replay import open_incident  # likewise
    from rangeops.replaying import show

    if on_screen:
        require_terminal("Run it in one, or ask for --list.")
        show(settings, open_incident(settings, incident))
    else:
        _print(open_incident(settings, incident), json=json)


def _print(recorded: "Recorded", *, json: bool) -> None:
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
        (
            f"{x.utc:%Y-%m-%d %H:%M:%S.%f}"[:-3],
            "" if x.sysid is None else x.sysid,
            x.kind,
            x.text,
            "" if x.entry is None else x.entry,
        )
        for x in recorded.marks
    )
    print_table(("UTC", "VEHICLE", "WHAT", "", "RECORD"), rows)
    say(f"{recorded.title}: {recorded.begins:%Y-%m-%d %H:%M:%SZ} to {recorded.ends:%H:%M:%SZ}")
    if recorded.damage:
        say(recorded.damage)
