"""Users, passwords, tokens: who calls, what he must type again, and what of it is written down."""

from dataclasses import replace

import pytest
from desk import Desk

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from rangeops.domain.permissions_of_roles import roles_of
from rangeops.domain.users import Role
from rangeops.services.throttle import FIRST_WAIT_S, FREE_TRIES, LONGEST_WAIT_S
from rangeops.wire.people import UserChange, UserRequest

SECRET = "correct horse battery"
LOCAL = "the token of the data folder, which is long"


@pytest.fixture
def desk():
    made = Desk()
    made.services.identity.enter_local("op1", LOCAL, made.now)
    made.admin = made.services.identity.caller(LOCAL)
    made.services.identity.set_password("op1", SECRET, "", made.now, made.admin)
    return made


def add(desk, name="jan", *roles, company="", confirm=SECRET, by=None):
    request = UserRequest(name, "Jan Jansen", roles or ("operator",), company, confirm)
    return desk.services.identity.add(request, desk.now, by or desk.admin)


def said(desk):
    return "\n".join(entry.payload for entry in desk.record())


def test_the_local_token_acts_for_the_operator_with_every_role_of_the_range(desk):
    assert desk.admin.name == "op1"
    assert roles_of(desk.admin) == {Role.OPERATOR, Role.SAFETY_OFFICER, Role.ADMIN}
    assert desk.services.identity.caller("") is None
    assert desk.services.identity.caller("another token") is None


def test_a_start_with_the_same_operator_changes_nothing_and_with_another_moves_the_token(desk):
    identity, entries = desk.services.identity, len(desk.record())
    identity.enter_local("op1", LOCAL, desk.now)
    assert len(desk.record()) == entries
    identity.enter_local("anna", LOCAL, desk.now)
    assert identity.caller(LOCAL).name == "anna"
    identity.enter_local("op1", "a new token, as the old file was removed", desk.now)
    assert identity.caller("a new token, as the old file was removed").name == "op1"
    assert [user.name for user in identity.all(desk.admin)] == ["anna", "op1"]


def test_a_users_own_token_acts_for_him_until_he_gets_another_or_is_disabled(desk):
    identity = desk.services.identity
    jan = add(desk, "jan", "range-safety-officer")
    first = identity.new_token("jan", SECRET, desk.now, desk.admin)
    assert identity.caller(first) == Actor("jan", "range-safety-officer")
    second = identity.new_token("jan", SECRET, desk.now, desk.admin)
    assert (identity.caller(first), identity.caller(second).name) == (None, "jan")
    change = UserChange(jan.version + 2, disabled=True, confirm=SECRET)
    assert identity.change("jan", change, desk.now, desk.admin).disabled
    assert identity.caller(second) is None
    with pytest.raises(Refused, match="disabled"):
        identity.new_token("jan", SECRET, desk.now, desk.admin)


def test_users_are_managed_by_admins_who_type_their_password_again(desk):
    with pytest.raises(Forbidden, match="the password is wrong"):
        add(desk, confirm="wrong")
    with pytest.raises(Forbidden, match="may not manage users"):
        add(desk, by=Actor("op2", "operator"))
    add(desk, "anna", "admin")
    with pytest.raises(Refused, match="none is set"):
        add(desk, by=Actor("anna", "admin"), confirm="")
    assert add(desk).roles == ("operator",)
    with pytest.raises(Conflict, match="already"):
        add(desk)


def test_the_first_own_password_needs_no_other_and_the_next_one_does(desk):
    identity = desk.services.identity
    add(desk)
    jan = Actor("jan", "operator")
    assert identity.set_password("jan", "the first password", "", desk.now, jan).has_password
    with pytest.raises(Forbidden):
        identity.set_password("jan", "the second password", "", desk.now, jan)
    identity.set_password("jan", "the second password", "the first password", desk.now, jan)
    identity.confirm("jan", "the second password", desk.now)
    with pytest.raises(Forbidden, match="may not manage users"):
        identity.set_password("op1", "I am op1 from now", "the second password", desk.now, jan)
    with pytest.raises(Invalid, match="12 to 256"):
        identity.set_password("jan", "short", "the second password", desk.now, jan)
    identity.set_password("jan", "set by an admin", SECRET, desk.now, desk.admin)
    identity.confirm("jan", "set by an admin", desk.now)


def test_wrong_passwords_in_a_row_make_everybody_wait_longer_and_longer(desk):
    confirm = desk.services.identity.confirm
    for _ in range(FREE_TRIES):
        with pytest.raises(Forbidden):
            confirm("op1", "wrong", desk.now)
    with pytest.raises(Refused, match="Try again in 30 s"):
        confirm("op1", SECRET, desk.now)  # even the right one waits
    at = FIRST_WAIT_S + 1
    with pytest.raises(Forbidden):
        confirm("op1", "wrong", desk.at(at))
    with pytest.raises(Refused, match="Try again in 60 s"):
        confirm("op1", SECRET, desk.now)
    for _ in range(20):
        at += LONGEST_WAIT_S + 1
        with pytest.raises(Forbidden):
            confirm("op1", "wrong", desk.at(at))
    with pytest.raises(Refused, match="Try again in 900 s"):
        confirm("op1", SECRET, desk.now)
    confirm("op1", SECRET, desk.at(at + LONGEST_WAIT_S + 1))
    with pytest.raises(Forbidden):  # and from then on it counts anew
        confirm("op1", "wrong", desk.now)
    add(desk, "jan")  # others never waited


def test_nobody_takes_the_last_admin_away(desk):
    identity = desk.services.identity
    mine = next(user for user in identity.all(desk.admin) if user.name == "op1")
    for change in (UserChange(mine.version, roles=("operator",)), UserChange(mine.version, disabled=True)):
        with pytest.raises(Conflict, match="nobody could manage users"):
            identity.change("op1", replace(change, confirm=SECRET), desk.now, desk.admin)
    with pytest.raises(Conflict, match="changed meanwhile"):
        identity.change("op1", UserChange(mine.version - 1, confirm=SECRET), desk.now, desk.admin)
    with pytest.raises(NotFound):
        identity.change("nobody", UserChange(1, confirm=SECRET), desk.now, desk.admin)


def test_the_record_says_who_may_what_and_no_secret_nor_full_name(desk):
    identity = desk.services.identity
    add(desk, "jan", "observer")
    token = identity.new_token("jan", SECRET, desk.now, desk.admin)
    with pytest.raises(Forbidden):
        identity.confirm("op1", "a wrong password", desk.now)
    text = said(desk)
    assert "user jan (observer) added by op1" in text
    assert "a password of op1 was wrong, 1 in a row" in text
    for secret in (SECRET, token, LOCAL, "a wrong password", "Jan Jansen", "plain:"):
        assert secret not in text
    with desk.store.read() as work:
        assert token not in str(work.users.all())
