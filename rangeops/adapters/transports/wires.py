"""Two wires as one: the watch beside the server on its Unix socket, watch nodes over a broker."""

from rangeops.services.ports.watches import Wire, WireHandler
from rangeops.wire.messages import Message


class Wires:
    def __init__(self, *wires: Wire) -> None:
        self._wires = wires

    async def start(self, handler: WireHandler) -> None:
        for wire in self._wires:
            await wire.start(handler)

    def send(self, message: Message, *, watch: str | None = None) -> bool:
        reached = [wire.send(message, watch=watch) for wire in self._wires]  # all of them, not only up to the first
        return any(reached)

    def drop(self, watch: str) -> None:
        for wire in self._wires:
            wire.drop(watch)

    async def close(self) -> None:
        for wire in self._wires:
            await wire.close()
