"""An order that takes several exchanges: a step follows when the one before is done.

A step that met silence is tried again; one that met a refusal or a difference ends the procedure, with what the vehicle
said. Its last word is a CommandProgress, and whatever the procedure has to tell beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from rangeops.adapters.mavlink.messages import Message
from rangeops.adapters.mavlink.transactions import Done, Failed, Output, Send, Transaction
from rangeops.adapters.mavlink.transfer import Upload
from rangeops.domain.commands import CommandOrder, CommandProgress, CommandStage
from rangeops.domain.now import Now

TRIES: Final = 3  # of one step that met silence
AGAIN_S: Final = 1.0  # between them

E = TypeVar("E")  # what a procedure tells beside its progress


@dataclass(frozen=True, slots=True)
class Step:
    """judges: its failure is no refusal, but a vehicle that holds something else than it accepted."""

    name: str
    make: Callable[[], Transaction]
    judges: bool = False


class Procedure(Generic[E]):
    """`deadline_s` is None before it began and once it ended. Subclasses say what a done step, and the end, tell."""

    def __init__(self, order: CommandOrder, steps: tuple[Step, ...]) -> None:
        self.progress = CommandProgress(order, CommandStage.QUEUED)
        self._steps = steps
        self._index = 0
        self._tries = 0
        self._current: Transaction | None = None
        self._began_s = 0.0
        self._again_s: float | None = None  # a step that met silence is tried again then

    @property
    def deadline_s(self) -> float | None:
        return self._again_s if self._current is None else self._current.deadline_s

    def begin(self, now: Now) -> list[Send | CommandProgress | E]:
        self._began_s = now.monotonic_s
        self.progress = replace(self.progress, stage=CommandStage.SENT, sent_utc=now.utc, attempts=1)
        return [self.progress, *self._start(now)]

    def received(self, message: Message, now: Now) -> list[Send | CommandProgress | E]:
        return [] if self._current is None else self._judged(self._current.received(message, now), now)

    def timed_out(self, now: Now) -> list[Send | CommandProgress | E]:
        if self._current is not None:
            return self._judged(self._current.timed_out(now), now)
        return [] if self._again_s is None or now.monotonic_s < self._again_s else self._start(now)

    def superseded(self) -> list[Send | CommandProgress | E]:
        """Another order takes its place; an upload that runs is cancelled, so that the vehicle keeps the old fence."""
        sends: list[Send | CommandProgress | E] = []
        if isinstance(self._current, Upload):
            sends = [output for output in self._current.cancel() if isinstance(output, Send)]
        self._current = self._again_s = None
        self.progress = replace(self.progress, stage=CommandStage.SUPERSEDED)
        return [*sends, self.progress]

    def stopped(self, why: str, now: Now) -> list[Send | CommandProgress | E]:
        """It must not go on; an upload that runs is cancelled, so that the vehicle keeps what it had."""
        sends: list[Send | CommandProgress | E] = []
        if isinstance(self._current, Upload):
            sends = [output for output in self._current.cancel() if isinstance(output, Send)]
        return [*sends, *self._end(CommandStage.REFUSED, f"{self._steps[self._index].name}: {why}", now)]

    def _step_done(self, transaction: Transaction) -> list[E]:
        raise NotImplementedError

    def _ended(self, *, seen: bool, detail: str) -> E:
        raise NotImplementedError

    def _start(self, now: Now) -> list[Send | CommandProgress | E]:
        self._tries += 1
        self._again_s = None
        self._current = self._steps[self._index].make()
        return self._judged(self._current.begin(now), now)

    def _judged(self, outputs: list[Output], now: Now) -> list[Send | CommandProgress | E]:
        told: list[Send | CommandProgress | E] = []
        for output in outputs:
            match output:
                case Send():
                    told.append(output)
                case Done():
                    told += self._next(now)
                case Failed():
                    told += self._failed(output, now)
        return told

    def _next(self, now: Now) -> list[Send | CommandProgress | E]:
        assert self._current is not None  # it has just said that it is done
        told: list[Send | CommandProgress | E] = [*self._step_done(self._current)]
        if isinstance(self._current, Upload):
            self.progress = replace(
                self.progress, stage=CommandStage.ACKED, ack_after_s=now.monotonic_s - self._began_s
            )
            told.append(self.progress)
        self._index += 1
        self._tries = 0
        if self._index == len(self._steps):
            return told + self._end(CommandStage.SEEN, "", now)
        return told + self._start(now)

    def _failed(self, failed: Failed, now: Now) -> list[Send | CommandProgress | E]:
        if failed.silent and self._tries < TRIES:
            self.progress = replace(self.progress, attempts=self.progress.attempts + 1)
            self._current, self._again_s = None, now.monotonic_s + AGAIN_S
            return []
        step = self._steps[self._index]
        stage = CommandStage.NO_ACK if failed.silent else CommandStage.REFUSED
        if not failed.silent and step.judges:
            stage = CommandStage.NOT_OBEYED
        return self._end(stage, f"{step.name}: {failed.reason}", now)

    def _end(self, stage: CommandStage, detail: str, now: Now) -> list[Send | CommandProgress | E]:
        self._current = self._again_s = None
        seen = stage is CommandStage.SEEN
        self.progress = replace(
            self.progress,
            stage=stage,
            seen_after_s=now.monotonic_s - self._began_s if seen else None,
            detail=detail,
        )
        return [self.progress, self._ended(seen=seen, detail=detail)]
