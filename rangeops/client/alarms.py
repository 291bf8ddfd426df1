"""Calls about alarms."""

from datetime import datetime

from rangeops.client.calls import Calls, part
from rangeops.domain.alarm_figures import AlarmFigures
from rangeops.domain.alarms import Alarm, AlarmId, DeedKind
from rangeops.wire.alarms import AlarmDeedRequest, OutOfServiceRequest


class AlarmCalls(Calls):
    async def alarms(self) -> tuple[Alarm, ...]:
        """Every alarm that isn't normal, worst first; those that are shelved, suppressed or out of service too."""
        return await self._get("/alarms", tuple[Alarm, ...])

    async def alarm_history(self, since: datetime | None = None, until: datetime | None = None) -> tuple[Alarm, ...]:
        """Alarms that were raised in this time, newest first; without words the last day's."""
        return await self._all("/alarms/history", Alarm, _times(since, until))

    async def alarm_figures(
        self, since: datetime | None = None, until: datetime | None = None, *, standing_h: float | None = None
    ) -> AlarmFigures:
        """The figures of EEMUA 191 and ISA-18.2; without words of the last day."""
        params = _times(since, until) | ({} if standing_h is None else {"standing_h": f"{standing_h:g}"})
        return await self._call("GET", "/alarms/figures", AlarmFigures, params=params)

    async def acknowledge(self, alarm: AlarmId) -> Alarm:
        """One that is latched is reset."""
        return await self._post(f"/alarms/{part(alarm)}/ack", Alarm)

    async def alarm_deed(self, alarm: AlarmId, kind: DeedKind, *, reason: str = "", minutes: float = 0.0) -> Alarm:
        """The alarm as it was; the feed tells what became of it. minutes: of a shelving."""
        return await self._post(f"/alarms/{part(alarm)}/deeds", Alarm, AlarmDeedRequest(kind.value, reason, minutes))

    async def take_out_of_service(self, condition: str, source: str, *, reason: str) -> Alarm | None:
        """A condition of a source, whether it stands or not; None where it didn't."""
        request = OutOfServiceRequest(condition, source, reason)
        return await self._post("/alarms/out-of-service", Alarm | None, request)  # type: ignore[arg-type]  # a union


def _times(since: datetime | None, until: datetime | None) -> dict[str, str]:
    given = {"since": since, "until": until}
    return {name: moment.isoformat() for name, moment in given.items() if moment is not None}
