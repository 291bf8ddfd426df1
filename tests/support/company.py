"""A test company at the portal: its member with a password, its plans as files, and what the range does for its slots."""

from datetime import UTC, datetime, time, timedelta

from plan_cases import lap_with, moved

from rangeops.adapters.formats.plan_files import write_plan
from rangeops.client.api import Client
from rangeops.domain.slots import Slot, SlotEvent

SECRET = "correct horse battery"
MEMBER, COMPANY = "mia", "ACME"
GOOD = write_plan(lap_with(2), "plan").content
"""A lap in EAST that passes."""
OUTSIDE = write_plan(moved(3, 500, -700), "plan").content
"""The same with its third item far outside, which a fix brings back."""


async def enter(client: Client, name: str = MEMBER, company: str = COMPANY) -> None:
    """A member who signs in with SECRET; `client` is the range's operator and admin."""
    await client.set_password("op1", SECRET)
    await client.add_user(name, full_name=name.title(), roles=["company-member"], company=company, confirm=SECRET)
    await client.set_password(name, SECRET, confirm=SECRET)


async def decided(client: Client, slot: Slot, *events: SlotEvent, reason: str = "") -> Slot:
    """What the range does with it, one thing after the other."""
    for event in events:
        slot = await client.change_slot(slot.id, event, version=slot.version, reason=reason)
    return slot


def soon(minutes: float = 60) -> datetime:
    """That long after tomorrow's 07:00 UTC: by day, whatever time it is now."""
    morning = datetime.combine(datetime.now(UTC).date() + timedelta(days=1), time(7), UTC)
    return morning + timedelta(minutes=minutes)
