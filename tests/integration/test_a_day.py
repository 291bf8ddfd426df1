"""A day over the real API: a booking said twice, closures, a delay accepted as a whole, who may and who may not."""

from datetime import UTC, datetime, timedelta

import pytest
from desk import D07

from rangeops.domain.closures import ClosureId
from rangeops.domain.errors import Conflict, Forbidden, NotFound, Refused
from rangeops.domain.slot_terms import Emission, SlotTerms
from rangeops.domain.slots import SlotEvent, SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.wire.api import ClosureRequest, MoveRequest, SlotRequest

SIK = Emission("sik-868", 869.4, 869.65, 500, 10)
NOON = (datetime.now(UTC) + timedelta(days=2)).replace(hour=12, minute=0, second=0, microsecond=0)


def request(minutes=0, sysid=D07, **terms):
    starts = NOON + timedelta(minutes=minutes)
    return SlotRequest(
        "ACME", "NORTH", starts, starts + timedelta(minutes=30), Sysid(sysid), f"D{sysid}", "survey-quad", "ch 2",
        terms=SlotTerms(**terms),
    )  # fmt: skip


async def approved(client, *arguments, **terms):
    slot = await client.book(request(*arguments, **terms))
    return await client.change_slot(slot.id, SlotEvent.APPROVE, version=slot.version)


async def test_a_booking_that_is_said_twice_is_one_slot(client):
    slot = await client.book(request(emissions=(SIK,), phones=("06",)), key="k1")
    assert await client.book(request(emissions=(SIK,), phones=("06",)), key="k1") == slot
    with pytest.raises(Conflict, match="something else"):
        await client.book(request(30), key="k1")
    assert len(await client.slots()) == 1


async def test_what_is_asked_of_a_slot_comes_over_the_wire_and_back(client):
    slot = await approved(client, emissions=(SIK,), set_up_minutes=15)
    assert (await client.slot(slot.id)).terms == SlotTerms(emissions=(SIK,), set_up_minutes=15)
    (line,) = await client.spectrum()
    assert (line.slot, line.emission, line.starts) == (slot.id, SIK, NOON - timedelta(minutes=15))
    assert [each.kind for each in await client.alternatives(slot.id)][-2:] == ["volume", "volume"]
    assert await client.permissions_due(slot.id) == ()
    with pytest.raises(Refused, match="not legal here"):
        await client.book(request(60, emissions=(Emission("sik-915", 902, 928, 100),)))


async def test_a_closure_is_made_listed_and_lifted(client):
    slot = await approved(client)
    asked = ClosureRequest("works", "mowing", NOON, NOON + timedelta(hours=1), ("NORTH",), rule="FREQ=DAILY;COUNT=3")
    view = await client.close_airspace(asked)
    assert [each.slot for each in view.concerned] == [slot.id]
    assert len(view.times) == 3
    assert await client.closures() == (view,)
    assert [each.slot for each in await client.concerned()] == [slot.id]
    lifted = await client.lift_closure(view.closure.id, version=1, reason="done")
    assert lifted.removed_utc is not None
    assert await client.closures() == ()
    assert (await client.closure(view.closure.id)).closure == lifted
    with pytest.raises(NotFound):
        await client.closure(ClosureId("C9"))


async def test_a_delay_is_shown_then_accepted_as_a_whole(client):
    late, after = await approved(client), await approved(client, 35, 8)
    shift = await client.delay(late.id, 10)
    assert [(move.slot, move.new_starts) for move in shift.moves] == [
        (late.id, NOON + timedelta(minutes=10)),
        (after.id, NOON + timedelta(minutes=45)),
    ]
    await client.accept_shift(shift.moves, reason="late lorry")
    with pytest.raises(Conflict):
        await client.accept_shift(shift.moves, reason="late lorry")
    moved = await client.slot(after.id)
    wanted = MoveRequest(NOON + timedelta(hours=3), moved.version, "wish", "WEST")
    assert (await client.move_slot(after.id, wanted)).volume == "WEST"


async def test_notices_and_clocks_are_kept_to_their_time(client):
    slot = await approved(client)
    told = await client.acknowledge_notice(slot.id, "briefing", who="Jan")
    assert [each.who for each in told.acknowledged] == ["Jan"]
    with pytest.raises(Conflict, match="clock doesn't run"):
        await client.stop_clock(slot.id, "weather", version=told.version)
    assert set(await client.lost_minutes(NOON, NOON + timedelta(days=1))) == {"client", "range", "weather", "traffic"}


async def test_a_company_closes_nothing_and_moves_nobody(client):
    slot = await approved(client)
    await client.set_password("op1", "correct horse battery")
    await client.add_user(
        "acme1", full_name="A", roles=["company-member"], company="ACME", confirm="correct horse battery"
    )
    token = (await client.new_token("acme1", confirm="correct horse battery")).token
    from rangeops.client.api import Client
    from rangeops.client.calls import Address

    url = client.address().url
    async with Client(lambda: Address(url, token)) as acme:
        with pytest.raises(Forbidden):
            await acme.close_airspace(ClosureRequest("works", "x", NOON, NOON + timedelta(hours=1)))
        with pytest.raises(Forbidden):
            await acme.move_slot(slot.id, MoveRequest(NOON + timedelta(hours=3), slot.version, "wish"))
        assert (await acme.acknowledge_notice(SlotId(slot.id), "briefing", who="Eva")).acknowledged
