"""An incident replayed in a live room: read beside the screen, shown under the live banner, and no command goes from it."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from rangeops.client.action import Noun
from rangeops.domain.errors import Damaged, RangeopsError
from rangeops.tui.bindings import Place
from rangeops.tui.ink import Ink
from rangeops.tui.language import tr, tr_later
from rangeops.tui.moves import MISSING
from rangeops.wire.recorded import Recorded

if TYPE_CHECKING:
    from rangeops.tui.app import ControlRoom

_NO_REPLAY: Final = tr_later(
    "This room can't read recordings: `rangeops replay {incident}` on the range's machine does."
)


def _unplayable(error: Exception, incident: str) -> Damaged:
    return Damaged(
        f"it can't be replayed here ({type(error).__name__})",
        where=incident,
        do=f"Run `rangeops replay {incident}`, and report what it says.",
    )


class RoomReplays:
    """opens: an incident by its id, as `rangeops replay` does; it may take seconds. None: not here."""

    def __init__(self, app: "ControlRoom", opens: Callable[[str], Recorded] | None) -> None:
        self._app, self.opens = app, opens

    def start(self) -> None:
        """Read beside the screen: whoever has gone elsewhere meanwhile is left there."""
        incident = self._app.moves.review.chosen
        if incident is None:
            self._app.say(tr(MISSING[Noun.INCIDENT]), Ink.P2)
        elif self.opens is None:
            self._app.say(tr(_NO_REPLAY, incident=incident), Ink.P2)
        else:
            self._app.say(tr("{incident}: its recordings are being read.", incident=incident), Ink.P3)
            reading = self._app.told(self._replayed(incident, self.opens))
            self._app.run_worker(reading, group="replay", exclusive=True)

    async def _replayed(self, incident: str, replays: Callable[[str], Recorded]) -> None:
        from rangeops.tui.screens.replay import ReplayingScreen

        try:
            recorded = await asyncio.to_thread(replays, incident)
        except RangeopsError:
            raise
        except Exception as error:
            raise _unplayable(error, incident) from error  # whatever a recording holds: the live room goes on
        review = self._app.moves.review
        if self._app.room is review and self._app.screen is review and review.chosen == incident:
            self._app.shared.notice = None
            broken = partial(self._broke, incident)
            self._app.switch_screen(ReplayingScreen(self._app.shared, incident, recorded, self._app.clock, broken))
            self._app.call_after_refresh(self._app.draw)

    def _broke(self, incident: str, error: Exception) -> None:
        self._app.say(str(_unplayable(error, incident)), Ink.P2)
        if self._app.room is not None and self._app.room.place is Place.REPLAY:
            self._app.moves.go("review")

    def move(self, name: str) -> None:
        from rangeops.tui.screens.replay import ReplayingScreen

        if isinstance(self._app.room, ReplayingScreen):
            self._app.room.moves[name]()
