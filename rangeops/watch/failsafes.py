"""Asks each ordered vehicle, once it is heard, whether its own GCS failsafe is armed; and again where that may have changed."""

from typing import Final

from rangeops.adapters.mavlink.fleet import Fleet, FleetOutput
from rangeops.adapters.mavlink.inquiry import Answered
from rangeops.domain.gcs_failsafe import STATION, STATION_LATER, names, not_armed
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Autopilot, Sysid, VehicleState
from rangeops.watch.vehicle import WatchedVehicle

_QUESTION: Final = "gcs-failsafe"  # not the server's: those have an id of theirs
_AGAIN_S: Final = 30.0  # where it wasn't answered
_TRIES: Final = 3  # after which it is said that it can't be told


def _is_ardupilot(state: VehicleState) -> bool:
    return state.heartbeat is not None and state.heartbeat.autopilot is Autopilot.ARDUPILOT


class FailsafeWatch:
    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._asked: dict[Sysid, tuple[int, float]] = {}  # how often, and when last

    def ask(self, vehicle: WatchedVehicle, now: Now) -> list[FleetOutput]:
        """Reads what isn't known, of a vehicle that has a slot, while nothing else is asked of it."""
        heard = self._fleet.vehicles.get(vehicle.sysid)
        if heard is None or vehicle.order is None or not _is_ardupilot(heard.state):
            return []
        if self._why_not(vehicle.sysid, now) is not None:
            self._asked.pop(vehicle.sysid, None)
            return []
        tries, last_s = self._asked.get(vehicle.sysid, (0, float("-inf")))
        if heard.aboard.is_busy or now.monotonic_s - last_s < _AGAIN_S or tries >= _TRIES:
            return []
        self._asked[vehicle.sysid] = (tries + 1, now.monotonic_s)
        wanted = names(heard.state.vehicle_class)
        return self._fleet.read_parameters(vehicle.sysid, _QUESTION, wanted, now)

    def answered(self, told: Answered, now: Now) -> list[FleetOutput] | None:
        """None: it is somebody else's answer. A newer autopilot has another name for the station it listens to."""
        if told.question != _QUESTION:
            return None
        if STATION in told.missing:
            return self._fleet.read_parameters(told.sysid, _QUESTION, (STATION_LATER,), now)
        return []

    def make_way(self, sysid: Sysid) -> None:
        """Somebody asks something else of it, and doesn't wait for us."""
        heard = self._fleet.vehicles.get(sysid)
        if heard is not None and heard.aboard.question == _QUESTION:
            heard.aboard.inquiry = None
            self._asked.pop(sysid, None)

    def why_not_armed(self, sysid: Sysid, now: Now) -> str:
        """Why its GCS failsafe isn't armed; "" where it is, or nobody knows yet."""
        why = self._why_not(sysid, now)
        tries, last_s = self._asked.get(sysid, (0, now.monotonic_s))
        if why is None and tries >= _TRIES and now.monotonic_s - last_s >= _AGAIN_S:
            return "not known: it doesn't tell its parameters"
        return why or ""

    def _why_not(self, sysid: Sysid, now: Now) -> str | None:
        heard = self._fleet.vehicles.get(sysid)
        if heard is None:
            return None

        def value(name: str) -> float | None:
            known = heard.aboard.parameters.get(name, now)
            return None if known is None else known.value

        return not_armed(heard.state.vehicle_class, value, self._fleet.our_sysid)
