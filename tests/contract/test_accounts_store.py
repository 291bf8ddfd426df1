"""What belongs to users beside themselves: one behaviour for every store."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from desk import NOON

from rangeops.adapters.store.opening import STORES, open_store
from rangeops.domain.api_tokens import ApiToken, Scope
from rangeops.domain.invitations import Invitation, ResetCode
from rangeops.domain.second_factor import SecondFactor
from rangeops.domain.users import Role

LATER = NOON + timedelta(days=7, microseconds=1)
SPECIMENS = {
    "tokens": ApiToken(
        "cd" * 32, "rita ✈", "GIS", frozenset([Scope.READ, Scope.SLOTS]), NOON, LATER, date(2026, 11, 24)
    ),
    "second_factors": SecondFactor("rita ✈", "sealed", NOON, 58_000_000, ("ab" * 32, "cd" * 32), "pending"),
    "invitations": Invitation(
        "cd" * 32, "J. Jansen ✈", "jan@acme.example", frozenset([Role.COMPANY_MEMBER]), "ACME", "op1", NOON, LATER, 2
    ),
    "reset_codes": ResetCode("cd" * 32, "rita ✈", "op1", LATER),
}
KEYS = {"second_factors": "user", "tokens": "token_sha256"}


@pytest.fixture(params=sorted(STORES))
def store(request, empty_store):
    opened = open_store(empty_store(request.param))
    yield opened
    opened.close()


@pytest.mark.parametrize("rows", SPECIMENS)
def test_a_value_comes_back_as_it_was_given_last_until_it_is_removed(store, rows):
    specimen, key = SPECIMENS[rows], KEYS.get(rows, "code_sha256")
    earlier, other = replace(specimen, **{_other_field(specimen): "x"}), replace(specimen, **{key: "another"})
    with store.write() as work:
        for each in (earlier, specimen, other):
            getattr(work, rows).put(each)
    with store.read() as work:
        assert getattr(work, rows).get(getattr(specimen, key)) == specimen
        assert getattr(work, rows).get("nobody's") is None
        assert getattr(work, rows).all() == tuple(sorted((specimen, other), key=lambda each: getattr(each, key)))
    with store.write() as work:
        getattr(work, rows).remove(getattr(specimen, key))
        getattr(work, rows).remove(getattr(specimen, key))
    with store.read() as work:
        assert getattr(work, rows).all() == (other,)


def _other_field(specimen):
    return {"SecondFactor": "sealed", "ApiToken": "name"}.get(type(specimen).__name__, "by")
