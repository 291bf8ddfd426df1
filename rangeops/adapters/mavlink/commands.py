"""One command to one vehicle, from the order to the moment it is seen obeyed.

What is sent, and what shows it obeyed, is its deed's business (deeds.py); here is what all commands have in common: they
are repeated until answered, an answer alone is never believed, a stop takes the place of everything at once, and what
isn't a stop waits its turn for a little while. No I/O: orders, messages, states and the time go in.
Source: MAVLink command protocol; docs/mavlink.md, commands.
"""

from collections import deque
from dataclasses import dataclass, replace
from enum import Enum
from itertools import product
from typing import Final

from rangeops.adapters.mavlink.abilities import deed_for
from rangeops.adapters.mavlink.deeds import Deed
from rangeops.adapters.mavlink.messages import AutopilotVersion, Message
from rangeops.adapters.mavlink.transactions import (
    ACCEPTED,
    IN_PROGRESS,
    IN_PROGRESS_S,
    WORDS_S,
    Send,
    Words,
    answers,
    result_words,
)
from rangeops.domain.commands import (
    NEEDS_POSITION,
    POLICY,
    STOPS,
    CommandKind,
    CommandOrder,
    CommandProgress,
    CommandStage,
    not_sent,
)
from rangeops.domain.now import Now
from rangeops.domain.telemetry import VehicleState

RESEND_S: Final = 0.5
NO_ACK_S: Final = 3.0  # silence so long is said
WAITS_S: Final = 3.0  # for another command's end; an older intent is asked for again
MOST_WAITING: Final = 4
OLD_ACK_S: Final = 1.0  # an answer this soon after another command of the same number may be that one's

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
    """An order under way. Times are monotonic seconds. step: which of the deed's; tries: how often it was sent."""

    progress: CommandProgress
    deed: Deed
    sent_s: float
    resend_s: float | None  # None: no more sending
    step: int = 0
    tries: int = 0
    accepted_s: float | None = None  # the last step was
    begun_s: float | None = None
    refusal: str | None = None
    refused_s: float = 0.0
    obedience_s: float | None = None  # when disobedience is judged

    @property
    def stops(self) -> bool:
        return self.progress.order.kind in STOPS

    @property
    def command(self) -> int:
        return self.deed.steps[self.step].command


class CommandMachine:
    """The commands of one vehicle; at most one is under way."""

    def __init__(self, our_sysid: int) -> None:
        self._our_sysid = our_sysid
        self._running: _Running | None = None
        self._waiting: deque[tuple[float, CommandOrder, AutopilotVersion | None]] = deque()
        self._last_sent: dict[int, float] = {}  # by MAV_CMD
        self._old_acks_until: dict[int, float] = {}
        self._words = Words()

    @property
    def progress(self) -> CommandProgress | None:
        """Of the order that is under way."""
        return None if self._running is None else self._running.progress

    @property
    def idle(self) -> bool:
        return self._running is None and not self._waiting

    @property
    def commanded_mode(self) -> int | None:
        """The mode that the order under way asks for."""
        return None if self._running is None else self._running.deed.mode

    @property
    def deadline_s(self) -> float | None:
        times = [since_s + WAITS_S for since_s, _, _ in self._waiting]
        if (running := self._running) is not None:
            times.append(running.sent_s + running.deed.gives_up_s)
            if running.resend_s is not None:
                times.append(running.resend_s)
            if running.progress.stage is CommandStage.SENT:
                times.append(running.sent_s + NO_ACK_S)
            if running.refusal is not None:
                times.append(running.refused_s + WORDS_S)
            if running.obedience_s is not None:
                times.append(running.obedience_s)
        return min(times, default=None)

    def begin(
        self, order: CommandOrder, state: VehicleState, now: Now, identity: AutopilotVersion | None = None
    ) -> list[Output]:
        """Take an order. A stop goes out at once, whatever is under way; anything else may have to wait, or is refused."""
        running = self._running
        if order.kind in STOPS:
            if order.by == POLICY and running is not None and running.progress.order.kind is CommandKind.TERMINATE:
                return [not_sent(order, "two persons' terminate is under way")]
            return [*self._drop_waiting(order), *self._start(order, state, now, identity)]
        if running is not None and running.stops:
            return [not_sent(order, f"{running.progress.order.kind.value} is under way")]
        if running is None or running.progress.stage is CommandStage.NO_ACK:
            return self._start(order, state, now, identity)
        if len(self._waiting) >= MOST_WAITING:
            return [not_sent(order, f"{MOST_WAITING} others wait already")]
        self._waiting.append((now.monotonic_s, order, identity))
        detail = f"waits for {running.progress.order.kind.value}"
        return [CommandProgress(order, CommandStage.QUEUED, detail=detail)]

    def received(self, message: Message, now: Now) -> list[Output]:
        running = self._running
        if running is None:
            return []
        self._words.hear(message, now)
        result = answers(message, running.command, self._our_sysid)
        if result is None or now.monotonic_s < self._old_acks_until.get(running.command, 0.0):
            return []
        if result == IN_PROGRESS:
            if running.resend_s is not None:
                running.resend_s = now.monotonic_s + IN_PROGRESS_S
        elif running.accepted_s is not None:
            pass  # the answer to a repetition
        elif result == ACCEPTED:
            return self._accepted(running, now)
        elif running.refusal is None:
            running.refusal, running.refused_s, running.resend_s = result_words(result), now.monotonic_s, None
        return []

    def _accepted(self, running: _Running, now: Now) -> list[Output]:
        running.refusal = None
        if running.step + 1 < len(running.deed.steps):
            running.step, running.tries = running.step + 1, 0
            return self._send(running, now)
        running.accepted_s, running.resend_s = now.monotonic_s, None
        running.obedience_s = now.monotonic_s + running.deed.begins_within_s
        running.progress = replace(running.progress, ack_after_s=now.monotonic_s - running.sent_s)
        return self._moved(Event.ACCEPTED)

    def observed(self, state: VehicleState, now: Now) -> list[Output]:
        """Hold the order against what the vehicle says of itself; call it when heartbeat, position or health changed."""
        running = self._running
        if running is None:
            return []
        deed = running.deed
        deed.look(state, now)
        if (deed.needs_ack and running.accepted_s is None) or not deed.begun(state, running.sent_s, now):
            return []
        outputs: list[Output] = []
        seen = deed.seen(state, now)
        if running.begun_s is None:
            running.begun_s = now.monotonic_s
            running.resend_s = None  # it does it: sending on would fight a pilot who changes it again
            running.refusal = None
            running.obedience_s = now.monotonic_s + deed.shows_within_s
            if running.accepted_s is None and not seen:
                outputs += self._moved(Event.ACCEPTED, "it has begun; its answer was lost")
        if not seen:
            return outputs
        running.progress = replace(running.progress, seen_after_s=now.monotonic_s - running.sent_s)
        return self._moved(Event.SEEN)

    def timed_out(self, state: VehicleState, now: Now) -> list[Output]:
        outputs = self._run(state, now)
        while self._waiting and now.monotonic_s >= self._waiting[0][0] + WAITS_S:
            _, order, _ = self._waiting.popleft()
            under_way = "another command" if self._running is None else self._running.progress.order.kind.value
            outputs.append(not_sent(order, f"{under_way} was still under way after {WAITS_S:g} s: order it again"))
        if self._waiting and (self._running is None or self._running.progress.stage is CommandStage.NO_ACK):
            _, order, identity = self._waiting.popleft()
            outputs += self._start(order, state, now, identity)
        return outputs

    def _run(self, state: VehicleState, now: Now) -> list[Output]:
        """What time brings to the order under way."""
        running = self._running
        if running is None:
            return []
        deed, since_sent_s = running.deed, now.monotonic_s - running.sent_s
        if running.refusal is not None and now.monotonic_s >= running.refused_s + WORDS_S:
            return self._moved(Event.REFUSED, _refusal(running.refusal, deed.hint, running.refused_s, self._words))
        outputs: list[Output] = []
        if running.obedience_s is not None and now.monotonic_s >= running.obedience_s:
            outputs += self._judged(running, state, now)
        if running.resend_s is not None and since_sent_s >= deed.patience_s:
            running.resend_s = None
        if running.progress.stage is CommandStage.SENT and since_sent_s >= NO_ACK_S:
            then = "sending goes on" if running.resend_s is not None else "it isn't sent again, but may have been heard"
            outputs += self._moved(Event.SILENT, f"no answer in {NO_ACK_S:g} s; {then}")
        if since_sent_s >= deed.gives_up_s:
            outputs += self._moved(
                Event.SILENT, f"accepted, but no trusted telemetry shows it in {deed.gives_up_s:g} s"
            )
            self._running = None
        elif running.resend_s is not None and now.monotonic_s >= running.resend_s:
            outputs += self._send(running, now)
        return outputs

    def _judged(self, running: _Running, state: VehicleState, now: Now) -> list[Output]:
        """The time for obeying is over. Only what the vehicle itself says lately is disobedience; silence is not."""
        # An estimator that has just come good makes a position count that nobody was called for.
        outputs = self.observed(state, now)
        if self._running is not running or running.obedience_s is None or running.obedience_s > now.monotonic_s:
            return outputs
        since_s = running.sent_s if running.accepted_s is None else running.accepted_s
        instead = running.deed.instead(state, since_s, now)
        if instead is None:
            running.obedience_s = now.monotonic_s + RESEND_S
            return []
        running.obedience_s = None
        return self._moved(Event.DISOBEYED, instead)

    def _start(
        self, order: CommandOrder, state: VehicleState, now: Now, identity: AutopilotVersion | None
    ) -> list[Output]:
        """Send an order at once. The one under way is superseded: the later word counts."""
        outputs = self._moved(Event.OVERTAKEN)
        # Of those that have ended, too: each repetition, on each route, has an answer of its own.
        self._old_acks_until = {command: sent_s + OLD_ACK_S for command, sent_s in self._last_sent.items()}
        deed = deed_for(order, state.heartbeat, identity)
        if isinstance(deed, str):
            return [*outputs, not_sent(order, deed)]
        deed.look(state, now)
        progress = CommandProgress(order, CommandStage.SENT, sent_utc=now.utc)
        self._running = _Running(progress, deed, sent_s=now.monotonic_s, resend_s=now.monotonic_s)
        sends = self._send(self._running, now)
        return [*outputs, *sends, self._running.progress]

    def _drop_waiting(self, stop: CommandOrder) -> list[Output]:
        if not self._waiting:
            return []
        dropped = [order for _, order, _ in self._waiting]
        self._waiting.clear()
        detail = f"{stop.kind.value} overtook it before it was sent"
        return [CommandProgress(order, CommandStage.SUPERSEDED, detail=detail) for order in dropped]

    def _send(self, running: _Running, now: Now) -> list[Output]:
        message = running.deed.steps[running.step].make(running.tries)
        running.tries += 1
        running.progress = replace(running.progress, attempts=running.progress.attempts + 1)
        running.resend_s = now.monotonic_s + RESEND_S
        self._last_sent[running.command] = now.monotonic_s
        return [Send(message)]

    def _moved(self, event: Event, detail: str = "") -> list[Output]:
        running = self._running
        if running is None or (stage := NEXT.get((running.progress.stage, event))) is None:
            return []
        running.progress = replace(running.progress, stage=stage, detail=detail)
        if stage not in OPEN:
            self._running = None
        return [running.progress]


_REASONS: Final = (  # what ArduPilot says beside a refusal, and what it means
    ("requires position", NEEDS_POSITION),
    ("No such mode", "no such mode"),
    ("not armable", "not armable in this mode"),
    ("Q_ENABLE", "a quadplane's mode, and it is none"),
    ("init failed", "the mode doesn't start"),
    ("Arm:", "not armable"),
    ("Failed to pause", "its mission can't be paused where it is; hold stops it"),
    ("AFS not enabled", "no flight termination is set up on board"),
)


def _refusal(result: str, hint: str, refused_s: float, words: Words) -> str:
    """Why the vehicle said no. Its words come beside the answer and are told apart where they are known."""
    said = words.since(refused_s - WORDS_S)
    for text in said:
        for known, meaning in _REASONS:
            if known in text:
                return f"{meaning} ({'; '.join(said)})"
    return f"{result}: {hint}" if hint and not said else words.beside(result, refused_s)
