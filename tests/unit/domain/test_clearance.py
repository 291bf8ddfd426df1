"""Clearance names everything that is missing, and who can supply it; only then is there nothing more to ask."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk import D07, NOON

from rangeops.domain.clearance import Clearance, LiveFacts, missing
from rangeops.domain.now import Now
from rangeops.domain.slots import Slot, SlotId, SlotState
from rangeops.domain.volumes import VolumeId

SLOT = Slot(
    SlotId("S1"), 3, "ACME", VolumeId("NORTH"), NOON, NOON + timedelta(minutes=30), D07, "D07", "survey-quad", "ch 2",
    "P1", SlotState.BRIEFED,
)  # fmt: skip
READY = {
    "slot": SLOT,
    "clearance": Clearance(SlotId("S1"), fence_sha256="ab"),
    "plan_verdict": "passed",
    "live": LiveFacts(trusted=True, uplink_ok=True, armed=False),
    "now": Now(0.0, NOON),
}


def what(**changed):
    facts = READY | changed
    return [str(each) for each in missing(facts.pop("slot"), facts.pop("clearance"), **facts)]


def test_with_everything_there_nothing_is_missing():
    assert what() == []
    assert what(slot=replace(SLOT, state=SlotState.ACTIVE)) == [], "after a withdrawal it may be given again"


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"slot": replace(SLOT, state=SlotState.APPROVED)}, "range safety officer"),
        ({"now": Now(0.0, NOON - timedelta(seconds=1))}, "wait"),
        ({"now": Now(0.0, NOON + timedelta(minutes=30))}, "ACME: book another slot"),
        ({"slot": replace(SLOT, plan=None)}, "no plan"),
        ({"plan_verdict": "refused"}, "plan P1 is refused (ACME)"),
        ({"plan_verdict": None}, "plan P1 is not known"),
        ({"clearance": Clearance(SlotId("S1"))}, "ACME: agree to what is written (rangeops slot agree S1); operator"),
        ({"clearance": Clearance(SlotId("S1"), agreed_sha256="ab")}, "(operator: load fence)"),
        ({"clearance": Clearance(SlotId("S1")), "slot": replace(SLOT, consent="ACME")}, "(operator: load fence)"),
        ({"live": None}, "D07 is not heard"),
        ({"live": LiveFacts(trusted=False, uplink_ok=True, armed=False)}, "can't be trusted"),
        ({"live": LiveFacts(trusted=True, uplink_ok=False, armed=False)}, "doesn't answer"),
    ],
)
def test_each_thing_that_is_missing_is_named_alone(changed, named):
    (only,) = what(**changed)
    assert named in only
