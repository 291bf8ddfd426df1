"""The replay: the map as it was flown, what happened beside it, and a line of time that is played, stepped and jumped on.

A screen of its own app: there is no server behind it and no command in it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.screen import Screen

from rangeops.client.feed import Connected
from rangeops.domain.alarms import Priority
from rangeops.domain.errors import RangeopsError
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid
from rangeops.domain.text import safe_text
from rangeops.tui.board import Board, Scene
from rangeops.tui.chart import Traffic
from rangeops.tui.ink import Ink, Line, Span, fit, marker, spread
from rangeops.tui.language import SOURCE, tr, tr_later
from rangeops.tui.panels.frame import keys_line
from rangeops.tui.panels.vehicles import table_head, table_rows, worst_of
from rangeops.tui.preferences import Desktop
from rangeops.tui.shared import Records
from rangeops.tui.surface import surface_of
from rangeops.tui.themed import Themed
from rangeops.tui.widgets.lines import Lines
from rangeops.tui.widgets.map import RangeMap
from rangeops.tui.widgets.rows import Rows
from rangeops.wire.recorded import Mark, Recorded

FRAME_S: Final = 0.1
TRAIL_S: Final = 30.0
SPEEDS: Final = (0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 30.0, 60.0)
_STEP: Final = timedelta(seconds=1)
_LEAP: Final = timedelta(seconds=30)
_MOMENT: Final = timedelta(milliseconds=1)
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
_SIGNS: Final = {"alarm": "▲", "command": "■", "breach": "✗", "mode": "·", "armed": "▶", "disarmed": "◀"}


class Playhead:
    """Where the replay is, how fast it goes, and between which ends. It never leaves the recording."""

    def __init__(self, begins: datetime, ends: datetime) -> None:
        self.begins, self.ends = begins, max(ends, begins)
        self.at = begins
        self.playing = False
        self.speed = 1.0
        self.range: tuple[datetime, datetime] | None = None
        self._opened: datetime | None = None  # where a range begins that has no end yet

    def pass_s(self, seconds: float) -> None:
        """So much time went by for who watches. A range is played round and round; a recording stops at its end."""
        if not self.playing:
            return
        self.at += timedelta(seconds=seconds * self.speed)
        if self.range is not None and not self.range[0] <= self.at < self.range[1]:
            self.at = self.range[0]
        elif self.at >= self.ends:
            self.at, self.playing = self.ends, False

    def go(self, to: datetime) -> None:
        self.at = min(max(to, self.begins), self.ends)

    def toggle(self) -> None:
        """At the end, play begins anew."""
        if not self.playing and self.at >= self.ends:
            self.at = self.begins
        self.playing = not self.playing

    def faster(self, by: int) -> None:
        at = SPEEDS.index(self.speed)
        self.speed = SPEEDS[min(max(at + by, 0), len(SPEEDS) - 1)]

    def open_range(self) -> None:
        self.range, self._opened = None, self.at

    def close_range(self) -> None:
        """From where it was opened, or the beginning, to here; the same place twice is no range."""
        first = self._opened or self.begins
        self.range = (min(first, self.at), max(first, self.at)) if first != self.at else None
        self._opened = None


def timeline(head: Playhead, marks: Sequence[Mark], kept: Sequence[datetime], width: int) -> tuple[Line, Line]:
    """Two rows: what happened where, and where we are. Each cell shows the gravest of what happened in it."""
    lasts_s = max((head.ends - head.begins).total_seconds(), 1e-3)

    def cell(moment: datetime) -> int:
        return min(int((moment - head.begins).total_seconds() / lasts_s * width), width - 1)

    signs: list[Span] = [Span(" ", Ink.DIM)] * width
    graver = [9.0] * width
    for mark in marks:
        weight = mark.priority if mark.priority is not None else {"breach": 1.5, "command": 2.5}.get(mark.kind, 5.0)
        if mark.kind in _SIGNS and weight < graver[cell(mark.utc)]:
            graver[cell(mark.utc)] = weight
            ink = marker(Priority(mark.priority)).ink if mark.priority else Ink.P1 if mark.kind == "breach" else Ink.DIM
            signs[cell(mark.utc)] = Span(_SIGNS[mark.kind], ink)
    for moment in kept:
        signs[cell(moment)] = Span("◆", Ink.KEY)
    line = [Span("─", Ink.FAINT)] * width
    if head.range is not None:
        first, last = cell(head.range[0]), cell(head.range[1])
        line[first : last + 1] = [Span("━", Ink.KEY)] * (last + 1 - first)
    line[cell(head.at)] = Span("●", Ink.BRIGHT)
    return tuple(signs), tuple(line)


class ReplayScreen(Screen[None]):
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (112, "-wide")]  # noqa: RUF012  # Textual's

    def compose(self) -> ComposeResult:
        yield Lines(id="replay-head")
        with Horizontal():
            yield RangeMap(id="map")
            with Vertical(id="side"):
                yield Rows[Sysid](id="vehicles")
                yield Rows[int](id="moments")
        yield Lines(id="replay-line")
        yield Lines(id="replay-keys")


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
        self._recorded = recorded
        self._clock = clock
        self._desktop = desktop
        self._seen_s = clock().monotonic_s
        self._times = [mark.utc for mark in recorded.marks]
        self.head = Playhead(recorded.begins, recorded.ends)
        self.failure = ""  # why the whole couldn't be read
        self.selected: Sysid | None = None
        self._kept: list[datetime] = []
        self._scene: Scene | None = None
        self._drawn_at: tuple[datetime, Size] | None = None

    def on_mount(self) -> None:
        self.wear(self._worn if self._desktop is None else self._desktop.preferences.theme)
        self.speak(SOURCE if self._desktop is None else self._desktop.preferences.language)
        self.push_screen(ReplayScreen())
        self.set_interval(FRAME_S, self.look)
        self.call_after_refresh(self.look)
        if self._whole is not None:
            self._read_whole(self._whole)

    @work(thread=True)
    def _read_whole(self, whole: Callable[[], Recorded]) -> None:
        try:
            recorded = whole()
        except RangeopsError as error:
            self.failure = str(error)
            self.call_from_thread(self.draw)
            return
        self.call_from_thread(self.take_whole, recorded)

    def take_whole(self, recorded: Recorded) -> None:
        """Whoever has begun to watch goes on where he is."""
        self._recorded, self._whole = recorded, None
        self._times = [mark.utc for mark in recorded.marks]
        self.head.begins, self.head.ends = recorded.begins, recorded.ends
        self.draw()

    def look(self) -> None:
        """Draw what it is now. While it stands still, nothing is drawn again but for another size of the terminal."""
        now_s = self._clock().monotonic_s
        self.head.pass_s(now_s - self._seen_s)
        self._seen_s = now_s
        if self.head.playing or self._drawn_at != (self.head.at, self.size):
            self.draw()

    def draw(self) -> None:
        if not self.screen.query(RangeMap):  # it is being made
            return
        self._drawn_at = (self.head.at, self.size)
        at, recorded = self.head.at, self._recorded
        picture = recorded.picture(at)
        now = Now((at - recorded.begins).total_seconds(), at)
        board = Board(now)  # of this one moment: a jump leaves nothing of where it came from
        board.take(Connected(""), now)
        board.take(picture, now)
        scene = self._scene = board.scene(now)
        if self.selected is None and scene.vehicles:
            self.selected = scene.vehicles[0].view.sysid
        trails = {vehicle.view.sysid: recorded.trail(vehicle.view.sysid, at, TRAIL_S) for vehicle in scene.vehicles}
        surface = surface_of(Records(range_view=recorded.site, slots=recorded.slots), scene)
        map_ = self.screen.query_one(RangeMap)
        map_.show(surface, Traffic(scene.vehicles, trails, self.selected, others=scene.traffic))
        self._draw_lists(scene)
        self._draw_frame(now)

    def _draw_lists(self, scene: Scene) -> None:
        table = self.screen.query_one("#vehicles", Rows)
        table.chosen = self.selected
        width, height = table.size
        rows = table_rows(scene, width, height)
        table.show_rows(
            table_head(width), rows, empty=tr("Nobody was heard yet."), mark=lambda keys: worst_of(scene, keys)
        )
        moments = self.screen.query_one("#moments", Rows)
        upto = bisect_right(self._times, self.head.at)
        shown = range(max(0, upto - max(moments.room - 2, 1)), len(self._times))
        moments.chosen = upto - 1
        lines = [(row, self._moment(self._recorded.marks[row], passed=row < upto)) for row in shown]
        moments.show_rows((Span(tr("What happened"), Ink.DIM),), lines, empty=tr("Nothing is told in it."))

    def _moment(self, mark: Mark, *, passed: bool) -> Line:
        ink = Ink.TEXT if passed else Ink.FAINT
        who = "" if mark.sysid is None else f"{mark.sysid} "
        sign = marker(Priority(mark.priority)) if mark.priority else Span("  ", ink)
        proof = f"  #{mark.entry}" if mark.entry is not None else ""
        return (
            Span(f" {mark.utc:%H:%M:%S} ", Ink.DIM if passed else Ink.FAINT),
            sign,
            Span(f" {who}{mark.kind} {safe_text(mark.text, limit=200)}", ink),
            Span(proof, Ink.FAINT),
        )

    def _draw_frame(self, now: Now) -> None:
        head, recorded = self.head, self._recorded
        width = self.size.width
        left: Line = (
            Span(" " + tr("REPLAY") + " ", Ink.LOUD),
            Span(
                " "
                + tr(
                    "not live  {utc:%Y-%m-%d %H:%M:%S}.{microsecond}Z",
                    utc=now.utc,
                    microsecond=now.utc.microsecond // 100000,
                )
                + " ",
                Ink.BRIGHT,
            ),
            Span("▶" if head.playing else "⏸", Ink.KEY),
            Span(f" x{head.speed:g}  ", Ink.TEXT),
            Span(recorded.title, Ink.DIM),
        )
        told = self.failure or (tr("the rest is being read") if self._whole else recorded.damage)
        tail: Line = (Span(told, Ink.P2),) if told else ()
        self.screen.query_one("#replay-head", Lines).show((spread(left, tail, width),))
        signs, line = timeline(head, recorded.marks, self._kept, max(width, 1))
        seen = recorded.seen(head.at)
        elapsed = tr("{at} of {ends}", at=_clock_text(head.at - head.begins), ends=_clock_text(head.ends - head.begins))
        said: Line = (Span(fit(seen, max(width - len(elapsed) - 1, 0)), Ink.DIM),)
        self.screen.query_one("#replay-line", Lines).show(
            (signs, line, spread(said, (Span(elapsed, Ink.TEXT),), width))
        )
        self.screen.query_one("#replay-keys", Lines).show((keys_line([(key, tr(word)) for key, word in _KEYS], width),))

    # -- keys

    def action_play(self) -> None:
        self.head.toggle()
        self.draw()

    def action_step(self, by: int) -> None:
        self._go(self.head.at + by * _STEP)

    def action_leap(self, by: int) -> None:
        self._go(self.head.at + by * _LEAP)

    def action_end(self, last: int) -> None:
        self._go(self.head.ends if last else self.head.begins)

    def action_event(self, by: int) -> None:
        """The next thing that happened after now, or the last before it."""
        at = bisect_right(self._times, self.head.at + _MOMENT) if by > 0 else bisect_left(self._times, self.head.at) - 1
        if 0 <= at < len(self._times):
            self._go(self._times[at])

    def action_speed(self, by: int) -> None:
        self.head.faster(by)
        self.draw()

    def action_range(self, end: int) -> None:
        if end:
            self.head.close_range()
        else:
            self.head.open_range()
        self.draw()

    def action_keep(self) -> None:
        """A marker here; on one that is there, it goes."""
        at = self.head.at
        self._kept = [each for each in self._kept if each != at] if at in self._kept else sorted([*self._kept, at])
        self.draw()

    def action_kept(self) -> None:
        """To the next marker, round and round."""
        if self._kept:
            at = bisect_right(self._kept, self.head.at)
            self._go(self._kept[at % len(self._kept)])

    def action_choose(self, by: int) -> None:
        sysids = [vehicle.view.sysid for vehicle in self._scene.vehicles] if self._scene else []
        if sysids:
            at = sysids.index(self.selected) if self.selected in sysids else -by
            self.selected = sysids[(at + by) % len(sysids)]
            self.draw()

    def action_zoom(self, closer: int) -> None:
        self.screen.query_one(RangeMap).zoom(closer=bool(closer))

    def action_whole(self) -> None:
        self.screen.query_one(RangeMap).whole()

    def action_follow(self) -> None:
        map_ = self.screen.query_one(RangeMap)
        map_.following = None if map_.following == self.selected else self.selected
        self.draw()

    def _go(self, to: datetime) -> None:
        self.head.go(to)
        self.draw()


def _clock_text(lasts: timedelta) -> str:
    seconds = int(lasts.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
