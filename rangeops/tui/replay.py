"""`rangeops replay`: a recording on a screen of its own. There is no server behind it and no command in it."""

from collections.abc import Callable
from typing import ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from rangeops.domain.errors import RangeopsError
from rangeops.domain.now import Now
from rangeops.tui.language import SOURCE, tr, tr_later
from rangeops.tui.panels.frame import keys_line
from rangeops.tui.playhead import Playhead
from rangeops.tui.preferences import Desktop
from rangeops.tui.themed import Themed
from rangeops.tui.widgets.lines import Lines
from rangeops.tui.widgets.replay import LEAP, STEP, ReplayPane
from rangeops.wire.recorded import Recorded

_KEYS: Final = (
    ("space", tr_later("play")),
    ("← →", "1 s"),
    ("⇞ ⇟", "30 s"),
    (", .", tr_later("event")),
    ("+ -", tr_later("speed")),
    ("[ ]", tr_later("range")),
    ("m '", tr_later("marker")),
    ("j k", tr_later("choose")),
    ("z Z 0 f", tr_later("map")),
    ("q", tr_later("leave")),
)


class ReplayScreen(Screen[None]):
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (112, "-wide")]  # noqa: RUF012  # Textual's

    def __init__(self, pane: ReplayPane) -> None:
        super().__init__()
        self._pane = pane

    def compose(self) -> ComposeResult:
        yield self._pane
        self._keys = Lines(id="replay-keys")
        yield self._keys

    def on_resize(self) -> None:
        self._keys.show((keys_line([(key, tr(word)) for key, word in _KEYS], self.size.width),))


class ReplayRoom(Themed):
    CSS_PATH = "rangeops.tcss"
    TITLE = "rangeops replay"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "play", show=False),
        Binding("left", "step(-1)", show=False),
        Binding("right", "step(1)", show=False),
        Binding("pageup", "leap(-1)", show=False),
        Binding("pagedown", "leap(1)", show=False),
        Binding("home", "end(0)", show=False),
        Binding("end", "end(1)", show=False),
        Binding("comma", "event(-1)", show=False),
        Binding("full_stop", "event(1)", show=False),
        Binding("plus,equals_sign", "speed(1)", show=False),
        Binding("minus", "speed(-1)", show=False),
        Binding("left_square_bracket", "range(0)", show=False),
        Binding("right_square_bracket", "range(1)", show=False),
        Binding("m", "keep", show=False),
        Binding("apostrophe", "kept", show=False),
        Binding("j,down", "choose(1)", show=False),
        Binding("k,up", "choose(-1)", show=False),
        Binding("z", "zoom(1)", show=False),
        Binding("Z", "zoom(0)", show=False),
        Binding("0", "whole", show=False),
        Binding("f", "follow", show=False),
        Binding("q,ctrl+c", "quit", show=False, priority=True),
    ]

    def __init__(
        self,
        recorded: Recorded,
        *,
        clock: Callable[[], Now],
        desktop: Desktop | None = None,
        whole: Callable[[], Recorded] | None = None,
    ) -> None:
        """whole: gives all of what `recorded` is only the beginning of; asked once, beside the screen."""
        super().__init__()
        self._whole = whole
        self._desktop = desktop
        self.pane = ReplayPane(recorded, clock=clock, reading=whole is not None)

    async def on_mount(self) -> None:
        self.wear(self._worn if self._desktop is None else self._desktop.preferences.theme)
        self.speak(SOURCE if self._desktop is None else self._desktop.preferences.language)
        await self.push_screen(ReplayScreen(self.pane))
        if self._whole is not None:
            self.pane.call_after_refresh(self._read_whole, self._whole)  # the first map comes first

    @work(thread=True)
    def _read_whole(self, whole: Callable[[], Recorded]) -> None:
        try:
            recorded = whole()
        except RangeopsError as error:
            self.call_from_thread(self.pane.failed, str(error))
            return
        self.call_from_thread(self.pane.take_whole, recorded)

    @property
    def head(self) -> Playhead:
        return self.pane.head

    def draw(self) -> None:
        self.pane.draw()

    # -- keys

    def action_play(self) -> None:
        self.pane.play()

    def action_step(self, by: int) -> None:
        self.pane.step(by * STEP)

    def action_leap(self, by: int) -> None:
        self.pane.step(by * LEAP)

    def action_end(self, last: int) -> None:
        self.pane.end() if last else self.pane.begin()

    def action_event(self, by: int) -> None:
        self.pane.event(by)

    def action_speed(self, by: int) -> None:
        self.pane.faster(by)

    def action_range(self, end: int) -> None:
        self.pane.close_range() if end else self.pane.open_range()

    def action_keep(self) -> None:
        self.pane.keep()

    def action_kept(self) -> None:
        self.pane.to_kept()

    def action_choose(self, by: int) -> None:
        self.pane.choose(by)

    def action_zoom(self, closer: int) -> None:
        self.pane.zoom(closer=bool(closer))

    def action_whole(self) -> None:
        self.pane.whole()

    def action_follow(self) -> None:
        self.pane.follow()
