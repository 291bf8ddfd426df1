"""LOAD_FENCE: a compiled fence goes up, is enabled, and is read back.

Upload, parameters, enable, download and compare, SYS_STATUS: a step follows when the one before is done. A step that met
silence is tried again; one that met a refusal or a difference ends the load, with what the vehicle said.
Source: docs/mavlink.md, fence. What is on board is known by reading it back, never by an answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rangeops.adapters.mavlink.fence import CompiledFence
from rangeops.adapters.mavlink.messages import Message, SysStatus
from rangeops.adapters.mavlink.parameters import SetParameter, Setting
from rangeops.adapters.mavlink.track import GEOFENCE_BIT
from rangeops.adapters.mavlink.transactions import Call, Done, Failed, Output, Send, Transaction, command_long
from rangeops.adapters.mavlink.transfer import Download, Item, PlanKind, Upload
from rangeops.domain.commands import CommandOrder, CommandProgress, CommandStage
from rangeops.domain.events import FenceReadBack
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid

DO_FENCE_ENABLE: Final = 207
REQUEST_MESSAGE: Final = 512
SYS_STATUS_ID: Final = 1
TRIES: Final = 3  # of one step that met silence
AGAIN_S: Final = 1.0  # between them
ENABLED_SEEN_S: Final = 6.0
ASK_STATUS_S: Final = 1.0

LoadOutput = Send | CommandProgress | FenceReadBack


class ReadBack:
    """The fence on board, compared integer by integer with what was compiled."""

    def __init__(self, download: Download, expected: Sequence[Item]) -> None:
        self._download = download
        self._expected = tuple(expected)

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
                return [Failed(difference) if isinstance(output, Done) else output for output in outputs]
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


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    make: Callable[[], Transaction]


class FenceLoad:
    """One LOAD_FENCE order. `read_back` once it ended; `before` has what the parameters were, by name.

    write False: nothing is written, only compared, as after a restart of the autopilot.
    """

    def __init__(
        self, order: CommandOrder, fence: CompiledFence, our_sysid: int, our_compid: int, *, write: bool = True
    ) -> None:
        self.progress = CommandProgress(order, CommandStage.QUEUED)
        self.read_back: FenceReadBack | None = None
        self.before: dict[str, float] = {}
        self.fence = fence
        steps = _load_steps if write else _check_steps
        self._steps = steps(order.sysid, fence, our_sysid, our_compid)
        self._write = write
        self._index = 0
        self._tries = 0
        self._current: Transaction | None = None
        self._began_s = 0.0
        self._again_s: float | None = None  # a step that met silence is tried again then

    @property
    def deadline_s(self) -> float | None:
        return self._again_s if self._current is None else self._current.deadline_s

    def begin(self, now: Now) -> list[LoadOutput]:
        self._began_s = now.monotonic_s
        self.progress = replace(self.progress, stage=CommandStage.SENT, sent_utc=now.utc, attempts=1)
        return [self.progress, *self._start(now)]

    def received(self, message: Message, now: Now) -> list[LoadOutput]:
        return [] if self._current is None else self._judged(self._current.received(message, now), now)

    def timed_out(self, now: Now) -> list[LoadOutput]:
        if self._current is not None:
            return self._judged(self._current.timed_out(now), now)
        return [] if self._again_s is None or now.monotonic_s < self._again_s else self._start(now)

    def superseded(self) -> list[LoadOutput]:
        """Another order takes its place; an upload that runs is cancelled, so that the vehicle keeps the old fence."""
        sends: list[LoadOutput] = []
        if isinstance(self._current, Upload):
            sends = [output for output in self._current.cancel() if isinstance(output, Send)]
        self._current = self._again_s = None
        self.progress = replace(self.progress, stage=CommandStage.SUPERSEDED)
        return [*sends, self.progress]

    def _start(self, now: Now) -> list[LoadOutput]:
        self._tries += 1
        self._again_s = None
        self._current = self._steps[self._index].make()
        return self._judged(self._current.begin(now), now)

    def _judged(self, outputs: list[Output], now: Now) -> list[LoadOutput]:
        told: list[LoadOutput] = []
        for output in outputs:
            match output:
                case Send():
                    told.append(output)
                case Done():
                    told += self._step_done(now)
                case Failed():
                    told += self._step_failed(output, now)
        return told

    def _step_done(self, now: Now) -> list[LoadOutput]:
        if isinstance(self._current, SetParameter) and self._current.before is not None:
            self.before[self._current.setting.name] = self._current.before
        self._index += 1
        self._tries = 0
        if self._index == len(self._steps):
            return self._end(CommandStage.SEEN, "", now)
        told: list[LoadOutput] = []
        if self._index == 1 and self._write:  # the upload was taken
            self.progress = replace(
                self.progress, stage=CommandStage.ACKED, ack_after_s=now.monotonic_s - self._began_s
            )
            told.append(self.progress)
        return told + self._start(now)

    def _step_failed(self, failed: Failed, now: Now) -> list[LoadOutput]:
        if failed.silent and self._tries < TRIES:
            self.progress = replace(self.progress, attempts=self.progress.attempts + 1)
            self._current, self._again_s = None, now.monotonic_s + AGAIN_S
            return []
        step = self._steps[self._index]
        stage = CommandStage.NO_ACK if failed.silent else CommandStage.REFUSED
        if not failed.silent and (isinstance(self._current, ReadBack | FenceSeen) or not self._write):
            stage = CommandStage.NOT_OBEYED
        return self._end(stage, f"{step.name}: {failed.reason}", now)

    def _end(self, stage: CommandStage, detail: str, now: Now) -> list[LoadOutput]:
        self._current = self._again_s = None
        seen = stage is CommandStage.SEEN
        self.progress = replace(
            self.progress,
            stage=stage,
            seen_after_s=now.monotonic_s - self._began_s if seen else None,
            detail=detail,
        )
        self.read_back = FenceReadBack(
            sysid=self.progress.order.sysid,
            equal=seen,
            items=len(self.fence.items),
            sha256=self.fence.sha256,
            detail=detail,
        )
        return [self.progress, self.read_back]


def _load_steps(target: Sysid, fence: CompiledFence, our_sysid: int, our_compid: int) -> tuple[_Step, ...]:
    return (
        _Step("upload", lambda: Upload(target, our_sysid, our_compid, PlanKind.FENCE, fence.items)),
        *_setting_steps(target, fence, "setting", write=True),
        _Step("enabling", lambda: Call(target, our_sysid, DO_FENCE_ENABLE, [1.0])),
        *_reading_steps(target, fence, our_sysid, our_compid),
    )


def _check_steps(target: Sysid, fence: CompiledFence, our_sysid: int, our_compid: int) -> tuple[_Step, ...]:
    return (
        *_setting_steps(target, fence, "reading", write=False),
        *_reading_steps(target, fence, our_sysid, our_compid),
    )


def _setting_steps(target: Sysid, fence: CompiledFence, doing: str, *, write: bool) -> tuple[_Step, ...]:
    def step(setting: Setting) -> _Step:
        return _Step(f"{doing} {setting.name}", lambda: SetParameter(target, setting, write=write))

    return tuple(step(setting) for setting in fence.settings)


def _reading_steps(target: Sysid, fence: CompiledFence, our_sysid: int, our_compid: int) -> tuple[_Step, ...]:
    return (
        _Step("reading back", lambda: ReadBack(Download(target, our_sysid, our_compid, PlanKind.FENCE), fence.items)),
        _Step("fence state", lambda: FenceSeen(target)),
    )
