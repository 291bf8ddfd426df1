"""The queue is fair and bounded: companies take turns, what is full says for how long, a place is what it turns out to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.errors import Unavailable
from rangeops.server.fair_queue import FairQueue, QueueFull, Ticket


def put(queue, *names):
    for name in names:
        queue.put(Ticket(name, name[0]), mean_s=1.0)


def drained(queue):
    taken = []
    while (ticket := queue.next()) is not None:
        taken.append(ticket.id)
        queue.done(ticket.id)
    return taken


def test_companies_take_turns_whoever_handed_in_first():
    queue = FairQueue("plans", 1)
    put(queue, "a1", "a2", "a3", "b1", "b2", "c1")
    assert drained(queue) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_no_more_run_at_once_than_there_is_room_for():
    queue = FairQueue("plans", 2)
    put(queue, "a1", "a2", "a3")
    assert [queue.next().id, queue.next().id, queue.next()] == ["a1", "a2", None]
    queue.done("a1")
    assert queue.next().id == "a3"
    assert (len(queue), queue.running) == (0, 2)


@given(st.lists(st.sampled_from("abc"), max_size=20))
def test_a_place_told_is_the_place_had_if_nobody_comes_any_more(groups):
    queue = FairQueue("plans", 1)
    names = [f"{group}{number}" for number, group in enumerate(groups)]
    put(queue, *names)
    told = {name: queue.position(name) for name in names}
    assert {name: place for place, name in enumerate(drained(queue), start=1)} == told


def test_one_company_may_fill_its_share_and_no_other():
    queue = FairQueue("plans", 1, most=5, most_of_one=3)
    put(queue, "a1", "a2", "a3")
    with pytest.raises(QueueFull, match="3 wait already of the same company"):
        put(queue, "a4")
    put(queue, "b1", "b2")
    with pytest.raises(QueueFull, match="5 wait already"):
        put(queue, "c1")


def test_a_full_queue_says_when_to_come_again_by_how_long_work_takes():
    queue = FairQueue("plans", 2, most=8)
    put(queue, *(f"{name}1" for name in "abcdefgh"))
    with pytest.raises(Unavailable) as full:
        queue.put(Ticket("i1", "i"), mean_s=3.0)
    assert full.value.retry_after_s == 12
    assert full.value.do == "Try again in 12 s."


def test_what_waits_is_bounded_by_its_weight_but_one_always_may():
    queue = FairQueue("plans", 1, most_bytes=10)
    queue.put(Ticket("a1", "a", 50), mean_s=1.0)
    with pytest.raises(QueueFull):
        queue.put(Ticket("b1", "b", 1), mean_s=1.0)
    assert queue.next().id == "a1"
    queue.put(Ticket("b1", "b", 1), mean_s=1.0)


def test_who_gives_up_leaves_room_and_keeps_nobody_waiting():
    queue = FairQueue("plans", 1, most=2)
    put(queue, "a1", "b1")
    assert queue.cancel("a1")
    assert not queue.cancel("a1")
    put(queue, "c1")
    assert drained(queue) == ["b1", "c1"]
    assert not queue.cancel("c1"), "it doesn't wait any more"
