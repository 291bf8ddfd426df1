"""The messages that the range needs of a vehicle, and how they are got: SET_MESSAGE_INTERVAL, one at a time.

An interval is forgotten by a restarting autopilot, so all are asked for again after a restart, and when what must come
doesn't come. COMMAND_ACK doesn't name the message id: hence one at a time.
Source: docs/mavlink.md, streams.
"""

from collections.abc import Iterable
from typing import Final

from rangeops.adapters.mavlink.decode import DEFINITIONS
from rangeops.adapters.mavlink.messages import Message
from rangeops.adapters.mavlink.transactions import REQUEST_MESSAGE, Call, Done, Failed, Output, Send
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid, VehicleState

SET_MESSAGE_INTERVAL: Final = 511

RATES_HZ: Final = {  # message id: how often
    33: 5.0,  # GLOBAL_POSITION_INT
    87: 2.0,  # POSITION_TARGET_GLOBAL_INT
    1: 2.0,  # SYS_STATUS
    193: 2.0,  # EKF_STATUS_REPORT
    245: 2.0,  # EXTENDED_SYS_STATE
    162: 2.0,  # FENCE_STATUS
    42: 1.0,  # MISSION_CURRENT
    168: 1.0,  # WIND
    24: 1.0,  # GPS_RAW_INT
    147: 1.0,  # BATTERY_STATUS
    2: 0.5,  # SYSTEM_TIME
    242: 0.2,  # HOME_POSITION
}
RATES: Final = tuple((DEFINITIONS[message_id].name, rate_hz) for message_id, rate_hz in RATES_HZ.items())
"""The same by name, as whoever agrees to them reads it."""
VERSION: Final = 148  # AUTOPILOT_VERSION
ONCE: Final = (VERSION, 242)  # and HOME_POSITION
MISSING_S: Final = 2.5  # a stream that was granted and is silent so long is asked for again
AGAIN_S: Final = 3.0  # between two rounds of asking: a restarted vehicle is dark until then
REFUSED_AGAIN_S: Final = 10.0  # what it said no to is asked for again: a home isn't there before a position is …
MOST_REFUSED_AGAIN_S: Final = 160.0  # … each time later, by a factor of two up to this


class Streams:
    """Asking one vehicle for its streams. `refused` has what it said no to, by message id."""

    def __init__(self, target: Sysid, our_sysid: int) -> None:
        self.refused: dict[int, str] = {}
        self._target = target
        self._our_sysid = our_sysid
        self._wanted: list[tuple[int, int, tuple[float, ...]]] = []  # (message id, command, its parameters)
        self._call: Call | None = None
        self._round_s: float | None = None
        self._unanswered = False
        self._refused_again_s = REFUSED_AGAIN_S
        self._refused_s = 0.0  # when it was last asked for what it had said no to

    @property
    def deadline_s(self) -> float | None:
        if self._call is not None:
            return self._call.deadline_s
        return None if self._round_s is None else self._round_s + AGAIN_S

    def ask(self, now: Now) -> list[Send]:
        """A round of asking, from the start."""
        self._refused_again_s, self._refused_s = REFUSED_AGAIN_S, now.monotonic_s
        return self._ask((*RATES_HZ, *ONCE), now)

    def _ask(self, message_ids: Iterable[int], now: Now) -> list[Send]:
        asked = set(message_ids)
        self._wanted = [
            (message_id, SET_MESSAGE_INTERVAL, (float(message_id), round(1e6 / rate_hz)))
            for message_id, rate_hz in RATES_HZ.items()
            if message_id in asked
        ]
        self._wanted += [(each, REQUEST_MESSAGE, (float(each),)) for each in ONCE if each in asked]
        self._round_s = now.monotonic_s
        self._unanswered = False
        self.refused = {each: why for each, why in self.refused.items() if each not in asked}
        return self._next(now)

    def received(self, message: Message, now: Now) -> list[Send]:
        return [] if self._call is None else self._judged(self._call.received(message, now), now)

    def timed_out(self, state: VehicleState, now: Now, *, identified: bool = True) -> list[Send]:
        """identified: its AUTOPILOT_VERSION came. Accepted isn't come: on a bad link the answer itself may be lost."""
        if self._call is not None:
            return self._judged(self._call.timed_out(now), now)
        if self._round_s is None or now.monotonic_s < self._round_s + AGAIN_S:
            return []
        if self._unanswered or missing(state, now):
            return self.ask(now)
        self._round_s = now.monotonic_s
        if self.refused and now.monotonic_s - self._refused_s >= self._refused_again_s:
            self._refused_again_s = min(2 * self._refused_again_s, MOST_REFUSED_AGAIN_S)
            self._refused_s = now.monotonic_s
            return self._ask(tuple(self.refused), now)
        return [] if identified or VERSION in self.refused else self._ask((VERSION,), now)

    def _judged(self, outputs: list[Output], now: Now) -> list[Send]:
        sends: list[Send] = []
        for output in outputs:
            match output:
                case Send():
                    sends.append(output)
                case Done():
                    self._wanted.pop(0)
                    sends += self._next(now)
                case Failed():
                    message_id = self._wanted.pop(0)[0]
                    if output.silent:
                        self._unanswered = True
                    else:
                        self.refused[message_id] = output.reason
                    sends += self._next(now)
        return sends

    def _next(self, now: Now) -> list[Send]:
        if not self._wanted:
            self._call = None
            return []
        _, command, parameters = self._wanted[0]
        self._call = Call(self._target, self._our_sysid, command, parameters)
        return [output for output in self._call.begin(now) if isinstance(output, Send)]


def missing(state: VehicleState, now: Now) -> bool:
    """Whether one of the streams that always come doesn't: position, health, estimator."""
    parts = (state.position, state.health, state.estimator)
    return any(part is None or now.monotonic_s - part.at_s > MISSING_S for part in parts)
