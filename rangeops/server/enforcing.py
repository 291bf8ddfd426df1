"""Enforcement as people steer it, between the desk that records and the watches that do: inhibits, sectors, ways home."""

from dataclasses import replace
from typing import Final

from rangeops.domain.commands import CommandOrder, CommandProgress, not_sent
from rangeops.domain.errors import Conflict, Invalid, Refused
from rangeops.domain.telemetry import Sysid
from rangeops.server.operations import Operations
from rangeops.wire.enforcement import (
    ActOrdered,
    EpisodeAsk,
    EpisodeAsked,
    ReasonRequest,
    SectorCleared,
    SectorRequest,
    SectorView,
    WayHomeView,
)
from rangeops.wire.questions import About, Question

ANSWER_S: Final = 2.0  # the watch answers from what it has; later, the moment has passed


async def ask(ops: Operations, sysid: int, what: EpisodeAsk, request: ReasonRequest) -> None:
    """Hold automation back, or leave a vehicle to its pilot. Raises Forbidden, Invalid, Refused, Unavailable."""
    vehicle, now = _checked(sysid), ops.clock()
    desk = ops.services.enforcing
    reason = await ops.run(desk.asked, vehicle, what, request.reason, now, ops.user)
    answer = await ops.put(vehicle, lambda number: EpisodeAsked(number, vehicle, what, ops.user.name, reason), ANSWER_S)
    if answer.failure:
        await ops.run(desk.refused, vehicle, what, answer.failure, ops.clock(), ops.user)
        raise Refused(answer.failure, where=f"vehicle {sysid}", do="Hold, RTL and LAND can always be ordered.")


async def way_home(ops: Operations, sysid: int) -> WayHomeView:
    """By the watch, with the check that automation makes. Raises Invalid, Unavailable, Conflict."""
    vehicle = _checked(sysid)
    answer = await ops.put(vehicle, lambda number: Question(number, vehicle, About.WAY_HOME), ANSWER_S)
    if answer.way_home is None:
        raise Conflict(answer.failure or "it wasn't told", where=f"vehicle {sysid}", do="Look at the vehicle itself.")
    return answer.way_home


async def sector(ops: Operations, name: str) -> SectorView:
    """Whom clearing it would reach now. Raises NotFound."""
    return await ops.run(ops.services.enforcing.sector, name, ops.live.picture(ops.clock()))


async def clear_sector(ops: Operations, name: str, request: SectorRequest) -> SectorCleared:
    """One act: recorded, then sent to every watch that commands one of its vehicles, all that it has at once.

    Who can't be reached is refused in the answer, to be called. Raises Forbidden, NotFound, Invalid.
    """
    now = ops.clock()
    until_s = {watch: ops.until_s(watch) for watch in ops.live.watches}
    act = await ops.run(ops.services.enforcing.clear_sector, name, request, ops.live.picture(now), now, ops.user)
    by_watch: dict[str, list[CommandOrder]] = {}
    for order in act.orders:
        watch, lease = await ops.run(ops.commander, order.sysid)
        by_watch.setdefault(watch, []).append(replace(order, lease=lease, not_after_s=until_s.get(watch)))
    progress: dict[str, CommandProgress] = {}
    for watch, orders in by_watch.items():
        sent = ops.live.enforcing(now, watch) and ops.act(ActOrdered(act.id, tuple(orders)), watch)
        for order in orders:
            progress[order.id] = ops.live.queued(order, now) if sent else not_sent(order, f"watch {watch} isn't heard")
    unsent = [each.order.sysid for each in progress.values() if each.refused_by_range]
    if unsent:
        says = f"{act.id}: NOT sent to {', '.join(map(str, unsent))}: no watch commands them now; call their pilots"
        await ops.run(ops.services.commands.noted, "sector.unsent", says, ops.clock(), ops.user)
    return SectorCleared(
        id=act.id,
        sector=act.view.name,
        how=act.kind.value,
        by=ops.user.name,
        reason=act.reason,
        at_utc=now.utc,
        members=act.view.members,
        commands=tuple(progress[order.id] for order in act.orders),
        contacts=act.view.contacts,
    )


def _checked(sysid: int) -> Sysid:
    if not 1 <= sysid <= 255:
        raise Invalid("no vehicle has this number", where=f"vehicle {sysid}", do="Choose one, 1 to 255.")
    return Sysid(sysid)
