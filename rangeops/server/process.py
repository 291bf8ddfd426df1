"""The server's process: a port taken, the app run on it, everything given back at the end.

With a certificate it speaks TLS and nothing else on that port; SIGHUP has it read the certificate's files anew. What a proxy
says of a request (X-Forwarded-For, X-Forwarded-Proto) is believed of the addresses in RANGEOPS_TRUSTED_PROXIES alone.
"""

import asyncio
import contextlib
import ipaddress
import json
import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI

from rangeops.domain.errors import Unavailable
from rangeops.lifeline import Lifeline
from rangeops.server.operations import Operations
from rangeops.server.tls import CertificateFiles, Certificates
from rangeops.services.ports.world import Clock
from rangeops.settings import Settings

KEEP_ALIVE_S: Final = 150  # longer than a proxy (Caddy 120 s): who closes first cuts the next request
THREADS: Final = 16  # for what waits for the disk: some who wait for one slow write must leave others to look at tokens
_GRACE_S: Final = 3  # for requests under way when the server is told to end
_BACKLOG: Final = 128
_LOOK_S: Final = 1.0  # how often the server asks whether it has grown stale
_BEAT_S: Final = 1.0  # how often its loop tells the supervisor that it turns


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

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Streams of events first: they would be waited for as if they would end by themselves."""
        _operations(self).events.end()
        await super().shutdown(sockets)


def run_server(
    app: FastAPI, settings: Settings, lifeline: Lifeline, is_stale: Callable[[], bool] = lambda: False
) -> None:
    """Serve `app` until SIGINT, SIGTERM, the end of our parent or `is_stale`. Raises Unavailable where the port is taken.

    settings.server_file tells clients the address while it listens. is_stale: what it was built on is another now, so
    that it must be started anew; the watch enforces meanwhile.
    """
    certificates = certificates_of(settings, _now_utc(app))
    listening = take_port(settings.host, settings.port)
    try:
        server = make_server(app, proxies=settings.proxies, certificates=certificates)
        asyncio.run(serve(server, listening, settings, lifeline, is_stale, certificates=certificates))
    finally:
        listening.close()


def certificates_of(settings: Settings, now_utc: datetime) -> Certificates | None:
    """None: plain HTTP. Raises Invalid, Unavailable with what is wrong with the files that are set."""
    if not settings.tls_cert:
        return None
    return Certificates(CertificateFiles(Path(settings.tls_cert), Path(settings.tls_key)), now_utc)


def make_server(
    app: FastAPI, *, proxies: Sequence[str] = (), certificates: Certificates | None = None
) -> uvicorn.Server:
    """proxies: addresses and networks of those who may say for whom they ask, and that it came by TLS."""
    config = _Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        ws_max_size=64 * 1024,  # screens have nothing to say
        ws_ping_interval=20,
        timeout_graceful_shutdown=_GRACE_S,
        timeout_keep_alive=KEEP_ALIVE_S,
        lifespan="off",  # `serve` starts and closes what the app works on, so that a failure is one sentence
    )
    config.certificates = certificates
    return _Server(config)


class _Config(uvicorn.Config):
    """uvicorn's, with a TLS context of ours: it is checked before, and loads renewed files."""

    certificates: Certificates | None = None

    def load(self) -> None:
        super().load()
        self.ssl = None if self.certificates is None else self.certificates.context


async def serve(
    server: uvicorn.Server,
    listening: socket.socket,
    settings: Settings,
    lifeline: Lifeline,
    is_stale: Callable[[], bool] = lambda: False,
    *,
    certificates: Certificates | None = None,
) -> None:
    """Until the server is told to end: by `should_exit`, a signal, its parent's end, or because it is stale."""
    operations = _operations(server)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "server"))
    await operations.start()
    telling = asyncio.create_task(_tell_address(server, listening, settings, certificates))
    if certificates is not None:
        renewing = _Renewing(operations.clock, certificates, lambda: _write_address(listening, settings, certificates))
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, renewing)
    looking = asyncio.create_task(_end_when_stale(server, is_stale))
    beating = asyncio.create_task(_beat(server, lifeline))
    if lifeline.fd is not None:
        asyncio.get_running_loop().add_reader(lifeline.fd, _follow, server, lifeline)
    try:
        await server.serve(sockets=[listening])
    finally:
        if lifeline.fd is not None:
            asyncio.get_running_loop().remove_reader(lifeline.fd)
        if certificates is not None:
            asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
        telling.cancel()
        looking.cancel()
        _forget_address(settings)
        await operations.close()
        beating.cancel()


def _follow(server: uvicorn.Server, lifeline: Lifeline) -> None:
    if lifeline.cut():
        server.should_exit = True


async def _beat(server: uvicorn.Server, lifeline: Lifeline) -> None:
    """From the first request that can be answered on; what ends in order may take its time."""
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.01)
    while True:
        lifeline.beat()
        await asyncio.sleep(_BEAT_S)


async def _end_when_stale(server: uvicorn.Server, is_stale: Callable[[], bool]) -> None:
    while not await asyncio.to_thread(is_stale):  # noqa: ASYNC110  # a file on the disk tells nobody
        await asyncio.sleep(_LOOK_S)
    server.should_exit = True


def _operations(server: uvicorn.Server) -> Operations:
    operations: Operations = server.config.app.state.operations  # type: ignore[union-attr]  # always a FastAPI
    return operations


def _now_utc(app: FastAPI) -> datetime:
    operations: Operations = app.state.operations
    return operations.clock().utc


@dataclass(frozen=True, slots=True)
class _Renewing:
    """What SIGHUP does: new connections get the renewed certificate, and clients on this machine are told of it."""

    clock: Clock
    certificates: Certificates
    tell: Callable[[], None]

    def __call__(self) -> None:
        if self.certificates.renew(self.clock().utc):
            self.tell()


async def _tell_address(
    server: uvicorn.Server, listening: socket.socket, settings: Settings, certificates: Certificates | None
) -> None:
    """Write server.json once requests are answered: who reads it may call at once."""
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.01)
    _write_address(listening, settings, certificates)


def _write_address(listening: socket.socket, settings: Settings, certificates: Certificates | None) -> None:
    """Where we listen, and, with TLS, the certificate that a client on this machine may trust without asking anybody."""
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    scheme = "http" if certificates is None else "https"
    told: dict[str, str | int] = {"url": f"{scheme}://{_reachable(shown)}:{port}", "pid": os.getpid()}
    if certificates is not None:
        told["certificate"] = certificates.text
    path = settings.server_file
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(told), encoding="utf-8")
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
