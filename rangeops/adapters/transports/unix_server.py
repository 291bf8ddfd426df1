"""The server's end of the wire on a Unix socket, in asyncio."""

import asyncio
import os
import stat
from pathlib import Path
from typing import Final

import structlog

from rangeops.domain.errors import Damaged, Unavailable
from rangeops.services.ports.watches import WireHandler
from rangeops.wire.messages import Deframer, Hello, Message, decode, encode, frame

_READ_BYTES: Final = 256 * 1024
_MOST_UNSENT_BYTES: Final = 4 * 1024 * 1024
_PROBE_S: Final = 0.5
_log = structlog.get_logger(__name__)


class UnixWireServer:
    """Listens for watches. A second connection under the same name replaces the first: the watch has restarted."""

    def __init__(self, path: Path, name: str = "server") -> None:
        self._path = path
        self._name = name
        self._server: asyncio.Server | None = None
        self._watches: dict[str, asyncio.StreamWriter] = {}
        self._handler: WireHandler | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self, handler: WireHandler) -> None:
        """Raises Unavailable where another server has the socket."""
        self._handler = handler
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            await self._clear_stale()
            # Bound under a mask, so that the socket is never open to others, not even for a moment.
            mask = os.umask(0o177)
            try:
                self._server = await asyncio.start_unix_server(self._serve, str(self._path))
            finally:
                os.umask(mask)
        except OSError as error:
            raise Unavailable(
                f"it can't be listened on ({error.strerror or error})",
                where=str(self._path),
                do="Make the data folder writable for you.",
            ) from error

    @property
    def watches(self) -> tuple[str, ...]:
        return tuple(self._watches)

    def send(self, message: Message, *, watch: str | None = None) -> bool:
        """To one watch, or to all; False where there was none. A watch too slow to read is disconnected."""
        framed = frame(encode(message))
        reached = False
        for name, writer in list(self._watches.items()):
            if watch not in (None, name) or writer.is_closing():
                continue
            if writer.transport.get_write_buffer_size() > _MOST_UNSENT_BYTES:
                _log.warning("watch does not read", watch=name)
                writer.transport.abort()
                continue
            writer.write(framed)
            reached = True
        return reached

    def drop(self, watch: str) -> None:
        """Hang up: the watch connects again, and offers its journal from its first entry that wasn't taken."""
        if (writer := self._watches.get(watch)) is not None:
            writer.transport.abort()

    async def close(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for task in list(self._serving):
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await self._server.wait_closed()
        self._path.unlink(missing_ok=True)

    async def _clear_stale(self) -> None:
        """Remove what a killed server left. A socket that still answers is another server's."""
        try:
            mode = self._path.lstat().st_mode
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(mode):
            raise Unavailable("it is no socket", where=str(self._path), do="Move that file away.")
        try:
            async with asyncio.timeout(_PROBE_S):
                _, writer = await asyncio.open_unix_connection(str(self._path))
        except (ConnectionRefusedError, FileNotFoundError):
            self._path.unlink(missing_ok=True)
            return
        except TimeoutError:
            pass  # it listens and doesn't answer: alive, though busy
        else:
            writer.close()
        raise Unavailable(
            "another server runs on this data folder", where=str(self._path), do="Stop that one first, or use it."
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        name: str | None = None
        try:
            writer.write(frame(encode(Hello("server", self._name))))
            name = await self._converse(reader, writer)
        except (Damaged, OSError) as error:
            _log.warning("wire broken", error=str(error))
        except asyncio.CancelledError:
            pass  # close() ends us; nobody awaits more of this task
        finally:
            self._serving.discard(task)
            writer.close()
            if name is None:
                name = next((known for known, theirs in self._watches.items() if theirs is writer), None)
            if name is not None and self._watches.get(name) is writer:
                del self._watches[name]
                assert self._handler is not None
                await self._handler.gone(name)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str | None:
        """Until the watch hangs up; its name."""
        assert self._handler is not None
        deframer, name = Deframer(), None
        while data := await reader.read(_READ_BYTES):
            messages = [decode(message) for message in deframer.feed(data)]
            if name is None and messages:
                if not isinstance(hello := messages.pop(0), Hello) or hello.role != "watch":
                    raise Damaged("no watch speaks there", where=str(self._path), do="Connect only watches to it.")
                name = hello.name
                if (earlier := self._watches.pop(name, None)) is not None:
                    earlier.transport.abort()
                self._watches[name] = writer
                await self._handler.connected(name)
            if messages and name is not None:
                await self._handler.received(name, messages)
        return name
