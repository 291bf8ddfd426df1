"""Some of the forgeries that `make prove` makes a hundred thousand of."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "prove"))

from prove_forgery import forged


def test_every_forgery_is_found_or_changes_nothing_that_is_verified(tmp_path):
    outcome = forged(tmp_path, 20261124, 300)
    assert outcome.missed == []
    assert outcome.found > 200
    assert outcome.harmless > 0, "not everything is called a forgery"
