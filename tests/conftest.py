"""tests/support holds what several test folders share; it is no package."""

import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent / "support"))

# How long an example takes on a busy machine says nothing about the rule under test; benches measure time.
settings.register_profile("rangeops", deadline=None)
# For each of thousands of mutants (docs/mutation.md): few examples, and the same ones each time.
settings.register_profile("mutants", deadline=None, derandomize=True, database=None, max_examples=25)
settings.load_profile("rangeops")


@pytest.fixture
def empty_store(tmp_path):
    """A function from a backend's name to the URL of an empty store; skips, with the reason, where there is none."""
    from postgres import NoPostgres, store_url

    with ExitStack() as stack:

        def url_of(backend):
            try:
                return stack.enter_context(store_url(backend, tmp_path))
            except NoPostgres as reason:
                pytest.skip(str(reason))

        yield url_of
