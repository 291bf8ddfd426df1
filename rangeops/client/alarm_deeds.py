"""What people do to alarms by the words that they typed: for actions.py, which gives each its key and name."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from rangeops.client.api import Client
from rangeops.domain.alarms import AlarmId, DeedKind
from rangeops.domain.errors import Invalid

SHELF_MINUTES: Final = (5, 15, 30)  # what a screen offers; a P2 takes 15 at most, a P3 60
_DONE: Final = {
    DeedKind.UNSHELVE: "is back from the shelf",
    DeedKind.TAKE_OUT: "is out of service",
    DeedKind.PUT_BACK: "is back in service",
    DeedKind.NOTE: "has your note",
}


async def shelve(client: Client, alarm: AlarmId, words: Mapping[str, str]) -> str:
    minutes = _minutes(words.get("minutes", ""))
    told = await client.alarm_deed(alarm, DeedKind.SHELVE, reason=words.get("reason", ""), minutes=minutes)
    return f"{told.title} ({told.source}) is shelved for {minutes:g} min"


def deed(kind: DeedKind) -> Callable[[Client, AlarmId, Mapping[str, str]], Awaitable[str]]:
    async def call(client: Client, alarm: AlarmId, words: Mapping[str, str]) -> str:
        told = await client.alarm_deed(alarm, kind, reason=words.get("reason", ""))
        return f"{told.title} ({told.source}) {_DONE[kind]}"

    return call


def _minutes(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise Invalid(f"{text!r} is no number of minutes", where="shelve", do="Type 5, 15 or 30.") from error
