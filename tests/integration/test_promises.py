"""A few of the faults of `make faults`, those that take seconds: so the frame lives, and what it finds is known."""

import sys
from pathlib import Path

import pytest

FAULTS = Path(__file__).parents[1] / "faults"
sys.path.insert(0, str(FAULTS))

import fault_power  # noqa: E402  # found by the line above
import power_cut  # noqa: E402
from promised import Promised  # noqa: E402

pytestmark = [pytest.mark.processes, pytest.mark.timeout(120)]


@pytest.mark.parametrize(
    "promised", [each for each in fault_power.FAULTS if "files" in each.id], ids=lambda each: each.id
)
def test_it_holds(promised: Promised):
    fault = promised.tried()
    if not fault.tried:
        pytest.skip(fault.measured)
    assert fault.holds, fault.measured


def test_a_process_that_doesn_t_sync_is_found_to_lose_what_it_acknowledged(monkeypatch):
    """The trial itself: were fsync nothing, it would say so."""
    monkeypatch.setattr(power_cut.Inode, "sync", lambda _self: None)
    fault = next(each for each in fault_power.FAULTS if "files" in each.id).tried()
    if not fault.tried:
        pytest.skip(fault.measured)
    assert not fault.holds
    assert "older than what was acknowledged" in fault.measured or "gone or empty" in fault.measured


def test_what_a_machine_can_t_do_is_told_as_not_tried():
    def attempt():
        raise sys.modules["promised"].NotHere("no disk to fill")

    fault = Promised("a", "b", "c", "d", attempt).tried()
    assert (fault.tried, fault.holds, fault.measured) == (False, False, "not tried here: no disk to fill")
