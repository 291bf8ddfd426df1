"""Where keys lead that send nothing: screens, lists, the map, the day, the prompt."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from rangeops.client.action import Noun
from rangeops.domain.errors import RangeopsError
from rangeops.domain.incident_search import IncidentQuery, words_of
from rangeops.domain.telemetry import Sysid
from rangeops.tui import later
from rangeops.tui.bindings import MOVES, Place, typed_names
from rangeops.tui.completion import arguments_of
from rangeops.tui.ink import Ink
from rangeops.tui.language import tr, tr_later
from rangeops.tui.panels.vehicles import name_of
from rangeops.tui.preferences import turned
from rangeops.tui.reader import FOUND
from rangeops.tui.screens.alarms import AlarmsScreen
from rangeops.tui.screens.base import RoomScreen
from rangeops.tui.screens.help import HelpScreen
from rangeops.tui.screens.plans import PlansScreen
from rangeops.tui.screens.review import ReviewScreen
from rangeops.tui.screens.slots import SlotsScreen
from rangeops.tui.screens.watch import WatchScreen

if TYPE_CHECKING:
    from rangeops.tui.app import ControlRoom
    from rangeops.tui.palette_finds import Find

_PAN: Final = 0.25  # of what is seen
_SCREENS: Final[Mapping[str, type[RoomScreen]]] = {
    "watch": WatchScreen,
    "slots": SlotsScreen,
    "alarms": AlarmsScreen,
    "plans": PlansScreen,
    "review": ReviewScreen,
}
_FIND_INCIDENTS: Final = tr_later("words, state: class: company: at: vehicle: since: until: overdue")

MISSING: Final[Mapping[Noun, str]] = {
    Noun.VEHICLE: tr_later("Choose a vehicle first: 1, then j k or /."),
    Noun.ALARM: tr_later(
        "No alarm is chosen (3, then j k), nor has the banner's stood long enough to be read: press again."
    ),
    Noun.SLOT: tr_later("Choose a slot first: 2, then j k."),
    Noun.INCIDENT: tr_later("Choose an incident first: 5, then j k."),
    Noun.DAY: tr_later("Go to the slots first: 2."),
    Noun.HANDOVER: tr_later("Go to the hand-over page first: 7."),
    Noun.RANGE: tr_later("Go to the watch first: 1."),
    Noun.NEXT_ACT: tr_later("Nothing is about to be sent by itself, and nothing is offered."),
}


class Moves:
    """rooms: the screens by name, each kept when another is shown; what is loaded later comes when it is first asked for."""

    def __init__(self, app: "ControlRoom") -> None:
        self._app, self._shared = app, app.shared
        self.rooms: dict[str, RoomScreen] = {name: screen(app.shared) for name, screen in _SCREENS.items()}

    def look_for(self, query: IncidentQuery) -> None:
        """On the review screen: these incidents alone."""
        self._shared.records.query, self._shared.records.found = query, ()
        self.review.looked()
        self._app.fetch(FOUND)

    def choose(self, sysid: Sysid) -> None:
        self._shared.selected = sysid
        self.go("watch")
        self.watch.map.look_at(sysid)

    def go(self, name: str) -> None:
        if name not in self.rooms:
            self.rooms[name] = later.SCREENS[name]()(self._shared)
            self._app.install_screen(self.rooms[name], name)
        room = self._app.room
        if room is None:
            self._app.push_screen(name)
        elif room is not self.rooms[name]:
            self._app.switch_screen(name)
        if reads := self.rooms[name].reads:
            self._app.fetch(reads)
        self._app.call_after_refresh(self._app.draw)

    @property
    def watch(self) -> WatchScreen:
        screen = self.rooms["watch"]
        assert isinstance(screen, WatchScreen)
        return screen

    @property
    def slots(self) -> SlotsScreen:
        screen = self.rooms["slots"]
        assert isinstance(screen, SlotsScreen)
        return screen

    @property
    def review(self) -> ReviewScreen:
        screen = self.rooms["review"]
        assert isinstance(screen, ReviewScreen)
        return screen

    def _turn_alarms(self) -> None:
        screen = self.rooms["alarms"]
        assert isinstance(screen, AlarmsScreen)
        screen.turn()
        self._app.draw()

    def _to_banners_vehicle(self) -> None:
        """The banner's vehicle; where it is chosen already, or there is none, the detail of what is chosen."""
        room = self._app.room
        alarm = None if room is None or room.scene is None else room.scene.top_alarm
        on_watch = room is not None and room.place is Place.WATCH
        if (
            on_watch
            and self._shared.selected is not None
            and (alarm is None or alarm.sysid in (None, self._shared.selected))
        ):
            self.go("detail")
        elif alarm is None or alarm.sysid is None:
            self._app.say(tr("The banner's alarm is of no vehicle.") if alarm else tr("No alarms."), Ink.DIM)
        elif room is not None and room.banner_displaced:
            self._app.say(tr(MISSING[Noun.ALARM]), Ink.P2)
        else:
            self.choose(alarm.sysid)

    def _follow(self) -> None:
        the_map, selected = self.watch.map, self._shared.selected
        if the_map.following is not None or selected is None:
            self._app.say(tr("Follows nobody.") if selected is not None else tr(MISSING[Noun.VEHICLE]), Ink.DIM)
            the_map.following = None
            return
        the_map.following = selected
        self.watch.map.look_at(selected)

    def _layers(self) -> None:
        from rangeops.tui.screens.layers import LayersDialog

        self._app.push_screen(LayersDialog(lambda: self.watch.map.shown_layers, self.watch.map.toggle))

    def _whole(self) -> None:
        self.watch.map.whole()

    def _show_help(self) -> None:
        """The keys of this screen first."""
        here = Place.EVERYWHERE if self._app.room is None else self._app.room.place
        self._app.push_screen(HelpScreen(here, self._shared.desktop.keymap))

    def _show_detail(self) -> None:
        if self._shared.selected is None:
            self._app.say(tr(MISSING[Noun.VEHICLE]), Ink.P2)
        else:
            self.go("detail")

    def _turn_setting(self, step: int) -> None:
        """The chosen setting's next value: it holds at once, and is kept."""
        name = getattr(self._app.room, "chosen", None)
        if self._app.room is None or self._app.room.place is not Place.SETTINGS or name is None:
            return
        desktop = self._shared.desktop
        try:
            desktop.set(turned(desktop.preferences, name, step))
        except RangeopsError as error:
            self._app.say(str(error), Ink.P2)
        self._app.wear(desktop.preferences.theme, self.rooms.values())
        self._app.speak(desktop.preferences.language, self.rooms.values())
        self._app.reader.keep_time()

    def _step(self, step: int) -> None:
        if (room := self._app.room) is not None:
            room.move(step)

    def _page(self, step: int) -> None:
        if (room := self._app.room) is not None:
            room.page(step)

    def _open_prompt(self, sign: str) -> None:
        room = self._app.room
        if room is None:
            return
        scene = self._shared.board.scene(self._app.clock())
        if sign == "/" and room is self.review:
            words = self.review.find_words()
            text = " ".join(words_of(self._shared.records.query, scene.zone))
            room.prompt.open(sign, words, lambda _: words, text=text, hint=_FIND_INCIDENTS, empty=True)
        elif sign == "/":
            room.prompt.open(sign, [name_of(vehicle) for vehicle in scene.vehicles], lambda _: ())
        else:
            room.prompt.open(sign, typed_names(), arguments_of(scene, self._shared.records))

    def show_find(self, find: "Find") -> None:
        """Go where a find is shown, with it chosen."""
        if find.noun is Noun.VEHICLE:
            self.choose(Sysid(int(find.key)))
            return
        screen = {Noun.ALARM: "alarms", Noun.SLOT: "slots", Noun.INCIDENT: "review"}[find.noun]
        if find.noun is Noun.SLOT:
            self.slots.show_day_of(find.key)
        self.go(screen)
        # Shown for the first time, it has rows only then.
        self._app.call_after_refresh(self.rooms[screen].choose, find.key)

    def table(self) -> Mapping[str, Callable[[], object]]:
        """What each of these keys does, by its name."""
        watch, slots = self.watch, self.slots
        return {
            **{f"screen.{name}": partial(self.go, name) for name in (*self.rooms, *later.SCREENS)},
            "screen.detail": self._show_detail,
            "detail.leave": partial(self.go, "watch"),
            "setting.next": lambda: self._turn_setting(1),
            "setting.before": lambda: self._turn_setting(-1),
            "list.down": lambda: self._step(1),
            "list.up": lambda: self._step(-1),
            "detail.down": lambda: self._page(1),
            "detail.up": lambda: self._page(-1),
            "alarm.go": self._to_banners_vehicle,
            "map.zoom-in": lambda: watch.map.zoom(closer=True),
            "map.zoom-out": lambda: watch.map.zoom(closer=False),
            "map.whole": self._whole,
            "map.follow": self._follow,
            "map.layers": self._layers,
            "alarms.turn": self._turn_alarms,
            "incident.all": lambda: self.look_for(IncidentQuery()),
            "incident.replay": self._app.replays.start,
            "replay.leave": partial(self.go, "review"),
            **{
                move.name: partial(self._app.replays.move, move.name)
                for move in MOVES
                if move.place is Place.REPLAY and move.name != "replay.leave"
            },
            "day.before": lambda: slots.turn(-1),
            "day.after": lambda: slots.turn(1),
            "day.today": lambda: slots.turn(None),
            "map.left": lambda: watch.map.pan(-_PAN, 0),
            "map.right": lambda: watch.map.pan(_PAN, 0),
            "map.up": lambda: watch.map.pan(0, _PAN),
            "map.down": lambda: watch.map.pan(0, -_PAN),
            "prompt.find": lambda: self._open_prompt("/"),
            "prompt.command": lambda: self._open_prompt(":"),
            "app.help": self._show_help,
            "app.palette": self._app.action_command_palette,
            "person.sign-in": self._app.acts.sign_in,
            "person.sign-out": self._app.acts.sign_out,
            "app.quit": self._app.exit,
        }
