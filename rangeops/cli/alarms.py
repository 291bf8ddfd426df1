"""`rangeops alarms`: what stands, what is done to it, and how the alarm system does."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import counted, print_json, print_table, say, with_client
from rangeops.cli.times import written_time
from rangeops.domain.errors import Invalid, NotFound

if TYPE_CHECKING:
    from rangeops.client.api import Client
    from rangeops.domain.alarm_figures import AlarmFigures
    from rangeops.domain.alarms import Alarm, DeedKind

app = typer.Typer(help="Alarms: list, acknowledge, shelve, and the figures of EEMUA 191.", no_args_is_help=True)

Which = Annotated[
    str, typer.Argument(help="An alarm's id, or its source where that has one alarm: D07, or D07/uplink-lost.")
]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why, in a few words.")]
Moment = Annotated[str, typer.Option(help="2026-11-24 or 2026-11-24T05:40; UTC unless it says otherwise.")]
_FLOOD_BARS: Final = 60  # periods shown as bars


@app.command("list")
def list_(
    context: typer.Context,
    *,
    history: Annotated[bool, typer.Option("--history", help="Those of the last day, over or not.")] = False,
    json: Json = False,
) -> None:
    """Every alarm that isn't normal, worst first; those that are shelved, suppressed or out of service too."""

    async def ask(client: "Client") -> "tuple[Alarm, ...]":
        return await client.alarm_history() if history else await client.alarms()

    alarms = with_client(settings_of(context), ask)
    if json:
        print_json(alarms)
        return
    print_table(
        ("P", "STATE", "SINCE", "SOURCE", "CONDITION", "VALUE", "LIMIT", "DO", "WHO", "ID"),
        (
            (
                f"P{x.priority}",
                x.state.value,
                f"{x.raised_utc:%m-%d %H:%M:%SZ}",
                x.source,
                x.title,
                x.value,
                x.limit,
                x.action,
                _who(x),
                x.id,
            )
            for x in alarms
        ),
    )


@app.command()
def ack(context: typer.Context, alarm: Which, *, json: Json = False) -> None:
    """Acknowledge one; one that is latched is reset. There is no acknowledge-all."""
    from rangeops.domain.alarms import DeedKind  # --help loads no domain

    _do(context, alarm, DeedKind.ACKNOWLEDGE, json=json, said="acknowledged")


@app.command()
def shelve(
    context: typer.Context,
    alarm: Which,
    *,
    reason: Reason,
    minutes: Annotated[float, typer.Option("--minutes", "-m", help="A P3 60 at most, a P2 15, a P1 never.")] = 15.0,
    json: Json = False,
) -> None:
    """Put one aside for a time; it comes back by itself."""
    from rangeops.domain.alarms import DeedKind  # --help loads no domain

    _do(context, alarm, DeedKind.SHELVE, json=json, said=f"shelved for {minutes:g} min", reason=reason, minutes=minutes)


@app.command()
def unshelve(context: typer.Context, alarm: Which, *, json: Json = False) -> None:
    """Take one off the shelf before its time."""
    from rangeops.domain.alarms import DeedKind  # --help loads no domain

    _do(context, alarm, DeedKind.UNSHELVE, json=json, said="unshelved")


@app.command()
def note(context: typer.Context, alarm: Which, text: Annotated[str, typer.Argument()], *, json: Json = False) -> None:
    """Leave a note on one, for whoever looks at it next."""
    from rangeops.domain.alarms import DeedKind  # --help loads no domain

    _do(context, alarm, DeedKind.NOTE, json=json, said="noted", reason=text)


@app.command("out-of-service")
def out_of_service(context: typer.Context, alarm: Which, *, reason: Reason, json: Json = False) -> None:
    """Take one out of service until it is put back: a safety officer or an admin, never a P1.

    SOURCE/CONDITION needn't alarm just now: D07/uplink-lost.
    """
    from rangeops.domain.alarms import Condition  # --help loads no domain

    source, _, condition = alarm.rpartition("/")

    async def ask(client: "Client") -> "Alarm | None":
        if source and condition in {each.value for each in Condition}:
            return await client.take_out_of_service(condition, source, reason=reason)
        found = _one(await client.alarms(), alarm)
        return await client.take_out_of_service(found.condition.value, found.source, reason=reason)

    done = with_client(settings_of(context), ask)
    if json:
        print_json(done)
    else:
        say(f"{alarm} is out of service")


@app.command("back-in-service")
def back_in_service(context: typer.Context, alarm: Which, *, json: Json = False) -> None:
    """Put one back in service."""
    from rangeops.domain.alarms import DeedKind  # --help loads no domain

    _do(context, alarm, DeedKind.PUT_BACK, json=json, said="back in service")


@app.command()
def stats(
    context: typer.Context,
    *,
    since: Moment = "",
    until: Moment = "",
    standing_hours: Annotated[float, typer.Option(help="An alarm that stands for longer counts as standing.")] = 24.0,
    json: Json = False,
) -> None:
    """The figures of EEMUA 191 and ISA-18.2, of the last day where no time is given."""

    async def ask(client: "Client") -> "AlarmFigures":
        return await client.alarm_figures(_moment(since), _moment(until), standing_h=standing_hours)

    figures = with_client(settings_of(context), ask)
    if json:
        print_json(figures)
    else:
        _print(figures)


def _do(
    context: typer.Context,
    which: str,
    kind: "DeedKind",
    *,
    json: bool,
    said: str,
    reason: str = "",
    minutes: float = 0.0,
) -> None:
    async def ask(client: "Client") -> "Alarm":
        found = _one(await client.alarms(), which)
        return await client.alarm_deed(found.id, kind, reason=reason, minutes=minutes)

    done = with_client(settings_of(context), ask)
    if json:
        print_json(done)
    else:
        say(f"{done.source}: {done.title}: {said}")


def _one(alarms: "tuple[Alarm, ...]", which: str) -> "Alarm":
    """By id, else by source, or source and condition. Raises NotFound, Invalid."""
    found = [x for x in alarms if x.id == which]
    found = found or [x for x in alarms if which in (x.source, f"{x.source}/{x.condition.value}")]
    if not found:
        raise NotFound(f"no alarm of {which!r} stands", where="alarms", do="See `rangeops alarms list`.")
    if len(found) > 1:
        names = ", ".join(f"{x.source}/{x.condition.value}" for x in found)
        raise Invalid(f"{which} has {len(found)} alarms", where="alarms", do=f"Name one of {names}.")
    return found[0]


def _who(alarm: "Alarm") -> str:
    if alarm.is_removed and alarm.removal is not None:
        until = "" if alarm.removal.until is None else f" until {alarm.removal.until:%H:%MZ}"
        return f"{alarm.removal.by}{until}"
    return alarm.acked_by or "-"


def _moment(text: str) -> datetime | None:
    return written_time(text, where="alarms stats") if text else None


def _print(figures: "AlarmFigures") -> None:
    def seconds(value: float | None) -> str:
        return "none" if value is None else f"{value:.0f} s"

    in_time = "none" if figures.in_time_percent is None else f"{figures.in_time_percent:g} %"
    peak = "" if figures.peak_utc is None else f" from {figures.peak_utc:%Y-%m-%d %H:%MZ}"
    typer.echo(f"{figures.since:%Y-%m-%d %H:%MZ} to {figures.until:%Y-%m-%d %H:%MZ}, one operator position")
    print_table(
        ("FIGURE", "IS", "GOOD"),
        (
            ("alarms announced", figures.announced, ""),
            ("in 10 minutes, on average", f"{figures.average:.2f}", "1, at most 2"),
            ("in 10 minutes, at most", f"{figures.peak}{peak}", "10"),
            ("time with more than 2 in 10 minutes", f"{figures.over_most_percent:g} %", ""),
            ("time in flood", f"{figures.flood_percent:g} %", "under 1 %"),
            ("until acknowledged, median", seconds(figures.ack_p50_s), ""),
            ("until acknowledged, 95 of 100", seconds(figures.ack_p95_s), ""),
            ("acknowledged within the time to respond", in_time, "100 %"),
            ("shelved in this time", figures.shelved, ""),
            ("now unacknowledged", figures.unacknowledged, "0"),
            ("now shelved, suppressed, out of service", _now(figures), ""),
        ),
    )
    if any(figures.counts):
        typer.echo(f"\n10-minute periods, up to {figures.peak}: {_bars(figures.counts)}")
    typer.echo("")
    print_table(
        ("PRIORITY", "ALARMS", "SHARE", "GOOD"),
        ((f"P{x.priority}", x.count, f"{x.percent:g} %", f"{x.wanted_percent:g} %") for x in figures.priorities),
    )
    if figures.top:
        typer.echo("")
        print_table(
            ("TOP SOURCE", "CONDITION", "ALARMS", "SHARE"),
            ((x.source, x.condition, x.count, f"{x.percent:g} %") for x in figures.top),
        )
    if figures.chattering:
        typer.echo("")
        print_table(
            ("CHATTERING", "CONDITION", "ALARMS", "TIMES IN ONE"),
            ((x.source, x.condition, x.occurrences, x.times) for x in figures.chattering),
        )
    if figures.standing:
        typer.echo("")
        print_table(
            ("STANDING", "ALARM", "STATE", "HOURS"),
            ((x.source, x.title, x.state, f"{x.hours:.1f}") for x in figures.standing),
        )
    else:
        typer.echo(f"\nNone stands for over {figures.standing_h:g} h.")


def _now(figures: "AlarmFigures") -> str:
    return f"{figures.now_shelved}, {figures.now_suppressed}, {figures.now_out_of_service}"


def _bars(counts: tuple[int, ...]) -> str:
    """The newest of them, one mark each."""
    marks, shown = " .:-=+*#%@", counts[-_FLOOD_BARS:]
    peak = max(shown) or 1
    bars = "".join(marks[-(-count * (len(marks) - 1) // peak)] for count in shown)
    left = len(counts) - len(shown)
    return f"[{bars}]" + (f" ({counted(left, 'period')} before)" if left else "")
