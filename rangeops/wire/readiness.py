"""What a server says of itself to whoever sends it requests."""

from dataclasses import dataclass
from typing import Final

OK: Final = "ok"


@dataclass(frozen=True, slots=True)
class ReadyView:
    """Each part: "ok", or what is wrong with it in a few words. record: of what happened, which must be writable."""

    ready: bool
    store: str
    watch: str
    record: str
