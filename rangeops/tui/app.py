"""The control room's app: takes the feed, draws five times a second and at once for an alarm, and runs actions by name."""

import os
import sys
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from functools import partial
from typing import Any, ClassVar, Final

from rich.console import RenderableType
from textual import constants, work
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.driver import Driver
from textual.message import Message
from textual.screen import Screen

from rangeops.client.action import Action, Noun, Target
from rangeops.client.actions import ACTION
from rangeops.client.api import Client
from rangeops.client.feed import Connected, Disconnected, FeedItem
from rangeops.domain.errors import RangeopsError, Refused, Unavailable
from rangeops.domain.incident_search import parse_query
from rangeops.domain.now import Now
from rangeops.domain.slots import SlotId
from rangeops.tui import later
from rangeops.tui.acts import Acts
from rangeops.tui.bell import Bell
from rangeops.tui.bindings import MOVES, SHOWN, Place, bindings_for, title_of
from rangeops.tui.board import OWN_ALARM, Board, Scene
from rangeops.tui.ink import Ink
from rangeops.tui.language import spoken, tr, tr_later
from rangeops.tui.moves import MISSING, Moves
from rangeops.tui.outside import cleaned
from rangeops.tui.preferences import Desktop
from rangeops.tui.reader import CHOSEN, DAY, NOUNS, Reader
from rangeops.tui.room_replays import RoomReplays
from rangeops.tui.screens.base import RoomScreen
from rangeops.tui.screens.dialogs import CommandDialog, Dialog
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

FRAME_S: Final = 0.2
_READ_AGAIN_S: Final = 3.0  # what live figures change and no notice tells: a clearance, the hand-over page
_IN_REPLAY: Final = tr_later("This is a replay, which takes no commands: esc goes back, 1 to the live range.")


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
        self.client, self._feed, self.clock = client, feed, clock
        self.shared = Shared(Board(clock()), desktop=desktop or Desktop(None))
        self._bell = Bell()
        self.wear(self.shared.desktop.preferences.theme)
        self.speak(self.shared.desktop.preferences.language)
        self.set_keymap(self.shared.desktop.keymap.textual())
        self.moves = Moves(self)
        self.acts = Acts(self)
        self.replays = RoomReplays(self, replays)
        self.reader = Reader(client, self.shared, clock)
        self.seat = Seat(client, self.shared, room=room_name, read_only=read_only)
        self._witness = Witness(room_name)
        self._unpainted: Seen = {}
        self._drawn_s = float("-inf")
        self._to_enter = False  # since the feed is there again
        self._table = self.moves.table()

    def on_mount(self) -> None:
        for name, screen in self.moves.rooms.items():
            self.install_screen(screen, name)  # kept when another is shown: what is chosen in it stays chosen
        self.moves.go("watch")
        for fault in self.shared.desktop.faults[:1]:
            self.say(fault, Ink.P2)
        self.set_interval(FRAME_S, self.draw)
        self.set_interval(REPORT_EVERY_S, self._tell_record)
        self.set_interval(_READ_AGAIN_S, self.read_shown)
        self._listen()

    # What comes from the server.

    @work(exclusive=True, group="feed")
    async def _listen(self) -> None:
        async for item in self._feed:
            if isinstance(item, RangePicture):
                self.shared.history.take(item, self.clock())
                if self._to_enter:
                    self._to_enter = False
                    self.call_after_refresh(self._enter_now)
            if self.shared.board.take(item, self.clock()):
                self.post_message(self.AlarmsChanged())
            else:
                self.post_message(self.PictureTaken())
            if isinstance(item, Connected):
                self._to_enter = True
            elif isinstance(item, Disconnected) and self.client.in_session:
                self.fetch("me")  # it may be the session that has ended, not the server
            elif isinstance(item, Changed):
                self.fetch(item.noun)

    def _enter_now(self) -> None:
        """The first picture is on the screen: what is read of it can come now."""
        self.run_worker(self.told(self._enter()), group="enter", exclusive=True)

    async def _enter(self) -> None:
        await self.seat.enter()
        self.fetch(*NOUNS)
        self.read_shown()

    def on_control_room_alarms_changed(self) -> None:
        self.draw()

    def on_control_room_picture_taken(self) -> None:
        if self.clock().monotonic_s - self._drawn_s >= FRAME_S:
            self.draw()

    def fetch(self, *nouns: str) -> None:
        for noun in nouns:
            self.run_worker(self.told(self.reader.read(noun)), group=f"fetch-{noun}", exclusive=True)

    def read_shown(self) -> None:
        """What only the screen that is shown needs."""
        if self.room is not None and self.room.reads:
            self.fetch(self.room.reads)

    async def told(self, call: Awaitable[None], slot: SlotId | None = None) -> None:
        """A refusal is one sentence in the status row; it ends nothing."""
        try:
            await call
        except RangeopsError as error:
            self.say(str(error), Ink.P2)
            if slot is not None and slot == self.shared.records.chosen_slot:
                self.shared.records.refusal = cleaned(str(error))  # whole, in the detail: it names what is free instead
        self.draw()

    def on_list_screen_chose(self) -> None:
        self.fetch(CHOSEN)

    def on_slots_screen_day_turned(self) -> None:
        self.fetch(DAY)

    # What is drawn.

    def draw(self) -> None:
        if not self.is_running:  # on the way out: screens lose what is on them before they are gone themselves
            return
        now = self.clock()
        self._drawn_s = now.monotonic_s
        scene = self.shared.board.scene(now)
        if self._bell.rings(scene.alarms, now, self.shared.desktop.preferences):
            self.bell()
        room = self.room
        if room is not None:
            room.draw(scene)
        for dialog in self.screen_stack[-1:]:
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
            self._witness.painted(self._unpainted, room.title_word.lower(), self.clock().utc)
            self._unpainted = {}

    def _tell_record(self) -> None:
        """One report at a time, beside everything else: no key and no command waits for it."""
        if not self.seat.entered:
            return
        report = self._witness.report(self.clock())
        if report is not None and all(worker.is_finished for worker in self.workers if worker.group == "record"):
            self.run_worker(self._report(report), group="record")

    async def _report(self, report: ScreenReport) -> None:
        """What can't be told now is told later; what the server will never take is counted as lost."""
        try:
            await self.client.report_screen(report)
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
        self.shared.notice = Notice(cleaned(text), ink, self.clock().monotonic_s)

    # What a person does.

    def action_run(self, name: str) -> None:
        """A key, a palette entry or a typed command; all go by the name."""
        self.run_named(name, None)
        self.draw()
        if isinstance(self.screen, Dialog):
            self.call_after_refresh(self.draw)  # it has just been opened: now it has lines to draw

    def run_named(self, name: str, target: Target | None) -> None:
        if (move := self._table.get(name)) is not None:
            move()
            return
        action = ACTION[name]
        if target is None and self.room is not None:
            target = self.room.target(action.noun)
        if target is None or self._replays_now(action):
            self.say(tr(_IN_REPLAY if self._replays_now(action) else MISSING[action.noun]), Ink.P2)
        elif target.alarm == OWN_ALARM and action.name == "alarm.acknowledge":
            self.shared.board.acknowledge_own(self.clock())
        elif refused := self.seat.refusal(action):
            self.say(refused, Ink.P2)
        else:
            self.acts.ask(action, target)

    def _replays_now(self, action: Action) -> bool:
        """In a replay there is no command, also not for what flies just now: whoever sends one must see where it goes."""
        commands = action.noun in (Noun.VEHICLE, Noun.RANGE, Noun.NEXT_ACT)
        return commands and self.room is not None and self.room.place is Place.REPLAY

    def on_prompt_entered(self, event: Prompt.Entered) -> None:
        scene = self.shared.board.scene(self.clock())
        try:
            if event.sign == "/" and self.room is self.moves.review:
                self.moves.look_for(parse_query(event.text, self.shared.board.zone))
            elif event.sign == "/":
                self.moves.choose(find_vehicle(event.text, scene))
            else:
                self.run_named(*parse_command(event.text, scene, self.shared.records))
        except RangeopsError as error:
            self.say(str(error), Ink.P2)
        self.draw()

    def on_command_dialog_second_wanted(self, event: CommandDialog.SecondWanted) -> None:
        self.acts.second_wanted(event)

    def on_range_map_clicked(self, event: RangeMap.Clicked) -> None:
        self.shared.selected = event.sysid
        self.draw()

    def on_rows_clicked(self) -> None:
        self.draw()

    def palette_sees(self) -> tuple[Scene, Records]:
        """What the command palette searches."""
        return self.shared.board.scene(self.clock()), self.shared.records

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        return local_fonts(super().export_screenshot(title=title, simplify=simplify))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:  # noqa: ARG002  # Textual's signature
        """The palette: the very tables that the keys come from."""
        for name in (*(action.name for action in SHOWN), *(move.name for move in MOVES)):
            if name != "app.palette":
                yield SystemCommand(tr(title_of(name)), name, partial(self.action_run, name))
