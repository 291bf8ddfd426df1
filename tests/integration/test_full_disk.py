"""The disk takes nothing while a vehicle heads for the edge: it is stopped, an alarm stands, and what was seen is recorded later."""

import pytest
from disk_story import told
from full_disk import Limited

pytestmark = [pytest.mark.processes, pytest.mark.timeout(200)]


async def test_a_disk_that_takes_nothing_is_alarmed_stops_no_enforcement_and_costs_no_evidence(tmp_path):
    story = await told(tmp_path / "data", Limited())
    assert story.wrong == []
    assert story.alarmed == {"recorder", "server"}
