"""Invitations, and passwords that were forgotten. Three of these calls are for whoever has no account to sign in with."""

from fastapi import APIRouter, Request, Response

from rangeops.server.operations import Operations
from rangeops.server.origins import open_origin
from rangeops.server.routes.answers import Calling, Ops, as_json
from rangeops.wire.people import (
    AcceptRequest,
    Confirmation,
    ForgottenRequest,
    InvitationRequest,
    InvitationView,
    MadeInvitation,
    MadeResetCode,
    ResetRequest,
    UserView,
)

router = APIRouter()


@router.get("/invitations", response_model=list[InvitationView])
async def invitations(ops: Ops, caller: Calling) -> Response:
    """Those that can still be accepted, of a kind that the caller may make; the newest first."""
    return as_json(await ops.run(ops.services.invitations.all, ops.clock(), caller))


@router.post("/invitations", response_model=MadeInvitation, status_code=201)
async def invite(ops: Ops, caller: Calling, request: InvitationRequest) -> Response:
    """Operators invite a company's members, admins anybody. The code is told this once."""
    return as_json(await ops.run(ops.services.invitations.make, request, ops.clock(), caller), 201)


@router.delete("/invitations/{invitation}", status_code=204)
async def withdraw(ops: Ops, caller: Calling, invitation: str) -> Response:
    await ops.run(ops.services.invitations.withdraw, invitation, ops.clock(), caller)
    return Response(status_code=204)


@router.post("/invitations/accept", response_model=UserView, status_code=201)
async def accept(http: Request, request: AcceptRequest) -> Response:
    """By whoever has the code; no token. He chooses the name and the password that he signs in by."""
    operations: Operations = http.app.state.operations
    accept = operations.services.invitations.accept
    return as_json(await operations.run(accept, request, operations.clock(), open_origin(http)), 201)


@router.post("/users/{name}/reset-code", response_model=MadeResetCode, status_code=201)
async def reset_code(ops: Ops, caller: Calling, name: str, request: Confirmation) -> Response:
    """An admin's, to be told to the user: by it he sets a new password. The code is told this once."""
    return as_json(await ops.run(ops.services.recovery.make, name, request.confirm, ops.clock(), caller), 201)


@router.post("/password-resets", status_code=202, response_class=Response)
async def forgotten(http: Request, request: ForgottenRequest) -> Response:
    """A code to the user's mail, if there is such a user and he has one; the answer is the same. No token."""
    operations: Operations = http.app.state.operations
    ask = operations.services.recovery.ask
    await operations.run(ask, request.name, operations.clock(), open_origin(http))
    return Response(status_code=202)


@router.post("/password-resets/use", response_model=UserView)
async def reset(http: Request, request: ResetRequest) -> Response:
    """By whoever has the code; no token. All sessions of its user end."""
    operations: Operations = http.app.state.operations
    use = operations.services.recovery.use
    return as_json(await operations.run(use, request, operations.clock(), open_origin(http)))
