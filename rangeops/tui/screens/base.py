"""What every screen has: header, SIMULATION, alarm banner, status row, prompt, keys; and, where it is too small, alarms."""

from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import Screen
from textual.widget import Widget

from rangeops.client.action import Noun, Target
from rangeops.client.permits import refusal
from rangeops.domain.alarms import Alarm, AlarmId
from rangeops.domain.telemetry import Sysid
from rangeops.tui.bindings import Place, bindings_for, keyed
from rangeops.tui.board import Scene, needs_acknowledgement
from rangeops.tui.compositor import ExactCompositor
from rangeops.tui.ink import Ink, Line, Span, cut, short, spread, width_of
from rangeops.tui.language import tr, tr_later
from rangeops.tui.panels import banner, frame, header
from rangeops.tui.panels.alarms import alarm_head, alarm_rows
from rangeops.tui.panels.next_act import next_act_line, next_act_target
from rangeops.tui.panels.people import who
from rangeops.tui.shared import Shared
from rangeops.tui.widgets.lines import Lines
from rangeops.tui.widgets.prompt import Prompt
from rangeops.tui.widgets.rows import Rows
from rangeops.tui.witness import Seen, Shown
from rangeops.wire.duty import MeView

SETTLED_S: Final = 0.7
"""An alarm must have stood in the banner for so long before `a` takes it: a key already on its way meant another."""

_NOTICE_S: Final = 8.0
_ROOMY: Final = 150
_ALWAYS: Final = (("?", tr_later("keys")), (":", tr_later("command")), ("q", tr_later("leave")))
SCREENS: Final = (
    ("1", tr_later("Watch")),
    ("2", tr_later("Slots")),
    ("3", tr_later("Alarms")),
    ("4", tr_later("Plans")),
    ("5", tr_later("Review")),
    ("6", tr_later("Board")),
    ("7", tr_later("Hand-over")),
)


class RoomScreen(Screen[None]):
    """number and title stand in the header; keys in the last row."""

    number: ClassVar[str]
    title_word: ClassVar[str]
    place: ClassVar[Place]
    names_screens: ClassVar[bool] = True  # in the last row; not where its own keys need the room
    reads: ClassVar[str] = ""  # what the reader reads again and again while it is shown
    BINDINGS: ClassVar[list[BindingType]] = []
    AUTO_FOCUS = ""  # keys are the screen's until the prompt is opened
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny-width"), (80, "-narrow"), (112, "-wide")]  # noqa: RUF012  # Textual's
    VERTICAL_BREAKPOINTS = [(0, "-tiny-height"), (24, "-short"), (32, "-tall")]  # noqa: RUF012  # Textual's

    def __init__(self, shared: Shared) -> None:
        super().__init__()
        self._compositor = ExactCompositor()
        self.shared = shared
        self.scene: Scene | None = None
        self._bannered: tuple[str, float] | None = None
        self._displaced_s = float("-inf")  # when the banner's alarm took another's place
        self._comes: tuple[Sysid | None, float] | None = None  # whose next act the keys mean, and since when
        self._composed = False  # Textual's is_mounted comes true before there are children to draw

    def compose(self) -> ComposeResult:
        self._header, self._simulation = Lines(id="header"), Lines(id="simulation")
        self._banner, self._status_row = Lines(id="banner"), Lines(id="status")
        self._alone, self._keys_row = Rows[str](id="alarms-alone"), Lines(id="keys")
        self.prompt = Prompt()
        yield self._header
        yield self._simulation
        yield self._banner
        yield Container(*self.body(), id="body")
        yield self._alone
        yield self._status_row
        yield self.prompt
        yield self._keys_row

    def on_mount(self) -> None:
        self.label()
        self._composed = True

    def label(self) -> None:
        """Titles of what stands still, in the language that is spoken: when it is made, and when another is chosen."""

    def relabel(self) -> None:
        """Another language."""
        if self._composed:
            self.label()

    def body(self) -> Sequence[Widget]:
        raise NotImplementedError

    def draw_body(self, scene: Scene) -> None:
        raise NotImplementedError

    def keys(self) -> Sequence[tuple[str, str]]:
        """Of this screen, for the last row; most needed first."""
        return ()

    def move(self, step: int) -> None:
        """Choose the next row, or the one before."""

    def choose(self, key: str) -> None:
        """Choose the row with this key, if it has rows."""

    def page(self, step: int) -> None:
        """Half a panel on or back in the detail of what is chosen."""

    def target(self, noun: Noun) -> Target | None:
        """What an action of this noun would be done to, as chosen here."""
        if noun is Noun.ALARM and (alarm := self.settled_alarm()) is not None:
            return Target(alarm=alarm.id)
        if noun is Noun.RANGE:
            return Target(sysid=self.shared.selected)
        if noun is Noun.NEXT_ACT and self.scene is not None:
            return self._settled_act(self.scene)
        return None

    def _settled_act(self, scene: Scene) -> Target | None:
        """What comes next, once an operator can have read whose it is: until then no other vehicle's is meant either."""
        comes = self._next_act(scene)
        if comes is None or self._comes is None or self._comes[0] != comes.sysid:
            return None
        return comes if scene.now.monotonic_s - self._comes[1] >= SETTLED_S else None

    def _next_act(self, scene: Scene) -> Target | None:
        bannered = None if scene.top_alarm is None else scene.top_alarm.sysid
        return next_act_target(scene, bannered, self.shared.selected)

    @property
    def banner_displaced(self) -> bool:
        """Another alarm has stood in the banner until just now: a key already on its way meant that one."""
        return self.scene is not None and self.scene.now.monotonic_s - self._displaced_s < SETTLED_S

    def shown(self) -> Shown:
        """What of it the record has to know, so that a replay shows the same."""
        return Shown()

    def alarms_seen(self) -> Seen:
        """The alarms that stand on this screen as it was drawn last: state and place."""
        scene = self.scene
        if scene is None or not self._composed:
            return {}
        bannered = banner.bannered(scene, self.size.width, max(1, self._banner.size.height))
        places = {alarm.id: "below the banner" if number else "banner" for number, alarm in enumerate(bannered)}
        for alarm in self.listed_alarms():
            places.setdefault(alarm, "list")
        return {alarm.id: (alarm.state.value, places[alarm.id]) for alarm in scene.alarms if alarm.id in places}

    def loud(self, scene: Scene, width: int) -> Line:
        """What must be said large, below the header; BLANK where there is nothing."""
        return header.simulation(scene, width)

    def waits(self) -> bool:
        """Whether some of it, where alarms can stand, is yet to be drawn."""
        return any(lines.waits for lines in self.query(Lines) if lines.display)

    def listed_alarms(self) -> Sequence[AlarmId]:
        """Those whose rows stand in a list here."""
        return [AlarmId(key) for key in self._alone.seen] if self.tiny else ()

    def settled_alarm(self) -> Alarm | None:
        """The banner's alarm, once an operator can have read it."""
        alarm = None if self.scene is None else self.scene.top_alarm
        if alarm is None or self.scene is None or self._bannered is None or not needs_acknowledgement(alarm):
            return None
        shown, since_s = self._bannered
        return alarm if shown == alarm.id and self.scene.now.monotonic_s - since_s >= SETTLED_S else None

    @property
    def tiny(self) -> bool:
        return self.size.width < 80 or self.size.height < 24

    def draw(self, scene: Scene) -> None:
        if not self._composed or not self.size:
            return
        self.scene = scene
        alarm = scene.top_alarm
        if alarm is None:
            self._bannered = None
        elif self._bannered is None or self._bannered[0] != alarm.id:
            self._displaced_s = float("-inf") if self._bannered is None else scene.now.monotonic_s
            self._bannered = (alarm.id, scene.now.monotonic_s)
        comes = self._next_act(scene)
        whose = None if comes is None else comes.sysid
        if self._comes is None or self._comes[0] != whose:
            self._comes = (whose, scene.now.monotonic_s)
        self._draw_frame(scene)
        if self.tiny:
            across = self._alone.size.width
            self._alone.show_rows(alarm_head(across), alarm_rows(scene, across), empty=tr("No alarms."))
        else:
            self.draw_body(scene)

    def _draw_frame(self, scene: Scene) -> None:
        width = self.size.width
        site = self.shared.records.range_view
        loud = self.loud(scene, width)
        self.set_class(bool(loud), "-simulation")
        rows_wanted = banner.wanted(scene, width)
        self.set_class(rows_wanted > 0, "-flood")
        self.set_class(rows_wanted > 3, "-flood-tall")  # as in the stylesheet
        title = f"{self.number} {tr(self.title_word)}"
        self._header.show((header.header(scene, title, "" if site is None else site.name, width),))
        self._simulation.show((loud,))
        top = scene.top_alarm
        coming = () if top is None else next_act_line(scene.vehicle(top.sysid))
        rows = max(1, self._banner.size.height)
        self._banner.show(banner.banner(scene, width, rows, self.banner_keys(scene), coming))
        self._status_row.show((self._status(scene, width),))
        own = self.keys()
        always = [(key, tr(word)) for key, word in _ALWAYS]
        screens = (
            [(key, tr(word)) for key, word in SCREENS]
            if width >= _ROOMY and self.names_screens
            else [("1-7", tr("screens"))]
        )
        keymap = self.shared.desktop.keymap
        keys = [
            (keymap.translated(key, self.place), word)
            for key, word in (*screens, *own, *(pair for pair in always if pair not in own))
        ]
        person = who(self.shared.records.me, self.shared.records.duty, width)
        refused = _refused(self.place, self.shared.records.me)
        words = frozenset(word for key, word in keys if key in refused)
        line = frame.keys_line(keys, width - width_of(person), current=self.number, refused=words)
        self._keys_row.show((spread(line, person, width),))

    def banner_keys(self, scene: Scene) -> Line:
        """What the keys do about the banner's alarm; h only where it would reach that very vehicle."""
        alarm = scene.top_alarm
        if alarm is None:
            return ()
        spans: list[Span] = []
        if alarm.sysid is not None and alarm.sysid != self.shared.selected:
            spans += [
                Span("enter", Ink.KEY),
                Span(" " + tr("choose {source}", source=short(alarm.source, 8)) + "  ", Ink.DIM),
            ]
        elif alarm.sysid is not None and self.place is Place.WATCH:
            spans += [
                Span("h", Ink.KEY),
                Span(" " + tr("hold {source}", source=short(alarm.source, 8)) + "  ", Ink.DIM),
            ]
        if needs_acknowledgement(alarm):
            spans += [Span("a", Ink.KEY), Span(" " + tr("ack"), Ink.DIM)]
        return tuple(spans)

    def _status(self, scene: Scene, width: int) -> Line:
        """A notice while it is new; else the last command."""
        notice = self.shared.notice
        if notice is not None and scene.now.monotonic_s - notice.at_s < _NOTICE_S:
            return cut((Span(f" {notice.text}", notice.ink),), width)
        return frame.command_line(scene, width)


@lru_cache(maxsize=64)
def _refused(place: Place, me: MeView | None) -> frozenset[str]:
    """Keys of a screen that do nothing for this person."""
    actions = (*keyed(place), *keyed(Place.EVERYWHERE))
    return frozenset(action.key for action in actions if refusal(action, me))


def bindings(place: Place) -> list[BindingType]:
    """For a screen's BINDINGS."""
    found: list[Binding] = bindings_for(place)
    return list(found)
