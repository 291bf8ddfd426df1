"""How a vehicle's clocks stand against ours: the one that counts from its start, and the one that GPS has set.

An autopilot's own log tells its times by these. Its boot clock is asked by TIMESYNC: ours in the middle between question and
answer, theirs in the answer, wrong by at most half the round trip. A vehicle that doesn't answer is only overheard
(SYSTEM_TIME.time_boot_ms): then its clock is late by a way that nobody measured. SYSTEM_TIME has GPS time and boot time of
one instant, so between those two no link stands.

Offsets are told with the least error of any sample, drifts by the line through the best sample of each span. A sample that
can't lie on that line begins anew: the clock was set, or it started again. Every time comes as an argument.
Sources: MAVLink time synchronisation; RFC 5905 (the clock filter takes the sample of the shortest round trip).
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from rangeops.domain.now import Now

SPAN_S: Final = 20.0  # one sample counts of each …
SPANS: Final = 60  # … of the last so many: 20 minutes
SHORTEST_DRIFT_S: Final = 60.0  # samples of less time tell no drift
STEP_S: Final = 1e-3  # SYSTEM_TIME counts the boot clock in ms
WORST_PPM: Final = 200.0  # of a crystal, in the cold: a clock within it hasn't jumped
JUMP_S: Final = 0.05  # beyond what the two samples' errors explain
OVERHEARD_JUMP_S: Final = 5.0  # links hold packets back for seconds
STALE_S: Final = 60.0  # without an answer for so long, what is overheard counts
EARLIEST_UNIX_S: Final = 1_420_070_400.0  # 2015: an autopilot that no GPS has told the time says less, or 0
_EVERY_S: Final = 1.0  # SYSTEM_TIME may come as a stream; more of it tells nothing more
_FEWEST: Final = 3


class ClockWhy(Enum):
    """Why the clocks were compared just then."""

    LINKED = "link up"
    PERIODIC = "from time to time"
    JUMPED = "a clock jumped"
    RESTARTED = "the autopilot restarted"
    ENDED = "slot or link over"


@dataclass(frozen=True, slots=True)
class ClockReading:
    """How well a clock is known. uncertainty_s: at most; None: it was only overheard, and is late by the unmeasured way.

    drift_ppm: what it gains on ours, with its standard error; None where it was compared for too short a time. samples: those counted.
    """

    uncertainty_s: float | None
    drift_ppm: float | None
    drift_error_ppm: float | None
    samples: int


class Sample(NamedTuple):
    """offset_s: base - other at that instant of the base clock. error_s: at most."""

    at_s: float
    offset_s: float
    error_s: float


class _Line(NamedTuple):
    """The offset at `at_s`, its uncertainty, and how fast it changes, with that one's standard error (None: not known)."""

    offset_s: float
    uncertainty_s: float
    slope: float | None
    slope_error: float | None


class _Fit:
    """The best samples of the last spans. overheard: the one that came with the least delay is the best."""

    def __init__(self, *, overheard: bool = False) -> None:
        self._overheard = overheard
        self._best: deque[Sample] = deque(maxlen=SPANS)
        self.last: Sample | None = None
        self.samples = 0

    def clear(self) -> None:
        self._best.clear()
        self.last, self.samples = None, 0

    def add(self, sample: Sample) -> None:
        self.last = sample
        self.samples += 1
        best = self._best
        if not best or best[-1].at_s // SPAN_S != sample.at_s // SPAN_S:
            best.append(sample)
        elif self._rank(sample) <= self._rank(best[-1]):
            best[-1] = sample

    def line(self, at_s: float) -> _Line | None:
        if not self._best:
            return None
        slope, slope_error = self._slope()
        per_s = WORST_PPM * 1e-6 if slope_error is None else slope_error
        found = [
            (each.error_s + per_s * abs(at_s - each.at_s), each.offset_s + (slope or 0.0) * (at_s - each.at_s))
            for each in self._best
        ]
        uncertainty_s, offset_s = found[-1] if self._overheard else min(found)
        return _Line(offset_s, uncertainty_s + STEP_S, slope, slope_error)

    def _rank(self, sample: Sample) -> float:
        return sample.offset_s if self._overheard else sample.error_s

    def _slope(self) -> tuple[float, float] | tuple[None, None]:
        """By least squares, each sample weighted by its error; samples that are strewn wider than theirs make it less sure."""
        best = self._best
        if len(best) < _FEWEST or best[-1].at_s - best[0].at_s < SHORTEST_DRIFT_S:
            return None, None
        weights = [(each.error_s + STEP_S) ** -2 for each in best]
        whole = sum(weights)
        mean_s = sum(w * each.at_s for w, each in zip(weights, best, strict=True)) / whole
        offset_s = sum(w * each.offset_s for w, each in zip(weights, best, strict=True)) / whole
        spread = sum(w * (each.at_s - mean_s) ** 2 for w, each in zip(weights, best, strict=True))
        together = sum(
            w * (each.at_s - mean_s) * (each.offset_s - offset_s) for w, each in zip(weights, best, strict=True)
        )
        slope = together / spread
        strewn = sum(
            w * (each.offset_s - offset_s - slope * (each.at_s - mean_s)) ** 2
            for w, each in zip(weights, best, strict=True)
        ) / (len(best) - 2)
        return slope, (max(strewn, 1.0) / spread) ** 0.5


@dataclass(frozen=True, slots=True)
class ClockEstimate:
    """How both clocks stand just now.

    boot_zero_s: our Unix time at which its boot clock, as it goes now, was 0: add it to a boot time of about now.
    gps_ahead_s: its GPS time minus ours; None where it told none.
    """

    boot_zero_s: float
    boot: ClockReading
    gps_ahead_s: float | None
    gps: ClockReading | None


class VehicleClocks:
    """Of one vehicle. jumps: since it is known, restarts too; jump_s: how far it went with the last, ahead is positive."""

    def __init__(self) -> None:
        self._asked = _Fit()
        self._overheard = _Fit(overheard=True)
        self._gps = _Fit()
        self._theirs_s = 0.0  # its boot clock, as it was told last
        self._told_s = float("-inf")
        self._apart = 0  # overheard samples in sequence that are off by the same jump
        self.jumps = self.restarts = 0
        self.jump_s = 0.0

    @property
    def samples(self) -> int:
        """Of the boot clock, since it is followed without a jump."""
        return max(self._asked.samples, self._overheard.samples)

    def restarted(self) -> None:
        """It is known from elsewhere that its boot clock began anew; what is followed already since then stays."""
        if self._theirs_s > 0.0 and not self._fresh_start():
            self._begin_anew(restarted=True)

    def answered(self, at_s: float, boot_s: float, round_trip_s: float) -> None:
        """Its answer to TIMESYNC came at `at_s` of our monotonic clock, and says boot_s."""
        error_s = round_trip_s / 2
        sample = Sample(at_s, at_s - error_s - boot_s, error_s)
        last = self._asked.last
        if last is not None:
            jump_s = last.offset_s - sample.offset_s
            explained_s = last.error_s + error_s + JUMP_S + WORST_PPM * 1e-6 * abs(at_s - last.at_s)
            if abs(jump_s) > explained_s:
                self._jumped(jump_s, boot_s)
        self._theirs_s = boot_s
        self._asked.add(sample)

    def told(self, at_s: float, boot_s: float, unix_s: float) -> None:
        """SYSTEM_TIME, heard at `at_s`. unix_s: 0 where no GPS has told it the time."""
        if 0.0 <= at_s - self._told_s < _EVERY_S:
            return
        self._told_s = at_s
        sample = Sample(at_s, at_s - boot_s, 0.0)
        if (last := self._overheard.last) is not None:
            self._hold_overheard(last, sample, boot_s)
        if not self._apart:
            self._theirs_s = boot_s
            self._overheard.add(sample)
            if unix_s >= EARLIEST_UNIX_S:
                self._take_gps(boot_s, unix_s)

    def estimate(self, now: Now) -> ClockEstimate | None:
        """As far as it was told; None before its boot clock was."""
        asked = self._asked.last is not None and now.monotonic_s - self._asked.last.at_s <= STALE_S
        fit = self._asked if asked else self._overheard
        if (line := fit.line(now.monotonic_s)) is None:
            return None
        unix_s = now.utc.timestamp()
        uncertainty_s = line.uncertainty_s if asked else None
        boot = _reading(uncertainty_s, line, fit.samples)
        boot_now_s = now.monotonic_s - line.offset_s
        against_boot = self._gps.line(boot_now_s)
        if against_boot is None:
            return ClockEstimate(unix_s - boot_now_s, boot, None, None)
        ahead_s = boot_now_s - against_boot.offset_s - unix_s
        gps = _reading(
            None if uncertainty_s is None else uncertainty_s + against_boot.uncertainty_s,
            _together(line, against_boot),
            self._gps.samples,
        )
        return ClockEstimate(unix_s - boot_now_s, boot, ahead_s, gps)

    def _take_gps(self, boot_s: float, unix_s: float) -> None:
        sample = Sample(boot_s, boot_s - unix_s, 0.0)
        if (last := self._gps.last) is not None:
            jump_s = last.offset_s - sample.offset_s
            if abs(jump_s) > JUMP_S + WORST_PPM * 1e-6 * abs(boot_s - last.at_s):
                self._gps.clear()
                self.jumps += 1
                self.jump_s = jump_s
        self._gps.add(sample)

    def _hold_overheard(self, last: Sample, sample: Sample, boot_s: float) -> None:
        """One packet that is late is no jump: only several that are off the same way are, or a clock that went back."""
        jump_s = last.offset_s - sample.offset_s
        if abs(jump_s) <= OVERHEARD_JUMP_S:
            self._apart = 0
            return
        self._apart += 1
        if boot_s < self._theirs_s - OVERHEARD_JUMP_S or self._apart >= _FEWEST:
            self._jumped(jump_s, boot_s)

    def _jumped(self, jump_s: float, boot_s: float) -> None:
        self._begin_anew(restarted=boot_s < self._theirs_s)
        self.jump_s = jump_s

    def _begin_anew(self, *, restarted: bool) -> None:
        self.jumps += 1
        self.restarts += restarted
        self._apart = 0
        self._theirs_s = 0.0
        self._told_s = float("-inf")
        for fit in (self._asked, self._overheard, self._gps):
            fit.clear()

    def _fresh_start(self) -> bool:
        """The restart that is told of was seen by its clock already."""
        return self.restarts > 0 and self._asked.samples + self._overheard.samples <= _FEWEST


def _reading(uncertainty_s: float | None, line: _Line, samples: int) -> ClockReading:
    if line.slope is None or line.slope_error is None:
        return ClockReading(uncertainty_s, None, None, samples)
    return ClockReading(uncertainty_s, -1e6 * line.slope, 1e6 * line.slope_error, samples)


def _together(boot: _Line, gps: _Line) -> _Line:
    """What GPS time gains on ours: what it gains on the boot clock, and that one on ours."""
    if boot.slope is None or gps.slope is None or boot.slope_error is None or gps.slope_error is None:
        return _Line(0.0, 0.0, None, None)
    error = (boot.slope_error**2 + gps.slope_error**2) ** 0.5
    return _Line(0.0, 0.0, boot.slope + gps.slope, error)
