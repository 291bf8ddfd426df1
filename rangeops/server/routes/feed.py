"""The WebSocket that every screen follows."""

import asyncio
import contextlib
from typing import Final

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from rangeops.domain.errors import RangeopsError
from rangeops.server.credentials import credentials_of
from rangeops.server.feed import Screen
from rangeops.server.operations import Operations
from rangeops.server.routes.answers import Ops

router = APIRouter()

_TRY_AGAIN_LATER: Final = 1013
_POLICY_VIOLATION: Final = 1008
_LOOKED_AT_S: Final = 5.0  # how long a feed may go on after its session or its user has ended


@router.websocket("/feed")
async def feed(socket: WebSocket, ops: Ops) -> None:
    """Pictures, log lines, changes: {"kind": "picture" | "log" | "changed", "body": …}. What a client sends is ignored."""
    await socket.accept()
    screen = ops.hub.join(ops.live.picture(ops.clock()))
    sending = asyncio.create_task(_send(socket, screen))
    hanging_up = asyncio.create_task(_until_gone(socket))
    ending = asyncio.create_task(_until_ended(socket, ops))
    try:
        await asyncio.wait([sending, hanging_up, ending], return_when=asyncio.FIRST_COMPLETED)
    finally:
        ops.hub.leave(screen)
        for task in (sending, hanging_up, ending):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await task


async def _send(socket: WebSocket, screen: Screen) -> None:
    while True:
        for item in await screen.next():
            await socket.send_text(item.decode())
        if screen.overflowed:
            await socket.close(_TRY_AGAIN_LATER, "too slow: lines were left out; read the log")
            return


async def _until_gone(socket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await socket.receive_text()


async def _until_ended(socket: WebSocket, ops: Operations) -> None:
    """Whoever was let in may be disabled, sign out or get other roles while he looks. A store that fails ends nobody's feed."""
    token = credentials_of(socket.scope).token
    while True:
        await asyncio.sleep(_LOOKED_AT_S)
        try:
            caller = await ops.run(ops.services.sessions.caller, token, ops.clock())
        except RangeopsError:
            continue
        if caller is None or caller.actor != ops.user:
            await socket.close(_POLICY_VIOLATION, "the session has ended")
            return
