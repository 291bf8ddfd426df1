"""What people decide about enforcement beside single commands: recorded first, sent after."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rangeops.domain.audit import Actor
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder
from rangeops.domain.errors import Invalid
from rangeops.domain.now import Now
from rangeops.domain.orders import Orders
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.sectors import WHOLE_RANGE, Flier, Sector, members, sector_named
from rangeops.domain.telemetry import POSITION_STALE_S, Sysid
from rangeops.domain.text import reason_given
from rangeops.services.changes import RANGE, Changes, slot_subject, vehicle
from rangeops.wire.enforcement import EpisodeAsk, SectorMember, SectorRequest, SectorView
from rangeops.wire.picture import RangePicture, VehicleView

_HOW: Final = {kind.value: kind for kind in (CommandKind.HOLD, CommandKind.RTL)}
_SAYS: Final = {
    EpisodeAsk.INHIBIT: "asks to hold back what the range would send",
    EpisodeAsk.LET_FLY: "leaves to its pilot",
}


@dataclass(frozen=True, slots=True)
class SectorAct:
    """One clearing as it was recorded: its commands, in the order in which they are sent."""

    id: str
    kind: CommandKind
    reason: str
    view: SectorView
    orders: tuple[CommandOrder, ...]


class EnforcingDesk:
    def __init__(self, changes: Changes, definition: RangeDefinition) -> None:
        self._changes = changes
        self._definition = definition

    def asked(self, sysid: Sysid, ask: EpisodeAsk, reason: str, now: Now, actor: Actor) -> str:
        """Record what somebody asks of the watch; his reason, made safe. Raises Forbidden, Invalid."""
        where = f"vehicle {sysid}"
        require(actor, Act.COMMAND, where=where)
        given = reason_given(reason, where=where)
        with self._changes.begin(now, actor) as change:
            callsign, about = _whose(change.work.orders.latest(), sysid)
            says = f"{actor.name} {_SAYS[ask]} {callsign}: {given}"
            body = {"sysid": sysid, "ask": ask, "reason": given}
            change.record(f"automation.{ask.value}", vehicle(sysid), says, body, about=about)
        return given

    def refused(self, sysid: Sysid, ask: EpisodeAsk, why: str, now: Now, actor: Actor) -> None:
        """Record that the watch said no. Raises Forbidden."""
        require(actor, Act.COMMAND, where=f"vehicle {sysid}")
        with self._changes.begin(now, actor) as change:
            callsign, about = _whose(change.work.orders.latest(), sysid)
            says = f"{callsign}: {ask.value} was refused: {why}"
            change.record(f"automation.{ask.value}-refused", vehicle(sysid), says, {"why": why}, about=about)

    def sector(self, name: str, picture: RangePicture) -> SectorView:
        """Whom clearing it would reach now. Raises NotFound."""
        with self._changes.store.read() as work:
            return self._view(sector_named(name, self._definition.sectors), picture, work.orders.latest())

    def sectors(self) -> tuple[str, ...]:
        return (*(sector.name for sector in self._definition.sectors), WHOLE_RANGE)

    def clear_sector(
        self, name: str, request: SectorRequest, picture: RangePicture, now: Now, actor: Actor
    ) -> SectorAct:
        """One act, with its commands, now that it is in the record. Raises Forbidden, NotFound, Invalid."""
        where = f"sector {name:.40}"
        require(actor, Act.COMMAND, where=where)
        sector = sector_named(name, self._definition.sectors)
        kind = _HOW.get(request.how)
        if kind is None:
            raise Invalid("it is cleared by hold or by rtl", where=where, do="Choose one of the two.")
        if " ".join(request.typed.upper().split()) != sector.name:
            raise Invalid("the sector's name was not typed with it", where=where, do=f"Type {sector.name} to confirm.")
        reason = reason_given(request.reason, where=where)
        with self._changes.begin(now, actor) as change:
            latest = change.work.orders.latest()
            view = self._view(sector, picture, latest)
            head = change.work.record.head()
            act = f"A{1 if head is None else head.seq + 1}"  # the entry that records it
            why = f"clear sector {sector.name}: {reason}"
            orders = tuple(
                CommandOrder(CommandId(f"{act}-{number}"), member.sysid, kind, actor.name, why, act=act)
                for number, member in enumerate(view.members, start=1)
            )
            told = ", ".join(member.callsign for member in view.members) or "nobody is in it"
            says = f"{actor.name} clears sector {sector.name} by {kind.value} ({act}): {reason}; {told}"
            body = {"sector": sector.name, "how": kind, "reason": reason, "members": view.members, "orders": orders}
            about = [RANGE, *(subject for order in orders for subject in _whose(latest, order.sysid)[1])]
            change.record("sector.clear", f"sector:{sector.name}", says, body, about=dict.fromkeys(about))
        return SectorAct(act, kind, reason, view, orders)

    def _view(self, sector: Sector, picture: RangePicture, orders: Orders | None) -> SectorView:
        frame, by_sysid = self._definition.frame, {view.sysid: view for view in picture.vehicles}
        crewed = [
            (*frame.to_site(other.latitude_deg, other.longitude_deg), other.altitude_amsl_m)
            for other in picture.traffic
            if other.kind == "crewed" and not other.on_ground and not other.stale
        ]
        found = members(sector, self._fliers(picture.vehicles, orders), crewed, frame)
        return SectorView(
            sector.name,
            tuple(
                SectorMember(
                    member.sysid, _name(by_sysid[member.sysid]), by_sysid[member.sysid].contact, member.why,
                    member.distance_m,
                )
                for member in found
            ),
            self._definition.contacts,
        )  # fmt: skip

    def _fliers(self, vehicles: Sequence[VehicleView], orders: Orders | None) -> Iterable[Flier]:
        volumes = {order.sysid: order.volumes.contingency for order in (orders.vehicles if orders else ())}
        for view in vehicles:
            late = view.position_age_s is None or view.position_age_s > POSITION_STALE_S
            place = None
            if view.latitude_deg is not None and view.longitude_deg is not None and view.trusted and not late:
                place = self._definition.frame.to_site(view.latitude_deg, view.longitude_deg)
            altitude_m = view.altitude_amsl_m if place is not None else None
            yield Flier(view.sysid, view.armed, place, altitude_m, volumes.get(view.sysid))


def _name(view: VehicleView) -> str:
    return view.callsign or f"#{view.sysid}"


def _whose(orders: Orders | None, sysid: Sysid) -> tuple[str, list[str]]:
    for order in orders.vehicles if orders else ():
        if order.sysid == sysid:
            return order.callsign, [vehicle(sysid), slot_subject(order.slot)]
    return f"sysid {sysid}", [vehicle(sysid)]
