"""Clearances: what they need, the words they stand on, given and taken back."""

from fastapi import APIRouter, Response

from rangeops.domain.slots import SlotId
from rangeops.server import aboard
from rangeops.server.once import Once
from rangeops.server.routes.answers import Ops, as_json
from rangeops.wire.clearance import (
    BriefingView,
    ClearanceView,
    PollRequest,
    WeatherRequest,
    WeatherView,
    WithdrawRequest,
)

router = APIRouter()


@router.get("/slots/{slot}/clearance", response_model=ClearanceView)
async def clearance(ops: Ops, slot: str) -> Response:
    """Every item with its state: the pre-flight board of one slot."""
    return as_json(await ops.run(ops.services.clearance.view, SlotId(slot), ops.clock()))


@router.post("/slots/{slot}/clear", response_model=ClearanceView)
async def clear(ops: Ops, slot: str) -> Response:
    return as_json(await ops.run(ops.services.clearance.grant, SlotId(slot), ops.clock(), ops.user))


@router.post("/slots/{slot}/withdraw", response_model=ClearanceView)
async def withdraw(ops: Ops, slot: str) -> Response:
    return as_json(await ops.run(ops.services.clearance.withdraw, SlotId(slot), ops.clock(), ops.user))


@router.post("/withdrawals", response_model=list[ClearanceView])
async def withdraw_many(ops: Ops, request: WithdrawRequest) -> Response:
    """Of every cleared slot in a volume, or of all there are; those that were cleared come back."""
    return as_json(await ops.run(ops.services.clearance.withdraw_many, request, ops.clock(), ops.user))


@router.get("/slots/{slot}/briefing", response_model=BriefingView)
async def briefing(ops: Ops, slot: str) -> Response:
    return as_json(await ops.run(ops.services.words.briefing, SlotId(slot)))


@router.post("/slots/{slot}/poll", response_model=ClearanceView)
async def poll(ops: Ops, slot: str, request: PollRequest) -> Response:
    """One role's go or no-go on the plan and the slot as they are now."""
    await ops.run(ops.services.words.vote, SlotId(slot), request, ops.clock(), ops.user)
    return await clearance(ops, slot)


@router.post("/slots/{slot}/word", response_model=ClearanceView)
async def safety_word(ops: Ops, slot: str) -> Response:
    """The range safety officer's word: the caller must be one."""
    await ops.run(ops.services.words.safety_word, SlotId(slot), ops.clock(), ops.user)
    return await clearance(ops, slot)


@router.post("/slots/{slot}/check-parameters", response_model=ClearanceView)
async def check_parameters(ops: Ops, slot: str) -> Response:
    """Read firmware and the whole table from its vehicle now, and note their hash: up to half a minute."""
    await aboard.check_parameters(ops, SlotId(slot))
    return await clearance(ops, slot)


@router.post("/slots/{slot}/check-zones", response_model=ClearanceView)
async def check_zones(ops: Ops, slot: str) -> Response:
    """Look at an approved slot under today's zones. 422 with what they close or refuse of it."""
    await ops.run(ops.services.words.recheck_zones, SlotId(slot), ops.clock(), ops.user)
    return await clearance(ops, slot)


@router.get("/weather", response_model=list[WeatherView])
async def weather(ops: Ops) -> Response:
    return as_json(await ops.run(ops.services.words.weather, ops.clock()))


@router.post("/weather", response_model=list[WeatherView], status_code=201)
async def hand_in_weather(ops: Ops, once: Once, request: WeatherRequest) -> Response:
    """METAR, SPECI and TAF, as they were issued."""

    async def made() -> Response:
        return as_json(await ops.run(ops.services.words.hand_in_weather, request.text, ops.clock(), ops.user), 201)

    return await once(made)
