"""`rangeops replay`: a recording on the screen, or what it tells as a list."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from rangeops.cli.options import Json, require_terminal, settings_of
from rangeops.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from rangeops.rechecking import Rechecked
    from rangeops.rehearsal.recheck import Compared, Raised
    from rangeops.settings import Settings
    from rangeops.wire.recorded import Recorded

_INCIDENT: Final = re.compile(r"INC-\d{4}-\d+")


def replay(
    context: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="tlogs, together one recording; one DataFlash log (.bin, .log) of ArduPilot; an incident, as INC-2026-0001; or, to"
            " recheck, a folder of tlogs.",
            show_default=False,
        ),
    ] = None,
    *,
    list_: Annotated[bool, typer.Option("--list", help="Print what happened; no screen.")] = False,
    recheck: Annotated[
        bool, typer.Option("--recheck", help="Print which alarms today's rules raise over it; no screen.")
    ] = False,
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=NUMBER",
            help="Recheck under another figure of the policy, as alarm_margin_s=8.",
            show_default=False,
        ),
    ] = None,
    stored: Annotated[
        bool, typer.Option("--stored", help="Recheck all flights of this data folder; no recording is named.")
    ] = False,
    since: Annotated[
        str, typer.Option(help="With --stored: flights that began then or later.", show_default=False)
    ] = "",
    until: Annotated[str, typer.Option(help="With --stored: flights that began before.", show_default=False)] = "",
    volume: Annotated[
        str, typer.Option(help="Recheck a file: the bookable volume to hold it against.", show_default=False)
    ] = "",
    airframe: Annotated[str, typer.Option(help="Recheck a file: what flew.", show_default=False)] = "",
    json: Json = False,
) -> None:
    """Replay a recording of any ground station or autopilot, also a damaged one: keys are on the screen."""
    from rangeops.replaying import open_recording, run_replay  # --help loads no decoder

    settings = settings_of(context)
    under = _Under(volume, airframe, tuple(what_if or ()))
    folder = files[0] if files is not None and len(files) == 1 and files[0].is_dir() else None
    if stored or folder is not None:
        from rangeops.cli.rule_trial import try_all

        _require_recheck(files if stored else None, asked=recheck or bool(what_if))
        try_all(settings, folder, under, since, until, json=json)
        return
    if not files:
        raise typer.BadParameter("Name a recording or an incident, or give --stored with --recheck or --what-if.")
    if recheck or what_if:
        _recheck(settings, files, under, json=json)
        return
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


def _require_recheck(files: list[Path] | None, *, asked: bool) -> None:
    if files or not asked:
        raise typer.BadParameter(
            "All flights are rechecked together: give --recheck or --what-if, and no other recording."
        )


@dataclass(frozen=True, slots=True)
class _Under:
    """The rules that it is held against."""

    volume: str
    airframe: str
    what_if: tuple[str, ...]


def _recheck(settings: "Settings", files: list[Path], under: _Under, *, json: bool) -> None:
    from rangeops.domain.errors import Invalid
    from rangeops.rechecking import recheck_files, recheck_incident

    if len(files) == 1 and _INCIDENT.fullmatch(str(files[0])):
        found = recheck_incident(settings, str(files[0]), what_if=under.what_if)
    elif not under.volume or not under.airframe:
        raise Invalid(
            "a file doesn't say what it was to be held against",
            where="--recheck",
            do="Give --volume and --airframe, or name an incident.",
        )
    else:
        found = recheck_files(settings, files, volume=under.volume, airframe=under.airframe, what_if=under.what_if)
    if json:
        print_json(found)
    else:
        _tell(found)


def _tell(found: "Rechecked") -> None:
    if not found.alarms:
        typer.echo("no alarm")
    elif found.before:
        print_table(
            ("P", "ALARM", "SOURCE", found.before.upper(), found.after.upper(), "DIFFERENCE"),
            (
                (x.either.priority, x.either.title, x.either.source, _time(x.before), _time(x.after), _difference(x))
                for x in found.alarms
            ),
        )
    else:
        print_table(
            ("UTC", "P", "ALARM", "SOURCE", "OVER"),
            (
                (_time(x.after), x.either.priority, x.either.title, x.either.source, _over(x.after))
                for x in found.alarms
            ),
        )
    say(found.not_rechecked)


def _time(raised: "Raised | None") -> str:
    return "-" if raised is None else f"{raised.raised_utc:%Y-%m-%d %H:%M:%S.%f}"[:-4]


def _over(raised: "Raised | None") -> str:
    return "stood to the end" if raised is None or raised.over_utc is None else f"{raised.over_utc:%H:%M:%S.%f}"[:-4]


def _difference(pair: "Compared") -> str:
    if pair.later_s is None:
        return "not any more" if pair.after is None else "new"
    if pair.later_s == 0:
        return "same"
    return f"{abs(pair.later_s):.2f} s {'later' if pair.later_s > 0 else 'earlier'}"


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
