"""The WebSocket that every screen follows."""

import asyncio
import contextlib
from typing import Final

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from rangeops.server.feed import Screen
from rangeops.server.routes.answers import Ops

router = APIRouter()

_TRY_AGAIN_LATER: Final = 1013


@router.websocket("/feed")
async def feed(socket: WebSocket, ops: Ops) -> None:
    """Pictures, log lines, changes: {"kind": "picture" | "log" | "changed", "body": …}. What a client sends is ignored."""
    await socket.accept()
    screen = ops.hub.join(ops.live.picture(ops.clock()))
    sending = asyncio.create_task(_send(socket, screen))
    hanging_up = asyncio.create_task(_until_gone(socket))
    try:
        await asyncio.wait([sending, hanging_up], return_when=asyncio.FIRST_COMPLETED)
    finally:
        ops.hub.leave(screen)
        for task in (sending, hanging_up):
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
