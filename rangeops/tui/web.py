"""The control room in a browser on this machine: textual-serve's terminal, behind a door that only one person can open.

textual-serve (1.1) by itself serves whoever reaches the port, takes a socket from any page that is open in the browser, and
has its page fetch a font from another host. Here nothing is served but on loopback, to whoever has the address that was
printed; it is good once and leads to a room's own path, which no other page and no other user knows. No cookie: those
would be sent to every port of this machine.
"""

import asyncio
import hmac
import secrets
import shlex
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.server import Server

from rangeops.domain.errors import Unavailable

HOST: Final = "127.0.0.1"
MOST_ROOMS: Final = 8
"""Each is a process of its own; more than this are a mistake, or somebody's attempt."""

_PAGE: Final = Path(__file__).with_name("web_page.html")
_HEARTBEAT_S: Final = 15.0
_CLOSE_S: Final = 5.0
_SIZE: Final = range(10, 1000)  # columns and rows that a terminal can have
_KEY_BYTES: Final = 24
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src 'self' data:; connect-src ws://{host}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


@dataclass(slots=True)
class Doors:
    """The keys: one that was printed and not used yet, and those of the rooms that were opened with one."""

    unused: str
    rooms: set[str]

    @classmethod
    def new(cls) -> "Doors":
        return cls(secrets.token_urlsafe(_KEY_BYTES), set())

    def enter(self, key: str) -> str | None:
        """The room's own key for the printed one, which is used up by it; None for any other."""
        if not hmac.compare_digest(key.encode(), self.unused.encode()):
            return None
        self.unused = secrets.token_urlsafe(_KEY_BYTES)
        room = secrets.token_urlsafe(_KEY_BYTES)
        self.rooms.add(room)
        return room

    def has(self, room: str) -> bool:
        return any(hmac.compare_digest(room.encode(), known.encode()) for known in self.rooms)


class RoomServer(Server):
    """command: what a room's process is started by. say: where a new address is printed."""

    def __init__(self, command: Sequence[str], port: int, say: Callable[[str], None]) -> None:
        super().__init__(shlex.join(command), host=HOST, port=port, title="rangeops")
        self._say = say
        self._doors = Doors.new()
        self._sockets: set[web.WebSocketResponse] = set()

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        app.add_routes(
            [
                web.get("/enter/{key}", self._enter),
                web.get("/room/{room}/", self._page),
                web.get("/room/{room}/ws", self._socket),
                web.static("/static", self.statics_path),
            ]
        )
        app.on_shutdown.append(self._close_sockets)
        return app

    def announce(self) -> None:
        self._say(f"The control room is at http://{HOST}:{self.port}/enter/{self._doors.unused}  (good once)")

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Only what this very address was asked for: a page elsewhere can't reach it by a name of its own (DNS rebinding)."""
        if request.host not in self._hosts:
            return web.Response(status=421, text="This is not the address that was printed.\n")
        response = await handler(request)
        if not response.prepared:
            for name, value in _HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    @property
    def _hosts(self) -> tuple[str, str]:
        return f"{HOST}:{self.port}", f"localhost:{self.port}"

    async def _enter(self, request: web.Request) -> web.Response:
        room = self._doors.enter(request.match_info["key"])
        if room is None:
            return web.Response(
                status=403,
                text="This address was used, or never printed. The terminal that serves the control room has the next one.\n",
            )
        self.announce()
        return web.Response(status=303, headers={"Location": f"/room/{room}/"})

    async def _page(self, request: web.Request) -> web.Response:
        room = request.match_info["room"]
        if not self._doors.has(room):
            return _nobody()
        nonce = secrets.token_urlsafe(12)
        socket = f"ws://{request.host}/room/{room}/ws"
        text = Template(_PAGE.read_text(encoding="utf-8")).substitute(socket=socket, nonce=nonce)
        policy = _POLICY.format(nonce=nonce, host=request.host)
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": policy})

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        """One room at work: a process for as long as the browser holds the socket."""
        if not self._doors.has(request.match_info["room"]):
            return _nobody()
        if request.headers.get("Origin") not in {f"http://{host}" for host in self._hosts}:
            return web.Response(status=403, text="A socket is opened by the page of this room alone.\n")
        if len(self._sockets) >= MOST_ROOMS:
            return web.Response(status=503, text=f"{MOST_ROOMS} rooms are open already. Close one.\n")
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_S)
        await socket.prepare(request)
        self._sockets.add(socket)

        async def close() -> None:
            await socket.close()

        service = _Room(
            self.command,
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=close,
            download_manager=self.download_manager,
        )
        try:
            await service.start(_cells(request, "width", 80), _cells(request, "height", 24))
            await self._process_messages(socket, service)
        finally:
            self._sockets.discard(socket)
            await service.stop()
        return socket

    async def _close_sockets(self, _: web.Application) -> None:
        for socket in list(self._sockets):
            await socket.close()


class _Room(AppService):
    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        return super()._build_environment(width, height) | {
            "TEXTUAL_DRIVER": "rangeops.tui.web_driver:RoomDriver",
            "TEXTUAL_FPS": "30",
        }


def _nobody() -> web.Response:
    return web.Response(status=403, text="There is no such room. Use the address that the terminal has printed.\n")


def _cells(request: web.Request, name: str, otherwise: int) -> int:
    """A size that the page asks for; what is none is as if it had asked for nothing."""
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and int(text[:5]) in _SIZE else otherwise


def serve_rooms(command: Sequence[str], port: int, say: Callable[[str], None]) -> None:
    """Until Ctrl+C or SIGTERM. port 0: any free one. Raises Unavailable where the port is taken."""
    asyncio.run(_serve(RoomServer(command, port, say)))


async def _serve(server: RoomServer) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=_CLOSE_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, server.port).start()
        server.port = runner.addresses[0][1]
        server.announce()
        await ended.wait()
    except OSError as error:
        raise Unavailable(
            f"it can't be listened on ({error.strerror})",
            where=f"{HOST}:{server.port}",
            do="Give another with --port, or 0 for any free one.",
        ) from error
    finally:
        await runner.cleanup()
