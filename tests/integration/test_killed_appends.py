"""A few of the thousand kills that `make prove` makes: what was acknowledged is there, and the chain holds."""

import pytest
from append_kills import kill_rounds

pytestmark = [pytest.mark.processes, pytest.mark.timeout(120)]


def test_a_process_that_is_killed_while_it_appends_loses_nothing_that_it_acknowledged(tmp_path):
    judged = kill_rounds(tmp_path, 20261124, 6)
    assert judged.wrong == []
    assert judged.kills == 6
    assert judged.acknowledged >= 6
