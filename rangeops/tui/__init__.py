"""The control room: a Textual client of the server. Closing it stops nothing."""

import os

# Textual waits 100 ms to tell Esc from the start of a sequence; it reads this once, when it is first imported.
os.environ.setdefault("ESCDELAY", "15")
