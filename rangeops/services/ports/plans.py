"""What reads, checks, mends and compares the plans that companies hand in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from rangeops.domain.aircraft import Airframe
from rangeops.domain.volumes import Volume, VolumeId
from rangeops.wire.api import PlanCheck, PlanPoint


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan as it was handed in, and what it is to be checked against.

    minutes: of its slot: only the zones that hold in them count, and the rules about time are asked; None: every zone
    counts, whenever it holds, and nothing about time is asked.
    drawn: the flight geography, where `volume` is only the name of what a slot's company drew.
    """

    content: bytes
    file_name: str
    volume: VolumeId
    airframe: Airframe
    minutes: tuple[datetime, datetime] | None = None
    drawn: Volume | None = None


@dataclass(frozen=True, slots=True)
class CheckedPlan:
    """verdict: "passed", "refused" or "cannot check"."""

    verdict: str
    checks: tuple[PlanCheck, ...]
    path: tuple[PlanPoint, ...]


@dataclass(frozen=True, slots=True)
class MendedPlan:
    """The file with every fix that the checker knows, in its own format, and its verdict.

    changes: one line each, with the rules that asked for it; none: nothing could be mended. lost: what the format has no
    place for.
    """

    content: bytes
    changes: tuple[str, ...]
    lost: tuple[str, ...]
    checked: CheckedPlan


@dataclass(frozen=True, slots=True)
class ComparedPlans:
    """Two files, each by its name and content."""

    before: tuple[str, bytes]
    after: tuple[str, bytes]


PlanChecker = Callable[[PlanFile], CheckedPlan]
"""Decides on a plan. Raises Invalid for a file that is no plan at all."""


PlanMender = Callable[[PlanFile], MendedPlan]
"""Mends a plan. Raises Invalid, also for a format that can't be written."""


PlanComparer = Callable[[ComparedPlans], str]
"""What differs between two plans, as a unified diff of their items; "" where nothing does. Raises Invalid."""
