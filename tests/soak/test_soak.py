"""The soak's own harness: it judges as it should, and counts what really comes, in seconds instead of hours."""

from dataclasses import replace

import pytest
import soak_limits
from soak import soak
from soak_limits import Alarms, Sample

MB = 1024 * 1024


def growing(from_mb, by_mb, files=10):
    return [Sample(float(at), int((from_mb + by_mb * at / 99) * MB), files) for at in range(100)]


@pytest.mark.parametrize(("by_mb", "holds"), [(0, True), (4, True), (20, False), (-20, True)])
def test_a_process_that_grows_is_found(by_mb, holds):
    assert soak_limits.memory("watch", growing(100, by_mb)).holds is holds


def test_what_it_takes_to_warm_up_is_no_growth():
    samples = [Sample(float(at), (50 if at < 20 else 100) * MB, 10) for at in range(100)]
    assert soak_limits.memory("watch", samples).holds


def test_descriptors_that_are_not_closed_are_found():
    assert soak_limits.files("server", growing(100, 0)).holds
    leaking = [replace(sample, files=10 + number // 10) for number, sample in enumerate(growing(100, 0))]
    assert not soak_limits.files("server", leaking).holds


def test_growing_delays_are_found():
    assert soak_limits.latency("feed", [(float(at), 0.01) for at in range(100)]).holds
    assert not soak_limits.latency("feed", [(float(at), 0.01 + at / 200) for at in range(100)]).holds


TWICE = {"link-lost D01": 2}


@pytest.mark.parametrize("delivered", [{"link-lost D01": 1}, {"link-lost D01": 3}, {**TWICE, "link-lost D02": 1}, {}])
def test_an_alarm_that_the_feed_lacks_or_has_twice_is_found(delivered):
    recorded, fed = soak_limits.alarms(Alarms(TWICE, TWICE, delivered))
    assert recorded.holds
    assert not fed.holds


def test_an_alarm_that_the_record_lacks_is_found_beside_others_that_nobody_provoked():
    recorded, fed = soak_limits.alarms(Alarms(TWICE, {"link-lost D01": 1, "link-lost D02": 4}, {}))
    assert not recorded.holds
    assert "link-lost D01 1 of 2" in recorded.value
    assert "4 that nobody provoked" in recorded.value
    assert not fed.holds


def test_what_the_machine_provoked_by_itself_is_told_and_fails_nothing():
    more = {"link-lost D01": 3}
    recorded, fed = soak_limits.alarms(Alarms(TWICE, more, more))
    assert recorded.holds
    assert fed.holds
    assert recorded.value == "2, and 1 that nobody provoked"


@pytest.mark.processes
@pytest.mark.timeout(180)
async def test_a_short_soak_counts_every_alarm_from_its_cause_to_the_feed(tmp_path):
    held, figures = await soak(tmp_path, vehicles=6, hours=0.05, minutes=0.75, room=False)
    assert figures["alarms_provoked"] >= 6
    assert set(figures["samples"]) == {"watch", "server", "supervisor"}
    assert figures["messages_sent"] > 6 * 25 * 45
    wrong = [each for each in held if not each.holds and each.what.startswith(("alarms", "the journal"))]
    assert not wrong
