"""The server's process: a port taken, the app run on it, everything given back at the end."""

import asyncio
import contextlib
import ipaddress
import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Final

import uvicorn
from fastapi import FastAPI

from rangeops.domain.errors import Unavailable
from rangeops.lifeline import Lifeline
from rangeops.server.operations import Operations
from rangeops.settings import Settings

_GRACE_S: Final = 3  # for requests under way when the server is told to end
_BACKLOG: Final = 128
_LOOK_S: Final = 1.0  # how often the server asks whether it has grown stale


class _Server(uvicorn.Server):
    """uvicorn, without its habit of raising the signal again after a clean end: we end with 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for each in signals:
            loop.add_signal_handler(each, self.told_to_end)
        try:
            yield
        finally:
            for each in signals:
                loop.remove_signal_handler(each)

    def told_to_end(self) -> None:
        self.should_exit = True


def run_server(
    app: FastAPI, settings: Settings, lifeline: Lifeline, is_stale: Callable[[], bool] = lambda: False
) -> None:
    """Serve `app` until SIGINT, SIGTERM, the end of our parent or `is_stale`. Raises Unavailable where the port is taken.

    settings.server_file tells clients the address while it listens. is_stale: what it was built on is another now, so
    that it must be started anew; the watch enforces meanwhile.
    """
    listening = take_port(settings.host, settings.port)
    try:
        asyncio.run(serve(make_server(app), listening, settings, lifeline, is_stale))
    finally:
        listening.close()


def make_server(app: FastAPI) -> uvicorn.Server:
    return _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            ws_max_size=64 * 1024,  # screens have nothing to say
            ws_ping_interval=20,
            timeout_graceful_shutdown=_GRACE_S,
            lifespan="off",  # `serve` starts and closes what the app works on, so that a failure is one sentence
        )
    )


async def serve(
    server: uvicorn.Server,
    listening: socket.socket,
    settings: Settings,
    lifeline: Lifeline,
    is_stale: Callable[[], bool] = lambda: False,
) -> None:
    """Until the server is told to end: by `should_exit`, a signal, its parent's end, or because it is stale."""
    operations: Operations = server.config.app.state.operations  # type: ignore[union-attr]  # always a FastAPI
    await operations.start()
    telling = asyncio.create_task(_tell_address(server, listening, settings))
    looking = asyncio.create_task(_end_when_stale(server, is_stale))
    if lifeline.fd is not None:
        asyncio.get_running_loop().add_reader(lifeline.fd, _follow, server, lifeline)
    try:
        await server.serve(sockets=[listening])
    finally:
        if lifeline.fd is not None:
            asyncio.get_running_loop().remove_reader(lifeline.fd)
        telling.cancel()
        looking.cancel()
        _forget_address(settings)
        await operations.close()


def _follow(server: uvicorn.Server, lifeline: Lifeline) -> None:
    if lifeline.cut():
        server.should_exit = True


async def _end_when_stale(server: uvicorn.Server, is_stale: Callable[[], bool]) -> None:
    while not await asyncio.to_thread(is_stale):  # noqa: ASYNC110  # a file on the disk tells nobody
        await asyncio.sleep(_LOOK_S)
    server.should_exit = True


async def _tell_address(server: uvicorn.Server, listening: socket.socket, settings: Settings) -> None:
    """Write server.json once requests are answered: who reads it may call at once."""
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.01)
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    path = settings.server_file
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps({"url": f"http://{_reachable(shown)}:{port}", "pid": os.getpid()}), encoding="utf-8")
    fresh.replace(path)


def _forget_address(settings: Settings) -> None:
    with contextlib.suppress(OSError, ValueError, KeyError):
        if json.loads(settings.server_file.read_text(encoding="utf-8"))["pid"] == os.getpid():
            settings.server_file.unlink()


def take_port(host: str, port: int) -> socket.socket:
    """A listening socket. Raises Unavailable, in one sentence, where it can't be had."""
    where = f"{host}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise Unavailable(f"it is no address of ours ({error})", where=where, do="Set RANGEOPS_HOST.") from error
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise Unavailable(
            f"it can't be listened on ({os.strerror(error.errno) if error.errno else error})",
            where=where,
            do="Stop what uses that port, or set RANGEOPS_PORT (0: any free one).",
        ) from error
    return listening


def _reachable(host: str) -> str:
    """Where clients on this machine find a server that is bound to every address."""
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host.strip("[]"))
        if address.is_unspecified:
            return "127.0.0.1" if address.version == 4 else "[::1]"
    return host
