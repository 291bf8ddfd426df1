"""`rangeops slot`: who may have which volume when."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, print_table, say, with_client
from rangeops.domain.errors import Invalid, Refused

if TYPE_CHECKING:
    from rangeops.domain.slots import Slot
    from rangeops.wire.api import WritesView

app = typer.Typer(help="Slots: who may have which volume when.", no_args_is_help=True)


@app.command("list")
def list_(
    context: typer.Context,
    *,
    affected: Annotated[
        bool, typer.Option("--affected", help="Only what a change of the zones closes or refuses.")
    ] = False,
    json: Json = False,
) -> None:
    """All slots, earliest first. Times are UTC."""
    if affected:
        _list_affected(context, json=json)
        return
    slots = with_client(settings_of(context), lambda client: client.slots())
    if json:
        print_json(slots)
        return
    print_table(
        ("SLOT", "STATE", "FROM", "TO", "VOLUME", "COMPANY", "VEHICLE", "PLAN", "REASON"),
        (_row(slot) for slot in slots),
    )


@app.command()
def book(
    context: typer.Context,
    volume: Annotated[str, typer.Argument(help="A bookable volume of the range, e.g. EAST.")],
    starts: Annotated[str, typer.Argument(help="UTC, e.g. 2026-11-24T08:00Z, or `now`.")],
    *,
    minutes: Annotated[int, typer.Option(min=1, max=1440)] = 45,
    company: Annotated[str, typer.Option()],
    callsign: Annotated[str, typer.Option()],
    sysid: Annotated[int, typer.Option(min=1, max=255, help="The vehicle's MAVLink system id.")],
    airframe: Annotated[str, typer.Option(help="One of hardware/airframes.")],
    contact: Annotated[str, typer.Option(help="Radio channel or telephone of the pilot.")],
    plan: Annotated[str | None, typer.Option(help="The id of a plan that passed.", show_default=False)] = None,
    consent: Annotated[
        str,
        typer.Option(
            metavar="WHO",
            help="Who agrees for the company to what the range may write to the vehicle, and puts back when the slot ends.",
            show_default=False,
        ),
    ] = "",
    json: Json = False,
) -> None:
    """Ask for a slot. Refused with the reason and the nearest free time where it can't be."""
    from rangeops.domain.telemetry import Sysid  # --help loads no domain
    from rangeops.wire.api import SlotRequest

    start = _time(starts)
    request = SlotRequest(
        company=company,
        volume=volume,
        starts=start,
        ends=start + timedelta(minutes=minutes),
        sysid=Sysid(sysid),
        callsign=callsign,
        airframe=airframe,
        contact=contact,
        plan=plan,
        consent=consent,
    )
    slot = with_client(settings_of(context), lambda client: client.book(request))
    if json:
        print_json(slot)
    else:
        say(f"slot {slot.id} is {slot.state.value}: {slot.volume} {slot.starts:%Y-%m-%d %H:%MZ} to {slot.ends:%H:%MZ}")


@app.command()
def writes(context: typer.Context, slot: str, *, json: Json = False) -> None:
    """What loading its fence would change on the slot's vehicle, read from the vehicle now. Nothing is written."""
    from rangeops.domain.slots import SlotId

    view = with_client(settings_of(context), lambda client: client.writes(SlotId(slot)))
    if json:
        print_json(view)
        return
    _show(view)
    say(f"agreed: {view.agreed}" if view.agreed else "nobody has agreed to this yet")


@app.command()
def agree(
    context: typer.Context,
    slot: str,
    *,
    who: Annotated[str, typer.Option(help="The pilot who agreed by word, or who else spoke for the company.")],
    sha256: Annotated[
        str | None, typer.Option(help="Of the diff that was read out; without it, it is shown and asked.")
    ] = None,
    json: Json = False,
) -> None:
    """Record that what loading the fence would change was read out, and who agreed. Nothing else will be loaded."""
    from rangeops.domain.slots import SlotId

    if sha256 is None:
        view = with_client(settings_of(context), lambda client: client.writes(SlotId(slot)))
        _show(view)
        if not typer.confirm(f"Does {who} agree to this?", err=True):
            raise Refused("nobody agreed", where=f"slot {slot}", do="Without consent nothing is written.")
        sha256 = view.sha256
    agreed = with_client(settings_of(context), lambda client: client.agree(SlotId(slot), who=who, sha256=sha256))
    if json:
        print_json(agreed)
    else:
        say(f"slot {slot}: {agreed.agreed} ({agreed.sha256[:12]}…)")


@app.command()
def export(
    context: typer.Context,
    slot: str,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to.")],
) -> None:
    """Write what the slot grants as a file signed with the range's key, for `rangeops plan check --slot` anywhere."""
    from rangeops import offline  # --help loads no geometry
    from rangeops.domain.slots import SlotId

    content = with_client(settings_of(context), lambda client: client.slot_sheet(SlotId(slot)))
    sheet, key = offline.read_sheet(content, where=f"slot {slot}")
    offline.write_file(output, content)
    say(f"{output}: slot {sheet.slot}, {sheet.volume.id}, zones {sheet.zones_version}; give its users this key: {key}")


def _list_affected(context: typer.Context, *, json: bool) -> None:
    found = with_client(settings_of(context), lambda client: client.affected())
    if json:
        print_json(found)
        return
    rows = ((x.slot or "-", x.plan or "-", x.company, x.zones_sha256[:8] or "-", "; ".join(x.why)) for x in found)
    print_table(("SLOT", "PLAN", "COMPANY", "ZONES", "WHY"), rows)
    if not found:
        say("the zones of today change nothing that was approved")


def _show(view: "WritesView") -> None:
    say(f"slot {view.slot}: what the range writes to {view.callsign} (sysid {view.sysid}), {view.sha256}")
    print_table(("WHAT", "NOW", "RANGE'S"), ((x.what, x.before, x.after) for x in view.differences))


def _time(text: str) -> datetime:
    if text == "now":
        return datetime.now(UTC).replace(microsecond=0)
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(
            f"{text!r:.40} is not a time", where="the slot's start", do="Write it as 2026-11-24T08:00Z."
        ) from error
    if time.tzinfo is None:
        raise Invalid("the time has no zone", where="the slot's start", do="End it with Z for UTC, or an offset.")
    return time.astimezone(UTC)


def _row(slot: "Slot") -> tuple[object, ...]:
    return (
        slot.id,
        slot.state.value,
        f"{slot.starts:%Y-%m-%d %H:%MZ}",
        f"{slot.ends:%H:%MZ}",
        slot.volume,
        slot.company,
        f"{slot.callsign} ({slot.sysid})",
        slot.plan or "-",
        slot.reason,
    )
