"""One's own second factor: set up, confirmed, recovered, removed."""

from fastapi import APIRouter, Response

from rangeops.server.routes.answers import Calling, Ops, as_json
from rangeops.wire.duty import Enrolled
from rangeops.wire.people import CodeRequest, Confirmation, Enrolment, EnrolRequest, RecoveryCodes, SecondFactorView

router = APIRouter()


@router.get("/second-factor", response_model=SecondFactorView)
async def view(ops: Ops, caller: Calling) -> Response:
    return as_json(await ops.run(ops.services.second_factors.view, caller))


@router.post("/second-factor", response_model=Enrolment, status_code=201)
async def begin(ops: Ops, caller: Calling, request: EnrolRequest) -> Response:
    """A new secret, told this once. The one in force counts until the new one is confirmed."""
    return as_json(await ops.run(ops.services.second_factors.begin, request, ops.clock(), caller), 201)


@router.post("/second-factor/confirm", response_model=Enrolled)
async def confirm(ops: Ops, caller: Calling, request: CodeRequest) -> Response:
    """By a first code: recovery codes, told this once, and a whole session in place of one that could do only this."""
    return as_json(await ops.run(ops.services.sessions.enrol, request.code, ops.clock(), caller))


@router.post("/second-factor/recovery-codes", response_model=RecoveryCodes)
async def renew(ops: Ops, caller: Calling, request: EnrolRequest) -> Response:
    """Ten new ones; those that were left are worth nothing."""
    return as_json(await ops.run(ops.services.second_factors.renew_recovery, request, ops.clock(), caller))


@router.post("/second-factor/remove", status_code=204)
async def remove(ops: Ops, caller: Calling, request: EnrolRequest) -> Response:
    await ops.run(ops.services.second_factors.remove, request, ops.clock(), caller)
    return Response(status_code=204)


@router.post("/users/{name}/second-factor/remove", status_code=204)
async def remove_from(ops: Ops, caller: Calling, name: str, request: Confirmation) -> Response:
    """An admin's, for somebody whose device and recovery codes are gone. His sessions end."""
    await ops.run(ops.services.second_factors.remove_from, name, request.confirm, ops.clock(), caller)
    return Response(status_code=204)
