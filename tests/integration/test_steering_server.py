"""Inhibits, offers and sectors over HTTP: what the watch says counts, and whoever can't be reached is named."""

import asyncio
from dataclasses import replace

import pytest
from desk import D07, vehicle
from serving import until

from rangeops.domain.commands import CommandKind, CommandOrder, CommandStage
from rangeops.domain.errors import Conflict, Invalid, Refused, Unavailable
from rangeops.domain.next_act import NextAct
from rangeops.domain.policy import Rung
from rangeops.domain.telemetry import Sysid
from rangeops.wire.enforcement import ActOrdered, EpisodeAsk, EpisodeAsked
from rangeops.wire.questions import Answer

OFFER = NextAct(CommandKind.LAND, 0.0, "outside range", Rung.OUTSIDE_RANGE, offered=True)
EAST = {"latitude_deg": 52.2756, "longitude_deg": 6.8985}


async def answered(watch, call, **answer):
    """What becomes of a call when the watch answers so what it is asked."""
    calling = asyncio.ensure_future(call)
    asked = await until(lambda: watch.of(EpisodeAsked))
    watch.wire.send(Answer(asked[-1].id, asked[-1].sysid, **answer))
    return asked[-1], await calling


async def test_an_inhibit_reaches_the_watch_with_who_and_why(client, watch):
    asked, _ = await answered(watch, client.inhibit(D07, reason="turns"))
    assert (asked.sysid, asked.ask, asked.by, asked.reason) == (7, EpisodeAsk.INHIBIT, "op1", "turns")


async def test_the_watchs_no_is_the_answer_and_in_the_record(client, watch):
    with pytest.raises(Refused, match="outside its contingency volume"):
        await answered(watch, client.let_fly(D07, reason="turns"), failure="it is outside its contingency volume")
    lines = [line.text for line in await client.log()]
    assert lines[-1] == "sysid 7: let-fly was refused: it is outside its contingency volume"


async def test_with_no_watch_nothing_is_held_back(client):
    with pytest.raises(Unavailable, match="no watch is running"):
        await client.inhibit(D07, reason="turns")


async def seen(client, holds):
    """Until the watch is alive to the server, which on a busy machine can miss a second of it, and its vehicles are so."""
    now, live = client.operations.clock, client.operations.live
    await until(lambda: holds(live.picture(now()).vehicles) and live.enforcing(now()))


async def offers(client, watch, act):
    watch.vehicles = (vehicle(7, next_act=act),)
    await seen(client, lambda vehicles: [each.next_act for each in vehicles] == [act])


async def test_what_is_offered_is_sent_with_nothing_retyped_and_nothing_else_is(client, watch):
    await offers(client, watch, OFFER)
    with pytest.raises(Conflict, match="rtl isn't what the range offers"):
        await client.take_up(D07, CommandKind.RTL, reason="as offered")
    progress = await client.take_up(D07, CommandKind.LAND, reason="as offered")
    assert progress.stage is CommandStage.QUEUED
    (order,) = await until(lambda: watch.of(CommandOrder))
    assert (order.kind, order.by) == (CommandKind.LAND, "op1")


@pytest.mark.parametrize("act", [None, replace(OFFER, offered=False)])
async def test_an_offer_that_is_gone_sends_nothing(client, watch, act):
    await offers(client, watch, act)
    with pytest.raises(Conflict):
        await client.take_up(D07, CommandKind.LAND, reason="as offered")
    with pytest.raises(Invalid, match="number was not typed"):
        await client.command(D07, CommandKind.LAND, reason="as offered")
    assert watch.of(CommandOrder) == []


async def test_a_cleared_sector_is_one_message_to_the_watch(client, watch):
    watch.vehicles = (vehicle(7, **EAST), vehicle(8, callsign="D08", altitude_amsl_m=150.0, **EAST))
    now = client.operations.clock
    await seen(client, lambda vehicles: len(vehicles) == 2)
    assert [member.callsign for member in (await client.sector("east")).members] == ["D08", "D07"]
    cleared = await client.clear_sector("east", how="rtl", reason="helicopter", typed="EAST")
    (act,) = await until(lambda: watch.of(ActOrdered))
    assert act.id == cleared.id
    assert [(order.sysid, order.kind, order.act) for order in act.orders] == [
        (8, CommandKind.RTL, act.id),
        (7, CommandKind.RTL, act.id),
    ]
    assert all(order.not_after_s is not None or order.lease == 0 for order in act.orders)
    assert [progress.stage for progress in cleared.commands] == [CommandStage.QUEUED] * 2
    shown = [each.order.act for each in client.operations.live.picture(now()).commands]
    assert shown == [act.id] * 2, "every screen sees it as one"


async def test_whoever_cannot_be_reached_is_refused_in_the_answer_and_named_in_the_record(client, watch):
    watch.vehicles = (vehicle(7, **EAST),)
    now = client.operations.clock
    await seen(client, lambda vehicles: len(vehicles) == 1)
    watch.silent = True
    await until(lambda: not client.operations.live.enforcing(now()))
    cleared = await client.clear_sector("WHOLE RANGE", how="hold", reason="helicopter", typed="WHOLE RANGE")
    (progress,) = cleared.commands
    assert progress.refused_by_range
    assert progress.order.sysid == Sysid(7)
    assert watch.of(ActOrdered) == []
    lines = [line.text for line in await client.log()]
    assert any(f"{cleared.id}: NOT sent to 7" in line for line in lines)


async def test_a_command_that_waited_for_the_record_does_not_get_more_time_for_it(client, watch, monkeypatch):
    """On a slow disk it went out eight seconds late, with another five to be carried out in."""
    clock_s = [100.0]
    desk, live = client.operations.services.commands, client.operations.live
    recorded = desk.order

    def slowly(_desk, *words):
        clock_s[0] += 9.0
        return recorded(*words)

    monkeypatch.setattr(type(desk), "order", slowly)
    monkeypatch.setattr(type(live), "clock_of", lambda _live, _watch: clock_s[0])
    await client.command(D07, CommandKind.HOLD, reason="traffic")
    (order,) = await until(lambda: watch.of(CommandOrder))
    assert order.not_after_s == 105.0
