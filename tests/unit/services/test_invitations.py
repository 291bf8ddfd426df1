"""Invitations: who may invite whom, that a code is good once, and that nobody learns names or secrets by any of it."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from desk import Desk

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Conflict, Forbidden, Invalid, NotFound, RangeopsError, Refused
from rangeops.domain.invitations import INVITATION_LASTS, TRIES
from rangeops.domain.sessions import Caller, Origin
from rangeops.domain.users import Role, User
from rangeops.services.throttle import WIDE_TRIES
from rangeops.wire.duty import SignIn
from rangeops.wire.people import AcceptRequest, InvitationRequest

SECRET = "correct horse battery"
CHOSEN = "a password of my own"
ANNA, OMAR, RITA, EVE = (
    Caller(Actor("anna", "admin")),
    Caller(Actor("omar", "operator")),
    Caller(Actor("rita", "range-safety-officer")),
    Caller(Actor("eve", "company-member", "ACME")),
)
HOME = Origin("203.0.113.9")


@pytest.fixture
def desk():
    made = Desk()
    with made.store.write() as work:
        for name, role, company in (
            ("anna", Role.ADMIN, ""), ("omar", Role.OPERATOR, ""), ("rita", Role.SAFETY_OFFICER, ""),
            ("eve", Role.COMPANY_MEMBER, "ACME"),
        ):  # fmt: skip
            work.users.add(User(name, name, frozenset([role]), company, password_hash=f"plain:{SECRET}"))
    return made


def invite(desk, by=OMAR, **others):
    usual = {"full_name": "Jan Jansen", "roles": ("company-member",), "company": "ACME", "confirm": SECRET}
    return desk.services.invitations.make(InvitationRequest(**(usual | others)), desk.now, by)


def accept(desk, code, name="jan", password=CHOSEN, origin=HOME):
    return desk.services.invitations.accept(AcceptRequest(code, name, password), desk.now, origin)


def says(desk):
    return [json.loads(entry.payload)["says"] for entry in desk.record()]


def test_whoever_was_invited_chooses_name_and_password_and_signs_in_as_what_was_meant(desk):
    made = invite(desk, mail="jan@acme.example")
    assert made.mailed
    seen = desk.services.invitations.look(made.code.upper(), desk.now, HOME)
    assert (seen.full_name, seen.company, seen.roles) == ("Jan Jansen", "ACME", ("company-member",))
    user = accept(desk, f" {made.code} ")
    assert (user.name, user.full_name, user.company, user.mail) == ("jan", "Jan Jansen", "ACME", "jan@acme.example")
    session = desk.services.sessions.sign_in(SignIn("jan", CHOSEN), desk.now)
    assert desk.services.sessions.caller(session.token, desk.now).actor == Actor("jan", "company-member", "ACME")
    assert says(desk)[-3:-1] == [
        "omar invites somebody as company-member of ACME",
        "jan (company-member) is a user now, invited by omar",
    ]


def test_the_letter_has_the_code_behind_a_mark_that_no_log_gets(desk):
    made = invite(desk, mail="jan@acme.example")
    (letter,) = desk.post.letters
    assert letter.to == "jan@acme.example"
    assert f"https://range.example/invitation#{made.code}" in letter.text
    assert "2026-12-01 12:00 UTC" in letter.text
    assert not invite(desk).mailed
    assert len(desk.post.letters) == 1


def test_operators_invite_members_and_admins_anybody(desk):
    staff = {"roles": ("operator",), "company": ""}
    assert invite(desk, ANNA, **staff).about.roles == ("operator",)
    invite(desk, ANNA)
    for by, wanted in ((OMAR, staff), (RITA, {}), (EVE, {}), (Caller(Actor("nobody", "")), {})):
        with pytest.raises(Forbidden, match="may not"):
            invite(desk, by, **wanted)
    with pytest.raises(Forbidden, match="an API token may not"):
        invite(desk, Caller(replace(ANNA.actor, scopes=frozenset(["admin"])), token="x"))
    with pytest.raises(Forbidden, match="password is wrong"):
        invite(desk, confirm="wrong")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"company": ""}, Invalid),
        ({"company": "NEW"}, NotFound),
        ({"company": "ACME\0"}, Invalid),
        ({"roles": ()}, RangeopsError),
        ({"roles": ("pilot",)}, Invalid),
        ({"full_name": " "}, Invalid),
        ({"mail": "jan"}, Invalid),
        ({"mail": "jan@acme.example\nBcc: all@acme.example"}, Invalid),
        ({"mail": "Jan <jan@acme.example>"}, Invalid),
        ({"mail": "a@b.example, c@d.example"}, Invalid),
    ],
)
def test_what_is_no_invitation_is_not_made(desk, wrong, error):
    with pytest.raises(error):
        invite(desk, **wrong)
    assert desk.services.invitations.all(desk.now, ANNA) == ()


def test_a_code_is_good_once_and_one_that_is_not_is_always_told_the_same(desk):
    used, withdrawn, old = (invite(desk) for _ in range(3))
    accept(desk, used.code)
    desk.services.invitations.withdraw(withdrawn.about.id, desk.now, OMAR)
    told = []
    for number, (code, after) in enumerate(
        ((used.code, 0), (withdrawn.code, 0), ("abcd-abcd-abcd-abcd", 0), ("", 0), ("x" * 10_000, 0), (old.code, 1))
    ):
        if after:
            desk.at(INVITATION_LASTS.total_seconds())
        for attempt in (accept, lambda d, c, origin: d.services.invitations.look(c, d.now, origin)):
            with pytest.raises(Forbidden) as refused:
                attempt(desk, code, origin=Origin(f"203.0.113.{number}"))
            told.append(str(refused.value))
    assert len(set(told)) == 1


def test_a_name_that_is_taken_is_said_to_be_and_five_of_them_use_up_the_code(desk):
    code = invite(desk).code
    for _ in range(TRIES - 1):
        with pytest.raises(Conflict, match="this name is taken"):
            accept(desk, code, "anna")
    with pytest.raises(Invalid):  # is no try
        accept(desk, code, "no/name")
    with pytest.raises(Conflict):
        accept(desk, code, "omar")
    with pytest.raises(Forbidden, match="good for nothing"):
        accept(desk, code, "jan")


def test_a_short_password_uses_up_nothing(desk):
    code = invite(desk).code
    for password in ("short", "x" * 257, "half of a pair: \ud83d"):
        with pytest.raises(Invalid):
            accept(desk, code, password=password)
    assert accept(desk, code).name == "jan"


def test_who_tries_many_codes_waits_and_others_do_not(desk):
    for _ in range(WIDE_TRIES):
        with pytest.raises(Forbidden):
            accept(desk, "abcd-abcd-abcd-abcd")
    code = invite(desk).code
    with pytest.raises(Refused, match="wrong codes in a row"):
        accept(desk, code)
    assert accept(desk, code, origin=Origin("198.51.100.7")).name == "jan"


def test_one_sees_and_withdraws_what_he_could_have_made_himself(desk):
    member = invite(desk)
    staff = invite(desk, ANNA, roles=("observer",), company="")
    invitations = desk.services.invitations
    assert [each.id for each in invitations.all(desk.now, OMAR)] == [member.about.id]
    assert {each.id for each in invitations.all(desk.now, ANNA)} == {member.about.id, staff.about.id}
    for by, error in ((OMAR, NotFound), (EVE, Forbidden), (RITA, Forbidden)):
        with pytest.raises(error):
            invitations.withdraw(staff.about.id, desk.now, by)
    invitations.withdraw(staff.about.id, desk.now, ANNA)
    assert [each.id for each in invitations.all(desk.now, ANNA)] == [member.about.id]
    desk.at(timedelta(days=8).total_seconds())
    invite(desk)
    with desk.store.read() as work:
        assert len(work.invitations.all()) == 1  # what was over is gone


def test_neither_code_nor_who_it_is_for_stands_in_the_record(desk):
    made = invite(desk, mail="jan@acme.example")
    accept(desk, made.code)
    with desk.store.read() as work:
        kept = str(work.invitations.all())
    text = kept + "\n".join(entry.payload for entry in desk.record())
    for secret in (made.code, made.code.replace("-", ""), "Jan Jansen", "jan@acme.example", CHOSEN):
        assert secret not in text
    assert re.fullmatch(r"([a-z2-7]{4}-){3}[a-z2-7]{4}", made.code)
