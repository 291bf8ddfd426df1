"""A terminal driver for which Esc is Esc within ESCDELAY, and which ends the room with its terminal.

Textual's own (8.2) reads ESCDELAY, but looks whether it is over only when its select of 0.1 s returns: Esc, which must
cancel a dialog, then takes 100 ms more whatever is set. And a terminal that is gone without a SIGHUP (the room isn't of its
session) reads as the end of a file for ever, which Textual's asks for again and again, on a core of its own: here it ends the
room. tests/tui/test_terminal.py has both on a pseudo-terminal.
"""

import os
import selectors
from codecs import getincrementaldecoder
from typing import Final

from textual import constants, messages
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

_ESC: Final = "\x1b"
_IDLE_S: Final = 0.1  # how soon the thread sees that it shall end
_READ_BYTES: Final = 4096


class PromptDriver(LinuxDriver):
    def run_input_thread(self) -> None:
        """Waits ESCDELAY where an Esc is the last that came, else as long as Textual's own does."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        pending = False
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(constants.ESCAPE_DELAY if pending else _IDLE_S):
                    raw = self._read()
                    if not raw:
                        self.send_message(messages.ExitApp())
                        return
                    data = decode(raw)
                    if not data:
                        continue
                    pending = data.endswith(_ESC)
                    for message in parser.feed(data):
                        self.process_message(message)
                ticked = list(parser.tick())
                pending = pending and not ticked  # the parser counts by a clock of its own: ask until it has decided
                for message in ticked:
                    self.process_message(message)
        for message in parser.feed(""):
            self.process_message(message)

    def _read(self) -> bytes:
        """Nothing: the terminal is gone."""
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError:
            return b""
