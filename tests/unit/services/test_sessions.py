"""Signing in and out: whom a session acts for, how long, and what a guesser comes to."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from desk import Desk

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Forbidden, Invalid, Refused
from rangeops.domain.permissions_of_roles import Act, may
from rangeops.domain.sessions import IDLE, PROLONGED_AFTER
from rangeops.domain.users import Role, User
from rangeops.services.identity import FREE_TRIES
from rangeops.services.sessions import MOST_OF_ONE
from rangeops.wire.duty import OpenRequest, SignIn

SECRET = "correct horse battery"
LOCAL = "the token of the data folder, which is long"
IDLE_S = IDLE.total_seconds()


@pytest.fixture
def desk():
    made = Desk()
    made.services.identity.enter_local("op1", LOCAL, made.now)
    with made.store.write() as work:
        work.users.add(User("rita", "Rita", frozenset([Role.SAFETY_OFFICER]), password_hash=f"plain:{SECRET}"))
        work.users.add(User("eve", "Eve", frozenset([Role.COMPANY_MEMBER]), "ACME", password_hash=f"plain:{SECRET}"))
        work.users.add(User("new", "New", frozenset([Role.OPERATOR])))
    return made


def sign_in(desk, name="rita", password=SECRET, **others):
    return desk.services.sessions.sign_in(SignIn(name, password, "room 1", **others), desk.now)


def caller(desk, token):
    return desk.services.sessions.caller(token, desk.now)


def test_who_signs_in_is_himself_until_he_signs_out(desk):
    session = sign_in(desk)
    assert (session.user, session.read_only, session.expires_utc) == ("rita", False, desk.now.utc + IDLE)
    assert caller(desk, session.token).actor == Actor("rita", "range-safety-officer")
    me = desk.services.sessions.me(caller(desk, session.token))
    assert (me.user, me.full_name, me.roles, me.signed_in) == ("rita", "Rita", ("range-safety-officer",), True)
    desk.services.sessions.sign_out(caller(desk, session.token), desk.now)
    assert caller(desk, session.token) is None
    says = [json.loads(entry.payload)["says"] for entry in desk.record()]
    assert says[-2:] == ["rita (range-safety-officer) signs in at room 1", "rita signs out at room 1"]


def test_no_password_and_no_token_is_written_down_anywhere(desk):
    session = sign_in(desk)
    with pytest.raises(Forbidden):
        sign_in(desk, password="a wrong password")
    with desk.store.read() as work:
        kept = f"{work.sessions.all()} {[entry.payload for entry in desk.record()]}"
    for secret in (session.token, SECRET, "a wrong password"):
        assert secret not in kept


def test_a_wrong_name_is_told_as_a_wrong_password_is(desk):
    told = []
    for name, password in (("rita", "wrong"), ("nobody", SECRET), ("new", ""), ("new", SECRET), ("", "")):
        with pytest.raises(Forbidden) as refused:
            sign_in(desk, name, password)
        told.append(str(refused.value))
    assert len(set(told)) == 1


def test_a_companys_member_opens_no_room(desk):
    with pytest.raises(Forbidden, match="a company's member"):
        sign_in(desk, "eve")


def test_a_guesser_waits_and_nobody_at_work_does(desk):
    """Whoever is signed in goes on, and so does confirming: only signing in under that name waits."""
    session = sign_in(desk)
    for _ in range(FREE_TRIES):
        with pytest.raises(Forbidden):
            sign_in(desk, password="guessed")
    with pytest.raises(Refused, match=r"5 wrong passwords in a row\. Try again in 30 s"):
        sign_in(desk)
    assert caller(desk, session.token) is not None
    desk.services.identity.confirm("rita", SECRET, desk.now)
    assert caller(desk, LOCAL).actor.name == "op1"
    desk.at(31)
    assert sign_in(desk).user == "rita"


def test_invented_names_fill_nothing(desk):
    for number in range(1500):
        with pytest.raises(Forbidden):
            sign_in(desk, f"nobody{number}")
    assert len(desk.services.identity._failures) == 1000
    assert not any("nobody" in entry.payload for entry in desk.record())


def test_a_read_only_session_sees_and_no_more_whoever_it_is(desk):
    for session in (
        sign_in(desk, read_only=True),
        desk.services.sessions.open(OpenRequest("wall"), desk.now, caller(desk, LOCAL).actor),
    ):
        found = caller(desk, session.token)
        assert found.read_only
        assert {act for act in Act if may(found.actor, act)} == {Act.SEE_RANGE, Act.SEE_REGISTERS, Act.WRITE_REPORT}
        assert desk.services.sessions.me(found).roles == ("observer",)


def test_a_session_ends_when_nothing_is_heard_of_it_and_lasts_while_its_room_is_open(desk):
    quiet, open_room = sign_in(desk), sign_in(desk)
    for minutes in range(0, 72 * 60, 5):
        desk.at(minutes * 60)
        desk.services.sessions.prolong(caller(desk, open_room.token), desk.now)
    assert caller(desk, open_room.token) is not None
    assert caller(desk, quiet.token) is None
    desk.at(72 * 3600 + IDLE_S)
    assert caller(desk, open_room.token) is None


def test_prolonging_writes_once_in_ten_minutes(desk):
    session = sign_in(desk)

    def kept():
        with desk.store.read() as work:
            return work.sessions.all()[0].expires_utc

    desk.at((PROLONGED_AFTER - timedelta(seconds=1)).total_seconds())
    desk.services.sessions.prolong(caller(desk, session.token), desk.now)
    assert kept() == session.expires_utc
    desk.at(PROLONGED_AFTER.total_seconds())
    desk.services.sessions.prolong(caller(desk, session.token), desk.now)
    assert kept() == desk.now.utc + IDLE


def test_a_disabled_user_is_signed_out_everywhere(desk):
    session = sign_in(desk)
    with desk.store.write() as work:
        work.users.replace(replace(work.users.get("rita"), disabled=True, version=2))
    assert caller(desk, session.token) is None
    with pytest.raises(Forbidden):
        sign_in(desk)


def test_one_person_has_so_many_sessions_and_no_more(desk):
    first, *others = [sign_in(desk) for desk.now in (desk.at(second) for second in range(MOST_OF_ONE + 1))]
    assert caller(desk, first.token) is None
    assert all(caller(desk, other.token) for other in others)
    desk.at(IDLE_S + 3600)
    sign_in(desk)
    with desk.store.read() as work:
        assert len(work.sessions.all()) == 1  # what was over is gone


def test_a_users_own_token_has_no_session_to_end(desk):
    assert not desk.services.sessions.me(caller(desk, LOCAL)).signed_in
    with pytest.raises(Invalid, match="a user's own token"):
        desk.services.sessions.sign_out(caller(desk, LOCAL), desk.now)
    assert caller(desk, "") is None
    assert caller(desk, "another") is None
