"""The driver of a control room in a browser: when whoever holds the browser's socket is gone, the room ends with it.

Textual's own (8.2) stops to read then, and the app goes on drawing for nobody.
"""

import asyncio
from typing import Any

from textual import messages
from textual.app import App
from textual.drivers.web_driver import WebDriver


class RoomDriver(WebDriver):
    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._room_loop: asyncio.AbstractEventLoop | None = None

    def start_application_mode(self) -> None:
        self._room_loop = asyncio.get_running_loop()
        super().start_application_mode()

    def run_input_thread(self) -> None:
        super().run_input_thread()
        if self._room_loop is not None and not self._room_loop.is_closed() and not self.exit_event.is_set():
            self._room_loop.call_soon_threadsafe(self._app.post_message, messages.ExitApp())
