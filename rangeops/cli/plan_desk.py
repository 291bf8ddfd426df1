"""`rangeops plan submit|list`: plans handed in to the range, and its verdicts. These need the server."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli.exits import ANSWER_IS_NO
from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_failed, print_json, print_table, say, with_client
from rangeops.domain.errors import Invalid
from rangeops.files import read_file

if TYPE_CHECKING:
    from rangeops.client.api import Client
    from rangeops.wire.api import PlanView

Slot = Annotated[
    str | None,
    typer.Option(help="The booked slot that it is for, whose company, volume and airframe it then has."),
]


def submit(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A plan: .plan, .waypoints, KML, GPX, CSV.")],
    *,
    slot: Slot = None,
    company: Annotated[str | None, typer.Option(help="Whose it is, where no slot says so.")] = None,
    volume: Annotated[str | None, typer.Option(help="The bookable volume it is to fly in.")] = None,
    airframe: Annotated[str | None, typer.Option(help="One of hardware/airframes.")] = None,
    name: Annotated[
        str | None, typer.Option(help="The file's name unless told; the same again is the next revision.")
    ] = None,
    json: Json = False,
) -> None:
    """Hand a plan in to the running range, and get its verdict. Exit 0: it passed; 1: it didn't, and is kept with why."""
    from rangeops.domain.slots import SlotId

    content = read_file(file)

    async def call(client: "Client") -> "PlanView":
        about = company, volume, airframe
        if slot is not None:
            if any(about):
                raise Invalid("the slot says them", where="--slot", do="Leave out --company, --volume and --airframe.")
            booked = await client.slot(SlotId(slot))
            about = booked.company, booked.volume, booked.airframe
        whose, where, what = about
        if whose is None or where is None or what is None:
            raise Invalid(
                "neither a slot nor company, volume and airframe are given",
                where="plan submit",
                do="Give --slot, or --company, --volume and --airframe.",
            )
        return await client.submit_plan(
            content,
            file_name=file.name,
            name=name or file.stem,
            company=whose,
            volume=where,
            airframe=what,
            slot=slot or "",
        )

    plan = with_client(settings_of(context), call)
    if json:
        print_json(plan)
    else:
        print_failed(plan.checks)
        say(
            f"plan {plan.id} ({plan.name}, revision {plan.revision}) {plan.verdict}{f', for slot {slot}' if slot else ''}"
        )
    if plan.verdict != "passed":
        raise typer.Exit(ANSWER_IS_NO)


def list_(context: typer.Context, *, json: Json = False) -> None:
    """The plans that were handed in to the running range, newest first."""
    plans = with_client(settings_of(context), lambda client: client.plans())
    if json:
        print_json(plans)
        return
    rows = (
        (p.id, p.name, p.revision, p.company, p.volume, p.airframe, f"{p.submitted_utc:%Y-%m-%d %H:%MZ}", p.verdict)
        for p in plans
    )
    print_table(("PLAN", "NAME", "REVISION", "COMPANY", "VOLUME", "AIRFRAME", "HANDED IN", "VERDICT"), rows)
