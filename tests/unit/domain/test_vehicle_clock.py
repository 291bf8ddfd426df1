"""A vehicle's clocks against ours: offset, drift, jumps; by question and answer, and by listening alone."""

import random

import pytest
from desk import NOON
from hypothesis import given
from hypothesis import strategies as st
from mavlink_world import captured

from rangeops.adapters.mavlink.link import decode_frame
from rangeops.adapters.mavlink.messages import SystemTime
from rangeops.domain.now import Now, of_unix_us
from rangeops.domain.vehicle_clock import SHORTEST_DRIFT_S, SPAN_S, SPANS, WORST_PPM, VehicleClocks

STARTED_S = 1000.0  # our monotonic clock when theirs begins
GPS_S = 0.3  # ahead of ours


class Sky:
    """A vehicle whose clock gains `ppm`, behind a link with delays; asked every 2 s, overheard as often."""

    def __init__(self, *, ppm: float = 0.0, least_s: float = 0.01, most_s: float = 0.05, seed: int = 1) -> None:
        self.ppm, self.least_s, self.most_s = ppm, least_s, most_s
        self.chance = random.Random(seed)
        self.clocks = VehicleClocks()
        self.now_s = STARTED_S + 5.0
        self.begun_s = STARTED_S  # of its clock
        self.gps_s = GPS_S

    def now(self) -> Now:
        return Now(self.now_s, of_unix_us(round((NOON.timestamp() + self.now_s) * 1e6)))

    def boot_s(self, at_s: float) -> float:
        return (at_s - self.begun_s) * (1 + self.ppm * 1e-6)

    def run(self, seconds: float, *, answers: bool = True, tells: bool = True) -> None:
        for _ in range(round(seconds / 2)):
            self.now_s += 2.0
            up_s, down_s = (self.chance.uniform(self.least_s, self.most_s) for _ in range(2))
            if answers:
                asked_at_s = self.now_s - up_s - down_s
                self.clocks.answered(self.now_s, self.boot_s(asked_at_s + up_s), up_s + down_s)
            if tells:
                said_s = self.now_s - down_s
                unix_s = NOON.timestamp() + said_s + self.gps_s
                self.clocks.told(self.now_s, round(self.boot_s(said_s), 3), unix_s)

    @property
    def zero_s(self) -> float:
        """Our Unix time when its clock, as it goes now, was 0."""
        return NOON.timestamp() + self.now_s - self.boot_s(self.now_s)


@pytest.mark.parametrize("ppm", [-80.0, 0.0, 35.0, 120.0])
def test_offset_and_drift_are_told_with_an_error_that_holds(ppm):
    sky = Sky(ppm=ppm)
    sky.run(1800)
    found = sky.clocks.estimate(sky.now())
    assert abs(found.boot_zero_s - sky.zero_s) <= found.boot.uncertainty_s <= 0.02
    assert found.boot.drift_ppm == pytest.approx(ppm, abs=3 * found.boot.drift_error_ppm)
    assert found.boot.drift_error_ppm < 10
    assert abs(found.gps_ahead_s - GPS_S) <= found.gps.uncertainty_s <= 0.025
    assert found.gps.drift_ppm == pytest.approx(0, abs=3 * found.gps.drift_error_ppm)
    assert sky.clocks.jumps == 0


@given(
    ppm=st.floats(-WORST_PPM / 2, WORST_PPM / 2),
    least_s=st.floats(0.0, 0.3),
    jitter_s=st.floats(0.0, 3.0),
    seed=st.integers(0, 1000),
)
def test_what_is_told_to_be_the_most_is_never_exceeded(ppm, least_s, jitter_s, seed):
    sky = Sky(ppm=ppm, least_s=least_s, most_s=least_s + jitter_s, seed=seed)
    sky.run(120)
    found = sky.clocks.estimate(sky.now())
    # Three standard errors of the drift, over the whole time: the line isn't surer than its slope.
    slack_s = 3e-6 * (found.boot.drift_error_ppm or 0.0) * 120
    assert abs(found.boot_zero_s - sky.zero_s) <= found.boot.uncertainty_s + slack_s
    assert sky.clocks.jumps == 0


def test_nothing_is_told_before_anything_was_heard():
    sky = Sky()
    assert sky.clocks.estimate(sky.now()) is None
    assert sky.clocks.samples == 0


def test_drift_is_not_told_of_a_short_time():
    sky = Sky(ppm=50)
    sky.run(SHORTEST_DRIFT_S - SPAN_S)
    found = sky.clocks.estimate(sky.now())
    assert found.boot.drift_ppm is None
    assert abs(found.boot_zero_s - sky.zero_s) <= found.boot.uncertainty_s


def test_a_vehicle_that_is_only_overheard_is_late_by_the_way_and_said_to_be():
    sky = Sky(ppm=20)
    sky.run(600, answers=False)
    found = sky.clocks.estimate(sky.now())
    assert found.boot.uncertainty_s is None
    assert found.gps.uncertainty_s is None
    assert 0.0 < found.boot_zero_s - sky.zero_s <= sky.most_s
    assert found.boot.drift_ppm == pytest.approx(20, abs=60)
    assert found.gps_ahead_s == pytest.approx(GPS_S, abs=sky.most_s)


def test_one_that_answers_no_more_is_told_by_what_is_overheard():
    sky = Sky()
    sky.run(100)
    sky.run(100, answers=False)
    assert sky.clocks.estimate(sky.now()).boot.uncertainty_s is None


def test_a_vehicle_without_gps_time_has_no_gps_reading():
    sky = Sky()
    sky.gps_s = -NOON.timestamp()  # counts from its start
    sky.run(100)
    found = sky.clocks.estimate(sky.now())
    assert (found.gps_ahead_s, found.gps) == (None, None)
    assert sky.clocks.jumps == 0


def test_a_restart_begins_anew_and_is_counted():
    sky = Sky()
    sky.run(300)
    sky.begun_s = sky.now_s + 1.5
    sky.clocks.restarted()  # its position's clock told it, before anything else
    sky.now_s += 3
    sky.run(60)
    found = sky.clocks.estimate(sky.now())
    assert abs(found.boot_zero_s - sky.zero_s) <= found.boot.uncertainty_s
    assert (sky.clocks.jumps, sky.clocks.restarts) == (1, 1)


def test_a_restart_that_its_clock_tells_first_is_counted_once():
    sky = Sky()
    sky.run(300)
    sky.begun_s = sky.now_s + 1.5
    sky.now_s += 3
    sky.run(2)
    sky.clocks.restarted()
    sky.run(60)
    assert (sky.clocks.jumps, sky.clocks.restarts) == (1, 1)
    assert sky.clocks.jump_s < -300


@pytest.mark.parametrize("answers", [True, False])
def test_a_boot_clock_that_is_set_is_a_jump(answers):
    sky = Sky()
    sky.run(200, answers=answers)
    sky.begun_s -= 40.0  # ahead
    sky.run(40, answers=answers)
    assert (sky.clocks.jumps, sky.clocks.restarts) == (1, 0)
    assert sky.clocks.jump_s == pytest.approx(40, abs=0.1)
    found = sky.clocks.estimate(sky.now())
    assert found.boot_zero_s == pytest.approx(sky.zero_s, abs=0.05)


def test_gps_time_that_is_set_is_a_jump_of_gps_time_alone():
    sky = Sky()
    sky.run(200)
    sky.gps_s = -1.7
    sky.run(100)
    assert (sky.clocks.jumps, sky.clocks.restarts) == (1, 0)
    assert sky.clocks.jump_s == pytest.approx(-2.0, abs=0.01)
    found = sky.clocks.estimate(sky.now())
    assert found.gps_ahead_s == pytest.approx(-1.7, abs=found.gps.uncertainty_s)
    assert found.boot.samples == 150


def test_packets_that_a_link_held_back_are_no_jump():
    sky = Sky()
    sky.run(100, answers=False)
    held_s = sky.boot_s(sky.now_s)
    sky.clocks.told(sky.now_s + 9.0, held_s, 0.0)
    sky.now_s += 10
    sky.run(100, answers=False)
    assert sky.clocks.jumps == 0


def test_our_own_clock_being_set_moves_no_estimate_of_its_clock():
    sky = Sky()
    sky.run(200)
    before = sky.clocks.estimate(sky.now())
    later = Now(sky.now_s, of_unix_us(round((sky.now().utc.timestamp() + 5.0) * 1e6)))
    after = sky.clocks.estimate(later)
    assert after.boot == before.boot
    assert after.gps_ahead_s == pytest.approx(before.gps_ahead_s - 5.0, abs=1e-5)
    assert sky.clocks.jumps == 0


def test_what_is_kept_is_bounded():
    sky = Sky()
    sky.run(3 * SPANS * SPAN_S)
    assert len(sky.clocks._asked._best) == SPANS


@given(st.lists(st.tuples(st.booleans(), st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**64 - 1)), max_size=30))
def test_no_message_breaks_it(told):
    clocks = VehicleClocks()
    for number, (answers, one, other) in enumerate(told):
        if answers:
            clocks.answered(float(number), one * 1e-9, 0.01)
        else:
            clocks.told(float(number), (one % 2**32) * 1e-3, other * 1e-6)
    found = clocks.estimate(Now(40.0, NOON))
    assert (found is None) is (not told)
    if found is not None:
        of_unix_us(round(found.boot_zero_s * 1e6))


def told_in(frames) -> list[tuple[float, SystemTime]]:
    messages = ((at_s, decode_frame(frame)) for at_s, frame in frames)
    return [(at_s, message) for at_s, message in messages if isinstance(message, SystemTime)]


TOLD = {name: told for name, frames in captured().items() if (told := told_in(frames))}


@pytest.mark.parametrize("name", sorted(TOLD))
def test_a_real_autopilots_clock_is_followed_through_each_capture(name):
    """SITL beside the recorder, in steps of its simulation: its clock follows the machine's, with the machine's load."""
    clocks = VehicleClocks()
    for at_s, message in TOLD[name]:
        clocks.told(at_s, message.time_boot_ms * 1e-3, message.time_unix_usec * 1e-6)
    found = clocks.estimate(Now(at_s, of_unix_us(round(at_s * 1e6))))
    assert clocks.jumps == 0
    assert found.boot.samples >= len(TOLD[name]) / 2 - 1
    assert at_s - message.time_boot_ms * 1e-3 == pytest.approx(found.boot_zero_s, abs=0.2)


def test_most_captures_tell_the_time():
    assert len(TOLD) == 11
