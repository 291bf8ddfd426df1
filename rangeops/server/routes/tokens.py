"""API tokens: by which other systems act for a user."""

from fastapi import APIRouter, Response

from rangeops.server.routes.answers import Calling, Ops, as_json
from rangeops.wire.people import ApiTokenRequest, ApiTokenView, MadeToken

router = APIRouter()


@router.get("/tokens", response_model=list[ApiTokenView])
async def tokens(ops: Ops, caller: Calling, *, everybodys: bool = False) -> Response:
    """The caller's own that are in force; an admin's request for everybody's gets those."""
    found = await ops.run(ops.services.tokens.all, ops.clock(), caller, everybodys=everybodys)
    return as_json(found)


@router.post("/tokens", response_model=MadeToken, status_code=201)
async def make(ops: Ops, caller: Calling, request: ApiTokenRequest) -> Response:
    """The token is told this once. It has no more than its owner, whatever it is for."""
    return as_json(await ops.run(ops.services.tokens.make, request, ops.clock(), caller), 201)


@router.delete("/tokens/{token}", status_code=204)
async def revoke(ops: Ops, caller: Calling, token: str) -> Response:
    """By its id; an admin ends anybody's."""
    await ops.run(ops.services.tokens.revoke, token, ops.clock(), caller)
    return Response(status_code=204)
