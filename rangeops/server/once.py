"""Idempotency-Key over HTTP (draft-ietf-httpapi-idempotency-key-header): for requests that create something."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Header, Request, Response

from rangeops.domain.errors import PerhapsDone
from rangeops.server.operations import Operations
from rangeops.server.routes.answers import Ops
from rangeops.services.once import KEPT, LONGEST_KEY, NAMED, Named
from rangeops.services.ports.store import RequestKey

REPLAYED: Final = "Idempotency-Replayed"


@dataclass(frozen=True, slots=True)
class OnceCall:
    """named: None where the request has no key: then it is carried out each time."""

    ops: Operations
    named: Named | None

    async def __call__(self, make: Callable[[], Awaitable[Response]]) -> Response:
        """What `make` answers, or what it answered the first time. Raises Conflict, Invalid."""
        named = self.named
        if named is None:
            return await make()
        desk = self.ops.services.once
        desk.enter(named)
        try:
            known = await self.ops.run(desk.before, named, self.ops.clock())
            if known is not None:
                return Response(
                    known.body, known.status, media_type=known.media_type or None, headers={REPLAYED: "true"}
                )
            return await self._made(named, make)
        finally:
            desk.leave(named)

    async def _made(self, named: Named, make: Callable[[], Awaitable[Response]]) -> Response:
        desk, token = self.ops.services.once, NAMED.set(named)
        try:
            response = await make()
        except PerhapsDone:  # the key was stored with it, or not: so asking again tells which
            raise
        except Exception:
            await self.ops.run(desk.failed, named)
            raise
        finally:
            NAMED.reset(token)
        if response.status_code == HTTPStatus.NO_CONTENT:  # the caller has gone: there is nothing to answer him again
            await self.ops.run(desk.failed, named)
            return response
        now = self.ops.clock()
        answer = RequestKey(
            named.user, named.key, named.sha256, now.utc + KEPT, response.status_code, response.media_type or "",
            bytes(response.body),
        )  # fmt: skip
        await self.ops.run(desk.answered, named, answer, now)
        return response


async def _once(
    ops: Ops,
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            max_length=LONGEST_KEY,
            description="asked again with the same key within a day, the same request is answered as before",
        ),
    ] = None,
) -> OnceCall:
    if idempotency_key is None:
        return OnceCall(ops, None)
    asked = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    asked.update(await request.body())
    return OnceCall(ops, Named(ops.user.name, idempotency_key, asked.hexdigest()))


Once = Annotated[OnceCall, Depends(_once)]
