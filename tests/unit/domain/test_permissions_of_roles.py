"""Who may do what."""

import pytest

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Forbidden, Invalid
from rangeops.domain.permissions_of_roles import ALLOWED, NOBODY, Act, may, require, roles_of
from rangeops.domain.users import Role, User, check_password, roles_from

MEMBER = Actor("eve", "company-member", "ACME")


def test_every_act_is_somebodys_and_every_role_may_something():
    assert ALLOWED.keys() == set(Act)
    assert all(ALLOWED.values())
    assert set().union(*ALLOWED.values()) == set(Role)


@pytest.mark.parametrize("actor", [NOBODY, Actor("watch", "watch"), Actor("server", "server"), Actor("x", "operators")])
def test_whoever_has_no_role_may_nothing(actor):
    assert not any(may(actor, act, company="ACME") for act in Act)


def test_only_a_safety_officer_gives_the_safety_word_and_only_an_admin_manages_users():
    assert ALLOWED[Act.SAFETY_WORD] == ALLOWED[Act.CONFIRM_TERMINATE] == {Role.SAFETY_OFFICER}
    assert ALLOWED[Act.MANAGE_USERS] == {Role.ADMIN}


def test_an_observer_changes_nothing():
    observer = Actor("o", "observer")
    assert {act for act in Act if may(observer, act)} == {Act.SEE_RANGE, Act.SEE_REGISTERS, Act.WRITE_REPORT}


def test_a_companys_member_acts_for_his_company_alone():
    assert may(MEMBER, Act.REQUEST_SLOT, company="ACME")
    for company in ("OTHER", "", None):
        assert not may(MEMBER, Act.REQUEST_SLOT, company=company)
    assert not any(may(MEMBER, act, company="ACME") for act in (Act.SEE_RANGE, Act.CLEAR, Act.COMMAND, Act.DECIDE_SLOT))
    with pytest.raises(Forbidden, match="for ACME alone"):
        require(MEMBER, Act.REQUEST_SLOT, where="slot", company="OTHER")


def test_a_refusal_names_who_may():
    with pytest.raises(
        Forbidden, match=r"jan \(observer\) may not command a vehicle.*operator or range safety officer"
    ):
        require(Actor("jan", "observer"), Act.COMMAND, where="vehicle 7")


def test_a_users_title_gives_his_roles_back():
    user = User("jan", "Jan", frozenset([Role.OPERATOR, Role.SAFETY_OFFICER]))
    assert roles_of(Actor(user.name, user.title)) == user.roles


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""}, {"name": "../token"}, {"name": "a/b"}, {"name": ".hidden"}, {"name": "x" * 41}, {"name": "a\nb"},
        {"name": "jan "}, {"roles": frozenset()}, {"roles": frozenset([Role.COMPANY_MEMBER])}, {"company": "ACME"},
        {"roles": frozenset([Role.COMPANY_MEMBER, Role.ADMIN]), "company": "ACME"},
    ],
)  # fmt: skip
def test_a_user_that_can_not_be_is_refused(wrong):
    with pytest.raises(Invalid):
        User(**({"name": "jan", "full_name": "Jan", "roles": frozenset([Role.OPERATOR])} | wrong))


def test_unknown_roles_and_short_passwords_are_refused():
    with pytest.raises(Invalid, match="'root' is no role"):
        roles_from(["operator", "root"], where="user")
    for password in ("", "short", "x" * 257):
        with pytest.raises(Invalid, match="12 to 256"):
            check_password(password, where="user")
