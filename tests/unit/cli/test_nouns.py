"""A word loads its own commands and nobody else's; every word in the table is there."""

import subprocess
import sys

import pytest

from rangeops.cli.nouns import WORDS, Words


@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_word_has_its_command(word):
    command = Words().get_command(None, word)
    assert command.name == word
    assert command.help


def test_one_word_does_not_wait_for_the_others():
    say = "import sys; sys.argv[1:] = ['node', '-h']; from rangeops.__main__ import main\ntry: main()\nfinally: print(*sys.modules)"
    made = subprocess.run([sys.executable, "-c", say], check=False, capture_output=True, text=True)
    loaded = set(made.stdout.split())
    assert "rangeops.cli.node" in loaded
    assert not loaded & {"rangeops.cli.slot", "rangeops.cli.plan", "rangeops.cli.zones", "httpx"}
