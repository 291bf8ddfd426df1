"""A few hundred of the mutations that `make prove` makes ten thousand of."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "prove"))

from prove_evidence import mutated


def test_every_mutation_of_what_is_recorded_is_found(tmp_path):
    proof = mutated(tmp_path, 20261124, 150)
    assert proof.holds, proof.note
