"""`rangeops review`: what the range did by itself, and whether it was right, late or unneeded."""

from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, print_table, say, with_client

if TYPE_CHECKING:
    from rangeops.wire.enforcement import ReviewCounts

app = typer.Typer(help="Judge what the range did by itself.", no_args_is_help=True)


@app.command("list")
def list_(
    context: typer.Context,
    *,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what nobody has judged.")] = False,
    json: Json = False,
) -> None:
    """Each automatic command, newest first, with the times at which it was sent, acknowledged and seen."""
    reviews = with_client(settings_of(context), lambda client: client.reviews())
    items = [item for item in reviews.items if item.verdict is None or not waiting]
    if json:
        print_json(reviews if not waiting else items)
        return
    print_table(
        ("ITEM", "UTC", "VEHICLE", "COMMAND", "STAGE", "ACK", "SEEN", "WHY", "VERDICT", "BY", "NOTE"),
        (
            (
                x.id,
                f"{x.opened_utc:%Y-%m-%d %H:%M:%SZ}",
                x.callsign,
                x.progress.order.kind.value,
                x.progress.stage.value,
                _seconds(x.progress.ack_after_s),
                _seconds(x.progress.seen_after_s),
                x.progress.order.reason,
                "-" if x.verdict is None else x.verdict.value,
                x.judged_by or "-",
                x.note or "-",
            )
            for x in items
        ),
    )
    say(_counted(reviews.counts))


@app.command()
def judge(
    context: typer.Context,
    item: Annotated[str, typer.Argument(help="As `rangeops review list` names it.")],
    verdict: Annotated[str, typer.Argument(help="right, late or unneeded.")],
    *,
    note: Annotated[str, typer.Option(help="What the verdict rests on; it stands in the record.")],
    json: Json = False,
) -> None:
    """A safety officer's verdict on one of them; a later one counts, and the earlier stays in the record."""
    judged = with_client(settings_of(context), lambda client: client.judge(item, verdict=verdict, note=note))
    if json:
        print_json(judged)
    else:
        say(f"{judged.callsign}: {judged.progress.order.kind.value} was {verdict}")


@app.command()
def stats(context: typer.Context, *, json: Json = False) -> None:
    """How many were right, late and unneeded, in all and by why the range acted."""
    reviews = with_client(settings_of(context), lambda client: client.reviews())
    if json:
        print_json({"counts": reviews.counts, "by_reason": reviews.by_reason})
        return
    rows = (*reviews.by_reason, ("all", reviews.counts))
    print_table(
        ("WHY", "RIGHT", "LATE", "UNNEEDED", "TO JUDGE"),
        ((why, x.right, x.late, x.unneeded, x.open) for why, x in rows),
    )


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


def _counted(counts: "ReviewCounts") -> str:
    return f"right {counts.right}, late {counts.late}, unneeded {counts.unneeded}, to judge {counts.open}"
