"""The booking does what a naive reference does, on every store; `make prove` plays 100,000 operations."""

import pytest
from booking_model import compared

from rangeops.adapters.store.opening import STORES

OPERATIONS = {"memory": 1500, "sqlite": 500, "postgresql": 400}
SEED = 20261124


@pytest.mark.parametrize("backend", sorted(STORES))
def test_bookings_are_what_the_reference_says(backend, empty_store):
    outcome = compared(empty_store(backend), OPERATIONS[backend], SEED)
    assert outcome.wrong == ""
    assert outcome.operations >= OPERATIONS[backend]
    assert outcome.approved > 3
    assert outcome.refused > 3
