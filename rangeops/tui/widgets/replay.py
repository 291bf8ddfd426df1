"""A replay: the map as it was flown, what happened beside it, and a line of time that is played, stepped and jumped on.

It knows nothing of what is live, and there is no command in it. Whoever shows it binds the keys.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Size

from rangeops.client.feed import Connected
from rangeops.domain.alarms import Priority
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid
from rangeops.domain.text import safe_text
from rangeops.tui.board import Board, Scene
from rangeops.tui.chart import Traffic
from rangeops.tui.ink import Ink, Line, Span, fit, marker, spread
from rangeops.tui.language import tr
from rangeops.tui.outside import cleaned
from rangeops.tui.panels.vehicles import table_head, table_rows, worst_of
from rangeops.tui.playhead import Playhead, timeline
from rangeops.tui.shared import Records
from rangeops.tui.surface import surface_of
from rangeops.tui.widgets.lines import Lines
from rangeops.tui.widgets.map import RangeMap
from rangeops.tui.widgets.rows import Rows
from rangeops.wire.recorded import Mark, Recorded

FRAME_S: Final = 0.1
TRAIL_S: Final = 30.0
STEP: Final = timedelta(seconds=1)
LEAP: Final = timedelta(seconds=30)
_MOMENT: Final = timedelta(milliseconds=1)


class ReplayPane(Vertical):
    """clock: of whoever watches. reading: more of the recording is still to come. broken: told where a moment of it can't be
    drawn, whatever the reason; None: then that is raised.
    """

    def __init__(
        self,
        recorded: Recorded,
        *,
        clock: Callable[[], Now],
        reading: bool = False,
        broken: Callable[[Exception], None] | None = None,
    ) -> None:
        super().__init__(id="replay")
        self._broken = broken
        self._recorded, self._clock, self._reading = recorded, clock, reading
        self._seen_s = clock().monotonic_s
        self._times = [mark.utc for mark in recorded.marks]
        self.head = Playhead(recorded.begins, recorded.ends)
        self.failure = ""  # why the whole couldn't be read
        self.selected: Sysid | None = None
        self._kept: list[datetime] = []
        self._scene: Scene | None = None
        self._drawn_at: tuple[datetime, Size] | None = None

    def compose(self) -> ComposeResult:
        yield Lines(id="replay-head")
        with Horizontal():
            yield RangeMap(id="map")
            with Vertical(id="side"):
                yield Rows[Sysid](id="vehicles")
                yield Rows[int](id="moments")
        yield Lines(id="replay-line")

    def on_mount(self) -> None:
        self.set_interval(FRAME_S, self.look)
        self.call_after_refresh(self.look)

    @property
    def map(self) -> RangeMap:
        return self.query_one(RangeMap)

    def failed(self, why: str) -> None:
        """The rest of it couldn't be read."""
        self.failure = why
        self.draw()

    def take_whole(self, recorded: Recorded) -> None:
        """Whoever has begun to watch goes on where he is."""
        self._recorded, self._reading = recorded, False
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
        if not self.query("#replay-line"):  # it is being made
            return
        self._drawn_at = (self.head.at, self.size)
        try:
            self._draw()
        except Exception as error:
            if self._broken is None:
                raise
            self._broken(error)

    def _draw(self) -> None:
        at, recorded = self.head.at, self._recorded
        picture = cleaned(recorded.picture(at))
        now = Now((at - recorded.begins).total_seconds(), at)
        board = Board(now)  # of this one moment: a jump leaves nothing of where it came from
        board.take(Connected(""), now)
        board.take(picture, now)
        scene = self._scene = board.scene(now)
        if self.selected is None and scene.vehicles:
            self.selected = scene.vehicles[0].view.sysid
        trails = {vehicle.view.sysid: recorded.trail(vehicle.view.sysid, at, TRAIL_S) for vehicle in scene.vehicles}
        surface = surface_of(Records(range_view=recorded.site, slots=recorded.slots), scene)
        self.map.show(surface, Traffic(scene.vehicles, trails, self.selected, others=scene.traffic))
        self._draw_lists(scene)
        self._draw_frame(now)

    def _draw_lists(self, scene: Scene) -> None:
        table = self.query_one("#vehicles", Rows)
        table.chosen = self.selected
        width, height = table.size
        rows = table_rows(scene, width, height)
        table.show_rows(
            table_head(width), rows, empty=tr("Nobody was heard yet."), mark=lambda keys: worst_of(scene, keys)
        )
        moments = self.query_one("#moments", Rows)
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
            Span(safe_text(recorded.title), Ink.DIM),
        )
        told = self.failure or (tr("the rest is being read") if self._reading else recorded.damage)
        tail: Line = (Span(fit(told, width // 2), Ink.P2),) if told else ()  # that it is a replay is never pushed out
        self.query_one("#replay-head", Lines).show((spread(left, tail, width),))
        signs, line = timeline(head, recorded.marks, self._kept, max(width, 1))
        seen = recorded.seen(head.at) or recorded.damage
        elapsed = tr("{at} of {ends}", at=_clock_text(head.at - head.begins), ends=_clock_text(head.ends - head.begins))
        said: Line = (Span(fit(seen, max(width - len(elapsed) - 1, 0)), Ink.DIM),)
        self.query_one("#replay-line", Lines).show((signs, line, spread(said, (Span(elapsed, Ink.TEXT),), width)))

    # -- what keys do

    def play(self) -> None:
        self.head.toggle()
        self.draw()

    def step(self, by: timedelta) -> None:
        self._go(self.head.at + by)

    def begin(self) -> None:
        self._go(self.head.begins)

    def end(self) -> None:
        self._go(self.head.ends)

    def event(self, by: int) -> None:
        """The next thing that happened after now, or the last before it."""
        at = bisect_right(self._times, self.head.at + _MOMENT) if by > 0 else bisect_left(self._times, self.head.at) - 1
        if 0 <= at < len(self._times):
            self._go(self._times[at])

    def faster(self, by: int) -> None:
        self.head.faster(by)
        self.draw()

    def open_range(self) -> None:
        self.head.open_range()
        self.draw()

    def close_range(self) -> None:
        self.head.close_range()
        self.draw()

    def keep(self) -> None:
        """A marker here; on one that is there, it goes."""
        at = self.head.at
        self._kept = [each for each in self._kept if each != at] if at in self._kept else sorted([*self._kept, at])
        self.draw()

    def to_kept(self) -> None:
        """To the next marker, round and round."""
        if self._kept:
            at = bisect_right(self._kept, self.head.at)
            self._go(self._kept[at % len(self._kept)])

    def choose(self, by: int) -> None:
        sysids = [vehicle.view.sysid for vehicle in self._scene.vehicles] if self._scene else []
        if sysids:
            at = sysids.index(self.selected) if self.selected in sysids else -by
            self.selected = sysids[(at + by) % len(sysids)]
            self.draw()

    def follow(self) -> None:
        self.map.following = None if self.map.following == self.selected else self.selected
        self.draw()

    def zoom(self, *, closer: bool) -> None:
        self.map.zoom(closer=closer)

    def whole(self) -> None:
        self.map.whole()

    def _go(self, to: datetime) -> None:
        self.head.go(to)
        self.draw()


def _clock_text(lasts: timedelta) -> str:
    seconds = int(lasts.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
