"""One command to one vehicle, from the order to the moment it is seen obeyed.

A stop is a mode change with the vehicle's own mode number. It is repeated until answered, its answer alone is never
believed, and a later order takes its place at once. No I/O: orders, messages, states and the time go in.
Source: MAVLink command protocol; docs/mavlink.md, commands.
"""

from dataclasses import dataclass, replace
from enum import Enum
from itertools import product
from typing import Final

from rangeops.adapters.mavlink.messages import Message
from rangeops.adapters.mavlink.modes import CIRCLES_TO_HOLD, mode_number, mode_parameters
from rangeops.adapters.mavlink.transactions import (
    ACCEPTED,
    IN_PROGRESS,
    IN_PROGRESS_S,
    WORDS_S,
    Send,
    Words,
    answers,
    command_long,
    result_words,
)
from rangeops.domain.commands import CommandKind, CommandOrder, CommandProgress, CommandStage
from rangeops.domain.now import Now
from rangeops.domain.telemetry import PositionReport, VehicleState

DO_SET_MODE: Final = 176
CUSTOM_MODE: Final = 1.0  # MAV_MODE_FLAG_CUSTOM_MODE_ENABLED

RESEND_S: Final = 0.5
NO_ACK_S: Final = 3.0  # silence so long is said; sending goes on
GIVE_UP_S: Final = 60.0  # no sending after this: the situation that it was meant for is over
MODE_WITHIN_S: Final = 3.0  # of the acceptance: heartbeats come once a second
SLOWER_WITHIN_S: Final = 6.0  # of the mode: BRAKE from 10 m/s takes 4.8 s to rest
STOPPED_MPS: Final = 1.0
SLOWER: Final = 0.8  # of the fastest since the order was sent
OLD_ACK_S: Final = 1.0  # an answer this soon after another mode change may be that one's

Output = Send | CommandProgress


class Event(Enum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SILENT = "silent"
    SEEN = "seen"
    DISOBEYED = "disobeyed"
    OVERTAKEN = "overtaken"


_S, _E = CommandStage, Event

NEXT: Final = {
    (_S.SENT, _E.ACCEPTED): _S.ACKED,
    (_S.SENT, _E.REFUSED): _S.REFUSED,
    (_S.SENT, _E.SILENT): _S.NO_ACK,
    (_S.SENT, _E.SEEN): _S.SEEN,  # the answer was lost, the vehicle does it
    (_S.SENT, _E.OVERTAKEN): _S.SUPERSEDED,
    (_S.ACKED, _E.SEEN): _S.SEEN,
    (_S.ACKED, _E.SILENT): _S.NO_ACK,  # accepted, and then no telemetry to see it by until giving up
    (_S.ACKED, _E.DISOBEYED): _S.NOT_OBEYED,
    (_S.ACKED, _E.OVERTAKEN): _S.SUPERSEDED,
    (_S.NO_ACK, _E.ACCEPTED): _S.ACKED,  # the link is back
    (_S.NO_ACK, _E.REFUSED): _S.REFUSED,
    (_S.NO_ACK, _E.SEEN): _S.SEEN,
    (_S.NO_ACK, _E.OVERTAKEN): _S.SUPERSEDED,
}
IGNORED: Final = frozenset(set(product(_S, _E)) - NEXT.keys())
"""Everything else changes nothing: a refusal after an acceptance is the answer to a repetition, and without an
acceptance nothing counts as disobedience."""

OPEN: Final = frozenset([_S.SENT, _S.ACKED, _S.NO_ACK])


@dataclass(slots=True)
class _Running:
    """An order under way. Times are monotonic seconds."""

    progress: CommandProgress
    mode: int
    sent_s: float
    resend_s: float | None  # None: no more sending
    fastest_mps: float = 0.0
    accepted_s: float | None = None
    mode_seen_s: float | None = None
    refusal: str | None = None
    refused_s: float = 0.0
    obedience_s: float | None = None  # when disobedience is judged


class CommandMachine:
    """The mode commands of one vehicle; at most one is under way."""

    def __init__(self, our_sysid: int) -> None:
        self._our_sysid = our_sysid
        self._running: _Running | None = None
        self._old_acks_until_s = 0.0
        self._last_sent_s = float("-inf")
        self._words = Words()

    @property
    def progress(self) -> CommandProgress | None:
        """Of the order that is under way."""
        return None if self._running is None else self._running.progress

    @property
    def commanded_mode(self) -> int | None:
        """The mode that the order under way asks for."""
        return None if self._running is None else self._running.mode

    @property
    def deadline_s(self) -> float | None:
        running = self._running
        if running is None:
            return None
        times = [running.sent_s + GIVE_UP_S]
        if running.resend_s is not None:
            times.append(running.resend_s)
        if running.progress.stage is CommandStage.SENT:
            times.append(running.sent_s + NO_ACK_S)
        if running.refusal is not None:
            times.append(running.refused_s + WORDS_S)
        if running.obedience_s is not None:
            times.append(running.obedience_s)
        return min(times)

    def begin(self, order: CommandOrder, state: VehicleState, now: Now) -> list[Output]:
        """Send an order at once. The one under way is superseded: the later word counts."""
        outputs = self._moved(Event.OVERTAKEN)
        if outputs and now.monotonic_s - self._last_sent_s < OLD_ACK_S:
            self._old_acks_until_s = self._last_sent_s + OLD_ACK_S
        heartbeat = state.heartbeat
        mode = None if heartbeat is None else mode_number(heartbeat.autopilot, heartbeat.vehicle_class, order.kind)
        if heartbeat is None or mode is None:
            what = (
                "nothing was heard of it yet" if heartbeat is None else f"it has no mode that does {order.kind.value}"
            )
            return [*outputs, CommandProgress(order, CommandStage.REFUSED, detail=f"not sent: {what}")]
        progress = CommandProgress(order, CommandStage.SENT, sent_utc=now.utc)
        self._running = _Running(progress, mode, sent_s=now.monotonic_s, resend_s=now.monotonic_s)
        if (position := state.trusted_position(now)) is not None:
            self._running.fastest_mps = position.ground_speed_mps
        sends = self._send(self._running, state, now)
        return [*outputs, *sends, self._running.progress]

    def received(self, message: Message, now: Now) -> list[Output]:
        running = self._running
        if running is None:
            return []
        self._words.hear(message, now)
        result = answers(message, DO_SET_MODE, self._our_sysid)
        if result is None or now.monotonic_s < self._old_acks_until_s:
            return []
        if result == IN_PROGRESS:
            if running.resend_s is not None:
                running.resend_s = now.monotonic_s + IN_PROGRESS_S
            return []
        if result != ACCEPTED:
            if running.refusal is None and running.accepted_s is None:
                running.refusal, running.refused_s, running.resend_s = result_words(result), now.monotonic_s, None
            return []
        if running.accepted_s is not None:
            return []
        running.accepted_s, running.resend_s, running.refusal = now.monotonic_s, None, None
        running.obedience_s = now.monotonic_s + MODE_WITHIN_S
        running.progress = replace(running.progress, ack_after_s=now.monotonic_s - running.sent_s)
        return self._moved(Event.ACCEPTED)

    def observed(self, state: VehicleState, now: Now) -> list[Output]:
        """Hold the order against what the vehicle says of itself; call it when heartbeat or position changed."""
        running = self._running
        if running is None:
            return []
        heartbeat, position = state.heartbeat, state.trusted_position(now)
        if position is not None and running.mode_seen_s is None:
            running.fastest_mps = max(running.fastest_mps, position.ground_speed_mps)
        if heartbeat is None or heartbeat.at_s < running.sent_s:
            return []
        if heartbeat.mode_number != running.mode:
            return []
        outputs: list[Output] = []
        if running.mode_seen_s is None:
            running.mode_seen_s = heartbeat.at_s
            running.resend_s = None  # it is in the mode: sending on would fight a pilot who changes it again
            running.refusal = None
            running.obedience_s = heartbeat.at_s + SLOWER_WITHIN_S
            if running.accepted_s is None and not self._moves_as_ordered(running, state, position):
                outputs += self._moved(Event.ACCEPTED, "in the mode; its answer was lost")
        if not self._moves_as_ordered(running, state, position):
            return outputs
        running.progress = replace(running.progress, seen_after_s=now.monotonic_s - running.sent_s)
        return self._moved(Event.SEEN)

    def timed_out(self, state: VehicleState, now: Now) -> list[Output]:
        running = self._running
        if running is None:
            return []
        outputs: list[Output] = []
        if running.refusal is not None and now.monotonic_s >= running.refused_s + WORDS_S:
            return self._moved(Event.REFUSED, _refusal(running.refusal, running.refused_s, self._words))
        if running.obedience_s is not None and now.monotonic_s >= running.obedience_s:
            outputs += self._judged(running, state, now)
        if running.progress.stage is CommandStage.SENT and now.monotonic_s >= running.sent_s + NO_ACK_S:
            outputs += self._moved(Event.SILENT, f"no answer in {NO_ACK_S:g} s; sending goes on")
        if now.monotonic_s >= running.sent_s + GIVE_UP_S:
            outputs += self._moved(Event.SILENT, f"accepted, but no trusted telemetry shows it in {GIVE_UP_S:g} s")
            self._running = None
        elif running.resend_s is not None and now.monotonic_s >= running.resend_s:
            outputs += self._send(running, state, now)
        return outputs

    def _judged(self, running: _Running, state: VehicleState, now: Now) -> list[Output]:
        """The time for obeying is over. Only what the vehicle itself says lately is disobedience; silence is not."""
        heartbeat = state.heartbeat
        running.obedience_s = None
        since_s = running.sent_s if running.accepted_s is None else running.accepted_s
        if heartbeat is None or now.monotonic_s - heartbeat.at_s > MODE_WITHIN_S or heartbeat.at_s < since_s:
            running.obedience_s = now.monotonic_s + RESEND_S
            return []
        if heartbeat.mode_number != running.mode:
            shown = heartbeat.mode or f"mode {heartbeat.mode_number}"
            return self._moved(Event.DISOBEYED, f"accepted, but it flies in {shown}")
        position = state.trusted_position(now)
        if position is None:
            running.obedience_s = now.monotonic_s + RESEND_S
            return []
        return self._moved(Event.DISOBEYED, f"in {heartbeat.mode}, but still at {position.ground_speed_mps:.1f} m/s")

    @staticmethod
    def _moves_as_ordered(running: _Running, state: VehicleState, position: PositionReport | None) -> bool:
        """Whether the movement, too, is that of the order. RTL and LAND go on moving; a plane's hold is a circle."""
        if running.progress.order.kind is not CommandKind.HOLD or state.vehicle_class in CIRCLES_TO_HOLD:
            return True
        if position is None or running.mode_seen_s is None:
            return False
        return position.ground_speed_mps < max(STOPPED_MPS, SLOWER * running.fastest_mps)

    def _send(self, running: _Running, state: VehicleState, now: Now) -> list[Output]:
        heartbeat = state.heartbeat
        if heartbeat is None:
            return []
        parameters = (CUSTOM_MODE, *mode_parameters(heartbeat.autopilot, running.mode))
        attempts = running.progress.attempts
        message = command_long(running.progress.order.sysid, DO_SET_MODE, parameters, confirmation=attempts)
        running.progress = replace(running.progress, attempts=attempts + 1)
        running.resend_s = now.monotonic_s + RESEND_S
        self._last_sent_s = now.monotonic_s
        return [Send(message)]

    def _moved(self, event: Event, detail: str = "") -> list[Output]:
        running = self._running
        if running is None or (stage := NEXT.get((running.progress.stage, event))) is None:
            return []
        running.progress = replace(running.progress, stage=stage, detail=detail)
        if stage not in OPEN:
            self._running = None
        return [running.progress]


_REASONS: Final = (  # what ArduPilot says beside a refused mode change, and what it means
    ("requires position", "the mode needs a position"),
    ("No such mode", "no such mode"),
    ("not armable", "not armable in this mode"),
    ("Q_ENABLE", "a quadplane's mode, and it is none"),
    ("init failed", "the mode doesn't start"),
)


def _refusal(result: str, refused_s: float, words: Words) -> str:
    """Why the vehicle said no. Its words come beside the answer and are told apart where they are known."""
    for text in words.since(refused_s - WORDS_S):
        for known, meaning in _REASONS:
            if known in text:
                return f"{meaning} ({text})"
    return words.beside(result, refused_s)
