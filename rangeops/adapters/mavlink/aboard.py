"""What one vehicle holds on board, its fence and its parameters: loaded, put back, read again, asked for and overheard.

One thing is written at a time, and nothing is asked meanwhile. No I/O: orders, messages and the time go in.
"""

from rangeops.adapters.mavlink.fence import CompiledFence
from rangeops.adapters.mavlink.fence_check import FenceCheck, FenceDoubted, FenceSigns
from rangeops.adapters.mavlink.fence_load import BeforeRead, FenceLoad, FenceRestore
from rangeops.adapters.mavlink.inquiry import Answered, Inquiry, LoadPreview, ParametersRead
from rangeops.adapters.mavlink.messages import Message, ParamValue
from rangeops.adapters.mavlink.parameter_table import ParameterCache
from rangeops.adapters.mavlink.transactions import Send
from rangeops.domain.commands import CommandKind, CommandOrder, CommandProgress, not_sent
from rangeops.domain.events import FenceReadBack, VehicleRestored
from rangeops.domain.kept import Kept
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid

Told = Send | Answered | BeforeRead | CommandProgress | FenceDoubted | FenceReadBack | VehicleRestored


class Aboard:
    """us: our sysid and compid."""

    def __init__(self, sysid: Sysid, us: tuple[int, int]) -> None:
        self.load: FenceLoad | FenceRestore | None = None
        self.check: FenceCheck | None = None
        self.inquiry: Inquiry | None = None
        self.parameters = ParameterCache()
        self._sysid = sysid
        self._us = us
        self._signs = FenceSigns(us[0])
        self._armed_before = False  # when a load or restore began

    @property
    def loading(self) -> bool:
        """We are writing to it, or reading what was written."""
        return self.load is not None and self.load.deadline_s is not None

    @property
    def question(self) -> str:
        """Whose answer is awaited; "" where nobody asks."""
        return "" if self.inquiry is None else self.inquiry.question

    @property
    def is_busy(self) -> bool:
        return self.loading or self.inquiry is not None or self.check is not None

    def begin(self, order: CommandOrder, on_board: CompiledFence | Kept | None, now: Now, *, armed: bool) -> list[Told]:
        """LOAD_FENCE with what it loads (a CompiledFence), or RESTORE with what it puts back (a Kept)."""
        superseded: list[Told] = []
        if self.load is not None and self.loading:
            superseded += self.load.superseded()
        self.check = None
        self._armed_before = armed
        self._signs.expect(on_board if isinstance(on_board, CompiledFence) else None)
        match order.kind, on_board:
            case CommandKind.LOAD_FENCE, CompiledFence():
                self.load = FenceLoad(order, on_board, *self._us)
            case CommandKind.RESTORE, Kept():
                self.load = FenceRestore(order, on_board, *self._us)
            case _:
                return [*superseded, not_sent(order, f"there is nothing to {order.kind.value} on it")]
        return [*superseded, *self.load.begin(now)]

    def proceed(self, order: CommandOrder, now: Now, refusal: str = "") -> list[Told]:
        """What this order's load has read is kept, and agreed: it may write. refusal: why it mayn't."""
        if not isinstance(self.load, FenceLoad) or self.load.progress.order.id != order.id:
            return []
        return [*self.load.proceed(now, refusal)]

    def verify(self, fence: CompiledFence, now: Now) -> list[Told]:
        """Read the fence on board and hold it against this one. A load that is under way will do so itself."""
        if self.loading:
            return []
        self._signs.expect(fence)
        self.check = FenceCheck(self._sysid, fence, *self._us)
        return [*self.check.begin(now)]

    def preview(self, question: str, fence: CompiledFence, now: Now) -> list[Told]:
        """What a load of this fence would change. Nothing is written."""
        return self._ask(LoadPreview(self._sysid, question, fence, *self._us), question, now)

    def read_parameters(self, question: str, names: tuple[str, ...], now: Now) -> list[Told]:
        """Parameters by name, from the cache where it has them; without names the whole table."""
        return self._ask(ParametersRead(self._sysid, question, names, self.parameters), question, now)

    def received(self, message: Message, now: Now, *, armed: bool) -> list[Told]:
        """What is under way: a load, reading a fence again, a question."""
        told: list[Told] = []
        if self.load is not None and self.loading and armed and not self._armed_before:
            told += self.load.stopped("it was armed meanwhile; nothing more was written", now)
        if self.load is not None:
            told += self.load.received(message, now)
        if self.inquiry is not None:
            told += self._answers(self.inquiry.received(message, now))
        if self.check is not None:
            told += self.check.received(message, now)
        return told

    def overheard(self, message: Message, now: Now) -> list[Told]:
        """What may tell of another fence. The value at which a reading ended is that one's finding, and no news."""
        if isinstance(message, ParamValue):
            self.parameters.heard(message, now)
        why = "" if self.loading else self._signs.received(message)
        if not why or (self.check is not None and self.check.ended and isinstance(message, ParamValue)):
            return []
        return [FenceDoubted(self._sysid, why)]

    def timed_out(self, now: Now) -> list[Told]:
        told: list[Told] = []
        if self.load is not None:
            told += self.load.timed_out(now)
        if self.inquiry is not None:
            told += self._answers(self.inquiry.timed_out(now))
        if self.check is not None:
            told += self.check.timed_out(now)
            if self.check.ended:
                self.check = None
        return told

    def _ask(self, inquiry: Inquiry, question: str, now: Now) -> list[Told]:
        if self.inquiry is not None or self.loading:
            return [Answered(self._sysid, question, failure="it is being read or written just now")]
        self.inquiry = inquiry
        return self._answers(inquiry.begin(now))

    def _answers(self, told: list[Send | Answered]) -> list[Told]:
        if any(isinstance(each, Answered) for each in told):
            self.inquiry = None
        return [*told]
