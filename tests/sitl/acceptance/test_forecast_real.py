"""The forecast on real ArduCopters, 20 flights in some 8 minutes: only where RANGEOPS_ARDUPILOT names them."""

import os

import pytest
from backends import REAL, why_not_real
from forecast_real import TASKS, fly_real

pytestmark = [
    pytest.mark.processes,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(
        "RANGEOPS_ARDUPILOT" not in os.environ or bool(why_not_real()),
        reason=why_not_real()
        or "RANGEOPS_ARDUPILOT isn't set: eight minutes of real time are flown only when asked for",
    ),
]


@pytest.fixture(scope="module")
def flown():
    return fly_real(REAL)


def test_who_leaves_is_alarmed_in_time(flown):
    assert len(flown.left) == len(TASKS)
    late = [v for v in flown.left if v.exit_s is None or (v.could_be_foreseen and not v.in_time) or not v.alarmed]
    assert [(v.track.kind, v.exit_s, v.foreseen_s, v.need_s, v.lead_s) for v in late] == []
    assert sum(v.could_be_foreseen for v in flown.left) >= len(TASKS) - 1


def test_who_stays_is_not_alarmed(flown):
    assert len(flown.stayed) == 2 * len(TASKS)
    assert [(v.track.kind, v.margin_m) for v in flown.stayed if not v.stays] == []
    assert [(v.track.kind, v.track.alarms) for v in flown.stayed if v.alarmed] == []


def test_where_the_range_acts_by_itself_nobody_leaves_his_contingency_volume(flown):
    assert len(flown.held) == len(TASKS)
    assert [(kind, beyond_m) for kind, beyond_m in flown.held if beyond_m > 0.0] == []
