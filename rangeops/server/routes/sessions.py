"""Signing in and out."""

from fastapi import APIRouter, Request, Response

from rangeops.server import signing_in
from rangeops.server.operations import Operations
from rangeops.server.origins import room_origin
from rangeops.server.routes.answers import Calling, Ops, as_json
from rangeops.wire.duty import MeView, OpenRequest, OwnSession, SessionView, SignIn

router = APIRouter()


@router.post("/sessions", response_model=SessionView, status_code=201)
async def sign_in(http: Request, request: SignIn) -> Response:
    """By name and password; the one request beside /health that asks for no token. The token is told this once.

    A room that shows a token which the range gave it is at the range (docs/users.md).
    """
    operations: Operations = http.app.state.operations
    return as_json(await signing_in.sign_in(operations, request, await room_origin(http, operations)), 201)


@router.post("/sessions/mine", response_model=SessionView, status_code=201)
async def open_session(ops: Ops, caller: Calling, request: OpenRequest) -> Response:
    """A session for whoever asks with his own token, for a room that is to be read-only."""
    return as_json(await ops.run(ops.services.sessions.open, request, ops.clock(), caller), 201)


@router.delete("/sessions/mine", status_code=204)
async def sign_out(ops: Ops, caller: Calling) -> Response:
    """Its token is worth nothing from now on."""
    await ops.run(ops.services.sessions.sign_out, caller, ops.clock())
    return Response(status_code=204)


@router.get("/sessions", response_model=list[OwnSession])
async def own(ops: Ops, caller: Calling) -> Response:
    """Where the caller has signed in, the newest first."""
    return as_json(await ops.run(ops.services.sessions.own, caller, ops.clock()))


@router.delete("/sessions", status_code=204)
async def end_others(ops: Ops, caller: Calling) -> Response:
    """All sessions of the caller's but the one that this comes through."""
    await ops.run(ops.services.sessions.end_others, caller, ops.clock())
    return Response(status_code=204)


@router.delete("/sessions/{session}", status_code=204)
async def end(ops: Ops, caller: Calling, session: str) -> Response:
    """One of the caller's own, by its id."""
    await ops.run(ops.services.sessions.end, session, caller, ops.clock())
    return Response(status_code=204)


@router.get("/me", response_model=MeView)
async def me(ops: Ops, caller: Calling) -> Response:
    """Who this token acts as, and what he may do through it."""
    return as_json(await ops.run(ops.services.sessions.me, caller))
