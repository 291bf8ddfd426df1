"""A question to one vehicle, answered by reading alone: what a load would change, or parameters.

Nothing is written here, so it may be asked of an armed vehicle too. One question at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rangeops.adapters.mavlink.fence import CompiledFence
from rangeops.adapters.mavlink.fence_load import BeforeRead, FenceLoad, reading_steps
from rangeops.adapters.mavlink.messages import Message
from rangeops.adapters.mavlink.parameter_table import ParameterCache, ReadTable
from rangeops.adapters.mavlink.parameters import ReadParameter
from rangeops.adapters.mavlink.transactions import Done, Failed, Output, Send, Transaction
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder, CommandProgress
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid


@dataclass(frozen=True, slots=True)
class Answered:
    """What a question came to. failure: why there is nothing; "" where it was answered.

    load: what a LOAD_FENCE of `fence` would read and write. table: every parameter. missing: names it doesn't have.
    """

    sysid: Sysid
    question: str
    failure: str = ""
    load: BeforeRead | None = None
    fence: CompiledFence | None = None
    table: Mapping[str, float] | None = None
    names: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class LoadPreview:
    """The first half of a LOAD_FENCE, and no more."""

    def __init__(self, sysid: Sysid, question: str, fence: CompiledFence, our_sysid: int, our_compid: int) -> None:
        order = CommandOrder(CommandId(f"question {question}"), sysid, CommandKind.LOAD_FENCE, "policy", "read only")
        steps = reading_steps(sysid, fence, our_sysid, our_compid)
        self._load = FenceLoad(order, fence, our_sysid, our_compid, steps=steps)
        self.question = question
        self._answer = Answered(sysid, question, fence=fence)
        self._detail = ""

    def begin(self, now: Now) -> list[Send | Answered]:
        return self._told(self._load.begin(now))

    def received(self, message: Message, now: Now) -> list[Send | Answered]:
        return self._told(self._load.received(message, now))

    def timed_out(self, now: Now) -> list[Send | Answered]:
        return self._told(self._load.timed_out(now))

    def _told(self, outputs: Sequence[object]) -> list[Send | Answered]:
        told: list[Send | Answered] = []
        answer = self._answer
        for output in outputs:
            match output:
                case Send():
                    told.append(output)
                case BeforeRead():
                    told.append(Answered(answer.sysid, answer.question, load=output, fence=answer.fence))
                case CommandProgress(detail=detail) if detail:
                    told.append(Answered(answer.sysid, answer.question, failure=detail))
        return told


class ParametersRead:
    """Names one after the other, but for those that the cache knows; no names: the whole table."""

    def __init__(self, sysid: Sysid, question: str, names: Sequence[str], cache: ParameterCache) -> None:
        self._sysid = sysid
        self.question = question
        self._names = tuple(names)
        self._cache = cache
        self._to_read: list[str] = []
        self._missing: list[str] = []
        self._current: Transaction | None = None

    def begin(self, now: Now) -> list[Send | Answered]:
        self._to_read = [name for name in self._names if self._cache.get(name, now) is None]
        if not self._names:
            self._current = ReadTable(self._sysid, self._cache.coding)
            return self._told(self._current.begin(now), now)
        return self._next(now)

    def received(self, message: Message, now: Now) -> list[Send | Answered]:
        return [] if self._current is None else self._told(self._current.received(message, now), now)

    def timed_out(self, now: Now) -> list[Send | Answered]:
        return [] if self._current is None else self._told(self._current.timed_out(now), now)

    def _next(self, now: Now) -> list[Send | Answered]:
        if not self._to_read:
            self._current = None
            return [Answered(self._sysid, self.question, names=self._names, missing=tuple(self._missing))]
        self._current = ReadParameter(self._sysid, self._to_read[0], coding=self._cache.coding)
        return self._told(self._current.begin(now), now)

    def _told(self, outputs: Sequence[Output], now: Now) -> list[Send | Answered]:
        told: list[Send | Answered] = []
        for output in outputs:
            match output:
                case Send():
                    told.append(output)
                case Done() if isinstance(self._current, ReadTable):
                    table, self._current = self._current.table, None
                    told.append(Answered(self._sysid, self.question, table=table))
                case Failed(reason) if isinstance(self._current, ReadTable):
                    self._current = None
                    told.append(Answered(self._sysid, self.question, failure=reason))
                case Done():
                    self._to_read.pop(0)
                    told += self._next(now)
                case Failed():
                    self._missing.append(self._to_read.pop(0))
                    told += self._next(now)
        return told


Inquiry = LoadPreview | ParametersRead
