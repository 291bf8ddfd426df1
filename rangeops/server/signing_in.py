"""Signing in, which costs a password's hashing: one at a time, and no flood of strangers before the range's own people."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rangeops.domain.errors import Unavailable
from rangeops.domain.sessions import HERE, Origin
from rangeops.wire.duty import SessionView, SignIn

if TYPE_CHECKING:
    from rangeops.server.operations import Operations

_MOST_SIGNING_IN: Final = 8  # a shift's people at most; a flood of guesses is turned away at the door


@dataclass
class _Queue:
    """waiting: those under way, too."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


@dataclass
class SigningIn:
    """known: rooms of the range's own, and browsers that were signed in at before."""

    strangers: _Queue = field(default_factory=_Queue)
    known: _Queue = field(default_factory=_Queue)


async def sign_in(ops: "Operations", request: SignIn, origin: Origin = HERE) -> SessionView:
    """One at a time, and few wait: a flood of them takes one thread, and a command finds another. Raises Unavailable.

    The known wait among themselves: no stranger's flood keeps them out.
    """
    known = origin.at_range or await ops.run(ops.services.sessions.knows, origin.device, request.name, ops.clock())
    queue = ops.signing_in.known if known else ops.signing_in.strangers
    if queue.waiting >= _MOST_SIGNING_IN:
        raise Unavailable("many sign in at once", where="sign in", do="Try again in a few seconds.")
    queue.waiting += 1
    try:
        async with queue.turn:
            return await ops.run(ops.services.sessions.sign_in, request, ops.clock(), origin)
    finally:
        queue.waiting -= 1
