"""What the server asks about vehicles, put to them and answered; and what was shown, so that just this is loaded."""

from rangeops.adapters.mavlink.fence import ALT_MAX, CompiledFence
from rangeops.adapters.mavlink.fence_load import CEILING_WITHIN_M
from rangeops.adapters.mavlink.fleet import Fleet, FleetOutput
from rangeops.adapters.mavlink.inquiry import Answered
from rangeops.domain.errors import RangeopsError
from rangeops.domain.now import Now
from rangeops.domain.parameters import Parameter, table_sha256
from rangeops.domain.telemetry import Sysid
from rangeops.watch.asked import way_home_of
from rangeops.watch.fences import fence_for
from rangeops.watch.heard import state_of
from rangeops.watch.kept import diff_of
from rangeops.watch.roster import Roster
from rangeops.watch.vehicle import WatchedVehicle
from rangeops.wire.questions import About, Answer, Question


class Questions:
    def __init__(self, fleet: Fleet, roster: Roster) -> None:
        self._fleet = fleet
        self._roster = roster
        self._shown: dict[Sysid, tuple[str, CompiledFence]] = {}  # the diff's hash, and the fence it is of

    def ask(self, question: Question, now: Now) -> list[FleetOutput]:
        """Put it to the vehicle. The answer comes as Answered, at once where it can't be put."""
        vehicle = self._roster.vehicle(question.sysid)
        try:
            if question.sysid not in self._fleet.vehicles:
                return [Answered(question.sysid, question.id, failure=f"{vehicle.callsign} isn't heard")]
            if question.about is About.PARAMETERS:
                return self._fleet.read_parameters(question.sysid, question.id, question.names, now)
            fence = fence_for(vehicle, state_of(self._fleet, question.sysid), now)
            return self._fleet.preview(question.sysid, question.id, fence, now)
        except RangeopsError as error:
            return [Answered(question.sysid, question.id, failure=error.what)]

    def way_home(self, question: Question, now: Now) -> Answer:
        """What automation would find on the way home just now; the vehicle isn't asked."""
        vehicle = self._roster.vehicle(question.sysid)
        view = way_home_of(vehicle, state_of(self._fleet, question.sysid), now)
        return Answer(question.id, question.sysid, way_home=view)

    def answer(self, told: Answered, now: Now) -> Answer:
        heard = self._fleet.vehicles.get(told.sysid)
        if told.failure or heard is None:
            return Answer(told.question, told.sysid, failure=told.failure or "it isn't heard any more")
        firmware = heard.firmware
        if told.load is not None and told.fence is not None:
            order = self._roster.vehicle(told.sysid).order
            diff = diff_of(told.load, heard, order.slot if order else "")
            self._shown[told.sysid] = (diff.sha256, told.fence)
            return Answer(told.question, told.sysid, diff=diff, firmware=firmware)
        if told.table is not None:
            known = tuple(Parameter(name, value, 0.0) for name, value in sorted(told.table.items()))
            sha256 = table_sha256(firmware, told.table)
            return Answer(told.question, told.sysid, parameters=known, firmware=firmware, table_sha256=sha256)
        known = heard.aboard.parameters.of(told.names, now)
        return Answer(told.question, told.sysid, parameters=known, missing=told.missing, firmware=firmware)

    def as_agreed(self, vehicle: WatchedVehicle, fence: CompiledFence) -> CompiledFence:
        """The fence to load: the one that was shown and agreed, unless what is compiled now is another.

        A home that isn't set yet drifts by centimetres with the barometer, and the ceiling with it: that is no other.
        """
        consent = vehicle.order.consent if vehicle.order else None
        shown = self._shown.get(vehicle.sysid)
        if consent is None or shown is None or shown[0] != consent.sha256:
            return fence
        return shown[1] if _is_nearly(fence, shown[1]) else fence


def _is_nearly(fence: CompiledFence, shown: CompiledFence) -> bool:
    if fence.items != shown.items or len(fence.settings) != len(shown.settings):
        return False
    return all(
        now == then or (now.name == then.name == ALT_MAX and abs(now.value - then.value) <= CEILING_WITHIN_M)
        for now, then in zip(fence.settings, shown.settings, strict=True)
    )
