"""A day of every class on the real processes: with our simulator, and with ArduPilot's own where it is found."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from backends import why_not_real
from class_day_played import Played, played
from proof import Proof

from rangeops.domain.aircraft import VehicleClass

CLASSES = (VehicleClass.COPTER, VehicleClass.PLANE, VehicleClass.ROVER)


def proofs(seed: int) -> Iterator[Proof]:
    backends = {"class_day": False}
    if "RANGEOPS_ARDUPILOT" in os.environ and not any(why_not_real(each) for each in CLASSES):
        backends["class_day_ardupilot"] = True
    for name, ardupilot in backends.items():
        with tempfile.TemporaryDirectory(prefix="rangeops-prove-") as folder:
            yield proof_of(name, played(Path(folder), ardupilot=ardupilot), seed)


def proof_of(name: str, day: Played, seed: int) -> Proof:
    wrong = [*day.unfulfilled, *day.broken, *([] if day.verified else ["the record doesn't verify"])]
    note = f"{day.vehicles} vehicles, {day.took_s:.0f} s, load {day.load:.1f}; " + "; ".join(
        wrong or [f"{what}: {figure}" for what, figure in day.figures.items()]
    )
    return Proof(name, 1, len(wrong), seed, not wrong, note)
