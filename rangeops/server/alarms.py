"""What persons do to alarms, on its way: recorded, then to the board that has the alarm, the server's own or a watch's."""

from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.alarm_figures import STANDING_H, AlarmFigures
from rangeops.domain.alarms import Alarm, AlarmDeed, AlarmId, DeedKind
from rangeops.domain.errors import NotFound, Unavailable
from rangeops.server.operations import Operations
from rangeops.services.alarms import is_servers
from rangeops.services.paging import Asked, Page
from rangeops.wire.alarms import AlarmDeedRequest, OutOfServiceRequest

HISTORY: Final = timedelta(hours=24)


async def do(ops: Operations, alarm_id: AlarmId, request: AlarmDeedRequest) -> Alarm:
    """One deed to one alarm, as this user. The watch's own state follows with its next snapshot.

    Raises NotFound, Conflict, Refused, Invalid, Forbidden, Unavailable.
    """
    now, where = ops.clock(), f"alarm {alarm_id:.80}"
    if (alarm := ops.live.alarm(alarm_id)) is None:
        raise NotFound("it is not standing any more", where=where, do="Nothing needs to be done.")
    own = ops.live.is_own(alarm)
    if not own:
        _require_watch(ops, where)
    deed = await ops.run(ops.services.alarms.deed, alarm, request, now, ops.user)
    return await _carry_out(ops, deed, own=own) or alarm


async def take_out(ops: Operations, request: OutOfServiceRequest) -> Alarm | None:
    """Take a condition of a source out of service; where it stands, that alarm. None: the watches have it from now on."""
    now = ops.clock()
    for alarm in ops.live.picture(now).alarms:
        if (alarm.condition.value, alarm.source) == (request.condition, request.source):
            return await do(ops, alarm.id, AlarmDeedRequest(DeedKind.TAKE_OUT.value, request.reason))
    deed = await ops.run(ops.services.alarms.out_of_service, request, now, ops.user)
    own = is_servers(deed.condition, deed.source)
    if not own:
        _require_watch(ops, f"alarm {deed.condition.value} of {deed.source}")
    return await _carry_out(ops, deed, own=own)


async def history(ops: Operations, since: datetime | None, until: datetime | None, asked: Asked) -> Page[Alarm]:
    """Newest first; without words the last day's."""
    until = until or ops.clock().utc
    return await ops.run(ops.services.alarms.history_page, since or until - HISTORY, until, asked)


async def figures(
    ops: Operations, since: datetime | None, until: datetime | None, standing_h: float = STANDING_H
) -> AlarmFigures:
    """Without words of the last day."""
    now = ops.clock()
    until = until or now.utc
    return await ops.run(
        ops.services.alarms.figures,
        since or until - HISTORY,
        until,
        ops.live.picture(now).alarms,
        standing_h=standing_h,
    )


def standing(ops: Operations) -> tuple[Alarm, ...]:
    """Every alarm that isn't normal, what is shelved, suppressed or out of service too."""
    return ops.live.picture(ops.clock()).alarms


async def _carry_out(ops: Operations, deed: AlarmDeed, *, own: bool) -> Alarm | None:
    """The alarm as it is now where it is the server's own."""
    if not own:
        ops.to_watches(deed)
        return None
    now = ops.clock()
    if (alarm := ops.live.do(deed, now)) is not None:
        await ops.note_alarm(alarm)
    ops.hub.show(ops.live.picture(now))
    return alarm


def _require_watch(ops: Operations, where: str) -> None:
    if not ops.live.enforcing(ops.clock()):
        raise Unavailable("no watch is running", where=where, do="Do it when the watch is back.")
