"""`rangeops sector`: clear a piece of the range at once: everybody in it is held or sent home, and seen to do it."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from rangeops.cli.exits import ANSWER_IS_NO
from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, print_table, say, with_client

if TYPE_CHECKING:
    from rangeops.client.api import Client
    from rangeops.domain.commands import CommandProgress
    from rangeops.wire.enforcement import SectorCleared, SectorView

FOLLOW_S: Final = 10.0  # who isn't seen by then is to be called

app = typer.Typer(help="Clear a sector: hold or return everybody in it.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="A sector of the range, or WHOLE RANGE.")]


@app.command()
def show(context: typer.Context, name: Name, *, json: Json = False) -> None:
    """Whom clearing it would reach now, in the order in which they would be told, and whom to call."""
    view = with_client(settings_of(context), lambda client: client.sector(name))
    if json:
        print_json(view)
        return
    _print_members(view)


@app.command()
def clear(
    context: typer.Context,
    name: Name,
    *,
    hold: Annotated[bool, typer.Option("--hold", help="Hold everybody where he is.")] = False,
    rtl: Annotated[
        bool, typer.Option("--rtl", help="Return everybody whose way home is clear; hold the others.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; it stands in the record.")],
    typed: Annotated[str, typer.Option("--typed", help="The sector's name again; prompted without it.")] = "",
    json: Json = False,
) -> None:
    """Hold or return all vehicles of a sector as one act; ends with how many were seen, and who is to be called."""
    if hold == rtl:
        raise typer.BadParameter("give --hold or --rtl, one of the two")
    settings = settings_of(context)
    if not typed:
        _print_members(with_client(settings, lambda client: client.sector(name)))
        typed = str(typer.prompt(f"Type {' '.join(name.upper().split())} to clear it", err=True))
    how = "hold" if hold else "rtl"
    cleared, progress = with_client(settings, lambda client: _cleared(client, name, how, reason, typed))
    seen = [each for each in progress if each.stage.value == "seen"]
    if json:
        print_json({"act": cleared, "commands": progress})
    else:
        _print_outcome(cleared, progress, len(seen))
    if len(seen) < len(progress):
        raise typer.Exit(ANSWER_IS_NO)


async def _cleared(
    client: "Client", name: str, how: str, reason: str, typed: str
) -> "tuple[SectorCleared, tuple[CommandProgress, ...]]":
    from rangeops.client.follow import followed_all

    cleared = await client.clear_sector(name, how=how, reason=reason, typed=typed)
    return cleared, await followed_all(client, cleared.commands, within_s=FOLLOW_S)


def _print_members(view: "SectorView") -> None:
    print_table(
        ("VEHICLE", "SYSID", "TO CREWED", "PILOT", "WHY"),
        (
            (x.callsign, x.sysid, "-" if x.distance_m is None else f"{x.distance_m:.0f} m", x.pilot or "-", x.why)
            for x in view.members
        ),
    )
    say(f"{view.name}: {len(view.members)} armed")
    for contact in view.contacts:
        say(f"call {contact.call}: {contact.name}, {contact.role}")


def _print_outcome(cleared: "SectorCleared", progress: "tuple[CommandProgress, ...]", seen: int) -> None:
    members = {member.sysid: member for member in cleared.members}
    print_table(
        ("VEHICLE", "COMMAND", "STAGE", "SEEN AFTER", "PILOT", "DETAIL"),
        (
            (
                members[x.order.sysid].callsign,
                x.order.kind.value,
                x.stage.value,
                "-" if x.seen_after_s is None else f"{x.seen_after_s:.2f} s",
                members[x.order.sysid].pilot or "-",
                x.detail or "-",
            )
            for x in progress
        ),
    )
    say(f"{cleared.id}: sector {cleared.sector} by {cleared.how}: {seen} of {len(progress)} seen")
    for x in progress:
        if x.stage.value != "seen":
            say(
                f"call {members[x.order.sysid].pilot or 'the pilot'}: {members[x.order.sysid].callsign}, {x.stage.value}"
            )
    for contact in cleared.contacts:
        say(f"call {contact.call}: {contact.name}, {contact.role}")
