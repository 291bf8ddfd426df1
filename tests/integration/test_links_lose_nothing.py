"""Twenty seconds of what `make prove` does for ten minutes (tests/prove/prove_links.py)."""

import pytest
from link_proof import talk

pytestmark = [pytest.mark.processes, pytest.mark.timeout(90)]


def test_twenty_vehicles_are_recorded_to_the_last_packet(tmp_path):
    counted = talk(tmp_path, vehicles=20, seconds=20)
    assert counted.recorded == counted.sent == 20 * 20 * 25
    assert counted.gaps == 0
    assert counted.tlogs >= 4, "one for each link, and another where an hour began meanwhile"
