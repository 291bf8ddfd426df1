"""What people do at a change of duty, and to the hand-over page: for actions.py, which gives each its key and name."""

import asyncio

from rangeops.client.action import Receipt, Target, write_here
from rangeops.client.api import Client
from rangeops.domain.duty import position_of
from rangeops.domain.errors import Invalid


async def leave_note(client: Client, target: Target) -> Receipt:
    text = target.words.get("note", "")
    if not text:
        raise Invalid("its text is missing", where="note", do="Type it.")
    note = await client.add_note(text)
    return Receipt(f"note {note.number} stands on the hand-over page")


async def finish_note(client: Client, target: Target) -> Receipt:
    if target.note is None:
        raise Invalid("no note is chosen", where="the hand-over page", do="Go to the note's line with j and k first.")
    note = await client.finish_note(target.note)
    return Receipt(f"note {note.number} is done")


async def take(client: Client, target: Target) -> Receipt:
    """With the page that was read: its hash goes into the record."""
    words = target.words
    if "handover" not in words:
        raise Invalid("the hand-over page was not read yet", where="taking over", do="Wait until it stands there.")
    position = position_of(words.get("position", ""))
    taken = await client.take_duty(
        position,
        version=int(words[f"version {position.value}"]),
        handover=words["handover"],
        note=words.get("note", ""),
    )
    return Receipt(f"{taken.user} is on duty as {taken.title}")


async def leave(client: Client, _: Target) -> Receipt:
    """From every position that he holds."""
    me = await client.me()
    held = [view for view in await client.duty() if view.user == me.user]
    if not held:
        raise Invalid(f"{me.user} isn't on duty", where="duty", do="Nothing needs to be done.")
    for view in held:
        await client.leave_duty(position_of(view.position), version=view.version)
    return Receipt(f"{me.user} is off duty; nobody is {' and '.join(view.title for view in held)} now")


async def write_handover(client: Client, _: Target) -> Receipt:
    """Into the folder where the control room was started."""
    page = await client.handover()
    content = await client.handover_pdf()
    path = await asyncio.to_thread(write_here, f"handover-{page.written_utc:%Y%m%dT%H%MZ}.pdf", content)
    return Receipt(f"{path}: the hand-over page")
