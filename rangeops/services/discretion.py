"""What is the range's or another company's, taken out of what a company's member is shown.

Ids and times stay where they say no more than that something is taken; names, callsigns, people and addresses don't.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from rangeops.domain.absences import absent
from rangeops.domain.alarms import Alarm
from rangeops.domain.audit import Actor
from rangeops.domain.commands import POLICY, CommandProgress
from rangeops.domain.permissions_of_roles import is_member, sees
from rangeops.domain.registers import RegisterKind
from rangeops.domain.slots import Slot
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.redaction import OTHERS, VEHICLE, Secrets, with_hidden
from rangeops.wire.api import ClosureView
from rangeops.wire.board import DayView
from rangeops.wire.picture import RangePicture, VehicleView

Hide = Callable[[str], str]

THE_RANGE: Final = "the range"
TAKEN: Final = "it is taken then"


def hider(work: UnitOfWork, actor: Actor) -> Hide:
    """What takes another company's slot out of a sentence of ours, as "slot S12 (SAXN, 24 Nov 12:00-12:30 UTC)".

    Whatever stands in that place is taken out, known here or not: who asks under an invented name learns nothing of who
    is known.
    """
    known = (entry.id for entry in work.registers.all(RegisterKind.COMPANY) if entry.id != actor.company)
    names = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    theirs = re.compile(rf"slot S\d+ \((?!{re.escape(actor.company)}[,)])(?:(?:{names})(?=[,)])|[^,)]*)")
    return lambda text: theirs.sub(f"a slot ({OTHERS}", text)


def must_see(actor: Actor, company: str, noun: str, identity: str) -> None:
    """For a deed that names a company's thing in its request. Raises NotFound, as for one that doesn't exist."""
    if is_member(actor) and not sees(actor, company):
        raise absent(noun, identity)


def of_slot(slot: Slot, hide: Hide) -> Slot:
    """His own company's. Who of the range stopped its clock, and whose slot freed its time, isn't told."""
    return replace(
        slot,
        reason=hide(slot.reason),
        stops=tuple(replace(stop, by="") for stop in slot.stops),
        offer=None if slot.offer is None else replace(slot.offer, freed_by=""),
    )


def of_closure(view: ClosureView, actor: Actor, hide: Hide) -> ClosureView:
    """What is closed is for everybody; who closed it for which reason, and whom else it concerns, isn't."""
    own = tuple(
        replace(each, why=hide(each.why)) for each in view.concerned if actor.company and each.company == actor.company
    )
    closure = replace(view.closure, by="", reason="", spared=(), title=hide(view.closure.title))
    return replace(view, closure=closure, concerned=own)


def of_day(view: DayView, own: frozenset[str], hide: Hide) -> DayView:
    """own: ids of the company's slots: of others' no conflict is told, and of his own not with whom."""
    conflicts = tuple(
        replace(each, other="" if each.other not in own else each.other, says=_says(each.other, own, hide(each.says)))
        for each in view.conflicts
        if each.slot in own
    )
    closed = tuple(replace(each, title=hide(each.title)) for each in view.closed)
    return replace(view, closed=closed, conflicts=conflicts)


def _says(other: str, own: frozenset[str], text: str) -> str:
    return text if other in own or not other else TAKEN


def of_picture(picture: RangePicture, actor: Actor) -> RangePicture:
    """His own company's vehicles with what stands of them, and whether the range is enforced. No links, no traffic."""
    own = [each for each in picture.vehicles if actor.company and each.company == actor.company]
    numbers = {each.sysid for each in own}
    shown = replace(
        picture,
        vehicles=tuple(map(_vehicle, own)),
        links=(),
        alarms=tuple(_alarm(each) for each in picture.alarms if each.sysid in numbers),
        commands=tuple(_command(each) for each in picture.commands if each.order.sysid in numbers),
        traffic=(),
    )
    names = {each.callsign for each in picture.vehicles} | {each.name for each in picture.traffic}
    others = names - {each.callsign for each in own} - {""}
    hidden: RangePicture = with_hidden(shown, Secrets(dict.fromkeys(others, VEHICLE)).hider())
    return hidden


def _vehicle(view: VehicleView) -> VehicleView:
    inhibit = None if view.inhibit is None else replace(view.inhibit, by=THE_RANGE)
    return replace(view, link="", routes=(), inhibit=inhibit)


def _alarm(alarm: Alarm) -> Alarm:
    removal = None if alarm.removal is None else replace(alarm.removal, by=THE_RANGE)
    return replace(alarm, acked_by=THE_RANGE if alarm.acked_by else alarm.acked_by, notes=(), removal=removal)


def _command(progress: CommandProgress) -> CommandProgress:
    order = progress.order
    by, second = (order.by if order.by == POLICY else THE_RANGE), (THE_RANGE if order.second else "")
    return replace(progress, order=replace(order, by=by, second=second))
