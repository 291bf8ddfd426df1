"""R on Review: an incident as it was flown and seen, in a room that goes on being live around it.

Header and banner are the range's own, of now; what is inside the frame is over. No command goes out from here.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from rangeops.client.action import Noun, Target
from rangeops.domain.now import Now
from rangeops.tui.bindings import Place
from rangeops.tui.board import Scene
from rangeops.tui.ink import Line
from rangeops.tui.language import tr, tr_later
from rangeops.tui.panels import header
from rangeops.tui.screens.base import RoomScreen, bindings
from rangeops.tui.shared import Shared
from rangeops.tui.widgets.replay import LEAP, STEP, ReplayPane
from rangeops.tui.witness import Shown
from rangeops.wire.recorded import Recorded


class ReplayingScreen(RoomScreen):
    number = "5"
    title_word = tr_later("REPLAY")
    place = Place.REPLAY
    names_screens = False
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.REPLAY)

    def __init__(
        self,
        shared: Shared,
        incident: str,
        recorded: Recorded,
        clock: Callable[[], Now],
        broken: Callable[[Exception], None],
    ) -> None:
        """broken: told where it can't be drawn: a recording must not end the room that shows it."""
        super().__init__(shared)
        self.incident = incident
        self.pane = ReplayPane(recorded, clock=clock, broken=broken)
        self.moves: Mapping[str, Callable[[], None]] = {
            "replay.play": self.pane.play,
            "replay.back": partial(self.pane.step, -STEP),
            "replay.on": partial(self.pane.step, STEP),
            "replay.begin": self.pane.begin,
            "replay.end": self.pane.end,
            "replay.event-before": partial(self.pane.event, -1),
            "replay.event-after": partial(self.pane.event, 1),
            "replay.faster": partial(self.pane.faster, 1),
            "replay.slower": partial(self.pane.faster, -1),
            "replay.range-begins": self.pane.open_range,
            "replay.range-ends": self.pane.close_range,
            "replay.marker": self.pane.keep,
            "replay.to-marker": self.pane.to_kept,
            "replay.zoom-in": partial(self.pane.zoom, closer=True),
            "replay.zoom-out": partial(self.pane.zoom, closer=False),
            "replay.whole": self.pane.whole,
            "replay.follow": self.pane.follow,
        }

    def body(self) -> Sequence[Widget]:
        return (self.pane,)

    def keys(self) -> Sequence[tuple[str, str]]:
        return (
            ("esc", tr("back")),
            ("space", tr("play")),
            ("← →", "1 s"),
            ("pgup pgdn", "30 s"),
            (", .", tr("event")),
            ("+ -", tr("speed")),
            ("[ ]", tr("range")),
            ("m '", tr("marker")),
            ("j k", tr("choose")),
            ("z Z 0 f", tr("map")),
        )

    def loud(self, scene: Scene, width: int) -> Line:
        return header.replay(scene, self.incident, width)

    def target(self, noun: Noun) -> Target | None:
        """An alarm of the live banner alone: a replay's vehicles take no commands."""
        return super().target(noun) if noun is Noun.ALARM else None

    def move(self, step: int) -> None:
        self.pane.choose(step)

    def page(self, step: int) -> None:
        self.pane.step(step * LEAP)

    def shown(self) -> Shown:
        return Shown(chosen=self.incident, filter=f"{self.pane.head.at:%Y-%m-%dT%H:%M:%SZ}")

    def draw_body(self, scene: Scene) -> None:
        """The pane draws itself, by its own time."""
