"""Clearance: what must be there before the range gives its word to fly, and who can supply what is missing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rangeops.domain.missing import Missing
from rangeops.domain.now import Now
from rangeops.domain.slots import Slot, SlotId, SlotState

CLEARABLE: Final = frozenset([SlotState.BRIEFED, SlotState.ACTIVE])  # ACTIVE: after a withdrawal


@dataclass(frozen=True, slots=True)
class Clearance:
    """What is stored of one slot's clearance.

    fence_sha256: of the compiled fence that this slot's vehicle gave back equal; None: none, or not since a reboot.
    rtl_altitude_m: above home, given when the slot was briefed; separated from its neighbours'.
    agreed_by, agreed_sha256: who agreed by word to which diff of what is written to the vehicle.
    zones_sha256: of the zones under which it was cleared last.
    """

    slot: SlotId
    cleared: bool = False
    by: str = ""
    changed_utc: datetime | None = None
    fence_sha256: str | None = None
    fence_detail: str = "no read-back yet"
    rtl_altitude_m: float | None = None
    agreed_by: str = ""
    agreed_sha256: str = ""
    zones_sha256: str = ""


@dataclass(frozen=True, slots=True)
class LiveFacts:
    """What the watch says of the vehicle just now."""

    trusted: bool
    uplink_ok: bool
    armed: bool


def missing(
    slot: Slot, clearance: Clearance, *, plan_verdict: str | None, live: LiveFacts | None, now: Now
) -> tuple[Missing, ...]:
    """Everything that stands between the slot and its clearance; empty: it may be given.

    plan_verdict: of the slot's plan, None without one. live: None where no watch hears the vehicle.
    """
    found: list[Missing] = []
    if slot.state not in CLEARABLE:
        found.append(Missing(f"the slot is {slot.state.value}, it must be briefed", "range safety officer"))
    if now.utc < slot.starts:
        found.append(Missing(f"the slot starts at {slot.starts:%H:%M:%S} UTC", "wait"))
    if now.utc >= slot.ends:
        found.append(Missing(f"the slot ended at {slot.ends:%H:%M:%S} UTC", f"{slot.company}: book another slot"))
    if slot.plan is None:
        found.append(Missing("no plan was handed in for it", slot.company))
    elif plan_verdict != "passed":
        found.append(Missing(f"plan {slot.plan} is {plan_verdict or 'not known'}", slot.company))
    if clearance.fence_sha256 is None:
        agreed = slot.consent or clearance.agreed_sha256
        first = "" if agreed else f"{slot.company}: agree to what is written (rangeops slot agree {slot.id}); "
        what = f"the fence on board is not verified: {clearance.fence_detail}"
        found.append(Missing(what, f"{first}operator: load fence"))
    found.extend(_missing_live(slot, live))
    return tuple(found)


def _missing_live(slot: Slot, live: LiveFacts | None) -> list[Missing]:
    if live is None:
        return [Missing(f"{slot.callsign} is not heard", f"{slot.company}: power on; operator: check the link")]
    found = []
    if not live.trusted:
        found.append(Missing(f"{slot.callsign}'s position can't be trusted yet", f"{slot.company}: wait for the EKF"))
    if not live.uplink_ok:
        found.append(Missing(f"{slot.callsign} doesn't answer the range", "operator: check the link"))
    return found
