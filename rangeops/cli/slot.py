"""`rangeops slot`: who may have which volume when."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli import slot_day, slot_out, slot_terms
from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, print_table, say, with_client
from rangeops.cli.times import time_of
from rangeops.domain.errors import Refused
from rangeops.files import write_whole

if TYPE_CHECKING:
    from rangeops.domain.slots import Slot
    from rangeops.wire.api import WritesView

app = typer.Typer(help="Slots: who may have which volume when.", no_args_is_help=True)
for command in (
    slot_out.ics,
    slot_out.notam,
    slot_out.mail,
    slot_day.change,
    slot_day.move,
    slot_day.delay,
    slot_day.clock,
    slot_day.acknowledge,
    slot_day.alternatives,
    slot_day.permissions,
    slot_day.spectrum,
):
    app.command()(command)


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
    priority: Annotated[int, typer.Option(min=1, max=9, help="9 is the highest.")] = 1,
    aircraft: Annotated[str, typer.Option(help="Register id of the very aircraft.", show_default=False)] = "",
    pilot: Annotated[list[str] | None, typer.Option(help="Register id; again for more.", show_default=False)] = None,
    spare_pilot: Annotated[str, typer.Option(help="Register id.", show_default=False)] = "",
    channel: Annotated[str, typer.Option(help="Voice channel.", show_default=False)] = "",
    phone: Annotated[list[str] | None, typer.Option(help="Of the pilot; again for more.", show_default=False)] = None,
    radio: Annotated[
        list[str] | None,
        typer.Option(help="KIND:LOW-HIGH:MW:DUTY, e.g. sik-868:869.4-869.65:500:10.", show_default=False),
    ] = None,
    authorisation: Annotated[str, typer.Option(help="own, open or test-privilege.")] = "own",
    authorisation_by: Annotated[str, typer.Option(help="Whose test privilege it is.", show_default=False)] = "",
    permit: Annotated[
        list[str] | None, typer.Option(help="NAME=REFERENCE; again for more.", show_default=False)
    ] = None,
    dark_permission: Annotated[str, typer.Option(help="The authority's, to fly in the dark.", show_default=False)] = "",
    set_up: Annotated[int, typer.Option(min=0, max=240, help="Minutes on the ground before.")] = 0,
    clear_down: Annotated[int, typer.Option(min=0, max=240, help="Minutes on the ground after.")] = 0,
    time_out: Annotated[int, typer.Option(min=0, max=240, help="Minutes of its one time-out.")] = 0,
    needs: Annotated[
        list[str] | None,
        typer.Option(help="Of the range's crews and equipment, e.g. crew=1; again for more.", show_default=False),
    ] = None,
    jam: Annotated[str, typer.Option(help="It jams GNSS: PERMIT:REACH_M:GRACE_MINUTES.", show_default=False)] = "",
    accept_jamming: Annotated[
        bool, typer.Option("--accept-jamming", help="It flies on within reach of jamming; nothing automatic then.")
    ] = False,
    drawn: Annotated[
        Path | None, typer.Option(help="GeoJSON with one polygon; VOLUME is then its name.", show_default=False)
    ] = None,
    floor: Annotated[float | None, typer.Option(help="Of what is drawn, m AMSL.", show_default=False)] = None,
    ceiling: Annotated[float | None, typer.Option(help="Of what is drawn, m AMSL.", show_default=False)] = None,
    key: Annotated[
        str,
        typer.Option(help="Your own word for this request: said again, it books nothing twice.", show_default=False),
    ] = "",
    json: Json = False,
) -> None:
    """Ask for a slot. Refused with the reason and the nearest free time where it can't be."""
    from rangeops.domain.slot_terms import SlotTerms  # --help loads no domain
    from rangeops.domain.telemetry import Sysid
    from rangeops.wire.api import SlotRequest

    start = time_of(starts)
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
        drawn=slot_terms.drawn(drawn, floor, ceiling),
        terms=SlotTerms(
            priority=priority,
            aircraft=aircraft,
            pilots=tuple(pilot or ()),
            spare_pilot=spare_pilot,
            voice_channel=channel,
            phones=tuple(phone or ()),
            authorisation=slot_terms.authorisation(authorisation),
            authorisation_by=authorisation_by,
            emissions=tuple(map(slot_terms.emission, radio or ())),
            jamming=slot_terms.jamming(jam),
            accepts_gnss_denied=accept_jamming,
            permits=tuple(map(slot_terms.permit, permit or ())),
            dark_permission=dark_permission,
            set_up_minutes=set_up,
            clear_down_minutes=clear_down,
            time_out_minutes=time_out,
            needs=tuple(map(slot_terms.need, needs or ())),
        ),
    )
    slot = with_client(settings_of(context), lambda client: client.book(request, key=key))
    slot_day.told(slot, json=json)
    if slot.reason and not json:
        say(slot.reason)


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
    write_whole(output, content)
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
