"""What every exchange with a vehicle has in common, and the simplest of them: one command until its answer.

A transaction does no I/O: messages and the time go in, outputs come out, and `deadline_s` (monotonic) says when it wants
to be woken by `timed_out`. It has ended once it gave Done or Failed; then its deadline is None and it stays silent.
Source: MAVLink command protocol; docs/mavlink.md, what ArduPilot answers.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from rangeops.adapters.mavlink.messages import CommandAck, CommandInt, CommandLong, Message, Statustext
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid
from rangeops.domain.text import safe_text

AUTOPILOT_COMPID: Final = 1  # MAV_COMP_ID_AUTOPILOT1
FRAME_GLOBAL: Final = 0  # MAV_FRAME_GLOBAL: altitude above mean sea level
DO_FENCE_ENABLE: Final = 207  # MAV_CMD
REQUEST_MESSAGE: Final = 512

ACCEPTED: Final = 0
IN_PROGRESS: Final = 5
RESULTS: Final = {  # MAV_RESULT
    1: "temporarily rejected",
    2: "denied",
    3: "not supported",
    4: "failed",
    6: "cancelled",
    7: "only as COMMAND_LONG",
    8: "only as COMMAND_INT",
    9: "unsupported frame",
}

RESEND_S: Final = 0.5
ATTEMPTS: Final = 6
IN_PROGRESS_S: Final = 5.0  # the vehicle works on it and says so
WORDS_S: Final = 0.3  # ArduPilot's STATUSTEXT follows its refusal within one cycle
_MOST_WORDS: Final = 4


@dataclass(frozen=True, slots=True)
class Send:
    message: Message


@dataclass(frozen=True, slots=True)
class Progress:
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Done:
    """detail: what is worth telling besides success, e.g. that the last answer was lost."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """reason: one clause for a person; the vehicle's own words in brackets, made safe.

    silent: too little came through, which may be the link's fault: worth another try. Otherwise it is the vehicle's word.
    """

    reason: str
    silent: bool = False


Output = Send | Progress | Done | Failed


class Transaction(Protocol):
    @property
    def deadline_s(self) -> float | None: ...
    def begin(self, now: Now) -> list[Output]: ...
    def received(self, message: Message, now: Now) -> list[Output]: ...
    def timed_out(self, now: Now) -> list[Output]: ...


class Words:
    """What a vehicle said around a refusal: the reason stands in a STATUSTEXT, not in the answer."""

    def __init__(self) -> None:
        self._heard: deque[tuple[float, str]] = deque(maxlen=_MOST_WORDS)

    def hear(self, message: Message, now: Now) -> None:
        if isinstance(message, Statustext):
            self._heard.append((now.monotonic_s, safe_text(message.text, limit=60)))

    def since(self, since_s: float) -> tuple[str, ...]:
        return tuple(text for heard_s, text in self._heard if heard_s >= since_s)

    def beside(self, reason: str, refused_s: float) -> str:
        """The reason, with the words that came with it in brackets."""
        texts = self.since(refused_s - WORDS_S)
        return f"{reason} ({'; '.join(texts)})" if texts else reason


def result_words(result: int) -> str:
    """A MAV_RESULT in words. Newer numbers than our table's are given as numbers."""
    return RESULTS.get(result, f"result {result}")


def command_long(
    target: Sysid, command: int, parameters: Sequence[float] = (), *, confirmation: int = 0
) -> CommandLong:
    """A COMMAND_LONG to the vehicle's autopilot; parameters that aren't given are 0."""
    param1, param2, param3, param4, param5, param6, param7 = (*parameters, *[0.0] * (7 - len(parameters)))
    return CommandLong(
        param1=param1,
        param2=param2,
        param3=param3,
        param4=param4,
        param5=param5,
        param6=param6,
        param7=param7,
        command=command,
        target_system=target,
        target_component=AUTOPILOT_COMPID,
        confirmation=min(confirmation, 255),
    )


def command_int(
    target: Sysid, command: int, parameters: Sequence[float], place: tuple[float, float, float]
) -> CommandInt:
    """A COMMAND_INT to the vehicle's autopilot; place: latitude and longitude in degrees, altitude above mean sea level.

    MAV_FRAME_GLOBAL says that datum; a COMMAND_LONG has no field for it, and carries degrees as a float32 (1 m).
    """
    param1, param2, param3, param4 = parameters
    latitude_deg, longitude_deg, altitude_amsl_m = place
    return CommandInt(
        param1=param1,
        param2=param2,
        param3=param3,
        param4=param4,
        x=round(latitude_deg * 1e7),
        y=round(longitude_deg * 1e7),
        z=altitude_amsl_m,
        command=command,
        target_system=target,
        target_component=AUTOPILOT_COMPID,
        frame=FRAME_GLOBAL,
        current=0,
        autocontinue=0,
    )


def answers(message: Message, command: int, our_sysid: int | None = None) -> int | None:
    """The MAV_RESULT, if this is the answer to our `command`; an answer to another ground station is not.

    MAVLink 1 and old autopilots leave the target at 0: that may be meant for us.
    """
    if not isinstance(message, CommandAck) or message.command != command:
        return None
    if our_sysid is not None and message.target_system not in (0, our_sysid):
        return None
    return message.result


class Call:
    """One COMMAND_LONG, sent again until it is answered. Done on acceptance; `result` has the MAV_RESULT."""

    def __init__(self, target: Sysid, our_sysid: int, command: int, parameters: Sequence[float] = ()) -> None:
        self.deadline_s: float | None = None
        self.result: int | None = None
        self._target = target
        self._our_sysid = our_sysid
        self._command = command
        self._parameters = tuple(parameters)
        self._attempts = 0
        self._words = Words()

    def begin(self, now: Now) -> list[Output]:
        return self._send(now)

    def received(self, message: Message, now: Now) -> list[Output]:
        if self.deadline_s is None:
            return []
        self._words.hear(message, now)
        result = answers(message, self._command, self._our_sysid)
        if result is None or self.result is not None:
            return []
        if result == IN_PROGRESS:
            self.deadline_s = now.monotonic_s + IN_PROGRESS_S
            return []
        self.result = result
        if result == ACCEPTED:
            self.deadline_s = None
            return [Done()]
        self.deadline_s = now.monotonic_s + WORDS_S
        return []

    def timed_out(self, now: Now) -> list[Output]:
        if self.deadline_s is None or now.monotonic_s < self.deadline_s:
            return []
        if self.result is not None:
            refused_s, self.deadline_s = self.deadline_s - WORDS_S, None
            return [Failed(self._words.beside(result_words(self.result), refused_s))]
        if self._attempts >= ATTEMPTS:
            self.deadline_s = None
            return [Failed(f"no answer to command {self._command} in {self._attempts} attempts", silent=True)]
        return self._send(now)

    def _send(self, now: Now) -> list[Output]:
        message = command_long(self._target, self._command, self._parameters, confirmation=self._attempts)
        self._attempts += 1
        self.deadline_s = now.monotonic_s + RESEND_S
        return [Send(message)]
