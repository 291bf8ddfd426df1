"""A second library's look at a vehicle: dronekit, in a process of its own, with a deadline of ours.

`connect` of dronekit waits for some things without an end, and keeps threads: so it is a program, run by
`DronekitOpinion` and ended by it. Printed: one line of JSON.
"""

import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any, Final

from rangeops.domain.errors import Refused, Unavailable
from rangeops.domain.text import safe_text
from rangeops.services.acceptance import Sight

LIBRARY: Final = "dronekit"
_FENCE: Final = 1  # MAV_MISSION_TYPE_FENCE
_COUNT_S: Final = 6.0
_ASK_S: Final = 1.0


def installed() -> bool:
    return importlib.util.find_spec(LIBRARY) is not None


class DronekitOpinion:
    def __init__(self, uri: str) -> None:
        self._uri = uri

    def look(self, sysid: int, names: Sequence[str], within_s: float) -> Sight:
        """Raises Unavailable when it hasn't answered in time, Refused when it couldn't."""
        command = [sys.executable, "-m", __name__, self._uri, str(sysid), f"{within_s:.0f}", *names]
        try:
            finished = subprocess.run(command, capture_output=True, text=True, timeout=within_s, check=False)  # noqa: S603  # our own interpreter and module
        except subprocess.TimeoutExpired as error:
            raise Unavailable(
                f"{LIBRARY} had not answered in {within_s:.0f} s and was ended",
                where=self._uri,
                do="Try again; on a slow radio link it may never be quick enough.",
            ) from error
        last = (finished.stdout.strip().splitlines() or [""])[-1]
        try:
            found = json.loads(last)
            return Sight(
                library=str(found["library"]),
                mode=str(found["mode"]),
                armable=bool(found["armable"]),
                parameters={str(name): float(value) for name, value in found["parameters"].items()},
                fence_items=int(found["fence_items"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            why = safe_text((finished.stderr.strip().splitlines() or ["it said nothing"])[-1], limit=120)
            raise Refused(
                f"{LIBRARY} couldn't look at it ({why})", where=self._uri, do="Try again with nothing else on the link."
            ) from error


def connection(uri: str) -> tuple[str, int]:
    """Our URI as mavutil has it: a device's path and its baud rate, or the same URI."""
    kind, _, rest = uri.partition(":")
    if kind != "serial":
        return uri, 57600
    path, _, baud = rest.rpartition(":")
    return (path, int(baud)) if path and baud.isdecimal() else (rest, 57600)


def look(uri: str, sysid: int, within_s: float, names: Sequence[str]) -> dict[str, Any]:
    os.environ["MAVLINK20"] = "1"  # pymavlink has no fence before it heard MAVLink 2, unless it is told at its import
    import dronekit  # an optional dependency, needed in this process only

    address, baud = connection(uri)
    vehicle = dronekit.connect(
        address,
        baud=baud,
        wait_ready=["parameters", "mode"],
        timeout=within_s,
        heartbeat_timeout=within_s,
        # Its REQUEST_DATA_STREAM, to everybody, would be stored on board as SR0_…: we only look. (It takes None for that.)
        rate=None,  # type: ignore[call-overload]
    )
    counts: list[int] = []

    def counted(_vehicle: Any, _name: str, message: Any) -> None:
        if message.mission_type == _FENCE and message.get_srcSystem() == sysid:
            counts.append(message.count)

    vehicle.add_message_listener("MISSION_COUNT", counted)
    end_s = time.monotonic() + _COUNT_S
    while not counts and time.monotonic() < end_s:
        vehicle.send_mavlink(vehicle.message_factory.mission_request_list_encode(sysid, 1, _FENCE))
        asked_s = time.monotonic()
        while not counts and time.monotonic() - asked_s < _ASK_S:
            time.sleep(0.05)
    found = {
        "library": f"{LIBRARY} {importlib.metadata.version('dronekit2')}",
        "mode": "" if vehicle.mode is None else vehicle.mode.name,
        "armable": bool(vehicle.is_armable),
        "parameters": {name: vehicle.parameters[name] for name in names if name in vehicle.parameters},
        "fence_items": counts[-1] if counts else -1,
    }
    vehicle.close()
    return found


if __name__ == "__main__":
    _uri, _sysid, _within_s, *_names = sys.argv[1:]
    sys.stdout.write(json.dumps(look(_uri, int(_sysid), float(_within_s), _names)) + "\n")
