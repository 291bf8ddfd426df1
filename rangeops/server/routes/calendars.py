"""Calendars to subscribe to. The caller's token is needed as everywhere: no address is secret by itself."""

from fastapi import APIRouter, Response

from rangeops.domain.calendar_entries import CalendarEntry
from rangeops.server.routes.answers import Ops

router = APIRouter()


@router.get("/calendars/company/{company}.ics", response_class=Response)
async def company(ops: Ops, company: str) -> Response:
    """A company's slots, cancelled ones too for 30 days after their end."""
    found = await ops.run(ops.services.calendars.of_company, company, ops.clock(), ops.user)
    return await _feed(ops, f"{company}, {ops.services.definition.name}", found)


@router.get("/calendars/volume/{volume}.ics", response_class=Response)
async def volume(ops: Ops, volume: str) -> Response:
    """A volume's slots, cancelled ones too for 30 days after their end."""
    found = await ops.run(ops.services.calendars.of_volume, volume, ops.clock(), ops.user)
    return await _feed(ops, f"{volume}, {ops.services.definition.name}", found)


async def _feed(ops: Ops, name: str, entries: tuple[CalendarEntry, ...]) -> Response:
    from rangeops.adapters.formats.ics import MEDIA_TYPE, write_calendar  # only who asks for a calendar loads icalendar

    return Response(await ops.run(write_calendar, name, entries, ops.clock().utc), media_type=MEDIA_TYPE)
