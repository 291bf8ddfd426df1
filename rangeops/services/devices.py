"""Browsers that somebody has signed in at before: each has a text of the server's own making, which nobody else can make.

It lets in nobody. It keeps its person's sign-in there from waiting for strangers' guesses (services.throttle).
"""

from datetime import date
from typing import Final

from rangeops.domain.now import Now
from rangeops.domain.sessions import DEVICE_LASTS
from rangeops.services.ports.world import SecretBox

_ABOUT: Final = "a device"
_LONGEST: Final = 400


class Devices:
    def __init__(self, box: SecretBox) -> None:
        self._box = box

    def text_for(self, user: str, now: Now) -> str:
        return self._box.sealed(f"{now.utc:%Y-%m-%d} {user}", _ABOUT)

    def knows(self, device: str, user: str, now: Now) -> bool:
        if not device or len(device) > _LONGEST or (text := self._box.opened(device, _ABOUT)) is None:
            return False
        day, _, name = text.partition(" ")
        return name == user and now.utc.date() - date.fromisoformat(day) < DEVICE_LASTS
