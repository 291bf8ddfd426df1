"""What people decide about enforcement, by the words that they typed: for actions.py, which gives each its key and name.

Each gives one sentence for the person, and what went out, if anything did: a command, or a sector's.
"""

from collections.abc import Mapping
from typing import Final

from rangeops.client.api import Client
from rangeops.domain.commands import CommandKind, CommandProgress
from rangeops.domain.errors import Invalid
from rangeops.domain.telemetry import Sysid
from rangeops.wire.enforcement import CallRequest, SectorCleared

Words = Mapping[str, str]
Said = tuple[str, CommandProgress | None, SectorCleared | None]

_WHERE: Final = "this action"
_YES_NO: Final = {"": None, "yes": True, "y": True, "no": False, "n": False}


async def inhibit(client: Client, sysid: Sysid | None, words: Words) -> Said:
    vehicle = _vehicle(sysid)
    await client.inhibit(vehicle, reason=_word(words, "reason", "why it is held back"))
    return f"vehicle {vehicle}: automation is held back for 10 s at most", None, None


async def take_up(client: Client, sysid: Sysid | None, words: Words) -> Said:
    """Just the command that was shown; the server refuses it where another is offered by now."""
    vehicle, kind = _vehicle(sysid), CommandKind(_word(words, "command", "what is offered"))
    progress = await client.take_up(vehicle, kind, reason="taken up as the range's policy offers it")
    return f"{kind.value} for vehicle {vehicle} is with the watch", progress, None


async def decide(client: Client, sysid: Sysid | None, words: Words) -> Said:
    """After a pilot took over: hold, RTL with the vehicle's number, or let him fly."""
    vehicle, reason = _vehicle(sysid), _word(words, "reason", "why")
    decision, _, number = _word(words, "decision", "hold, rtl NUMBER, or fly").casefold().partition(" ")
    match decision:
        case "hold":
            progress = await client.command(vehicle, CommandKind.HOLD, reason=reason)
        case "rtl":
            progress = await client.command(vehicle, CommandKind.RTL, reason=reason, typed=number.strip())
        case "fly":
            await client.let_fly(vehicle, reason=reason)
            return f"vehicle {vehicle} is left to its pilot: nothing more is sent by itself", None, None
        case _:
            raise Invalid(f"{decision!r:.20} is no decision", where=_WHERE, do=f"Type hold, rtl {vehicle}, or fly.")
    return f"{progress.order.kind.value} for vehicle {vehicle} is with the watch", progress, None


async def clear_sector(client: Client, _: Sysid | None, words: Words) -> Said:
    name = _word(words, "sector", "the sector's name")
    cleared = await client.clear_sector(
        name, how=_word(words, "how", "hold or rtl").casefold(), reason=_word(words, "reason", "why"), typed=name
    )
    return f"{cleared.id}: sector {cleared.sector}, {len(cleared.commands)} told to {cleared.how}", None, cleared


async def call(client: Client, _: Sysid | None, words: Words) -> Said:
    answered = words.get("answered", "").strip().casefold()
    if answered not in _YES_NO:
        raise Invalid(f"{answered!r:.20} is neither yes nor no", where=_WHERE, do="Leave it empty if you don't know.")
    made = await client.log_call(
        CallRequest(
            word=_word(words, "word", "what was said"),
            about=_word(words, "about", "the callsign or sector that it is about"),
            to=_word(words, "to", "who was called"),
            reason=_word(words, "reason", "why"),
            via=words.get("via", ""),
            answered=_YES_NO[answered],
        )
    )
    return f"call logged: {made.call.words} to {made.call.to}", None, None


async def judge(client: Client, _: Sysid | None, words: Words) -> Said:
    item = _word(words, "item", "the command's id")
    judged = await client.judge(
        item, verdict=_word(words, "verdict", "right, late or unneeded").casefold(), note=_word(words, "note", "why")
    )
    word = "" if judged.verdict is None else judged.verdict.value
    return f"{judged.callsign}: {judged.progress.order.kind.value} was {word}", None, None


def _vehicle(sysid: Sysid | None) -> Sysid:
    if sysid is None:
        raise Invalid("no vehicle is chosen", where=_WHERE, do="Choose a vehicle first.")
    return sysid


def _word(words: Words, name: str, what: str) -> str:
    word = words.get(name, "").strip()
    if not word:
        raise Invalid(f"{name} is missing: {what}", where=_WHERE, do="Type it.")
    return word
