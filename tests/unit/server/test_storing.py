"""Storing that fails for a while: which work it is that fails, what waits for it, and the gap in the record afterwards."""

import json
from contextlib import contextmanager

import pytest
from desk import Desk, alarm

from rangeops.domain.alarms import AlarmState, Condition
from rangeops.domain.errors import Unavailable
from rangeops.server.live import LiveRange
from rangeops.server.storing import GAP, MOST_WAITING, OWN, Storing


class Full:
    """A store whose disk is full whenever it is told so."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.live = LiveRange("twente", self.desk.now, simulation=True)
        self.storing = Storing(self.live, self.desk.services)
        self.full = False
        write = self.desk.store.write

        @contextmanager
        def writing():
            with write() as work:
                yield work
                if self.full:
                    raise Unavailable("the database can't be used now", where="the store", do="Free the disk.")

        self.desk.store.write = writing

    @property
    def failing(self) -> list[str]:
        board = [each for each in self.live.judge(self.desk.now) if each.condition is Condition.RECORDER_FAILING]
        return [each.value for each in board if each.present]

    def gaps(self) -> list[dict]:
        entries = [entry for entry in self.desk.record() if entry.action == GAP]
        return [json.loads(entry.payload)["body"] for entry in entries]


@pytest.fixture
def full():
    return Full()


def test_nothing_is_owed_while_all_is_well(full):
    full.storing.works("orders")
    assert not full.storing.owes
    full.storing.settle(full.desk.now)
    assert full.gaps() == []


def test_a_look_that_succeeds_on_a_full_disk_hides_no_journal_that_cant_be_stored(full):
    full.storing.failed("journal of watch", "disk full", full.desk.now)
    full.storing.works("orders")
    assert full.live._recording_fails == "disk full"
    full.storing.works("journal of watch")
    assert full.live._recording_fails == ""


def test_a_gap_is_recorded_once_everything_works_again(full):
    begun = full.desk.at(10)
    full.storing.failed("journal of watch", "disk full", begun)
    full.storing.failed("orders", "disk full too", full.desk.at(20))
    full.storing.works("orders")
    assert not full.storing.owes, "the journal still waits"
    full.storing.works("journal of watch")
    ended = full.desk.at(130)
    assert full.storing.owes
    full.storing.settle(ended)
    (gap,) = full.gaps()
    assert gap["why"] == "disk full"
    assert (gap["since"], gap["until"]) == tuple(f"{each.utc:%Y-%m-%dT%H:%M:%S.%fZ}" for each in (begun, ended))
    assert not full.storing.owes
    full.storing.settle(full.desk.at(140))
    assert len(full.gaps()) == 1


def test_the_servers_own_alarms_wait_and_are_recorded_in_order_with_their_times(full):
    full.full = True
    raised = full.desk.at(10)
    full.storing.owe(alarm(), raised)
    with pytest.raises(Unavailable):
        full.storing.settle(raised)
    full.storing.failed(OWN, "disk full", raised)
    over = full.desk.at(20)
    full.storing.owe(alarm(state=AlarmState.NORMAL), over)
    with pytest.raises(Unavailable):
        full.storing.settle(over)
    assert full.desk.record() == ()
    full.full = False
    full.storing.settle(full.desk.at(90))
    full.storing.works(OWN)
    told = [json.loads(entry.payload) for entry in full.desk.record()]
    assert [each["happened"] for each in told[:2]] == [f"{each.utc:%Y-%m-%dT%H:%M:%S.%fZ}" for each in (raised, over)]
    assert [each["body"]["state"] for each in told[:2]] == ["unacknowledged", "normal"]
    assert len(full.gaps()) == 1


def test_a_gap_that_cant_be_told_yet_waits(full):
    full.storing.failed("orders", "disk full", full.desk.at(10))
    full.storing.works("orders")
    full.full = True
    with pytest.raises(Unavailable):
        full.storing.settle(full.desk.at(20))
    assert full.storing.owes
    full.full = False
    full.storing.settle(full.desk.at(30))
    assert len(full.gaps()) == 1


def test_what_waits_is_bounded(full):
    for _ in range(MOST_WAITING + 5):
        full.storing.owe(alarm(), full.desk.now)
    full.storing.settle(full.desk.now)
    assert len(full.desk.record()) == MOST_WAITING
