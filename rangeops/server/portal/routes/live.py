"""The range as it is now, to be looked at: nothing can be sent from here. Moved by the server's events; says when cut off."""

from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Depends, Request, Response

from rangeops.domain.alarms import STANDS
from rangeops.domain.slots import HOLDS_AIRSPACE, Slot, SlotState
from rangeops.server.operations import Operations
from rangeops.server.portal.pages import page
from rangeops.server.portal.range_people import range_people, standing_words
from rangeops.server.portal.routes.incidents_map import volume_features
from rangeops.server.portal.routes.maps import geojson
from rangeops.server.portal.visitor import Ops, Visiting

router = APIRouter(dependencies=[Depends(range_people)])

_LOOKS: Final = timedelta(minutes=1)


@router.get("/live")
async def live(request: Request, ops: Ops, visitor: Visiting) -> Response:
    picture = ops.live.picture(ops.clock())
    return page(
        request,
        visitor,
        "live.html",
        picture=picture,
        standing=tuple(alarm for alarm in picture.alarms if alarm.state in STANDS),
        stands=tuple(state.value for state in STANDS),
        standings=standing_words(visitor),
    )


@router.get("/live/volumes.json")
async def volumes(ops: Ops) -> Response:
    """Of the slots that are flown or held just now: what their vehicles are held against."""
    now = ops.clock().utc
    slots = await ops.run(ops.services.board.slots, (now - _LOOKS, now + _LOOKS))
    held = [slot for slot in slots if slot.state in HOLDS_AIRSPACE and _is_now(slot, now)]
    return geojson(await ops.run(_features, ops, held))


def _is_now(slot: Slot, now: datetime) -> bool:
    """An active slot is until it is closed, whatever its time says."""
    return slot.state is SlotState.ACTIVE or slot.held_from <= now < slot.held_until


def _features(ops: Operations, slots: list[Slot]) -> list[dict[str, Any]]:
    features = []
    for slot in slots:
        text = f"{slot.id} {slot.callsign} {slot.company}, {slot.volume}, {slot.state.value}"
        for each in volume_features(ops.services.desk.volumes_of(slot)):
            each["properties"]["text"] = text
            features.append(each)
    return features
