"""The table of roles, against one that was written by hand."""

from itertools import product

import pytest
from permission_table import ACTS, ROLES, rows

from rangeops.domain.audit import Actor
from rangeops.domain.permissions_of_roles import Act, may
from rangeops.domain.sessions import onlooker

TABLE = dict(rows(ACTS))


def test_the_hand_written_table_names_every_act():
    assert set(TABLE) == {act.value for act in Act}


@pytest.mark.parametrize("act", Act, ids=lambda act: act.value)
def test_each_role_may_what_the_table_says_and_no_more(act):
    for role in ROLES.values():
        company = "ACME" if role == "company-member" else ""
        actor = Actor("somebody", role, company)
        assert may(actor, act, company="ACME") == (role in TABLE[act.value]), role
        if role == "company-member":
            assert not may(actor, act, company="OTHER")
            assert not may(actor, act)


@pytest.mark.parametrize("act", Act, ids=lambda act: act.value)
def test_two_roles_may_what_one_of_them_may(act):
    for one, other in product(set(ROLES.values()) - {"company-member"}, repeat=2):
        actor = Actor("somebody", f"{one}, {other}")
        assert may(actor, act, company="ACME") == bool({one, other} & TABLE[act.value])


@pytest.mark.parametrize("act", Act, ids=lambda act: act.value)
def test_through_a_read_only_screen_everybody_is_an_observer(act):
    for role in ROLES.values():
        company = "ACME" if role == "company-member" else ""
        assert may(onlooker(Actor("somebody", role, company)), act) == ("observer" in TABLE[act.value])
