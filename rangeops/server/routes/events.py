"""The feed as server-sent events, for browsers and programs that speak no WebSocket."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Response
from starlette.types import Receive, Scope, Send

from rangeops.domain.errors import Invalid, RangeopsError
from rangeops.server.credentials import credentials_of
from rangeops.server.events import HEARTBEAT_S, KINDS, NOUNS, RETRY_MS, Listener, Start, Told, start_of
from rangeops.server.operations import Operations
from rangeops.server.routes.answers import Ops
from rangeops.wire.picture import Changed

router = APIRouter()

LOOKED_AT_S: Final = 5.0  # how long a stream may go on after its session or its user has ended
STUCK_S: Final = 30.0  # a client that takes nothing for so long is gone
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # a proxy that collects events tells them too late
    "X-Content-Type-Options": "nosniff",
}


@router.get("/events", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}})
async def events(
    ops: Ops,
    kinds: Annotated[str, Query(description="of picture, log, changed; parted by commas", max_length=60)] = "",
    last_event_id: Annotated[str | None, Header(description="of the last event that was had", max_length=60)] = None,
) -> Response:
    """`picture`: the newest alone, at most five a second. `log`: each line, its id its place in the record. `changed`.

    First comes `start`, with the place; `reset` in front of it says that lines were missed that aren't told again. A
    company's member is shown what is his company's, and no log.
    """
    wanted = frozenset(kind for kind in kinds.split(",") if kind) or frozenset(KINDS)
    if unknown := sorted(wanted - set(KINDS)):
        raise Invalid(f"{unknown[0]!r:.30} is no kind", where="events", do=f"Ask for some of {', '.join(KINDS)}.")
    head = (await ops.run(ops.services.audit_head)).seq
    start = start_of(last_event_id, head)
    return EventStream(ops, Listener(ops.user, wanted, start.seq), start)


class EventStream(Response):
    """A response that goes on until its client, its session, its server or its patience ends."""

    media_type = "text/event-stream"

    def __init__(self, ops: Operations, listener: Listener, start: Start) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._ops, self._listener, self._start = ops, listener, start

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        hub = self._ops.events
        hub.join(self._listener)
        self._listener.show(self._ops.live.picture(self._ops.clock()))
        ends = [
            asyncio.create_task(self._send(send)),
            asyncio.create_task(_until_gone(receive)),
            asyncio.create_task(_until_over(scope, self._ops)),
            asyncio.create_task(hub.ending.wait()),
        ]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hub.leave(self._listener)
            for task in ends:
                task.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
        if not ends[1].done() or ends[1].cancelled():
            with contextlib.suppress(OSError, RuntimeError):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, send: Send) -> None:
        async for piece in self._pieces():
            async with asyncio.timeout(STUCK_S):
                await send({"type": "http.response.body", "body": piece, "more_body": True})

    async def _pieces(self) -> AsyncIterator[bytes]:
        """Each wake-up's events as one piece: lines first, so that what changed is told under their id."""
        listener, hub = self._listener, self._ops.events
        yield b"".join(self._first())
        while True:
            if listener.wants_log:
                async for piece in self._lines():
                    yield piece
            nouns, picture = listener.take()
            told = [Told("changed", Changed(noun), listener.seq).encoded() for noun in nouns]
            if picture is not None:
                told.append(hub.picture_for(listener.actor, picture))
            if told:
                yield b"".join(told)
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    await listener.woken.wait()
            except TimeoutError:
                yield b": alive\n\n"
            listener.woken.clear()

    def _first(self) -> list[bytes]:
        start, listener = self._start, self._listener
        first = [b"retry: %d\n\n" % RETRY_MS]
        if start.reset:
            first.append(Told("reset", {"reason": start.reset, "seq": start.seq}).encoded())
        first.append(Told("start", {"seq": start.seq, "resumed": start.resumed}, start.seq).encoded())
        if start.resumed or start.reset:
            for noun in NOUNS:
                listener.tell(noun)
        return first

    async def _lines(self) -> AsyncIterator[bytes]:
        listener = self._listener
        while True:
            lines, seq = await self._ops.events.tail.after(listener.seq)
            if seq == listener.seq:
                return
            listener.seq = seq
            if lines:
                yield b"".join(Told("log", line, line.seq).encoded() for line in lines)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _until_over(scope: Scope, ops: Operations) -> None:
    """Whoever was let in may be disabled, sign out or become another company's while he looks: his client comes back as that.

    A store that fails ends nobody's stream.
    """
    token = credentials_of(scope).token
    while True:
        await asyncio.sleep(LOOKED_AT_S)
        try:
            caller = await ops.run(ops.services.sessions.caller, token, ops.clock())
        except RangeopsError:
            continue
        if caller is None or caller.actor != ops.user:
            return
