"""`rangeops duty`: who is on duty, going on, taking over, going off."""

from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, print_table, say, with_client

if TYPE_CHECKING:
    from rangeops.domain.duty import Position
    from rangeops.wire.duty import DutyView

app = typer.Typer(help="Who is on duty. Without a word: list them.", invoke_without_command=True)

PositionName = Annotated[str, typer.Argument(help="operator or range-safety-officer.")]
Note = Annotated[str, typer.Option(help="What else is to be in the record.")]


@app.callback()
def list_(context: typer.Context, *, json: Json = False) -> None:
    if context.invoked_subcommand is not None:
        return
    duty = with_client(settings_of(context), lambda client: client.duty())
    if json:
        print_json(duty)
        return
    print_table(
        ("POSITION", "ON DUTY", "NAME", "SINCE", "TOOK IT FROM"),
        (
            (
                view.position, view.user or "nobody", view.full_name,
                f"{view.since_utc:%d %b %H:%M} UTC" if view.user and view.since_utc else "",
                view.taken_from if view.user else "",
            )
            for view in duty
        ),
    )  # fmt: skip


@app.command()
def take(
    context: typer.Context,
    position: PositionName,
    *,
    handover: Annotated[
        str,
        typer.Option(help="Hash of the hand-over page that you have read (rangeops handover); from another only so."),
    ] = "",
    note: Note = "",
    json: Json = False,
) -> None:
    """Go on duty; from whoever is, you take over, with the hand-over page acknowledged."""
    wanted, seen = _seen(context, position)
    _tell(
        with_client(
            settings_of(context),
            lambda client: client.take_duty(wanted, version=seen.version, handover=handover, note=note),
        ),
        json=json,
    )


@app.command()
def leave(context: typer.Context, position: PositionName, *, note: Note = "", json: Json = False) -> None:
    """Go off duty: nobody is in that position then."""
    wanted, seen = _seen(context, position)
    _tell(
        with_client(settings_of(context), lambda client: client.leave_duty(wanted, version=seen.version, note=note)),
        json=json,
    )


def _seen(context: typer.Context, name: str) -> "tuple[Position, DutyView]":
    from rangeops.domain.duty import position_of

    position = position_of(name)
    duty = with_client(settings_of(context), lambda client: client.duty())
    return position, next(view for view in duty if view.position == position.value)


def _tell(view: "DutyView", *, json: bool) -> None:
    if json:
        print_json(view)
        return
    took = f", taken over from {view.taken_from}" if view.user and view.taken_from else ""
    say(f"{view.user or 'nobody'} is on duty as {view.title}{took}")
