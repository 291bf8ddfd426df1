"""`rangeops slot`, as a day goes: change, move, delay, clock, notices, what would fit instead."""

from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, print_table, say, with_client
from rangeops.cli.times import time_of
from rangeops.domain.errors import Invalid, Refused

if TYPE_CHECKING:
    from rangeops.domain.slots import Slot

Reason = Annotated[str, typer.Option(help="Why, in a few words.")]


def change(
    context: typer.Context,
    slot: str,
    event: Annotated[str, typer.Argument(help="approve, refuse, waitlist, take, decline, brief, close, cancel, miss.")],
    *,
    reason: Reason = "",
    json: Json = False,
) -> None:
    """Move a slot on. `take` and `decline` answer an offer, `miss` says that nobody came."""
    from rangeops.client.api import Client
    from rangeops.domain.slots import SlotEvent, SlotId

    known = {each.value: each for each in SlotEvent}
    if event not in known:
        raise Invalid(f"{event!r:.30} is no change of a slot", where=f"slot {slot}", do=f"Use {', '.join(known)}.")

    async def call(client: Client) -> "Slot":
        seen = await client.slot(SlotId(slot))
        return await client.change_slot(seen.id, known[event], version=seen.version, reason=reason)

    told(with_client(settings_of(context), call), json=json)


def move(
    context: typer.Context,
    slot: str,
    starts: Annotated[str, typer.Argument(help="UTC, e.g. 2026-11-24T08:00Z.")],
    *,
    reason: Reason,
    volume: Annotated[str | None, typer.Option(help="Another volume of the range.", show_default=False)] = None,
    json: Json = False,
) -> None:
    """Another time, or another volume, for a slot that isn't active yet; as long as it was."""
    from rangeops.client.api import Client
    from rangeops.domain.slots import SlotId
    from rangeops.wire.api import MoveRequest

    begins = time_of(starts)

    async def call(client: Client) -> "Slot":
        seen = await client.slot(SlotId(slot))
        return await client.move_slot(seen.id, MoveRequest(begins, seen.version, reason, volume))

    told(with_client(settings_of(context), call), json=json)


def delay(
    context: typer.Context,
    slot: str,
    *,
    minutes: Annotated[int, typer.Option(min=1, max=720, help="By how much it is late.")],
    accept: Annotated[bool, typer.Option("--accept", help="Don't ask.")] = False,
    reason: Reason = "",
    json: Json = False,
) -> None:
    """Shift the rest of the day with the least harm: shown first, then accepted as a whole."""
    from rangeops.domain.slots import SlotId

    shift = with_client(settings_of(context), lambda client: client.delay(SlotId(slot), minutes))
    if json and not accept:
        print_json(shift)
        return
    rows = [
        (each.slot, f"{each.starts:%H:%M}-{each.ends:%H:%MZ}", _after(each.new_starts, each.new_ends))
        for each in shift.moves
    ]
    if not json:
        print_table(("SLOT", "NOW", "THEN"), rows)
        say(f"harm {shift.harm:g} (minutes times priority)")
    if shift.unplaced:
        say(f"no place that day: {', '.join(each.slot for each in shift.unplaced)}; they stay, so call them first")
    if not accept and not typer.confirm("Accept it?", err=True):
        raise Refused("nobody accepted it", where=f"slot {slot}", do="Nothing was moved.")
    why = reason or f"{slot} is {minutes} min late"
    moved = with_client(settings_of(context), lambda client: client.accept_shift(shift.moves, reason=why))
    if json:
        print_json(moved)
    else:
        say(f"moved: {', '.join(each.id for each in moved)}")


def clock(
    context: typer.Context,
    slot: str,
    *,
    stop: Annotated[
        str,
        typer.Option(help="client (its one time-out), range, weather or traffic; without it the clock starts again."),
    ] = "",
    json: Json = False,
) -> None:
    """Stop the slot's clock, or start it: its flight's end moves by as long as it stood."""
    from rangeops.client.api import Client
    from rangeops.domain.slots import SlotId

    async def call(client: Client) -> "Slot":
        seen = await client.slot(SlotId(slot))
        if stop:
            return await client.stop_clock(seen.id, stop, version=seen.version)
        return await client.start_clock(seen.id, version=seen.version)

    told(with_client(settings_of(context), call), json=json)


def acknowledge(
    context: typer.Context,
    slot: str,
    notice: Annotated[str, typer.Argument(help="briefing or debrief.")],
    *,
    who: Annotated[str, typer.Option(help="Who has heard it.")],
    json: Json = False,
) -> None:
    """Record that somebody has heard the briefing, or the debrief."""
    from rangeops.domain.slots import SlotId

    told(
        with_client(settings_of(context), lambda client: client.acknowledge_notice(SlotId(slot), notice, who=who)),
        json=json,
    )


def alternatives(context: typer.Context, slot: str, *, json: Json = False) -> None:
    """Where and when it would fit instead: times, volumes, heights."""
    from rangeops.domain.slots import SlotId

    found = with_client(settings_of(context), lambda client: client.alternatives(SlotId(slot)))
    if json:
        print_json(found)
        return
    rows = (
        (x.kind, x.volume, f"{x.starts:%d %b %H:%M}-{x.ends:%H:%MZ}", f"{x.floor_amsl_m:.0f}-{x.ceiling_amsl_m:.0f}")
        for x in found
    )
    print_table(("OTHER", "VOLUME", "TIME", "M AMSL"), rows)


def permissions(context: typer.Context, slot: str, *, json: Json = False) -> None:
    """What must be asked for ahead of it, and by which day."""
    from rangeops.domain.slots import SlotId

    found = with_client(settings_of(context), lambda client: client.permissions_due(SlotId(slot)))
    if json:
        print_json(found)
        return
    print_table(("PERMISSION", "ASK BY", "REFERENCE"), ((x.permission, x.ask_by, x.reference or "-") for x in found))


def spectrum(context: typer.Context, *, json: Json = False) -> None:
    """The ledger: who holds which part of the spectrum, and when."""
    found = with_client(settings_of(context), lambda client: client.spectrum())
    if json:
        print_json(found)
        return
    rows = (
        (
            f"{x.emission.low_mhz:g}-{x.emission.high_mhz:g}",
            f"{x.emission.power_mw:g}",
            f"{x.emission.duty_percent:g}",
            x.emission.radio,
            x.company,
            x.slot,
            f"{x.starts:%d %b %H:%M}-{x.ends:%H:%MZ}",
        )
        for x in found
    )
    print_table(("MHZ", "MW", "DUTY %", "RADIO", "HOLDER", "SLOT", "TIME"), rows)


def _after(starts: object, ends: object) -> str:
    return "no place" if starts is None or ends is None else f"{starts:%H:%M}-{ends:%H:%MZ}"


def told(slot: "Slot", *, json: bool) -> None:
    """Where a slot is now, after something was done to it."""
    if json:
        print_json(slot)
        return
    say(f"slot {slot.id} is {slot.state.value}: {slot.volume} {slot.starts:%Y-%m-%d %H:%MZ} to {slot.ends:%H:%MZ}")
