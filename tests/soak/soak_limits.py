"""What a soak's figures must be: no process grows, no alarm is dropped, nothing gets later, the journal is drained."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

MEMORY_GROWTH = 0.05  # after warm-up
WARM_UP, WARM_UP_S = 0.25, 630.0  # of the time; or until the screens are full of the ten minutes that they keep, …
LONG_S = 1000.0  # … where it lasts long enough for that
FEW_BYTES = 2 * 1024 * 1024  # a growth of less is noise, whatever share it is
LATER_SHARE, LATER_S = 1.5, 0.05  # the last quarter's median against the first's after warm-up
FEW_SAMPLES = 8  # fewer than that say nothing of growth


@dataclass(frozen=True)
class Sample:
    at_s: float
    rss_bytes: int
    files: int


@dataclass(frozen=True)
class Held:
    """One line of the table."""

    what: str
    value: str
    limit: str
    holds: bool


@dataclass(frozen=True)
class Alarms:
    """By "condition source": how often each was provoked, and what became of it."""

    provoked: Mapping[str, int]
    recorded: Mapping[str, int]
    delivered: Mapping[str, int]


def quarters(values: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """Medians of the first and the last quarter of what came after the warm-up; None for too few."""
    if not values:
        return None
    ends_s = values[-1][0]
    begins_s = WARM_UP_S if ends_s >= LONG_S else ends_s * WARM_UP
    warm = [value for at_s, value in values if at_s >= begins_s]
    if len(warm) < FEW_SAMPLES:
        return None
    part = max(1, len(warm) // 4)
    return median(warm[:part]), median(warm[-part:])


def memory(name: str, samples: Sequence[Sample]) -> Held:
    found = quarters([(sample.at_s, float(sample.rss_bytes)) for sample in samples])
    limit = f"<= {MEMORY_GROWTH:.0%}"
    if found is None:
        return Held(f"memory of the {name}", "too short to say", limit, holds=True)
    first, last = found
    growth = (last - first) / first
    holds = growth <= MEMORY_GROWTH or last - first <= FEW_BYTES
    return Held(f"memory of the {name}", f"{first / 1e6:.1f} to {last / 1e6:.1f} MB, {growth:+.1%}", limit, holds)


def files(name: str, samples: Sequence[Sample]) -> Held:
    found = quarters([(sample.at_s, float(sample.files)) for sample in samples])
    if found is None:
        return Held(f"open files of the {name}", "too short to say", "flat", holds=True)
    first, last = found
    return Held(f"open files of the {name}", f"{first:.0f} to {last:.0f}", "flat", last <= first + 2)


def latency(name: str, values: Sequence[tuple[float, float]]) -> Held:
    """values: (when, how late), in seconds."""
    found = quarters(values)
    limit = f"<= {LATER_SHARE:g} x + {LATER_S * 1000:.0f} ms"
    if found is None:
        return Held(name, "too short to say", limit, holds=True)
    first, last = found
    return Held(name, f"{first * 1000:.0f} to {last * 1000:.0f} ms", limit, last <= first * LATER_SHARE + LATER_S)


def alarms(counted: Alarms) -> tuple[Held, ...]:
    """None that was provoked is missing in the record, and the feed had just what the record has.

    More than was provoked may be there: on a machine without time a vehicle is silent by itself. That is told.
    """
    provoked = sum(counted.provoked.values())
    missing = {key: count for key, count in counted.provoked.items() if counted.recorded.get(key, 0) < count}
    own = (
        sum(counted.recorded.values())
        - provoked
        + sum(count - counted.recorded.get(key, 0) for key, count in missing.items())
    )
    more = f", and {own} that nobody provoked" if own else ""
    return (
        Held(
            "alarms recorded",
            f"{sum(counted.recorded.values()) - own}{more}{_examples(counted.provoked, counted.recorded, missing)}",
            f"each of {provoked}",
            not missing,
        ),
        Held(
            "alarms delivered to the feed",
            f"{sum(counted.delivered.values())}{_examples(counted.recorded, counted.delivered, _differing(counted))}",
            "each that is recorded, once",
            counted.delivered == counted.recorded,
        ),
    )


def _differing(counted: Alarms) -> list[str]:
    keys = counted.recorded.keys() | counted.delivered.keys()
    return [key for key in keys if counted.recorded.get(key, 0) != counted.delivered.get(key, 0)]


def _examples(wanted: Mapping[str, int], found: Mapping[str, int], wrong: Collection[str]) -> str:
    told = ", ".join(f"{key} {found.get(key, 0)} of {wanted.get(key, 0)}" for key in sorted(wrong)[:5])
    return f"; wrong: {told}" if told else ""
