"""API tokens: for whom, for what, until when; and that no deed gets past what a token is for."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from desk import Desk

from rangeops.domain.api_tokens import LONGEST_DAYS, MOST_OF_ONE, PREFIX, Scope
from rangeops.domain.audit import Actor
from rangeops.domain.errors import Forbidden, Invalid, NotFound, RangeopsError, Refused, Unavailable
from rangeops.domain.permissions_of_roles import ALLOWED, SCOPE_OF, Act, may, require
from rangeops.domain.sessions import Caller
from rangeops.domain.users import Role, User
from rangeops.wire.duty import OpenRequest
from rangeops.wire.people import ApiTokenRequest

SECRET = "correct horse battery"
ADMIN, EVE, OMAR = (
    Caller(Actor("anna", "admin")),
    Caller(Actor("eve", "company-member", "ACME")),
    Caller(Actor("omar", "operator")),
)


@pytest.fixture
def desk():
    made = Desk()
    with made.store.write() as work:
        for name, role, company in (
            ("anna", Role.ADMIN, ""), ("eve", Role.COMPANY_MEMBER, "ACME"), ("omar", Role.OPERATOR, ""),
        ):  # fmt: skip
            work.users.add(User(name, name, frozenset([role]), company, password_hash=f"plain:{SECRET}"))
    return made


def make(desk, by, *scopes, **others):
    request = ApiTokenRequest(**({"name": "gis", "scopes": scopes, "days": 90, "confirm": SECRET} | others))
    return desk.services.tokens.make(request, desk.now, by)


def caller(desk, token):
    return desk.services.sessions.caller(token, desk.now)


def test_every_act_belongs_to_a_scope_and_every_scope_has_an_act():
    assert set(SCOPE_OF) == set(Act)
    assert set(SCOPE_OF.values()) == set(Scope)


@pytest.mark.parametrize("scope", Scope)
def test_a_token_allows_the_acts_of_its_scope_that_its_owners_roles_allow_and_no_others(scope):
    for role in Role:
        company = "ACME" if role is Role.COMPANY_MEMBER else ""
        whole = Actor("x", role.value, company)
        scoped = replace(whole, scopes=frozenset([scope.value]))
        for act in Act:
            expected = role in ALLOWED[act] and SCOPE_OF[act] is scope
            assert may(scoped, act, company="ACME") == expected
            if not expected:
                with pytest.raises(Forbidden):
                    require(scoped, act, where="here", company="ACME")


def test_a_token_acts_for_its_user_until_it_ends(desk):
    made = make(desk, EVE, "slots", "read", days=30)
    assert made.token.startswith(PREFIX)
    found = caller(desk, made.token)
    assert (found.actor.name, found.actor.company, found.actor.scopes, found.token) == (
        "eve", "ACME", {"slots", "read"}, made.about.id,
    )  # fmt: skip
    assert desk.services.sessions.me(found).scopes == ("read", "slots")
    desk.at(timedelta(days=30).total_seconds() - 1)
    assert caller(desk, made.token) is not None
    desk.at(timedelta(days=30).total_seconds())
    assert caller(desk, made.token) is None


def test_a_token_of_somebody_disabled_is_nobodys_and_a_lost_role_is_lost_to_it(desk):
    made = make(desk, OMAR, "command")
    with desk.store.write() as work:
        work.users.replace(replace(work.users.get("omar"), roles=frozenset([Role.OBSERVER]), version=2))
    assert not may(caller(desk, made.token).actor, Act.COMMAND)
    with desk.store.write() as work:
        work.users.replace(replace(work.users.get("omar"), disabled=True, version=3))
    assert caller(desk, made.token) is None


def test_the_day_of_its_last_use_is_noted_once_a_day_and_a_full_disk_stops_nothing(desk, monkeypatch):
    made = make(desk, OMAR, "command")
    (before,) = desk.services.tokens.all(desk.now, OMAR)
    assert before.last_used is None
    caller(desk, made.token)
    (after,) = desk.services.tokens.all(desk.now, OMAR)
    assert after.last_used == desk.now.utc.date()

    def full():
        raise Unavailable("the disk is full", where="here", do="Make room.")

    monkeypatch.setattr(desk.store, "write", full)
    caller(desk, made.token)  # nothing to write today
    desk.at(timedelta(days=1).total_seconds())
    assert caller(desk, made.token) is not None


def test_everybody_makes_and_ends_his_own_and_an_admin_anybodys(desk):
    eves = make(desk, EVE, "read").about
    omars = make(desk, ADMIN, "read", user="omar").about
    tokens = desk.services.tokens
    assert [each.id for each in tokens.all(desk.now, EVE)] == [eves.id]
    assert [each.user for each in tokens.all(desk.now, ADMIN, everybodys=True)] == ["eve", "omar"]
    for attempt in (
        lambda: make(desk, EVE, "read", user="omar"),
        lambda: tokens.all(desk.now, EVE, everybodys=True),
    ):
        with pytest.raises(Forbidden, match="may not manage users"):
            attempt()
    for strange in (omars.id, "nothing"):
        with pytest.raises(NotFound, match="you have no such token"):
            tokens.revoke(strange, desk.now, EVE)
    tokens.revoke(eves.id, desk.now, EVE)
    tokens.revoke(omars.id, desk.now, ADMIN)
    assert tokens.all(desk.now, ADMIN, everybodys=True) == ()


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"scopes": ("slots", "everything")}, Invalid),
        ({"scopes": ()}, Invalid),
        ({"days": 0}, Invalid),
        ({"days": LONGEST_DAYS + 1}, Invalid),
        ({"name": "  "}, Invalid),
        ({"confirm": "wrong"}, Forbidden),
        ({"scopes": ("command",)}, Forbidden),  # of which a company's member may do nothing
    ],
)
def test_what_is_no_token_is_not_made(desk, wrong, error):
    with pytest.raises(error):
        make(desk, EVE, **({"scopes": ("read",)} | wrong))
    assert desk.services.tokens.all(desk.now, EVE) == ()


def test_one_person_has_so_many_and_those_that_are_over_do_not_count(desk):
    for _ in range(MOST_OF_ONE):
        make(desk, EVE, "read", days=1)
    with pytest.raises(Refused, match="has 20 tokens"):
        make(desk, EVE, "read")
    desk.at(timedelta(days=1).total_seconds())
    make(desk, EVE, "read")
    with desk.store.read() as work:
        assert len(work.tokens.all()) == 1


def test_a_token_is_not_enough_for_what_is_about_the_account(desk):
    """Whatever it is for: it could else make itself more, or stay when it was ended."""
    made = make(desk, OMAR, *(scope.value for scope in Scope if scope not in (Scope.REGISTERS, Scope.ADMIN)))
    by, services = caller(desk, made.token), desk.services
    for attempt in (
        lambda: make(desk, by, "read"),
        lambda: services.tokens.all(desk.now, by),
        lambda: services.tokens.revoke(made.about.id, desk.now, by),
        lambda: services.sessions.open(OpenRequest("wall", read_only=False), desk.now, by),
        lambda: services.sessions.own(by, desk.now),
        lambda: services.sessions.end("x", by, desk.now),
        lambda: services.sessions.end_others(by, desk.now),
        lambda: services.identity.set_password("omar", "another password", SECRET, desk.now, by.actor),
    ):
        with pytest.raises(Forbidden, match="an API token may not"):
            attempt()
    with pytest.raises(RangeopsError):
        services.sessions.sign_out(by, desk.now)


def test_a_token_is_written_down_without_itself(desk):
    made = make(desk, EVE, "read", "slots")
    desk.services.tokens.revoke(made.about.id, desk.now, EVE)
    says = [json.loads(entry.payload)["says"] for entry in desk.record()]
    assert says[-2:] == [
        "eve made the API token 'gis' for eve: read, slots, until 2027-02-22",
        "eve ends the API token 'gis' of eve",
    ]
    with desk.store.read() as work:
        kept = f"{work.tokens.all()} {[entry.payload for entry in desk.record()]}"
    assert made.token not in kept
    assert SECRET not in kept
