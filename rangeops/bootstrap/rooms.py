"""Control rooms, on a terminal and in a browser, with a server of their own where none runs."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rangeops.bootstrap.parts import clock, prepare_data_folder, process_command, process_environment
from rangeops.domain.errors import Unavailable
from rangeops.domain.text import safe_text
from rangeops.settings import Settings

if TYPE_CHECKING:
    from rangeops.wire.recorded import Recorded


def run_control_room(
    settings: Settings, *, read_only: bool = False, replays: "Callable[[str], Recorded] | None" = None
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
    with _a_server(settings):
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

    with _a_server(settings):
        os.environ.update(settings.environment())
        serve_rooms([*process_command("room"), *(["--read-only"] if read_only else [])], port, say)


@contextmanager
def _a_server(settings: Settings) -> Iterator[None]:
    """A server that runs: the one that is there, or one of our own for as long as the screen is open."""
    from rangeops.background import Background

    prepare_data_folder(settings)
    if settings.server_file.exists():
        yield
        return
    with Background(settings, process_environment(settings)) as background:
        background.start("range", ["serve"])
        background.wait_for(settings.server_file.exists, "the server")
        yield
