"""What people do to slots, their clearance and the timetable: for actions.py, which gives each its key and name."""

import asyncio
import re

from rangeops.client.action import Call, Noun, Receipt, Target, chosen, write_here
from rangeops.client.api import Client
from rangeops.domain.errors import Invalid
from rangeops.domain.slots import SlotEvent
from rangeops.wire.api import MoveRequest


def change(event: SlotEvent) -> Call:
    async def call(client: Client, target: Target) -> Receipt:
        slot_id, version = chosen(target.slot, Noun.SLOT), chosen(target.slot_version, Noun.SLOT)
        slot = await client.change_slot(slot_id, event, version=version, reason=target.reason)
        return Receipt(f"slot {slot.id} is {slot.state.value}")

    return call


async def move(client: Client, target: Target) -> Receipt:
    slot_id, version = chosen(target.slot, Noun.SLOT), chosen(target.slot_version, Noun.SLOT)
    starts = chosen(target.starts, Noun.SLOT)
    slot = await client.move_slot(slot_id, MoveRequest(starts, version, target.reason or "moved on the slots screen"))
    return Receipt(f"slot {slot.id} is {slot.state.value} at {slot.starts:%H:%M}-{slot.ends:%H:%M} UTC")


async def book(client: Client, target: Target) -> Receipt:
    slot = await client.book(chosen(target.request, Noun.DAY))
    return Receipt(
        f"slot {slot.id} is {slot.state.value}: {slot.reason}"
        if slot.reason
        else f"slot {slot.id} is {slot.state.value}"
    )


async def accept_timetable(client: Client, target: Target) -> Receipt:
    proposal = chosen(target.proposal, Noun.DAY)
    slots = await client.accept_timetable(proposal, reason=target.reason or "accepted on the slots screen")
    return Receipt(f"timetable accepted: {len(slots)} slot{'s' if len(slots) != 1 else ''} changed")


async def write_calendar(client: Client, target: Target) -> Receipt:
    """Into the folder where the control room was started."""
    if not target.volume:
        raise Invalid("no slot is chosen", where="calendar", do="Choose one of the volume that you want.")
    content = await client.calendar("volume", target.volume)
    path = await asyncio.to_thread(write_here, f"slots-{_file_name(target.volume)}.ics", content)
    return Receipt(f"{path}: the slots of {target.volume}")


async def clear(client: Client, target: Target) -> Receipt:
    clearance = await client.clear(chosen(target.slot, Noun.SLOT))
    return Receipt(f"slot {clearance.slot} is cleared to fly")


async def withdraw(client: Client, target: Target) -> Receipt:
    clearance = await client.withdraw(chosen(target.slot, Noun.SLOT))
    return Receipt(f"the clearance of slot {clearance.slot} is withdrawn")


async def briefing_heard(client: Client, target: Target) -> Receipt:
    who = target.words.get("who", "")
    slot = await client.acknowledge_notice(chosen(target.slot, Noun.SLOT), "briefing", who=who)
    return Receipt(f"{who} has heard the briefing of slot {slot.id}")


def vote(*, go: bool) -> Call:
    async def call(client: Client, target: Target) -> Receipt:
        words = target.words
        role, who, why = words.get("role", ""), words.get("who", ""), words.get("why", "")
        clearance = await client.poll(chosen(target.slot, Noun.SLOT), role, go=go, who=who, why=why)
        return Receipt(f"{role} says {'go' if go else 'NO-GO'} for slot {clearance.slot}")

    return call


async def safety_word(client: Client, target: Target) -> Receipt:
    clearance = await client.safety_word(chosen(target.slot, Noun.SLOT))
    return Receipt(f"the range safety officer's word is given for slot {clearance.slot}")


async def check_parameters(client: Client, target: Target) -> Receipt:
    clearance = await client.check_parameters(chosen(target.slot, Noun.SLOT))
    return Receipt(f"slot {clearance.slot}: firmware and parameters are read")


async def check_zones(client: Client, target: Target) -> Receipt:
    clearance = await client.check_zones(chosen(target.slot, Noun.SLOT))
    return Receipt(f"slot {clearance.slot} is checked under today's zones: nothing of them touches it")


def _file_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "_", text)
