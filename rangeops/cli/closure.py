"""`rangeops closure`: when some of the range is nobody's."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, print_table, say, with_client
from rangeops.cli.slot_terms import drawn as read_drawn
from rangeops.cli.times import time_of

if TYPE_CHECKING:
    from rangeops.domain.closures import Closure
    from rangeops.wire.api import ClosureRequest, ClosureView

app = typer.Typer(help="Closures: when some of the range is nobody's.", no_args_is_help=True)

Volumes = Annotated[
    list[str] | None, typer.Option("--volume", help="What it closes; the whole range without any.", show_default=False)
]
_EVERYWHERE_M = (-500.0, 9000.0)


@app.command("list")
def list_(context: typer.Context, *, json: Json = False) -> None:
    """What is closed, when next, and whom it concerns. Times are UTC."""
    found = with_client(settings_of(context), lambda client: client.closures())
    if json:
        print_json(found)
        return
    rows = (
        (
            view.closure.id,
            view.closure.kind.value,
            view.closure.basis.value,
            view.closure.where(),
            ", ".join(f"{opens:%d %b %H:%M}-{ends:%H:%MZ}" for opens, ends in view.times[:2]) or "over",
            view.closure.rule or "once",
            " ".join(each.slot for each in view.concerned) or "-",
            view.closure.title,
        )
        for view in found
    )
    print_table(("CLOSURE", "KIND", "BASIS", "WHERE", "NEXT", "RULE", "CONCERNS", "TITLE"), rows)


@app.command()
def add(
    context: typer.Context,
    title: Annotated[str, typer.Argument(help="Why, in a few words.")],
    starts: Annotated[str, typer.Argument(help="UTC, e.g. 2026-11-25T08:00Z, or `now`.")],
    *,
    minutes: Annotated[int, typer.Option(min=1, max=576_000, help="How long it lasts, each time.")],
    kind: Annotated[str, typer.Option(help="traffic, event, nature, works.")] = "works",
    volume: Volumes = None,
    drawn: Annotated[
        Path | None, typer.Option(help="GeoJSON with one polygon: closed at every height.", show_default=False)
    ] = None,
    rule: Annotated[
        str, typer.Option(help="RFC 5545, in local time: FREQ=WEEKLY;BYDAY=WE;UNTIL=20261231.", show_default=False)
    ] = "",
    law: Annotated[bool, typer.Option("--law", help="It is law, no house rule.")] = False,
    spare: Annotated[list[str] | None, typer.Option(help="A slot that it doesn't concern.", show_default=False)] = None,
    json: Json = False,
) -> None:
    """Close something, once or again and again. Says who must move; cancels nobody."""
    from rangeops.wire.api import ClosureRequest

    begins = time_of(starts)
    request = ClosureRequest(
        kind=kind,
        title=title,
        starts=begins,
        ends=begins + timedelta(minutes=minutes),
        volumes=tuple(volume or ()),
        drawn=read_drawn(drawn, *_EVERYWHERE_M),
        rule=rule,
        basis="law" if law else "house rule",
        spared=tuple(spare or ()),
    )
    _close(context, request, json=json)


@app.command()
def emergency(
    context: typer.Context,
    title: Annotated[str, typer.Argument(help="Who comes: HEMS Lifeliner 4, fire brigade …")],
    *,
    minutes: Annotated[int, typer.Option(min=1, max=1440)] = 30,
    volume: Volumes = None,
    exercise: Annotated[bool, typer.Option("--exercise", help="Of the safety campus; else a real call-out.")] = False,
    spare: Annotated[
        list[str] | None, typer.Option(help="The emergency service's own slot.", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """An emergency service flies now: says who must land, hold or wait. Commands stay one key each."""
    from rangeops.wire.api import ClosureRequest

    begins = time_of("now")
    request = ClosureRequest(
        kind="exercise" if exercise else "call-out",
        title=title,
        starts=begins,
        ends=begins + timedelta(minutes=minutes),
        volumes=tuple(volume or ()),
        spared=tuple(spare or ()),
    )
    _close(context, request, json=json)


@app.command()
def remove(
    context: typer.Context,
    closure: str,
    *,
    reason: Annotated[str, typer.Option(help="Why, in a few words.")],
    json: Json = False,
) -> None:
    """Lift a closure; what is free again is offered to who waits."""
    from rangeops.client.api import Client
    from rangeops.domain.closures import ClosureId

    async def call(client: Client) -> "Closure":
        seen = (await client.closure(ClosureId(closure))).closure
        return await client.lift_closure(seen.id, version=seen.version, reason=reason)

    lifted = with_client(settings_of(context), call)
    if json:
        print_json(lifted)
    else:
        say(f"closure {lifted.id} ({lifted.title}) is lifted")


def _close(context: typer.Context, request: "ClosureRequest", *, json: bool) -> None:
    view: ClosureView = with_client(settings_of(context), lambda client: client.close_airspace(request))
    if json:
        print_json(view)
        return
    say(f"closure {view.closure.id}: {view.closure.where()} from {view.closure.starts:%Y-%m-%d %H:%MZ}")
    if not view.concerned:
        say("nobody who is approved is concerned")
        return
    rows = (
        (
            each.must.upper(),
            each.slot,
            each.company,
            each.callsign,
            f"{each.starts:%d %b %H:%M}-{each.ends:%H:%MZ}",
            each.call,
            "; ".join(f"{x.volume} {x.starts:%d %b %H:%MZ}" for x in each.alternatives) or "-",
        )
        for each in view.concerned
    )
    print_table(("MUST", "SLOT", "COMPANY", "VEHICLE", "TIME", "CALL", "INSTEAD"), rows)
