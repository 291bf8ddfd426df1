"""What a vehicle had on board before the range wrote to it, kept until it is put back."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from rangeops.domain.errors import Refused
from rangeops.domain.telemetry import Sysid

FENCE_ENABLE: Final = "FENCE_ENABLE"
_SHAPES: Final = {  # MAV_CMD_NAV_FENCE_…
    5000: "return point",
    5001: "inclusion vertex",
    5002: "exclusion vertex",
    5003: "inclusion circle",
    5004: "exclusion circle",
}


@dataclass(frozen=True, slots=True)
class FenceItem:
    """One fence item as a vehicle stores it: x and y in degE7. ArduPilot keeps neither frame nor altitude."""

    command: int
    param1: float
    x: int
    y: int

    def __str__(self) -> str:
        return (
            f"{_SHAPES.get(self.command, str(self.command))} {self.param1:g} at {self.x / 1e7:.7f} {self.y / 1e7:.7f}"
        )


@dataclass(frozen=True, slots=True)
class OnBoard:
    """A vehicle's fence and the parameters that the range sets, by the names that this firmware has."""

    items: tuple[FenceItem, ...]
    parameters: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """One vehicle's own things. slot: whose fence was loaded first; last_slot: and last. after: what the range wrote last.

    uid2: hex of AUTOPILOT_VERSION's, "" where it has none; then the company tells whose vehicle it is.
    agreed: who agreed to the writing, and how; diff_sha256: to which diff (writes.WriteDiff).
    """

    sysid: Sysid
    slot: str
    company: str
    uid2: str
    utc: datetime
    before: OnBoard
    after: OnBoard
    agreed: str = ""
    diff_sha256: str = ""
    last_slot: str = ""

    def is_of(self, sysid: Sysid, uid2: str, company: str) -> bool:
        """Whether it is this vehicle's. Without a uid2 on either side only a company's name can say so."""
        if sysid != self.sysid:
            return False
        return uid2 == self.uid2 if uid2 and self.uid2 else company == self.company

    def loaded_again(self, later: "Kept") -> "Kept":
        """The same vehicle before it was restored: what it had first counts, what was written last is on board."""
        known = dict(self.before.parameters)
        more = tuple(pair for pair in later.before.parameters if pair[0] not in known)
        return replace(
            self,
            before=replace(self.before, parameters=(*self.before.parameters, *more)),
            after=later.after,
            agreed=later.agreed,
            diff_sha256=later.diff_sha256,
            last_slot=later.last_slot,
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the range changed: what the vehicle had, and what the range wrote."""

    what: str
    before: str
    after: str


def differences(before: OnBoard, after: OnBoard) -> Iterator[Difference]:
    """The diff that is shown before anything is put back."""
    for index in range(max(len(before.items), len(after.items))):
        had, has = _item(before.items, index), _item(after.items, index)
        if had != has:
            yield Difference(f"fence item {index}", had, has)
    written = dict(after.parameters)
    for name, value in before.parameters:
        if name in written and written[name] != value:
            yield Difference(name, f"{value:g}", f"{written[name]:g}")


def kept_of(kept: Iterable[Kept], sysid: Sysid, uid2: str, company: str | None) -> Kept:
    """What is to be put back on this vehicle. company None: its slot is over, and nobody has it now. Raises Refused."""
    theirs = [one for one in kept if one.sysid == sysid]
    if not theirs:
        raise Refused(
            "nothing of it is kept: the range wrote nothing, or has put it back",
            where=f"vehicle {sysid}",
            do="Nothing needs to be done.",
        )
    for one in reversed(theirs):
        if one.is_of(sysid, uid2, one.company if company is None else company):
            return one
    raise Refused(
        "what is kept under this sysid is another autopilot's",
        where=f"vehicle {sysid}",
        do=f"Connect the vehicle that flew in slot {theirs[-1].slot}.",
    )


def _item(items: tuple[FenceItem, ...], index: int) -> str:
    return str(items[index]) if index < len(items) else "none"
