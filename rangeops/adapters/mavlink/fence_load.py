"""LOAD_FENCE: a compiled fence goes up, is enabled, and is read back; RESTORE: what was there before comes back.

What is on board is read, and told, before the first thing is written; then nothing goes on before `proceed`, which says
that it was agreed and is kept. Then upload, parameters, enable, download and
compare, SYS_STATUS. Source: docs/mavlink.md, fence. What is on board is known by reading it back, never by an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from rangeops.adapters.mavlink.fence import ALT_MAX, CompiledFence
from rangeops.adapters.mavlink.messages import Message, SysStatus
from rangeops.adapters.mavlink.parameters import ReadParameter, SetParameter, Setting, float32
from rangeops.adapters.mavlink.procedure import Procedure, Step
from rangeops.adapters.mavlink.track import GEOFENCE_BIT
from rangeops.adapters.mavlink.transactions import (
    DO_FENCE_ENABLE,
    FRAME_GLOBAL,
    REQUEST_MESSAGE,
    Call,
    Done,
    Failed,
    Output,
    Send,
    Transaction,
    command_long,
)
from rangeops.adapters.mavlink.transfer import Download, Item, PlanKind, Upload
from rangeops.domain.commands import NOTHING_WRITTEN, CommandOrder, CommandProgress
from rangeops.domain.events import FenceReadBack, VehicleRestored
from rangeops.domain.kept import FENCE_ENABLE, FenceItem, Kept, OnBoard
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid

SYS_STATUS_ID: Final = 1
ENABLED_SEEN_S: Final = 6.0
ASK_STATUS_S: Final = 1.0
WORD_S: Final = 15.0  # waited for the word that what is on board is kept
CEILING_WITHIN_M: Final = 2.0  # home is found anew at every arming, by a barometer that drifts; FENCE_MARGIN is as much


@dataclass(frozen=True, slots=True)
class BeforeRead:
    """What is on board, and what is about to be written in its place, by which order."""

    order: CommandOrder
    before: OnBoard
    after: OnBoard

    @property
    def sysid(self) -> Sysid:
        return self.order.sysid


class Gate:
    """Between reading and writing: waits for a word. A word that doesn't come is a no."""

    def __init__(self) -> None:
        self.deadline_s: float | None = None

    def begin(self, now: Now) -> list[Output]:
        self.deadline_s = now.monotonic_s + WORD_S
        return []

    def received(self, message: Message, now: Now) -> list[Output]:
        del message, now
        return []

    def timed_out(self, now: Now) -> list[Output]:
        if self.deadline_s is None or now.monotonic_s < self.deadline_s:
            return []
        return self.opened(f"nobody said that what is on board is kept{NOTHING_WRITTEN}")

    def opened(self, refusal: str) -> list[Output]:
        self.deadline_s = None
        return [Failed(refusal)] if refusal else [Done()]


class ReadBack:
    """What is on board, compared integer by integer with what was compiled. remedy: what to do about a difference."""

    def __init__(self, download: Download, expected: Sequence[Item], remedy: str = "") -> None:
        self._download = download
        self._expected = tuple(expected)
        self._remedy = remedy

    @property
    def deadline_s(self) -> float | None:
        return self._download.deadline_s

    def begin(self, now: Now) -> list[Output]:
        return self._download.begin(now)

    def received(self, message: Message, now: Now) -> list[Output]:
        return self._judged(self._download.received(message, now))

    def timed_out(self, now: Now) -> list[Output]:
        return self._judged(self._download.timed_out(now))

    def _judged(self, outputs: list[Output]) -> list[Output]:
        if any(isinstance(output, Done) for output in outputs):
            difference = first_difference(self._expected, self._download.items)
            if difference:
                failed = Failed(difference + self._remedy)
                return [failed if isinstance(output, Done) else output for output in outputs]
        return outputs


def first_difference(expected: Sequence[Item], held: Sequence[Item]) -> str:
    """What a vehicle holds otherwise than compiled; "" where all is equal.

    Frame and altitude aren't compared: ArduPilot gives 0 for both, whatever was sent.
    """
    if len(expected) != len(held):
        return f"{len(held)} items are on board instead of {len(expected)}"
    for index, (want, have) in enumerate(zip(expected, held, strict=True)):
        wanted = (want.command, want.param1, want.x, want.y)
        if wanted != (have.command, have.param1, have.x, have.y):
            held_words = f"{have.command} {have.param1:g} {have.x} {have.y}"
            return f"item {index} is {held_words} instead of {want.command} {want.param1:g} {want.x} {want.y}"
    return ""


class FenceSeen:
    """SYS_STATUS says that a fence is there and on. Asked for, in case its stream isn't set."""

    def __init__(self, target: Sysid) -> None:
        self.deadline_s: float | None = None
        self._target = target
        self._until_s = 0.0
        self._says = ""

    def begin(self, now: Now) -> list[Output]:
        self._until_s = now.monotonic_s + ENABLED_SEEN_S
        return self._ask(now)

    def received(self, message: Message, now: Now) -> list[Output]:
        del now
        if self.deadline_s is None or not isinstance(message, SysStatus):
            return []
        present = message.onboard_control_sensors_present & GEOFENCE_BIT
        enabled = message.onboard_control_sensors_enabled & GEOFENCE_BIT
        if present and enabled:
            self.deadline_s = None
            return [Done()]
        self._says = "not enabled" if present else "absent"
        return []

    def timed_out(self, now: Now) -> list[Output]:
        if self.deadline_s is None or now.monotonic_s < self.deadline_s:
            return []
        if now.monotonic_s < self._until_s:
            return self._ask(now)
        self.deadline_s = None
        if self._says:
            return [Failed(f"SYS_STATUS says that the fence is {self._says}")]
        return [Failed("no SYS_STATUS came after the fence was enabled", silent=True)]

    def _ask(self, now: Now) -> list[Output]:
        self.deadline_s = now.monotonic_s + ASK_STATUS_S
        return [Send(command_long(self._target, REQUEST_MESSAGE, [SYS_STATUS_ID]))]


class FenceLoad(Procedure[FenceReadBack | BeforeRead]):
    """One LOAD_FENCE order. `read_back` once it ended; `before` has what the parameters were, by name.

    write False: nothing is written, only compared, as after a restart of the autopilot. steps: in place of the usual.
    """

    def __init__(
        self,
        order: CommandOrder,
        fence: CompiledFence,
        our_sysid: int,
        our_compid: int,
        *,
        write: bool = True,
        steps: tuple[Step, ...] = (),
    ) -> None:
        make = _load_steps if write else _check_steps
        steps = steps or make(order.sysid, fence, our_sysid, our_compid)
        super().__init__(order, steps)
        self.read_back: FenceReadBack | None = None
        self.before: dict[str, float] = {}
        self.fence = fence
        self._items_before: tuple[Item, ...] = ()
        self._to_read = sum(step.name.startswith(_READING_FIRST) for step in steps)

    def proceed(self, now: Now, refusal: str = "") -> list[Send | CommandProgress | FenceReadBack | BeforeRead]:
        """What was read is kept and agreed: write. refusal: why not; then nothing is written."""
        if not isinstance(self._current, Gate):
            return []  # it was superseded, or has waited too long
        return self._judged(self._current.opened(refusal), now)

    def _step_done(self, transaction: Transaction) -> list[FenceReadBack | BeforeRead]:
        if isinstance(transaction, Download):
            self._items_before = transaction.items
        elif isinstance(transaction, ReadParameter):
            assert transaction.value is not None  # it is done
            self.before[transaction.name] = transaction.value
        if self._index + 1 != self._to_read:
            return []
        # By the names that this vehicle has: RTL_ALT_M where it has no RTL_ALT.
        wanted = {
            each.name: float32(each.value) for setting in self.fence.settings for each in (setting, *setting.otherwise)
        }
        after = tuple((name, wanted.get(name, 1.0)) for name in self.before)  # FENCE_ENABLE isn't among the settings
        before = OnBoard(stored(self._items_before), tuple(self.before.items()))
        return [BeforeRead(self.progress.order, before, OnBoard(stored(self.fence.items), after))]

    def _ended(self, *, seen: bool, detail: str) -> FenceReadBack:
        self.read_back = FenceReadBack(
            sysid=self.progress.order.sysid,
            equal=seen,
            items=len(self.fence.items),
            sha256=self.fence.sha256,
            detail=detail,
        )
        return self.read_back


class FenceRestore(Procedure[VehicleRestored]):
    """One RESTORE order: the fence, the parameters and whether the fence was on, as they were before LOAD_FENCE."""

    def __init__(self, order: CommandOrder, kept: Kept, our_sysid: int, our_compid: int) -> None:
        super().__init__(order, _restore_steps(order.sysid, kept.before, our_sysid, our_compid))
        self.restored: VehicleRestored | None = None
        self._slot = kept.slot

    def _step_done(self, transaction: Transaction) -> list[VehicleRestored]:
        del transaction
        return []

    def _ended(self, *, seen: bool, detail: str) -> VehicleRestored:
        self.restored = VehicleRestored(self.progress.order.sysid, self._slot, seen, detail)
        return self.restored


def stored(items: Sequence[Item]) -> tuple[FenceItem, ...]:
    return tuple(FenceItem(item.command, item.param1, item.x, item.y) for item in items)


def uploadable(items: Sequence[FenceItem]) -> tuple[Item, ...]:
    return tuple(Item(item.command, FRAME_GLOBAL, item.x, item.y, param1=item.param1) for item in items)


_READING_FIRST: Final = "reading what is on board"


def reading_steps(target: Sysid, fence: CompiledFence, our_sysid: int, our_compid: int) -> tuple[Step, ...]:
    """What a load begins with, and all that a preview of it does."""
    return (
        Step(f"{_READING_FIRST}, its fence", lambda: Download(target, our_sysid, our_compid, PlanKind.FENCE)),
        *_reading_first(target, fence),
    )


def _load_steps(target: Sysid, fence: CompiledFence, our_sysid: int, our_compid: int) -> tuple[Step, ...]:
    return (
        *reading_steps(target, fence, our_sysid, our_compid),
        Step("keeping what is on board", Gate),
        Step("upload", lambda: Upload(target, our_sysid, our_compid, PlanKind.FENCE, fence.items)),
        *_setting_steps(target, fence.settings, "setting", write=True),
        *_setting_steps(target, [Setting(FENCE_ENABLE, 1.0)], "setting", write=True),  # kept over a restart
        Step("enabling", lambda: Call(target, our_sysid, DO_FENCE_ENABLE, [1.0])),
        *_reading_steps(target, fence, our_sysid, our_compid),
    )


def _check_steps(target: Sysid, fence: CompiledFence, our_sysid: int, our_compid: int) -> tuple[Step, ...]:
    settings = [
        replace(setting, within=CEILING_WITHIN_M) if setting.name == ALT_MAX else setting for setting in fence.settings
    ]
    return (
        *_setting_steps(target, [*settings, Setting(FENCE_ENABLE, 1.0)], "reading", write=False),
        *_reading_steps(target, fence, our_sysid, our_compid),
    )


def _restore_steps(target: Sysid, before: OnBoard, our_sysid: int, our_compid: int) -> tuple[Step, ...]:
    items = uploadable(before.items)
    settings = [Setting(name, value) for name, value in before.parameters if name != FENCE_ENABLE]
    enable = [Setting(name, value) for name, value in before.parameters if name == FENCE_ENABLE]
    was_on = any(setting.value for setting in enable)
    return (
        Step("upload", lambda: Upload(target, our_sysid, our_compid, PlanKind.FENCE, items)),
        *_setting_steps(target, settings, "setting", write=True),
        # What DO_FENCE_ENABLE has switched on stays on in newer firmware whatever FENCE_ENABLE says.
        Step("switching", lambda: Call(target, our_sysid, DO_FENCE_ENABLE, [1.0 if was_on else 0.0])),
        *_setting_steps(target, enable, "setting", write=True),
        *_setting_steps(target, [*settings, *enable], "reading back", write=False),
        Step(
            "reading back",
            lambda: ReadBack(Download(target, our_sysid, our_compid, PlanKind.FENCE), items),
            judges=True,
        ),
    )


def _reading_first(target: Sysid, fence: CompiledFence) -> tuple[Step, ...]:
    def step(*names: str) -> Step:
        return Step(f"{_READING_FIRST}, {names[0]}", lambda: ReadParameter(target, *names))

    settings = [step(setting.name, *(other.name for other in setting.otherwise)) for setting in fence.settings]
    return (*settings, step(FENCE_ENABLE))


def _setting_steps(target: Sysid, settings: Sequence[Setting], doing: str, *, write: bool) -> tuple[Step, ...]:
    def step(setting: Setting) -> Step:
        return Step(f"{doing} {setting.name}", lambda: SetParameter(target, setting, write=write), judges=not write)

    return tuple(step(setting) for setting in settings)


def _reading_steps(target: Sysid, fence: CompiledFence, our_sysid: int, our_compid: int) -> tuple[Step, ...]:
    def read_back() -> ReadBack:
        return ReadBack(Download(target, our_sysid, our_compid, PlanKind.FENCE), fence.items)

    def no_rally_points() -> ReadBack:
        """RTL leads to the nearest of them, a plane's before home: the way that was checked is the one home."""
        return ReadBack(
            Download(target, our_sysid, our_compid, PlanKind.RALLY), (), "; clear them: a return leads there"
        )

    return (
        Step("reading back", read_back, judges=True),
        Step("rally points", no_rally_points, judges=True),
        Step("fence state", lambda: FenceSeen(target), judges=True),
    )
