"""`rangeops replay --stored --what-if …`: a change of rules over all flights, as a table and a sum."""

from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import typer

from rangeops.cli.output import counted, print_json, print_table, say
from rangeops.cli.times import written_time

if TYPE_CHECKING:
    from rangeops.rechecking_stored import TrialOf
    from rangeops.rehearsal.rule_trial import FlightTrial
    from rangeops.settings import Settings

_HEADINGS: Final = (
    "BEGAN",
    "LASTED",
    "VEHICLE",
    "SLOT",
    "{before}",
    "{after}",
    "EARLIER",
    "LATER",
    "GONE",
    "NEW",
    "FOR NOTHING",
)


class Under(Protocol):
    """The rules that flights are held against."""

    @property
    def volume(self) -> str: ...
    @property
    def airframe(self) -> str: ...
    @property
    def what_if(self) -> tuple[str, ...]: ...


def try_all(settings: "Settings", folder: Path | None, under: Under, since: str, until: str, *, json: bool) -> None:
    """folder: whose tlogs are held against the volume; None: all flights of the record."""
    from rangeops.domain.errors import Invalid
    from rangeops.rechecking_stored import Asked, try_folder, try_stored

    asked = Asked(under.what_if, told=_progress)
    if folder is None:
        times = [
            written_time(text, where=option) if text else None
            for text, option in ((since, "--since"), (until, "--until"))
        ]
        found = try_stored(settings, asked, *times)
    elif not under.volume or not under.airframe:
        raise Invalid(
            "files don't say what they were to be held against", where=str(folder), do="Give --volume and --airframe."
        )
    else:
        found = try_folder(settings, folder, asked, volume=under.volume, airframe=under.airframe)
    if json:
        print_json(found)
    else:
        _tell(found)


def _progress(done: int, total: int) -> None:
    if done == 0:
        say(f"{counted(total, 'stretch').replace('stretchs', 'stretches')} of recordings go before the watch")
    elif done == total or done % max(total // 20, 1) == 0:
        say(f"{done} of {total} done")


def _tell(found: "TrialOf") -> None:
    headings = tuple(each.format(before=found.before.upper(), after=found.after.upper()) for each in _HEADINGS)
    told = [each for each in found.flights if not each.failure]
    print_table(headings, (_row(each) for each in told))
    for each in found.flights:
        if each.failure:
            say(f"not rechecked: {each.callsign} {each.slot} {each.began:%Y-%m-%d %H:%M}Z: {each.failure}")
    typer.echo(f"\n{_sum(found, told)}")
    say(found.not_rechecked)


def _row(each: "FlightTrial") -> tuple[object, ...]:
    return (
        f"{each.began:%Y-%m-%d %H:%M:%S}Z",
        f"{(each.ended - each.began).total_seconds():.0f} s",
        each.callsign,
        each.slot,
        each.before,
        each.after,
        _moved(each.earlier, each.earlier_s),
        _moved(each.later, each.later_s),
        each.gone or "",
        each.new or "",
        each.for_nothing or "",
    )


def _moved(number: int, most_s: float) -> str:
    return f"{number}, to {most_s:.1f} s" if number else ""


def _sum(found: "TrialOf", told: "list[FlightTrial]") -> str:
    before, after = sum(each.before for each in told), sum(each.after for each in told)
    hours = sum((each.ended - each.began).total_seconds() for each in told) / 3600
    words = [
        f"{counted(len(told), 'flight')}, {hours:.1f} h: {counted(before, 'alarm')} {found.before}, {after} with {found.after}",
        f"{sum(each.earlier for each in told)} earlier",
        f"{sum(each.later for each in told)} later",
        f"{sum(each.gone for each in told)} gone",
        f"{sum(each.new for each in told)} new",
        f"of those {sum(each.for_nothing for each in told)} for nothing",
        f"{sum(each.changed for each in told)} of the flights changed",
    ]
    failed = len(found.flights) - len(told)
    return "; ".join(words) + (f"; {failed} not rechecked" if failed else "")
