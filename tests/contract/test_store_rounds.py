"""Many processes want one hour, and processes are killed as they write; `make prove` does each a thousand times."""

import pytest
from store_rounds import run

from rangeops.adapters.store.opening import STORES

pytestmark = pytest.mark.processes
ROUNDS = 50
SEED = 20261124


@pytest.fixture(params=sorted(set(STORES) - {"memory"}))
def url(request, empty_store):
    return empty_store(request.param)


def test_of_16_processes_that_book_the_same_hour_exactly_one_wins(url):
    outcome = run("race", url, ROUNDS, SEED)
    print(f"{outcome.rounds} rounds, {outcome.changes} changes in {outcome.took_s:.1f} s")
    assert outcome.wrong == []
    assert outcome.rounds == ROUNDS


def test_a_server_killed_as_it_writes_has_lost_nothing_it_acknowledged_and_nothing_is_half_there(url):
    outcome = run("kill", url, ROUNDS, SEED)
    print(f"{outcome.rounds} kills, {outcome.changes} changes in {outcome.took_s:.1f} s")
    assert outcome.wrong == []
    assert outcome.rounds == ROUNDS
    assert outcome.changes > ROUNDS


def test_a_watch_killed_as_it_writes_its_journal_has_lost_nothing_that_was_durable(tmp_path):
    outcome = run("journal", str(tmp_path / "journal"), ROUNDS, SEED)
    print(f"{outcome.rounds} kills, {outcome.changes} entries in {outcome.took_s:.1f} s")
    assert outcome.wrong == []
    assert outcome.rounds == ROUNDS
    assert outcome.changes > ROUNDS
