"""The control room's app: takes the feed, draws five times a second and at once for an alarm, and runs actions by name."""

import asyncio
import os
import sys
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from rich.console import RenderableType
from textual import constants, work
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.driver import Driver
from textual.message import Message
from textual.screen import Screen

from rangeops.client.actions import ACTION, Action, Asks, Guard, Noun, Receipt, Target
from rangeops.client.api import Client
from rangeops.client.feed import Connected, Disconnected, FeedItem
from rangeops.domain.errors import Damaged, RangeopsError, Refused, Unavailable
from rangeops.domain.incident_search import IncidentQuery, parse_query, words_of
from rangeops.domain.now import Now
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.tui import later
from rangeops.tui.bell import Bell
from rangeops.tui.bindings import MOVES, SHOWN, Place, bindings_for, title_of, typed_names
from rangeops.tui.board import OWN_ALARM, Board, Scene
from rangeops.tui.completion import arguments_of
from rangeops.tui.ink import Ink, Line, Span
from rangeops.tui.language import spoken, tr, tr_later
from rangeops.tui.outside import cleaned
from rangeops.tui.panels.day import day_bounds
from rangeops.tui.panels.vehicles import name_of
from rangeops.tui.preferences import Desktop, turned
from rangeops.tui.reader import CHOSEN, DAY, FOUND, NOUNS, Reader
from rangeops.tui.screens.alarms import AlarmsScreen
from rangeops.tui.screens.base import RoomScreen
from rangeops.tui.screens.dialogs import CommandDialog, Dialog, ReasonDialog
from rangeops.tui.screens.help import HelpScreen
from rangeops.tui.screens.plans import PlansScreen
from rangeops.tui.screens.review import ReviewScreen
from rangeops.tui.screens.slot_dialogs import AskingDialog, MoveDialog, ProposalDialog, SlotForm
from rangeops.tui.screens.slots import SlotsScreen
from rangeops.tui.screens.watch import WatchScreen
from rangeops.tui.screenshot import local_fonts
from rangeops.tui.seat import Seat
from rangeops.tui.shared import Notice, Records, Shared
from rangeops.tui.themed import Themed
from rangeops.tui.typed import find_vehicle, parse_command
from rangeops.tui.widgets.map import RangeMap
from rangeops.tui.widgets.prompt import Prompt
from rangeops.tui.witness import REPORT_EVERY_S, Seen, Witness, view_of
from rangeops.wire.picture import Changed, RangePicture
from rangeops.wire.recorded import Recorded
from rangeops.wire.screens import ScreenReport
from rangeops.wire.timetable import ProposalView, TimetableRequest

if TYPE_CHECKING:
    from rangeops.tui.palette_finds import Find

FRAME_S: Final = 0.2
_READ_AGAIN_S: Final = 3.0  # what live figures change and no notice tells: a clearance, the hand-over page
_PAN: Final = 0.25  # of what is seen
_SCREENS: Final[Mapping[str, type[RoomScreen]]] = {
    "watch": WatchScreen,
    "slots": SlotsScreen,
    "alarms": AlarmsScreen,
    "plans": PlansScreen,
    "review": ReviewScreen,
}

_IN_REPLAY: Final = tr_later("This is a replay, which takes no commands: esc goes back, 1 to the live range.")
_NO_REPLAY: Final = tr_later(
    "This room can't read recordings: `rangeops replay {incident}` on the range's machine does."
)
_FIND_INCIDENTS: Final = tr_later("words, state: class: company: at: vehicle: since: until: overdue")
_MISSING: Final[Mapping[Noun, str]] = {
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


def _unplayable(error: Exception, incident: str) -> Damaged:
    return Damaged(
        f"it can't be replayed here ({type(error).__name__})",
        where=incident,
        do=f"Run `rangeops replay {incident}`, and report what it says.",
    )


def _driver() -> type[Driver] | None:
    """Ours on a terminal; Textual's choice on Windows, in a browser, or where TEXTUAL_DRIVER names one."""
    if sys.platform == "win32" or constants.DRIVER is not None:
        return None
    from rangeops.tui.driver import PromptDriver  # termios is only where there are terminals

    return PromptDriver


class ControlRoom(Themed):
    """Everything it needs is given. clock: read for each drawing; nothing else here reads one."""

    CSS_PATH = "rangeops.tcss"
    TITLE = "rangeops"
    BINDINGS: ClassVar[list[BindingType]] = list(bindings_for(Place.EVERYWHERE))
    COMMANDS = Themed.COMMANDS | {later.palette_finds}

    class PictureTaken(Message):
        """Something came that may wait for the next frame."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, ControlRoom.PictureTaken)

    class AlarmsChanged(Message):
        """Never coalesced: drawn at once."""

    def __init__(
        self,
        client: Client,
        feed: AsyncIterable[FeedItem],
        *,
        clock: Callable[[], Now],
        desktop: Desktop | None = None,
        room_name: str = "a room",
        read_only: bool = False,
        replays: Callable[[str], Recorded] | None = None,
    ) -> None:
        """replays: opens an incident by its id, as `rangeops replay` does; it may take seconds. None: not here."""
        # Under NO_COLOR Textual keeps grey tones, unless the terminal's own colours are used: then there is none at all.
        super().__init__(driver_class=_driver(), ansi_color=True if "NO_COLOR" in os.environ else None)
        self._client, self._feed, self._clock = client, feed, clock
        self._replays = replays
        self.shared = Shared(Board(clock()), desktop=desktop or Desktop(None))
        self._bell = Bell()
        self.wear(self.shared.desktop.preferences.theme)
        self.speak(self.shared.desktop.preferences.language)
        self.set_keymap(self.shared.desktop.keymap.textual())
        self._rooms = {name: screen(self.shared) for name, screen in _SCREENS.items()}
        self._reader = Reader(client, self.shared, clock)
        self._seat = Seat(client, self.shared, room=room_name, read_only=read_only)
        self._witness = Witness(room_name)
        self._unpainted: Seen = {}
        self._drawn_s = float("-inf")
        self._to_enter = False  # since the feed is there again
        self._moves = self._table_of_moves()

    def on_mount(self) -> None:
        for name, screen in self._rooms.items():
            self.install_screen(screen, name)  # kept when another is shown: what is chosen in it stays chosen
        self._go("watch")
        for fault in self.shared.desktop.faults[:1]:
            self.say(fault, Ink.P2)
        self.set_interval(FRAME_S, self.draw)
        self.set_interval(REPORT_EVERY_S, self._tell_record)
        self.set_interval(_READ_AGAIN_S, self._read_shown)
        self._listen()

    # What comes from the server.

    @work(exclusive=True, group="feed")
    async def _listen(self) -> None:
        async for item in self._feed:
            if isinstance(item, RangePicture):
                self.shared.history.take(item, self._clock())
                if self._to_enter:
                    self._to_enter = False
                    self.call_after_refresh(self._enter_now)
            if self.shared.board.take(item, self._clock()):
                self.post_message(self.AlarmsChanged())
            else:
                self.post_message(self.PictureTaken())
            if isinstance(item, Connected):
                self._to_enter = True
            elif isinstance(item, Disconnected) and self._client.in_session:
                self._fetch("me")  # it may be the session that has ended, not the server
            elif isinstance(item, Changed):
                self._fetch(item.noun)

    def _enter_now(self) -> None:
        """The first picture is on the screen: what is read of it can come now."""
        self.run_worker(self._told(self._enter()), group="enter", exclusive=True)

    async def _enter(self) -> None:
        await self._seat.enter()
        self._fetch(*NOUNS)
        self._read_shown()

    def on_control_room_alarms_changed(self) -> None:
        self.draw()

    def on_control_room_picture_taken(self) -> None:
        if self._clock().monotonic_s - self._drawn_s >= FRAME_S:
            self.draw()

    def _fetch(self, *nouns: str) -> None:
        for noun in nouns:
            self.run_worker(self._told(self._reader.read(noun)), group=f"fetch-{noun}", exclusive=True)

    def _read_shown(self) -> None:
        """What only the screen that is shown needs."""
        if self.room is not None and self.room.reads:
            self._fetch(self.room.reads)

    async def _told(self, call: Awaitable[None], slot: SlotId | None = None) -> None:
        """A refusal is one sentence in the status row; it ends nothing."""
        try:
            await call
        except RangeopsError as error:
            self.say(str(error), Ink.P2)
            if slot is not None and slot == self.shared.records.chosen_slot:
                self.shared.records.refusal = cleaned(str(error))  # whole, in the detail: it names what is free instead
        self.draw()

    def on_list_screen_chose(self) -> None:
        self._fetch(CHOSEN)

    def on_slots_screen_day_turned(self) -> None:
        self._fetch(DAY)

    # What is drawn.

    def draw(self) -> None:
        now = self._clock()
        self._drawn_s = now.monotonic_s
        scene = self.shared.board.scene(now)
        if self._bell.rings(scene.alarms, now, self.shared.desktop.preferences):
            self.bell()
        room = self.room
        if room is not None:
            room.draw(scene)
        for dialog in self.screen_stack[-1:]:  # on the way out there is no screen any more
            if isinstance(dialog, Dialog):
                dialog.draw(scene)
        if room is not None and room.scene is not None:  # drawn at least once
            self._note_shown(room, now)

    def _note_shown(self, room: RoomScreen, now: Now) -> None:
        """What is on the screen now; and for alarms that weren't, when they are: once it was painted."""
        if self._witness.looks(now):
            dialog = "" if self.screen is room else type(self.screen).__name__
            self._witness.saw(
                view_of(
                    room.shown(),
                    screen=room.title_word.lower(),
                    size=self.size,
                    connected=self.shared.board.connected,
                    vehicle=self.shared.selected,
                    dialog=dialog,
                    language=spoken(),
                    theme=self.theme,
                ),
                now,
            )
        self._unpainted = self._witness.fresh(room.alarms_seen())
        self._painted(room)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Textual's own: all that it draws goes to the terminal here. It has no public word for "this was drawn"."""
        super()._display(screen, renderable)
        if self._unpainted and (room := self.room) is not None:
            self._painted(room)

    def _painted(self, room: RoomScreen) -> None:
        """Those alarms stand on the screen that were waiting for it, once nothing of it waits any more."""
        if self._unpainted and not room.waits():
            self._witness.painted(self._unpainted, room.title_word.lower(), self._clock().utc)
            self._unpainted = {}

    def _tell_record(self) -> None:
        """One report at a time, beside everything else: no key and no command waits for it."""
        report = self._witness.report(self._clock())
        if report is not None and all(worker.is_finished for worker in self.workers if worker.group == "record"):
            self.run_worker(self._report(report), group="record")

    async def _report(self, report: ScreenReport) -> None:
        """What can't be told now is told later; what the server will never take is counted as lost."""
        try:
            await self._client.report_screen(report)
        except (Unavailable, Refused):
            return
        except RangeopsError:
            self._witness.refused(report)
        else:
            self._witness.taken(report)

    @property
    def room(self) -> RoomScreen | None:
        """The screen below any dialog."""
        return next((screen for screen in reversed(self.screen_stack) if isinstance(screen, RoomScreen)), None)

    def say(self, text: str, ink: Ink = Ink.TEXT) -> None:
        self.shared.notice = Notice(cleaned(text), ink, self._clock().monotonic_s)

    # What a person does.

    def action_run(self, name: str) -> None:
        """A key, a palette entry or a typed command; all go by the name."""
        self.run_named(name, None)
        self.draw()
        if isinstance(self.screen, Dialog):
            self.call_after_refresh(self.draw)  # it has just been opened: now it has lines to draw

    def run_named(self, name: str, target: Target | None) -> None:
        if (move := self._moves.get(name)) is not None:
            move()
            return
        action = ACTION[name]
        if target is None and self.room is not None:
            target = self.room.target(action.noun)
        if target is None or self._replays_now(action):
            self.say(tr(_IN_REPLAY if self._replays_now(action) else _MISSING[action.noun]), Ink.P2)
        elif target.alarm == OWN_ALARM and action.noun is Noun.ALARM:
            self.shared.board.acknowledge_own(self._clock())
        elif refused := self._seat.refusal(action):
            self.say(refused, Ink.P2)
        else:
            self._ask(action, target)

    def _replays_now(self, action: Action) -> bool:
        """In a replay there is no command, also not for what flies just now: whoever sends one must see where it goes."""
        commands = action.noun in (Noun.VEHICLE, Noun.RANGE, Noun.NEXT_ACT)
        return commands and self.room is not None and self.room.place is Place.REPLAY

    def _ask(self, action: Action, target: Target) -> None:
        """Whatever its guard wants before it is sent."""
        if action.guard in (Guard.TYPED_NUMBER, Guard.SECOND_PERSON):
            self.push_screen(CommandDialog(action, target, self._answer, self._client.way_home))
        elif action.asks is Asks.REASON:
            self.push_screen(ReasonDialog(action, target, self.shared), self._reason_given(action, target))
        elif (dialog := self._slot_dialog(action, target)) is not None:
            self.push_screen(dialog, self._slot_answered)
        elif action.asks is Asks.NOTHING:
            self._call(action, target)
        elif action.noun is Noun.INCIDENT:
            from rangeops.tui.screens.incident_dialogs import incident_dialog

            asking = incident_dialog(action, target, self.shared, self._answer, self._client, self._seat.signature)
            self.push_screen(asking, self._slot_answered)
        else:
            from rangeops.tui.screens.steering import words_dialog

            scene = self.shared.board.scene(self._clock())
            dialog_of_words = words_dialog(action, target, self.shared, self._answer, self._client, scene)
            self.push_screen(dialog_of_words, self._slot_answered)

    def _slot_dialog(self, action: Action, target: Target) -> AskingDialog | None:
        """For what asks more than a reason; None for what asks nothing."""
        slots, zone, now = self.shared.records.slots, self.shared.board.zone, self._clock()
        if action.asks is Asks.TIME:
            slot = next(slot for slot in slots if slot.id == target.slot)
            return MoveDialog(action, slot, self.shared, self._answer)
        if action.asks is Asks.REQUEST:
            like = next((slot for slot in slots if slot.id == self.shared.records.chosen_slot), None)
            now_local = now.utc.astimezone(zone)
            day = target.day or now_local.date()
            return SlotForm(action, self.shared, self._answer, like=like, day=day, now_local=now_local)
        if action.asks is Asks.PROPOSAL:
            return ProposalDialog(action, self.shared, self._answer, self._solve_day(target, zone, now))
        return None

    def _solve_day(self, target: Target, zone: tzinfo, now: Now) -> Callable[[], Awaitable[ProposalView]]:
        """The timetable of the day that is shown, or of what is left of it."""
        starts, ends = day_bounds(target.day or now.utc.astimezone(zone).date(), zone)
        request = TimetableRequest(max(starts, now.utc), max(ends, now.utc + timedelta(hours=1)))

        async def solve() -> ProposalView:
            return cleaned(await self._client.solve_timetable(request))

        return solve

    def _slot_answered(self, said: str | None) -> None:
        if said:
            self.shared.records.refusal = ""
            self.say(said, Ink.OK)
            self._fetch("slots")
            self._read_shown()

    def _reason_given(self, action: Action, target: Target) -> Callable[[str | None], None]:
        def given(reason: str | None) -> None:
            if reason:
                self._call(action, replace(target, reason=reason))

        return given

    def _call(self, action: Action, target: Target) -> None:
        self.say(tr("{title}: sending.", title=tr(action.title)), Ink.P3)
        if action.noun is Noun.SLOT:
            self.shared.records.refusal = ""
        self.run_worker(self._told(self._answered(action, target), target.slot), group="calls")

    async def _answered(self, action: Action, target: Target) -> None:
        receipt = await self._answer(action, target)
        if action.name == "incident.report" and target.incident is not None:
            self.shared.records.reports[target.incident] = receipt.text
        if receipt.command is None:
            self.say(receipt.text, Ink.OK)
            self._read_shown()
        else:
            self.shared.notice = None  # the command itself is what the status row shows now

    async def _answer(self, action: Action, target: Target) -> Receipt:
        receipt = cleaned(await action.call(self._client, target))
        if receipt.command is not None:
            self.shared.board.ordered(receipt.command, self._clock())
        return receipt

    # Who sits here.

    def _sign_in(self) -> None:
        from rangeops.tui.screens.sign_in import PersonDialog

        self.push_screen(PersonDialog(tr("Sign in"), self._seat.facts, self._seat.sign_in), self._person_said)

    def _sign_out(self) -> None:
        self.run_worker(self._told(self._signed_out()), group="calls")

    async def _signed_out(self) -> None:
        self._person_said(await self._seat.sign_out())

    def _person_said(self, said: str | None) -> None:
        if said:
            self.say(said, Ink.OK)
        self.draw()

    def on_command_dialog_second_wanted(self, event: CommandDialog.SecondWanted) -> None:
        from rangeops.tui.screens.sign_in import PersonDialog

        async def second(name: str, password: str, _code: str) -> str:
            receipt = await self._seat.second(event.action, event.target, name, password)
            if receipt.command is not None:
                self.shared.board.ordered(receipt.command, self._clock())
            return tr("{name} confirms: {text}", name=name, text=receipt.text)

        def facts(_: Scene) -> Sequence[Line]:
            what = " " + tr(
                "{title} vehicle {sysid}: not sent yet.", title=tr(event.action.title), sysid=event.target.sysid
            )
            return (
                (Span(what, Ink.P1),),
                (Span(" " + tr("A second person: name, Enter, password, Enter.   esc: at another screen"), Ink.DIM),),
            )

        self.push_screen(PersonDialog(tr("Second person"), facts, second), self._person_said)
        self.call_after_refresh(self.draw)

    def on_prompt_entered(self, event: Prompt.Entered) -> None:
        scene = self.shared.board.scene(self._clock())
        try:
            if event.sign == "/" and self.room is self._review:
                self._look_for(parse_query(event.text, self.shared.board.zone))
            elif event.sign == "/":
                self._choose(find_vehicle(event.text, scene))
            else:
                self.run_named(*parse_command(event.text, scene, self.shared.records))
        except RangeopsError as error:
            self.say(str(error), Ink.P2)
        self.draw()

    def _look_for(self, query: IncidentQuery) -> None:
        """On the review screen: these incidents alone."""
        self.shared.records.query, self.shared.records.found = query, ()
        self._review.looked()
        self._fetch(FOUND)

    def _replay(self) -> None:
        """Read beside the screen: whoever has gone elsewhere meanwhile is left there."""
        incident = self._review.chosen
        if incident is None:
            self.say(tr(_MISSING[Noun.INCIDENT]), Ink.P2)
        elif self._replays is None:
            self.say(tr(_NO_REPLAY, incident=incident), Ink.P2)
        else:
            self.say(tr("{incident}: its recordings are being read.", incident=incident), Ink.P3)
            reading = self._told(self._replayed(incident, self._replays))
            self.run_worker(reading, group="replay", exclusive=True)

    async def _replayed(self, incident: str, replays: Callable[[str], Recorded]) -> None:
        from rangeops.tui.screens.replay import ReplayingScreen

        try:
            recorded = await asyncio.to_thread(replays, incident)
        except RangeopsError:
            raise
        except Exception as error:
            raise _unplayable(error, incident) from error  # whatever a recording holds: the live room goes on
        if self.room is self._review and self.screen is self.room and self._review.chosen == incident:
            self.shared.notice = None
            broken = partial(self._replay_broke, incident)
            self.switch_screen(ReplayingScreen(self.shared, incident, recorded, self._clock, broken))
            self.call_after_refresh(self.draw)

    def _replay_broke(self, incident: str, error: Exception) -> None:
        self.say(str(_unplayable(error, incident)), Ink.P2)
        if self.room is not None and self.room.place is Place.REPLAY:
            self._go("review")

    def _replay_moves(self, name: str) -> None:
        from rangeops.tui.screens.replay import ReplayingScreen

        if isinstance(self.room, ReplayingScreen):
            self.room.moves[name]()

    def _choose(self, sysid: Sysid) -> None:
        self.shared.selected = sysid
        self._go("watch")
        self._watch.map.look_at(sysid)

    def _go(self, name: str) -> None:
        if name not in self._rooms:
            self._rooms[name] = later.SCREENS[name]()(self.shared)
            self.install_screen(self._rooms[name], name)
        room = self.room
        if room is None:
            self.push_screen(name)
        elif room is not self._rooms[name]:
            self.switch_screen(name)
        if reads := self._rooms[name].reads:
            self._fetch(reads)
        self.call_after_refresh(self.draw)

    @property
    def _watch(self) -> WatchScreen:
        screen = self._rooms["watch"]
        assert isinstance(screen, WatchScreen)
        return screen

    @property
    def _slots(self) -> SlotsScreen:
        screen = self._rooms["slots"]
        assert isinstance(screen, SlotsScreen)
        return screen

    @property
    def _review(self) -> ReviewScreen:
        screen = self._rooms["review"]
        assert isinstance(screen, ReviewScreen)
        return screen

    def _turn_alarms(self) -> None:
        screen = self._rooms["alarms"]
        assert isinstance(screen, AlarmsScreen)
        screen.turn()
        self.draw()

    def _to_banners_vehicle(self) -> None:
        """The banner's vehicle; where it is chosen already, or there is none, the detail of what is chosen."""
        alarm = self.shared.board.scene(self._clock()).top_alarm
        on_watch = self.room is not None and self.room.place is Place.WATCH
        if (
            on_watch
            and self.shared.selected is not None
            and (alarm is None or alarm.sysid in (None, self.shared.selected))
        ):
            self._go("detail")
        elif alarm is None or alarm.sysid is None:
            self.say(tr("The banner's alarm is of no vehicle.") if alarm else tr("No alarms."), Ink.DIM)
        else:
            self._choose(alarm.sysid)

    def _follow(self) -> None:
        the_map, selected = self._watch.map, self.shared.selected
        if the_map.following is not None or selected is None:
            self.say(tr("Follows nobody.") if selected is not None else tr(_MISSING[Noun.VEHICLE]), Ink.DIM)
            the_map.following = None
            return
        the_map.following = selected
        self._watch.map.look_at(selected)

    def _layers(self) -> None:
        from rangeops.tui.screens.layers import LayersDialog

        self.push_screen(LayersDialog(lambda: self._watch.map.shown_layers, self._watch.map.toggle))

    def on_range_map_clicked(self, event: RangeMap.Clicked) -> None:
        self.shared.selected = event.sysid
        self.draw()

    def on_rows_clicked(self) -> None:
        self.draw()

    def _whole(self) -> None:
        self._watch.map.whole()

    def _show_help(self) -> None:
        """The keys of this screen first."""
        here = Place.EVERYWHERE if self.room is None else self.room.place
        self.push_screen(HelpScreen(here, self.shared.desktop.keymap))

    def _show_detail(self) -> None:
        if self.shared.selected is None:
            self.say(tr(_MISSING[Noun.VEHICLE]), Ink.P2)
        else:
            self._go("detail")

    def _turn_setting(self, step: int) -> None:
        """The chosen setting's next value: it holds at once, and is kept."""
        name = getattr(self.room, "chosen", None)
        if self.room is None or self.room.place is not Place.SETTINGS or name is None:
            return
        desktop = self.shared.desktop
        try:
            desktop.set(turned(desktop.preferences, name, step))
        except RangeopsError as error:
            self.say(str(error), Ink.P2)
        self.wear(desktop.preferences.theme, self._rooms.values())
        self.speak(desktop.preferences.language, self._rooms.values())
        self._reader.keep_time()

    def _step(self, step: int) -> None:
        if (room := self.room) is not None:
            room.move(step)

    def _page(self, step: int) -> None:
        if (room := self.room) is not None:
            room.page(step)

    def _open_prompt(self, sign: str) -> None:
        room = self.room
        if room is None:
            return
        scene = self.shared.board.scene(self._clock())
        if sign == "/" and room is self._review:
            words = self._review.find_words()
            text = " ".join(words_of(self.shared.records.query, scene.zone))
            room.prompt.open(sign, words, lambda _: words, text=text, hint=_FIND_INCIDENTS, empty=True)
        elif sign == "/":
            room.prompt.open(sign, [name_of(vehicle) for vehicle in scene.vehicles], lambda _: ())
        else:
            room.prompt.open(sign, typed_names(), arguments_of(scene, self.shared.records))

    def palette_sees(self) -> tuple[Scene, Records]:
        """What the command palette searches."""
        return self.shared.board.scene(self._clock()), self.shared.records

    def show_find(self, find: "Find") -> None:
        """Go where a find is shown, with it chosen."""
        if find.noun is Noun.VEHICLE:
            self._choose(Sysid(int(find.key)))
            return
        screen = {Noun.ALARM: "alarms", Noun.SLOT: "slots", Noun.INCIDENT: "review"}[find.noun]
        if find.noun is Noun.SLOT:
            self._slots.show_day_of(find.key)
        self._go(screen)
        self.call_after_refresh(self._rooms[screen].choose, find.key)  # shown for the first time, it has rows only then

    def _table_of_moves(self) -> Mapping[str, Callable[[], object]]:
        watch, slots = self._watch, self._slots
        return {
            **{f"screen.{name}": partial(self._go, name) for name in (*self._rooms, *later.SCREENS)},
            "screen.detail": self._show_detail,
            "detail.leave": partial(self._go, "watch"),
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
            "incident.all": lambda: self._look_for(IncidentQuery()),
            "incident.replay": self._replay,
            "replay.leave": partial(self._go, "review"),
            **{
                move.name: partial(self._replay_moves, move.name)
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
            "app.palette": self.action_command_palette,
            "person.sign-in": self._sign_in,
            "person.sign-out": self._sign_out,
            "app.quit": self.exit,
        }

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        return local_fonts(super().export_screenshot(title=title, simplify=simplify))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:  # noqa: ARG002  # Textual's signature
        """The palette: the very tables that the keys come from."""
        for name in (*(action.name for action in SHOWN), *(move.name for move in MOVES)):
            if name != "app.palette":
                yield SystemCommand(tr(title_of(name)), name, partial(self.action_run, name))
