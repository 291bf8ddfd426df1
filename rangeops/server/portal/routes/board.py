"""The day board for a wall: today's slots by volume, how far each is from its clearance, weather and light. Moves by itself."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Depends, Request, Response

from rangeops.domain.alarms import STANDS
from rangeops.domain.now import Now
from rangeops.domain.slots import Slot
from rangeops.server.operations import Operations
from rangeops.server.portal.board_figure import HEAD, LANE, LEFT, WIDTH, Standing, shown_slots, standing_of, timetable
from rangeops.server.portal.pages import page
from rangeops.server.portal.range_people import range_people
from rangeops.server.portal.visitor import Ops, Visiting, Visitor
from rangeops.wire.board import DayView
from rangeops.wire.clearance import ClearanceView

router = APIRouter(dependencies=[Depends(range_people)])

_NEXT: Final = 6
_LISTED_AFTER: Final = timedelta(minutes=30)  # what is over stays in the list for so long


@router.get("/board")
async def board(request: Request, ops: Ops, visitor: Visiting, *, wall: bool = False) -> Response:
    """wall: nothing but the board, for a screen that nobody touches."""
    return page(request, visitor, "board.html", wall=wall, **await _shown(ops, visitor))


@router.get("/board/part")
async def part(request: Request, ops: Ops, visitor: Visiting) -> Response:
    return page(request, visitor, "board_part.html", **await _shown(ops, visitor))


async def _shown(ops: Operations, visitor: Visitor) -> dict[str, Any]:
    now = ops.clock()
    day = ops.services.board.today(now)
    view, slots, clearances = await ops.run(_read, ops, day, now)
    picture = ops.live.picture(now)
    of_slot = {each.slot: each for each in clearances}
    listed = [slot for slot in slots if slot.ends > now.utc - _LISTED_AFTER]
    volumes = [volume.id for volume in ops.services.definition.volumes]
    return {
        "now": now.utc,
        "figure": timetable(view, slots, clearances, volumes, now.utc),
        "size": (WIDTH, LEFT, HEAD, LANE),
        "listed": tuple((slot, _words(standing_of(slot, of_slot.get(slot.id)), visitor)) for slot in listed[:_NEXT]),
        "not_listed": max(len(listed) - _NEXT, 0),
        "picture": picture,
        "air": sum(each.airborne for each in picture.vehicles),
        "alarms": sorted(Counter(each.priority.value for each in picture.alarms if each.state in STANDS).items()),
        "light": _light(view.dawn, view.dusk),
        "day": now.utc,
    }


def _read(ops: Operations, day: date, now: Now) -> tuple[DayView, tuple[Slot, ...], tuple[ClearanceView, ...]]:
    """In one go: a thread each would cost more than the reading."""
    desk = ops.services.board
    bounds = desk.bounds(day)
    return desk.view(day), shown_slots(desk.slots(bounds)), ops.services.clearance.of_day(bounds, now)


def _words(standing: Standing, visitor: Visitor) -> tuple[str, str, str]:
    """(class, sign, word)."""
    word = visitor.tr(standing.word, count=standing.lacking) if standing.lacking else visitor.tr(standing.word)
    return standing.kind, standing.sign, word


def _light(dawn: datetime | None, dusk: datetime | None) -> tuple[datetime, datetime] | None:
    return None if dawn is None or dusk is None else (dawn, dusk)
