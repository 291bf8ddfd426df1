"""What docs/promises.md promises is what `make faults` holds against its fault, word for word, and nothing else."""

import re
from pathlib import Path

from tests.support.results import modules

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "promises.md"
ROW = re.compile(r"\| `(?P<id>[a-z0-9-]+)` \| (?P<promise>[^|]+) \| (?P<limit>[^|]*)\|")


def promised_on_the_page():
    return {row["id"]: (row["promise"], row["limit"].strip()) for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))}


def held():
    found = [fault for module in modules(ROOT / "tests" / "faults", "fault_*.py", "") for fault in module.FAULTS]
    assert len({fault.id for fault in found}) == len(found), "an id stands for two promises"
    return {fault.id: (fault.promise, fault.limit) for fault in found}


def test_every_promise_is_held_against_its_fault_and_no_other_is():
    assert held() == promised_on_the_page()
