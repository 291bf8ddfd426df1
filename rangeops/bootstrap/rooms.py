"""Control rooms, on a terminal and in a browser, with a server of their own where none runs."""

import asyncio
import gc
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from rangeops.bootstrap.parts import clock, prepare_data_folder, process_command, process_environment
from rangeops.domain.errors import Unavailable
from rangeops.domain.text import safe_text
from rangeops.settings import Settings

if TYPE_CHECKING:
    from rangeops.wire.recorded import Recorded

_ASKED_S: Final = 3.0


def run_control_room(
    settings: Settings,
    *,
    say: Callable[[str], None],
    read_only: bool = False,
    replays: "Callable[[str], Recorded] | None" = None,
) -> None:
    """The control room on the server of this data folder; starts one first where none runs, and ends it after.

    read_only: a screen that can send nothing, whoever's token it has. replays: opens an incident by its id.
    """
    import secrets
    import socket

    gc.disable()  # as in __main__: a tenth of a start would go into it
    from rangeops.client.api import Client
    from rangeops.client.feed import feed
    from rangeops.tui.app import ControlRoom
    from rangeops.tui.preferences import Desktop

    gc.freeze()
    gc.enable()
    with _a_server(settings, say):
        if settings.token:  # the local one is the server's own, and asking costs the first picture the HTTP library
            asyncio.run(_let_in(settings))
        client = Client.from_settings(settings)
        room_name = f"{safe_text(socket.gethostname(), limit=40)}-{secrets.token_hex(3)}"
        desktop = Desktop.read(settings.config_folder, os.environ)
        ControlRoom(
            client,
            feed(client),
            clock=clock,
            desktop=desktop,
            room_name=room_name,
            read_only=read_only,
            replays=replays,
        ).run()


def serve_control_room(settings: Settings, *, port: int, read_only: bool, say: Callable[[str], None]) -> None:
    """Control rooms in a browser on this machine, until Ctrl+C; a server of our own where none runs.

    Raises Unavailable where the optional library is missing or the port is taken.
    """
    from importlib.util import find_spec

    if find_spec("textual_serve") is None:
        raise Unavailable(
            "it needs textual-serve, which isn't installed",
            where="control --web",
            do="Run `pip install 'rangeops[web]'`.",
        )
    from rangeops.tui.web import serve_rooms

    with _a_server(settings, say):
        os.environ.update(settings.environment())
        serve_rooms([*process_command("room"), *(["--read-only"] if read_only else [])], port, say)


async def _let_in(settings: Settings) -> None:
    """Raises Forbidden where our token isn't taken. Of a server that doesn't answer the room itself tells."""
    from rangeops.client.api import Client

    with suppress(Unavailable, TimeoutError):
        async with asyncio.timeout(_ASKED_S), Client.from_settings(settings) as client:
            await client.me()


def _listens(settings: Settings) -> bool:
    """Whether the server that told its address lives: a power cut leaves the file behind."""
    from rangeops.background import lives

    try:
        return lives(int(json.loads(settings.server_file.read_text(encoding="utf-8"))["pid"]))
    except (OSError, ValueError, KeyError):
        return False


@contextmanager
def _a_server(settings: Settings, say: Callable[[str], None]) -> Iterator[None]:
    """A server that runs: the one that is there or starts, or one of our own for as long as the screen is open."""
    from rangeops.background import START_S, Background
    from rangeops.supervisor import runs

    prepare_data_folder(settings)
    deadline_s = time.monotonic() + START_S
    while runs(settings.run_folder) and not settings.server_file.exists() and time.monotonic() < deadline_s:
        time.sleep(0.1)
    # In a container its number means nothing here; its lock does.
    if (runs(settings.run_folder) and settings.server_file.exists()) or _listens(settings):
        yield
        return
    settings.server_file.unlink(missing_ok=True)  # of a run that was cut off
    say("no range runs here: one is started, and ends with this screen; `rangeops serve` starts one that stays")
    with Background(settings, process_environment(settings)) as background:
        background.start("range", ["serve"])
        background.wait_for(settings.server_file.exists, "the server")
        yield
