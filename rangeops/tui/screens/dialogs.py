"""The dialogs before a deed: RTL and LAND ask for the vehicle's number, a refusal for its reason. None sends by itself."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import ClassVar, Final, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input

from rangeops.client.action import Action, Receipt, Target
from rangeops.domain.commands import NOT_SENT, CommandProgress
from rangeops.domain.errors import RangeopsError
from rangeops.domain.telemetry import Sysid
from rangeops.tui.board import Scene
from rangeops.tui.compositor import ExactCompositor
from rangeops.tui.ink import BLANK, Ink, Line, Span, wrapped
from rangeops.tui.language import tr
from rangeops.tui.outside import cleaned
from rangeops.tui.panels.dialogs import command_facts
from rangeops.tui.panels.frame import command_trace
from rangeops.tui.shared import Shared
from rangeops.tui.widgets.lines import Lines
from rangeops.wire.enforcement import WayHomeView

Answer = TypeVar("Answer")
_WIDTH: Final = 62
_LOOK_EVERY_S: Final = 1.0
_WAY_OLD_S: Final = 3.0  # a way home that was told so long ago says nothing of now
_WITH_A_WAY: Final = frozenset(["vehicle.rtl", "vehicle.land"])


class Dialog(ModalScreen[Answer]):
    """Esc cancels. What is behind it goes on being drawn."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel")]

    composed = False  # Textual's is_mounted comes true before there are children to draw

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._compositor = ExactCompositor()

    def draw(self, scene: Scene) -> None:
        if self.composed:
            self.draw_dialog(scene)

    def draw_dialog(self, scene: Scene) -> None:
        raise NotImplementedError

    def action_cancel(self) -> None:
        self.dismiss(None)


class CommandDialog(Dialog[None]):
    """The target is the one for which it was opened, whatever is chosen meanwhile."""

    class SecondWanted(Message):
        """The first person's word waits for a second one's, who may give it at this screen."""

        def __init__(self, action: Action, target: Target) -> None:
            super().__init__()
            self.action, self.target = action, target

    def __init__(
        self,
        action: Action,
        target: Target,
        answer: Callable[[Action, Target], Awaitable[Receipt]],
        look: Callable[[Sysid], Awaitable[WayHomeView]],
    ) -> None:
        """look: what its way home crosses, as the watch finds it; asked every second while this is open."""
        super().__init__()
        self._action, self._target, self._answer, self._look = action, target, answer, look
        self._way_home: tuple[WayHomeView, float] | None = None  # and when it was told
        self._looked_s = float("-inf")
        self._command: CommandProgress | None = None  # as it was last heard of: the feed forgets it, this doesn't
        self._said: tuple[Line, ...] = (BLANK,)
        self._scene: Scene | None = None

    def compose(self) -> ComposeResult:
        self._facts, self._trace = Lines(id="facts"), Lines(id="trace")
        self._input = Input(id="typed", restrict=r"[0-9]*", max_length=3, compact=True)
        self._input.cursor_blink = False  # only alarm marks flash
        with Vertical(id="dialog") as box:
            box.border_title = tr("Command")
            yield self._facts
            yield self._input
            yield self._trace

    def on_mount(self) -> None:
        self.composed = True
        self._input.focus()

    def draw_dialog(self, scene: Scene) -> None:
        if self._target.sysid is None:
            return
        self._scene = scene
        now_s = scene.now.monotonic_s
        if now_s - self._looked_s >= _LOOK_EVERY_S and self._action.name in _WITH_A_WAY:
            self._looked_s = now_s
            self.run_worker(self._look_home(self._target.sysid), group="way-home", exclusive=True)
        told = self._way_home if self._way_home is not None and now_s - self._way_home[1] <= _WAY_OLD_S else None
        self._facts.show(command_facts(self._action, self._target.sysid, scene, None if told is None else told[0]))
        self._trace.show(self._outcome(scene))

    async def _look_home(self, sysid: Sysid) -> None:
        """What can't be told stays "not known": it is no reason not to send."""
        asked_s = self._looked_s
        try:
            self._way_home = (cleaned(await self._look(sysid)), asked_s)
        except RangeopsError:
            self._way_home = None
        if self._scene is not None:
            self.draw(self._scene)

    def _outcome(self, scene: Scene) -> tuple[Line, ...]:
        if self._command is None:
            return self._said
        self._command = next((p for p in scene.commands if p.order.id == self._command.order.id), self._command)
        return ((Span(" "), *command_trace(self._command, scene)), (Span(" " + tr("esc closes"), Ink.DIM),))

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._input.disabled:
            return
        if event.value != str(self._target.sysid):
            self._say(tr("Not sent: that is not {sysid}.", sysid=self._target.sysid), Ink.P2)
            self._input.value = ""
            return
        self._input.disabled = True  # once; esc and the keys of this dialog still work
        self._say(tr("Sending."), Ink.P3)
        self.run_worker(self._send(replace(self._target, typed=event.value)))

    async def _send(self, target: Target) -> None:
        try:
            receipt = await self._answer(self._action, target)
        except RangeopsError as error:
            self._say(tr("Not done. {error}", error=error), Ink.P1)
            return
        self._command = receipt.command
        if receipt.command is not None and receipt.command.detail.startswith(NOT_SENT):
            self.app.post_message(self.SecondWanted(self._action, target))
        self._say(receipt.text, Ink.TEXT)

    def _say(self, text: str, ink: Ink) -> None:
        self._said = tuple((Span(f" {line}", ink),) for line in wrapped(cleaned(text), _WIDTH - 4))
        if self._scene is not None:
            self._trace.show(self._outcome(self._scene))


class ReasonDialog(Dialog[str]):
    """Gives the reason, or None where it was cancelled. An empty reason is none."""

    def __init__(self, action: Action, target: Target, shared: Shared) -> None:
        super().__init__()
        self._action, self._target, self._shared = action, target, shared

    def compose(self) -> ComposeResult:
        self._facts = Lines(id="facts")
        self._input = Input(id="typed", max_length=200, compact=True)
        self._input.cursor_blink = False
        with Vertical(id="dialog") as box:
            box.border_title = tr(self._action.title)
            yield self._facts
            yield self._input

    def on_mount(self) -> None:
        self.composed = True
        self._input.focus()

    def draw_dialog(self, scene: Scene) -> None:  # noqa: ARG002  # every dialog's signature
        slot = next((slot for slot in self._shared.records.slots if slot.id == self._target.slot), None)
        what = (
            " " + tr("slot {slot}", slot=self._target.slot)
            if slot is None
            else f" {slot.id}  {slot.company}  {slot.callsign}  {tr(slot.state.value)}"
        )
        self._facts.show(
            (
                (Span(what, Ink.BRIGHT),),
                (Span(" " + tr("Type the reason, then Enter.   esc cancels"), Ink.DIM),),
            )
        )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.dismiss(event.value.strip())
