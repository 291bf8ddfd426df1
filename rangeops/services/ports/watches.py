"""What the server knows of its watches, and the wire to them."""

from typing import Protocol

from rangeops.domain.clearance import LiveFacts
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid
from rangeops.wire.messages import Message


class LivePicture(Protocol):
    """What is known just now, from the watches' snapshots."""

    def facts(self, sysid: Sysid, now: Now) -> LiveFacts | None: ...
    def silent_s(self, watch: str, now: Now) -> float:
        """Since the watch last had our word, at most; since the start where it wasn't heard."""


class WireHandler(Protocol):
    """What the server does with watches. Each call is awaited before more of that watch is read: be quick."""

    async def connected(self, watch: str) -> None: ...
    async def received(self, watch: str, messages: list[Message]) -> None: ...
    async def gone(self, watch: str) -> None: ...


class Wire(Protocol):
    """The server's end of what connects it with its watches."""

    async def start(self, handler: WireHandler) -> None:
        """Raises Unavailable where another server has it."""

    def send(self, message: Message, *, watch: str | None = None) -> bool:
        """To one watch, or to all; False where there was none."""

    def drop(self, watch: str) -> None:
        """Hang up: the watch connects again, and offers its journal from its first entry that wasn't taken."""

    async def close(self) -> None: ...
