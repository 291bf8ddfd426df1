"""A request under a key is carried out once, whatever happens between it and its answer."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk import NOON, Desk
from fastapi import Response

from rangeops.domain.errors import Conflict, Invalid, PerhapsDone
from rangeops.domain.now import Now
from rangeops.server.once import OnceCall
from rangeops.services.once import KEPT, LARGEST_ANSWER_BYTES, MOST_OF_ONE, NAMED, Named
from rangeops.services.ports.store import RequestKey


@pytest.fixture
def desk():
    return Desk()


def named(key="k1", sha256="ab" * 32, user="op1"):
    return Named(user, key, sha256)


def answer(of, body=b"{}", at=NOON):
    return RequestKey(of.user, of.key, of.sha256, at + KEPT, 201, "application/json", body)


def carry_out(desk, of, **changed):
    token = NAMED.set(of)
    try:
        return desk.book(**changed)
    finally:
        NAMED.reset(token)


def test_the_same_again_is_answered_as_the_first_time(desk):
    once, asked = desk.services.once, named()
    assert once.before(asked, desk.now) is None
    carry_out(desk, asked)
    once.answered(asked, answer(asked, b"[1]"), desk.now)
    known = once.before(named(), desk.now)
    assert (known.status, known.media_type, known.body) == (201, "application/json", b"[1]")


def test_another_request_under_the_same_key_is_refused_and_another_users_is_his_own(desk):
    carry_out(desk, named())
    with pytest.raises(Conflict, match="something else"):
        desk.services.once.before(named(sha256="cd" * 32), desk.now)
    assert desk.services.once.before(named(user="op2"), desk.now) is None


def test_where_the_answer_was_lost_it_is_said_and_nothing_is_made_twice(desk):
    carry_out(desk, named())  # and the server dies before it answers
    with pytest.raises(Conflict, match="its answer was lost"):
        desk.services.once.before(named(), desk.now)


def test_what_was_refused_may_be_asked_again_with_the_same_key(desk):
    once, asked = desk.services.once, named()
    with pytest.raises(Invalid):
        carry_out(desk, asked, sysid=0)
    once.failed(asked)
    carry_out(desk, asked)
    once.failed(asked)  # it was noted, and failed after
    assert once.before(named(), desk.now) is None


def test_a_request_that_was_answered_marks_nothing_that_goes_on_after_it(desk):
    asked = named()
    desk.services.once.enter(asked)
    desk.services.once.leave(asked)
    carry_out(desk, asked)
    assert desk.services.once.before(named(), desk.now) is None


def test_the_same_at_the_same_time_waits(desk):
    once, asked = desk.services.once, named()
    once.enter(asked)
    with pytest.raises(Conflict, match="under way"):
        once.enter(named())
    once.enter(named("k2"))
    once.leave(asked)
    once.enter(named())


@pytest.mark.parametrize("key", ["", "k" * 101, "a\nb", "a\x1b[31m"])
def test_a_key_that_is_none_is_refused(desk, key):
    with pytest.raises(Invalid, match="up to 100 letters"):
        desk.services.once.enter(named(key))


def test_a_key_ends_after_a_day_and_nobody_has_more_than_his_share(desk):
    once = desk.services.once
    asked = named()
    once.answered(asked, answer(asked), desk.now)
    later = Now(2000.0, NOON + KEPT)
    assert once.before(named(), Now(1999.0, NOON + KEPT - timedelta(seconds=1))) is not None
    assert once.before(named(sha256="cd" * 32), later) is None
    for number in range(MOST_OF_ONE + 20):
        each = named(f"n{number}")
        once.answered(each, replace(answer(each), expires_utc=NOON + KEPT + timedelta(seconds=number)), desk.now)
    with desk.store.read() as work:
        kept = [number for number in range(MOST_OF_ONE + 20) if work.request_keys.get("op1", f"n{number}")]
    assert MOST_OF_ONE <= len(kept) <= MOST_OF_ONE + 1
    assert kept[-1] == MOST_OF_ONE + 19


def test_of_an_answer_that_is_too_large_only_that_it_was_given_is_kept(desk):
    asked = named()
    desk.services.once.answered(asked, answer(asked, b"x" * (LARGEST_ANSWER_BYTES + 1)), desk.now)
    with pytest.raises(Conflict, match="its answer was lost"):
        desk.services.once.before(named(), desk.now)


@pytest.mark.parametrize("stored", [True, False])
async def test_where_the_database_was_lost_while_it_stored_it_is_never_made_twice(desk, stored):
    async def lost():
        if stored:
            desk.book()
        raise PerhapsDone("the database was lost while it stored a change", where="db", do="Look.")

    async def made():
        desk.book()
        return Response(b"{}", 201, media_type="application/json")

    ops = Operated(desk)
    with pytest.raises(PerhapsDone):
        await OnceCall(ops, named())(lost)
    if stored:
        with pytest.raises(Conflict, match="its answer was lost"):
            await OnceCall(ops, named())(made)
    else:
        assert (await OnceCall(ops, named())(made)).status_code == 201
    assert len(desk.services.booking.all()) == 1


class Operated:
    """What of the server's operations a request under a key needs."""

    def __init__(self, desk):
        self.services, self.clock = desk.services, lambda: desk.now

    async def run(self, function, *words):
        return function(*words)
