"""Who waits after wrong tries, and who never does because of another's."""

import pytest
from desk import NOON

from rangeops.domain.errors import Refused
from rangeops.domain.now import Now
from rangeops.domain.sessions import Origin
from rangeops.services.throttle import (
    FIRST_WAIT_S,
    FREE_TRIES,
    LONGEST_WAIT_S,
    MOST_COUNTED,
    WIDE_FORGOTTEN_S,
    WIDE_TRIES,
    Throttle,
    own_tries,
    tries_from,
)


def at(seconds):
    return Now(seconds, NOON)


def stranger(name="rita", address="198.51.100.7", **others):
    return tries_from("sign in", name, Origin(address, **others), known=False)


def waits(throttle, counted, now):
    try:
        throttle.check(counted, "passwords", "here", now)
    except Refused:
        return True
    return False


def fail(throttle, counted, times, seconds=0.0):
    for _ in range(times):
        throttle.failed(counted, at(seconds))


def test_a_guesser_waits_at_that_name_and_from_that_address_alone():
    throttle = Throttle()
    fail(throttle, stranger(), FREE_TRIES - 1)
    assert not waits(throttle, stranger(), at(0))
    fail(throttle, stranger(), 1)
    assert waits(throttle, stranger(), at(FIRST_WAIT_S - 1))
    assert not waits(throttle, stranger(), at(FIRST_WAIT_S))
    for other in (stranger(address="203.0.113.9"), stranger("omar"), own_tries("sign in", "rita")):
        assert not waits(throttle, other, at(0))
    for unaffected in (
        tries_from("sign in", "rita", Origin("198.51.100.7", device="known"), known=True),
        tries_from("sign in", "rita", Origin("198.51.100.7", at_range=True), known=False),
        tries_from("code", "rita", Origin("198.51.100.7"), known=False),
    ):
        assert not waits(throttle, unaffected, at(0))


def test_a_guesser_at_one_room_keeps_nobody_waiting_at_another():
    throttle = Throttle()
    here, there = (tries_from("sign in", "rita", Origin(device=room, at_range=True), known=False) for room in "ab")
    fail(throttle, here, FREE_TRIES)
    assert waits(throttle, here, at(0))
    assert not waits(throttle, there, at(0))


def test_a_guesser_with_many_addresses_waits_at_the_name_and_its_owner_signs_in_where_he_is_known():
    throttle = Throttle()
    for number in range(WIDE_TRIES):
        throttle.failed(stranger(address=f"10.0.{number}.1"), at(0))
    assert waits(throttle, stranger(address="10.1.0.1"), at(0))
    assert not waits(throttle, stranger("omar", address="10.1.0.1"), at(0))
    assert not waits(throttle, tries_from("sign in", "rita", Origin(device="known"), known=True), at(0))
    assert not waits(throttle, tries_from("sign in", "rita", Origin(at_range=True), known=False), at(0))
    for seconds in range(31, 20 * 31, 31):  # however long it goes on, the name waits no longer than half a minute
        assert not waits(throttle, stranger(address=f"10.2.{seconds % 250}.1"), at(seconds))
        throttle.failed(stranger(address=f"10.3.{seconds % 250}.1"), at(seconds))
        assert waits(throttle, stranger(address="10.4.0.1"), at(seconds))


def test_a_guesser_at_many_names_waits_at_all_of_them():
    throttle = Throttle()
    for number in range(WIDE_TRIES):
        throttle.failed(stranger(f"user{number}"), at(0))
    assert waits(throttle, stranger("omar"), at(0))
    throttle.passed(stranger("himself"))  # with an account of his own he clears nothing
    assert waits(throttle, stranger("omar"), at(0))
    assert not waits(throttle, stranger("omar"), at(WIDE_FORGOTTEN_S + 1))
    throttle.failed(stranger("omar"), at(WIDE_FORGOTTEN_S + 1))
    assert not waits(throttle, stranger("omar"), at(WIDE_FORGOTTEN_S + 1))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:198.51.100.7", "198.51.100.7", True),
        ("198.51.100.7", "198.51.100.8", False),
        ("testclient", "", True),
    ],
)
def test_addresses_count_by_what_one_guesser_has_of_them(one, other, same):
    assert (Origin(one).network == Origin(other).network) == same


def test_a_success_clears_its_own_and_waits_double_up_to_the_longest():
    throttle, now = Throttle(), 0.0
    for _ in range(FREE_TRIES + 12):
        now += LONGEST_WAIT_S + 1
        throttle.failed(own_tries("confirm", "rita"), at(now))
    assert waits(throttle, own_tries("confirm", "rita"), at(now + LONGEST_WAIT_S - 1))
    assert not waits(throttle, own_tries("confirm", "rita"), at(now + LONGEST_WAIT_S))
    throttle.passed(own_tries("confirm", "rita"))
    assert throttle.failed(own_tries("confirm", "rita"), at(now)) == 1


def test_invented_names_push_out_the_oldest_and_no_more_are_kept():
    throttle = Throttle()
    for number in range(MOST_COUNTED):
        throttle.failed(stranger(f"user{number}"), at(0))
    assert len(throttle) == MOST_COUNTED
    assert waits(throttle, stranger("omar"), at(0))  # the inventor's address is the newest each time
