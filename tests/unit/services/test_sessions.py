"""Signing in and out: whom a session acts for, how long, and what a guesser comes to."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from desk import NOON, Desk

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Forbidden, Invalid, NotFound, Refused, Unavailable
from rangeops.domain.permissions_of_roles import Act, may
from rangeops.domain.sessions import (
    AWAY_LASTS,
    BROWSER_IDLE,
    DEVICE_LASTS,
    IDLE,
    PROLONGED_AFTER,
    WALL_LASTS,
    Origin,
)
from rangeops.domain.users import Role, User
from rangeops.services.sessions import MOST_OF_ONE
from rangeops.services.throttle import FREE_TRIES, MOST_COUNTED
from rangeops.wire.duty import OpenRequest, SignIn
from rangeops.wire.people import UserChange

SECRET = "correct horse battery"
LOCAL = "the token of the data folder, which is long"
IDLE_S = IDLE.total_seconds()
AT_RANGE = Origin(at_range=True)


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
    return desk.services.sessions.sign_in(SignIn(name, password, "room 1", **others), desk.now, AT_RANGE)


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


def test_a_companys_member_signs_in_as_his_company_alone(desk):
    found = caller(desk, sign_in(desk, "eve").token)
    assert found.actor == Actor("eve", "company-member", "ACME")
    assert not may(found.actor, Act.SEE_RANGE)
    assert may(found.actor, Act.REQUEST_SLOT, company="ACME")
    assert not may(found.actor, Act.REQUEST_SLOT, company="SAXN")


def test_a_member_gets_no_screen_of_the_ranges_by_asking_for_a_read_only_one(desk):
    with pytest.raises(Forbidden, match="a company's member"):
        sign_in(desk, "eve", read_only=True)
    with pytest.raises(Forbidden, match="may not see the whole range"):
        desk.services.sessions.open(OpenRequest("wall"), desk.now, caller(desk, sign_in(desk, "eve").token))


def in_browser(desk, name="rita", before="", **others):
    request = SignIn(name, SECRET, "Firefox", **others)
    return desk.services.sessions.sign_in(request, desk.now, Origin(before=before, browser=True))


def test_a_browsers_session_ends_when_its_pages_are_closed_and_by_the_clock_in_any_case(desk):
    quiet, busy = in_browser(desk), in_browser(desk)
    for minutes in range(0, int(AWAY_LASTS.total_seconds() / 60), 5):
        desk.at(minutes * 60)
        assert caller(desk, busy.token) is not None
    assert caller(desk, quiet.token) is None
    desk.at(AWAY_LASTS.total_seconds())
    assert caller(desk, busy.token) is None
    assert quiet.expires_utc == NOON + BROWSER_IDLE


def test_a_programs_session_from_elsewhere_ends_by_the_clock_too_and_opens_none_that_lasts_longer(desk):
    sessions = desk.services.sessions
    session = sessions.sign_in(SignIn("rita", SECRET, "a script"), desk.now)
    for hours in range(11):
        desk.at(hours * 3600)
        sessions.prolong(caller(desk, session.token), desk.now)
    opened = sessions.open(OpenRequest("another", read_only=False), desk.now, caller(desk, session.token))
    desk.at(AWAY_LASTS.total_seconds() - 1)
    assert caller(desk, opened.token) is not None
    desk.at(AWAY_LASTS.total_seconds())
    assert caller(desk, session.token) is None
    assert caller(desk, opened.token) is None


def test_who_may_more_signs_in_anew_but_at_the_range(desk):
    room, page = sign_in(desk), in_browser(desk)
    identity, admin = desk.services.identity, caller(desk, LOCAL).actor
    identity.set_password("op1", "of the admin himself", "", desk.now, admin)
    fewer = UserChange(1, roles=("range-safety-officer",), full_name="R", confirm="of the admin himself")
    identity.change("rita", fewer, desk.now, admin)
    assert caller(desk, page.token) is not None
    more = replace(fewer, version=2, roles=("range-safety-officer", "operator"))
    identity.change("rita", more, desk.now, admin)
    assert caller(desk, page.token) is None
    assert caller(desk, room.token).actor.role == "operator, range-safety-officer"


def test_a_wall_screen_of_a_browser_looks_for_a_month(desk):
    wall = in_browser(desk, read_only=True)
    for hours in range(0, int(WALL_LASTS.total_seconds() / 3600), 6):
        desk.at(hours * 3600)
        assert caller(desk, wall.token).read_only
    desk.at(WALL_LASTS.total_seconds())
    assert caller(desk, wall.token) is None


def test_a_page_comes_where_its_session_cannot_be_prolonged(desk, monkeypatch):
    session = in_browser(desk)
    desk.at(PROLONGED_AFTER.total_seconds())

    def full():
        raise Unavailable("the disk is full", where="here", do="Make room.")

    monkeypatch.setattr(desk.store, "write", full)
    assert caller(desk, session.token) is not None


def test_a_browser_is_known_to_who_signed_in_there_for_90_days_and_to_nobody_else(desk):
    device, knows = in_browser(desk).device, desk.services.sessions.knows
    assert knows(device, "rita", desk.now)
    assert knows(device, " rita ", desk.now)
    assert sign_in(desk).device == ""  # of a room none is told
    for wrong, name in (
        (device, "eve"),
        (device[:-4] + "AAAA", "rita"),
        ("", "rita"),
        ("x" * 5000, "rita"),
        ("ü", "rita"),
    ):
        assert not knows(wrong, name, desk.now)
    desk.at((DEVICE_LASTS - timedelta(days=1)).total_seconds())
    assert knows(device, "rita", desk.now)
    desk.at(DEVICE_LASTS.total_seconds())
    assert not knows(device, "rita", desk.now)


def test_signing_in_gives_a_new_token_and_ends_the_session_that_the_screen_had(desk):
    first = in_browser(desk)
    second = in_browser(desk, "eve", before=first.token)
    assert first.token != second.token
    assert caller(desk, first.token) is None
    assert caller(desk, second.token).actor.name == "eve"


def test_one_sees_and_ends_his_own_sessions_and_nobody_elses(desk):
    sessions = desk.services.sessions
    room = sign_in(desk)
    desk.at(60)
    page, eves = in_browser(desk), sign_in(desk, "eve")
    me = caller(desk, page.token)
    own = sessions.own(me, desk.now)
    assert [(each.room, each.browser, each.this) for each in own] == [("Firefox", True, True), ("room 1", False, False)]
    (others,) = sessions.own(caller(desk, eves.token), desk.now)
    with pytest.raises(NotFound):
        sessions.end(others.id, me, desk.now)
    sessions.end(own[1].id, me, desk.now)
    assert (caller(desk, room.token), caller(desk, eves.token).actor.name) == (None, "eve")
    third = sign_in(desk)
    sessions.end_others(me, desk.now)
    assert caller(desk, third.token) is None
    assert caller(desk, page.token) is not None
    assert json.loads(desk.record()[-1].payload)["says"] == "rita ends his session at room 1"


def test_a_new_password_ends_all_sessions_but_the_one_that_it_was_set_in(desk):
    room, page = sign_in(desk), in_browser(desk)
    me, identity = caller(desk, page.token), desk.services.identity
    identity.set_password("rita", "a second password", SECRET, desk.now, me.actor, through=me.session)
    assert caller(desk, room.token) is None
    assert caller(desk, page.token) is not None
    identity.set_password("op1", "of the admin himself", "", desk.now, caller(desk, LOCAL).actor)
    identity.set_password("rita", "a third password", "of the admin himself", desk.now, caller(desk, LOCAL).actor)
    assert caller(desk, page.token) is None


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
    for number in range(MOST_COUNTED // 2 + 100):
        with pytest.raises(Forbidden):
            sign_in(desk, f"nobody{number}")
    assert len(desk.services.identity._throttle) <= MOST_COUNTED
    assert not any("nobody" in entry.payload for entry in desk.record())


def test_a_read_only_session_sees_and_no_more_whoever_it_is(desk):
    for session in (
        sign_in(desk, read_only=True),
        desk.services.sessions.open(OpenRequest("wall"), desk.now, caller(desk, LOCAL)),
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
