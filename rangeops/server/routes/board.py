"""A day's timetable beside its slots, and drafts of what others are told of one."""

from datetime import date

from fastapi import APIRouter, Response

from rangeops.domain.slots import SlotId
from rangeops.server.routes.answers import Moment, Ops, as_json
from rangeops.wire.board import DayView, DraftView
from rangeops.wire.clearance import ClearanceView
from rangeops.wire.free_busy import BusyView

router = APIRouter()


@router.get("/free-busy", response_model=list[BusyView])
async def busy(ops: Ops, starts: Moment, ends: Moment) -> Response:
    """When which volumes can't be had, by start, of 31 days at most: that they are taken or closed, never by whom."""
    return as_json(await ops.run(ops.services.sight.busy, starts, ends, ops.user))


@router.get("/days/{day}", response_model=DayView)
async def day_view(ops: Ops, day: date) -> Response:
    """Of the range's own calendar: what is closed, when it is light, which requests are in whose way."""
    return as_json(await ops.run(ops.services.sight.day, day, ops.user))


@router.get("/days/{day}/clearances", response_model=list[ClearanceView])
async def clearances(ops: Ops, day: date) -> Response:
    """The pre-flight board: what each slot of the day that has a place still lacks."""
    bounds = ops.services.board.bounds(day)
    return as_json(await ops.run(ops.services.clearance.of_day, bounds, ops.clock()))


@router.get("/slots/{slot}/notam", response_model=DraftView)
async def notam(ops: Ops, slot: str) -> Response:
    """A NOTAM's text. It is filed by the authority; nothing is sent from here."""
    return as_json(await ops.run(ops.services.drafts.notam, SlotId(slot), ops.user))


@router.get("/slots/{slot}/mail", response_model=DraftView)
async def mail(ops: Ops, slot: str) -> Response:
    """A mail to those whom range.toml names. Nothing is sent from here."""
    return as_json(await ops.run(ops.services.drafts.mail, SlotId(slot), ops.user))
