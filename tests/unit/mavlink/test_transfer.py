"""Mission, fence and rally transfer under loss, against a vehicle that keeps ArduPilot's manners."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rangeops.adapters.mavlink.messages import (
    Message,
    MissionAck,
    MissionCount,
    MissionItem,
    MissionItemInt,
    MissionRequest,
    MissionRequestInt,
    MissionRequestList,
    Statustext,
)
from rangeops.adapters.mavlink.transactions import WORDS_S, Done, Failed, Output, Progress, Send, Transaction
from rangeops.adapters.mavlink.transfer import (
    ANSWER_S,
    ITEM_S,
    RETRIES,
    VEHICLE_ASKS_AGAIN_S,
    Download,
    Item,
    PlanKind,
    Upload,
)
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid

US = (250, 190)
KIND = PlanKind.FENCE


def items_of(count: int) -> list[Item]:
    return [Item(5001, 0, 522_700_000 + i, 68_900_000 - i, param1=float(count)) for i in range(count)]


def key(item: Item) -> tuple[int, float, int, int]:
    return item.command, item.param1, item.x, item.y


@dataclass
class Holder:
    """A vehicle's side of the protocol: asks by the old float request, takes only the item that it asked for."""

    asks_int: bool = False
    gives_float: bool = False
    held: list[MissionItemInt] = field(default_factory=list)
    staged: list[MissionItemInt] = field(default_factory=list)
    expecting: int | None = None
    asked_s: float = 0.0
    valid_s: float = 0.0

    def receive(self, message: Message, now_s: float) -> list[Message]:  # noqa: PLR0911  # one return a message
        match message:
            case MissionCount():
                self.staged, self.expecting, self.valid_s = [], message.count, now_s
                return self._next(now_s)
            case MissionItemInt() if self.expecting is None:
                return [self._ack(1)]
            case MissionItemInt() if message.seq != len(self.staged):
                return [self._ack(13)]
            case MissionItemInt():
                self.staged.append(message)
                self.valid_s = now_s
                return self._next(now_s)
            case MissionRequestList():
                return [MissionCount(len(self.held), *US, KIND)]
            case MissionRequestInt() if message.seq < len(self.held):
                item = self.held[message.seq]._replace(target_system=US[0], target_component=US[1], frame=0, z=0.0)
                return [MissionItem(*item[:4], item.x / 1e7, item.y / 1e7, *item[6:]) if self.gives_float else item]
        return []

    def tick(self, now_s: float) -> list[Message]:
        """Ask again after a second; give up after eight."""
        if self.expecting is None:
            return []
        if now_s - self.valid_s > 8.0:
            self.expecting = None
            return [self._ack(15)]
        return self._next(now_s) if now_s - self.asked_s >= 1.0 else []

    def _next(self, now_s: float) -> list[Message]:
        self.asked_s = now_s
        if len(self.staged) == self.expecting:
            self.held, self.expecting = self.staged, None
            return [self._ack(0)]
        request = MissionRequestInt if self.asks_int else MissionRequest
        return [request(len(self.staged), *US, KIND)]

    def _ack(self, result: int) -> MissionAck:
        return MissionAck(*US, result, KIND)


def exchange(  # noqa: C901  # two sides and their losses
    transaction: Transaction,
    holder: Holder,
    at: Callable[[float], Now],
    lost: Callable[[], int],
    limit_s: float = 200.0,
) -> Done | Failed:
    """Both sides in turn until the transaction ends. lost() says how many copies of a packet arrive."""
    now_s = 0.0
    outcome: Done | Failed | None = None
    to_vehicle: list[Message] = []
    to_us: list[Message] = []

    def take(outputs: list[Output]) -> None:
        nonlocal outcome
        for output in outputs:
            if isinstance(output, Send):
                to_vehicle.extend([output.message] * lost())
            elif not isinstance(output, Progress):
                assert outcome is None, "it ended twice"
                outcome = output

    take(transaction.begin(at(now_s)))
    while outcome is None:
        assert now_s < limit_s, "it never ended"
        while to_vehicle or to_us:
            for message in [to_vehicle.pop(0)] if to_vehicle else []:
                for answer in holder.receive(message, now_s):
                    to_us.extend([answer] * lost())
            for message in [to_us.pop(0)] if to_us else []:
                take(transaction.received(message, at(now_s)))
        now_s += 0.05
        for answer in holder.tick(now_s):
            to_us.extend([answer] * lost())
        take(transaction.timed_out(at(now_s)))
    assert transaction.deadline_s is None
    return outcome


def upload(items: list[Item]) -> Upload:
    return Upload(Sysid(21), *US, KIND, items)


def download() -> Download:
    return Download(Sysid(21), *US, KIND)


def perfectly() -> int:
    return 1


@pytest.mark.parametrize("asks_int", [False, True])
@pytest.mark.parametrize("count", [0, 1, 9])
def test_what_is_uploaded_is_held_whichever_way_it_is_asked_for(at, count, asks_int):
    holder = Holder(asks_int=asks_int)
    assert exchange(upload(items_of(count)), holder, at, perfectly) == Done()
    assert [(m.command, m.param1, m.x, m.y) for m in holder.held] == [key(item) for item in items_of(count)]


@pytest.mark.parametrize("gives_float", [False, True])
def test_what_is_held_is_downloaded_from_either_form(at, gives_float):
    holder = Holder(gives_float=gives_float)
    exchange(upload(items_of(7)), holder, at, perfectly)
    transaction = download()
    assert exchange(transaction, holder, at, perfectly) == Done()
    assert [item.command for item in transaction.items] == [5001] * 7
    for got, want in zip(transaction.items, items_of(7), strict=True):
        assert abs(got.x - want.x) <= 1
        assert abs(got.y - want.y) <= 1


def test_an_empty_plan_is_downloaded(at):
    transaction = download()
    assert exchange(transaction, Holder(), at, perfectly) == Done()
    assert transaction.items == ()


@settings(max_examples=150)
@given(st.integers(0, 12), st.floats(0, 0.5), st.floats(0, 0.3), st.integers(0, 1 << 32))
def test_what_is_read_back_is_what_was_sent_or_the_failure_is_stated(at, count, loss, duplicated, seed):
    pseudo = random.Random(seed)

    def lost() -> int:
        return 0 if pseudo.random() < loss else 2 if pseudo.random() < duplicated else 1

    holder = Holder()
    up = exchange(upload(items_of(count)), holder, at, lost)
    if isinstance(up, Failed):
        assert up.reason
    elif not up.detail:
        assert len(holder.held) == count
    transaction = download()
    down = exchange(transaction, holder, at, lost)
    if isinstance(down, Failed):
        assert down.reason
        return
    assert [key(item) for item in transaction.items] == [(m.command, m.param1, m.x, m.y) for m in holder.held]


def test_a_deaf_vehicle_is_announced_to_six_times(at):
    outcome = exchange(upload(items_of(3)), Holder(), at, lambda: 0)
    assert outcome == Failed("no answer to 6 announcements of 3 items", silent=True)
    transaction = download()
    assert exchange(transaction, Holder(), at, lambda: 0).silent


def test_a_final_answer_that_is_lost_is_left_to_the_read_back(at):
    transaction, holder = upload(items_of(2)), Holder()

    def take(outputs):
        return [output.message for output in outputs if isinstance(output, Send)]

    (count,) = take(transaction.begin(at(0)))
    for seq in range(2):
        holder.receive(count, 0) if seq == 0 else None
        (item,) = take(transaction.received(MissionRequest(seq, *US, KIND), at(0.1)))
        assert item.seq == seq
        holder.receive(item, 0.1)
    assert transaction.timed_out(at(5)) == []
    (done,) = transaction.timed_out(at(0.1 + VEHICLE_ASKS_AGAIN_S))
    assert isinstance(done, Done)
    assert "final answer" in done.detail
    assert len(holder.held) == 2


@pytest.mark.parametrize(
    ("result", "text", "says"),
    [
        (1, b"Incorrect item count", "error (Incorrect item count)"),
        (4, b"Only 70 items are supported", "no space for so many items (Only 70 items are supported)"),
        (14, b"", "another ground station"),
        (15, b"Fence upload timeout", "cancelled by the vehicle (Fence upload timeout)"),
        (99, b"", "result 99"),
    ],
)
def test_a_refusal_is_stated_with_the_vehicles_words(at, result, text, says):
    transaction = upload(items_of(3))
    transaction.begin(at(0))
    assert transaction.received(MissionAck(*US, result, KIND), at(0.1)) == []
    if text:
        transaction.received(Statustext(4, text, 0, 0), at(0.12))
    (failed,) = transaction.timed_out(at(0.1 + WORDS_S))
    assert says in failed.reason
    assert failed.silent == (result == 15)  # it heard too little of us: worth another try


@pytest.mark.parametrize(
    "message",
    [
        MissionAck(251, 190, 1, KIND),  # another ground station's
        MissionAck(250, 191, 1, KIND),
        MissionAck(*US, 1, PlanKind.MISSION),
        MissionAck(*US, 13, KIND),  # ArduPilot's remark on a second copy; it goes on
        MissionAck(*US, 0, KIND),  # an earlier transfer's, late
        MissionRequest(0, 251, 190, KIND),
        MissionRequest(3, *US, KIND),  # beyond the end
    ],
)
def test_what_is_not_ours_changes_nothing(at, message):
    transaction = upload(items_of(3))
    transaction.begin(at(0))
    before = transaction.deadline_s
    assert transaction.received(message, at(0.1)) == []
    assert transaction.deadline_s == before


def test_an_item_is_given_again_as_often_as_it_is_asked_for(at):
    transaction = upload(items_of(3))
    transaction.begin(at(0))
    for _ in range(3):
        outputs = transaction.received(MissionRequest(1, *US, KIND), at(0.1))
        assert [output.message.seq for output in outputs if isinstance(output, Send)] == [1]


def test_a_vehicle_that_falls_silent_on_the_way_is_stated(at):
    transaction = upload(items_of(3))
    transaction.begin(at(0))
    transaction.received(MissionRequest(0, *US, KIND), at(0.1))
    (failed,) = transaction.timed_out(at(0.1 + VEHICLE_ASKS_AGAIN_S))
    assert failed == Failed("it asked for 1 of 3 items and then fell silent", silent=True)


def test_cancelling_tells_the_vehicle_to_keep_what_it_had(at):
    transaction = upload(items_of(3))
    assert transaction.cancel() == []  # not begun
    transaction.begin(at(0))
    send, failed = transaction.cancel()
    assert send.message == MissionAck(21, 1, 15, KIND)
    assert failed == Failed("cancelled")


def test_a_download_waits_longer_each_time(at):
    transaction = download()
    transaction.begin(at(0))
    assert transaction.deadline_s == ANSWER_S
    transaction.received(MissionCount(2, *US, KIND), at(0))
    waits, now_s = [], 0.0
    for _ in range(RETRIES + 1):
        waits.append(transaction.deadline_s - now_s)
        now_s = transaction.deadline_s
        outputs = transaction.timed_out(at(now_s))
    assert waits == pytest.approx([ITEM_S, 2 * ITEM_S, 4 * ITEM_S, ANSWER_S, ANSWER_S, ANSWER_S])
    assert outputs == [Failed("no answer when asked for item 0 of 2, 6 times", silent=True)]


def test_a_count_that_is_no_plan_is_refused(at):
    transaction = download()
    transaction.begin(at(0))
    (failed,) = transaction.received(MissionCount(60_000, *US, KIND), at(0.1))
    assert "no plan" in failed.reason


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_an_item_without_a_position_is_none(at, value):
    transaction = download()
    transaction.begin(at(0))
    transaction.received(MissionCount(1, *US, KIND), at(0.1))
    item = MissionItem(0, 0, 0, 0, value, 6.0, 0, 0, 5001, *US, 0, 0, 1, KIND)
    assert transaction.received(item, at(0.2)) == []
    without_radius = MissionItemInt(value, 0, 0, 0, 520000000, 60000000, 0, 0, 5003, *US, 0, 0, 1, KIND)
    assert transaction.received(without_radius, at(0.3)) == [], "kept on disk it couldn't be read again"
    assert transaction.items == ()


def test_a_download_that_is_denied_is_stated(at):
    transaction = download()
    transaction.begin(at(0))
    transaction.received(MissionAck(*US, 14, KIND), at(0.1))
    (failed,) = transaction.timed_out(at(0.1 + WORDS_S))
    assert "another ground station" in failed.reason


@pytest.mark.parametrize("kind", [PlanKind.RALLY, PlanKind.FENCE])
def test_a_firmware_without_rally_points_holds_none_and_one_without_fences_is_refused(at, kind):
    transaction = Download(Sysid(21), *US, kind)
    transaction.begin(at(0))
    told = transaction.received(MissionAck(*US, 3, kind), at(0.1)) + transaction.timed_out(at(0.1 + WORDS_S))
    assert isinstance(told[0], Done if kind is PlanKind.RALLY else Failed)
    assert transaction.items == ()


def test_after_its_end_a_transfer_stays_silent(at):
    transaction, holder = upload(items_of(1)), Holder()
    exchange(transaction, holder, at, perfectly)
    assert transaction.received(MissionRequest(0, *US, KIND), at(300)) == []
    assert transaction.timed_out(at(300)) == []
