"""Whether the fence on board is still the compiled one: the signs that it may not be, and reading it again.

Nothing is written here, so it goes in flight too. Source: docs/mavlink.md, fence, verified again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rangeops.adapters.mavlink.fence import ALT_MAX, CompiledFence
from rangeops.adapters.mavlink.fence_load import CEILING_WITHIN_M, FenceLoad
from rangeops.adapters.mavlink.messages import Message, MissionAck, MissionCount, ParamValue, SysStatus
from rangeops.adapters.mavlink.parameters import float32
from rangeops.adapters.mavlink.track import GEOFENCE_BIT
from rangeops.adapters.mavlink.transactions import ACCEPTED, Send
from rangeops.adapters.mavlink.transfer import PlanKind
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder, CommandProgress, CommandStage
from rangeops.domain.events import FenceReadBack
from rangeops.domain.kept import FENCE_ENABLE
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid

AGAIN_S: Final = 10.0  # after a reading that met silence
SIGNS: Final = frozenset([MissionAck, MissionCount, ParamValue, SysStatus])
_ALL_KINDS: Final = 255  # MAV_MISSION_TYPE_ALL, of a clearing


@dataclass(frozen=True, slots=True)
class FenceDoubted:
    """Something was heard after which the fence on board may be another one, or off."""

    sysid: Sysid
    why: str


class FenceSigns:
    """Overhears one vehicle, also what it says to others. `expect` says what should be on board."""

    def __init__(self, our_sysid: int) -> None:
        self._our_sysid = our_sysid
        self._items = 0
        self._values: dict[bytes, float] | None = None
        self._was_on = False

    def expect(self, fence: CompiledFence | None) -> None:
        """None: whatever is on board is the vehicle's own."""
        self._values, self._was_on = None, False
        if fence is not None:
            self._items = len(fence.items)
            self._values = {setting.name.encode(): float32(setting.value) for setting in fence.settings}
            self._values[FENCE_ENABLE.encode()] = 1.0

    def received(self, message: Message) -> str:
        """Why the fence is to be doubted now; "" where it isn't. A doubt is told once a change."""
        if self._values is None:
            return ""
        if isinstance(message, SysStatus):
            is_on = bool(message.onboard_control_sensors_enabled & GEOFENCE_BIT)
            went_off, self._was_on = self._was_on and not is_on, is_on
            return "it was switched off" if went_off else ""
        if isinstance(message, ParamValue):
            return self._changed(self._values, message)
        if isinstance(message, MissionAck | MissionCount):
            return self._of_others(message)
        return ""

    def _changed(self, values: dict[bytes, float], message: ParamValue) -> str:
        """Parameters travel whoever asked for them, so an expected value is no news, nor is a strange one twice."""
        name, value = message.param_id, message.param_value
        if not name.startswith(b"FENCE_") and name not in values:
            return ""
        within = CEILING_WITHIN_M if name == ALT_MAX.encode() else 0.0  # as the reading itself allows
        if abs(values.setdefault(name, value) - value) <= within:
            return ""
        values[name] = value
        return f"{name.decode('ascii', 'replace')} was changed to {value:g}"

    def _of_others(self, message: MissionAck | MissionCount) -> str:
        expected = {PlanKind.FENCE: self._items, PlanKind.RALLY: 0, _ALL_KINDS: self._items}.get(message.mission_type)
        if message.target_system == self._our_sysid or expected is None:
            return ""
        if isinstance(message, MissionCount):
            return f"it counts {message.count} items to another ground station" if message.count != expected else ""
        return "another ground station wrote it" if message.type == ACCEPTED else ""


class FenceCheck:
    """Reads parameters, items and SYS_STATUS until they were read; silence is no finding, and tried again."""

    def __init__(self, sysid: Sysid, fence: CompiledFence, our_sysid: int, our_compid: int) -> None:
        self._order = CommandOrder(CommandId("fence-check"), sysid, CommandKind.LOAD_FENCE, "policy", "read only")
        self._fence = fence
        self._us = (our_sysid, our_compid)
        self._reading: FenceLoad | None = None
        self._again_s: float | None = None

    @property
    def ended(self) -> bool:
        return self._reading is None and self._again_s is None

    def begin(self, now: Now) -> list[Send | FenceReadBack]:
        self._again_s = None
        self._reading = FenceLoad(self._order, self._fence, *self._us, write=False)
        return self._told(self._reading.begin(now), now)

    def received(self, message: Message, now: Now) -> list[Send | FenceReadBack]:
        return [] if self._reading is None else self._told(self._reading.received(message, now), now)

    def timed_out(self, now: Now) -> list[Send | FenceReadBack]:
        if self._reading is not None:
            return self._told(self._reading.timed_out(now), now)
        return [] if self._again_s is None or now.monotonic_s < self._again_s else self.begin(now)

    def _told(self, outputs: Sequence[object], now: Now) -> list[Send | FenceReadBack]:
        """The reading's progress is nobody's command, and a finding is one only if something was read."""
        told: list[Send | FenceReadBack] = []
        silent = False
        for output in outputs:
            if isinstance(output, Send):
                told.append(output)
            elif isinstance(output, CommandProgress):
                silent = output.stage is CommandStage.NO_ACK
            elif isinstance(output, FenceReadBack):
                self._reading = None
                if silent:
                    self._again_s = now.monotonic_s + AGAIN_S
                else:
                    told.append(output)
        return told
