"""Who is on duty and who has signed in: one behaviour for every store."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk import NOON

from rangeops.adapters.store.opening import STORES, open_store
from rangeops.domain.duty import Duty, Position
from rangeops.domain.sessions import Session

DUTY = Duty(Position.SAFETY_OFFICER, "rita ✈", NOON, "omar", "ab" * 32, 3)
SESSION = Session("cd" * 32, "rita ✈", "room 1", True, NOON, NOON + timedelta(hours=12, microseconds=1))  # noqa: FBT003  # read-only


@pytest.fixture(params=sorted(STORES))
def store(request, empty_store):
    opened = open_store(empty_store(request.param))
    yield opened
    opened.close()


def test_a_position_is_held_once_and_comes_back_as_it_was_given(store):
    with store.write() as work:
        assert work.duties.get(Position.SAFETY_OFFICER) is None
        work.duties.put(replace(DUTY, version=2))
        work.duties.put(DUTY)
    with store.read() as work:
        assert work.duties.get(Position.SAFETY_OFFICER) == DUTY
        assert work.duties.get(Position.OPERATOR) is None


def test_a_session_is_found_by_its_tokens_hash_until_it_is_removed(store):
    other = replace(SESSION, token_sha256="ab" * 32)
    later = replace(SESSION, expires_utc=NOON + timedelta(hours=24))
    with store.write() as work:
        for session in (SESSION, later, other):
            work.sessions.put(session)
    with store.read() as work:
        assert work.sessions.get(SESSION.token_sha256) == later
        assert work.sessions.all() == (other, later)
        assert work.sessions.get("") is None
    with store.write() as work:
        work.sessions.remove(SESSION.token_sha256)
        work.sessions.remove(SESSION.token_sha256)
    with store.read() as work:
        assert work.sessions.all() == (other,)
