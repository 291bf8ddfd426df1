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


@pytest.mark.parametrize(
    "lost", [{"link-lost D01": 1}, {"link-lost D01": 3}, {"link-lost D01": 2, "link-lost D02": 1}, {}]
)
def test_an_alarm_that_is_missing_or_there_twice_is_found(lost):
    provoked = {"link-lost D01": 2}
    recorded, delivered = soak_limits.alarms(Alarms(provoked, provoked, lost))
    assert recorded.holds
    assert not delivered.holds


@pytest.mark.processes
@pytest.mark.timeout(180)
async def test_a_short_soak_counts_every_alarm_from_its_cause_to_the_feed(tmp_path):
    held, figures = await soak(tmp_path, vehicles=6, hours=0.05, minutes=0.75, room=False)
    assert figures["alarms_provoked"] >= 6
    assert set(figures["samples"]) == {"watch", "server", "supervisor"}
    assert figures["messages_sent"] > 6 * 25 * 45
    wrong = [each for each in held if not each.holds and each.what.startswith(("alarms", "the journal"))]
    assert not wrong
