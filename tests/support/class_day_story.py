"""What a day of every class should have come to: each part of its story, held against the record, the truth and the player's notes."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from class_day import (
    CUT_OFF,
    FLYING,
    NOBODYS,
    PLANE,
    ROVER,
    RUNAWAY,
    TAKEN_OVER,
    WITHDRAWN,
    Noted,
)  # fmt: skip
from class_day_evidence import true_lines
from day_evidence import DayEvidence
from day_invariants import ARMED_S
from stranger import checked_by_a_stranger

from rangeops.adapters.checkpoints import public_pem
from rangeops.domain.commands import POLICY

SEEN_S: Final = 3.0  # docs/promises.md: a stop is seen obeyed within
WATCH_BACK_S: Final = 2.0  # a watch that was killed is replaced within
FAILSAFE_S: Final = (3.5, 9.0)  # 5 s after the last heartbeat, which was up to 1 s before the cut; told at 1 Hz


class Mode(NamedTuple):
    """A vehicle truly came into it, armed."""

    utc: datetime
    name: str


class Move(NamedTuple):
    """A command, as far as it got."""

    kind: str
    by: str
    sent: datetime | None
    stage: str
    seen_s: float | None


class Story:
    """figures: what was measured, for people. `unfulfilled`: what should have happened and didn't."""

    def __init__(self, day: DayEvidence, noted: Noted, truth: Path) -> None:
        self._day, self._noted = day, noted
        self.figures: dict[str, str] = {}
        self.modes: dict[int, list[Mode]] = {}
        for each in true_lines(truth):
            modes = self.modes.setdefault(each["sysid"], [])
            if each["armed"] and (not modes or modes[-1].name != each["mode"]):
                modes.append(Mode(datetime.fromisoformat(each["utc"]), each["mode"]))

    def unfulfilled(self) -> list[str]:
        parts = (
            self._handed_in, self._runaway, self._taken_over, self._cut_off, self._withdrawn, self._plane, self._rover,
            self._nobodys, self._killed, self._debriefed,
        )  # fmt: skip
        return [f"{part.__name__.strip('_')}: {what}" for part in parts for what in part()]

    def _handed_in(self) -> Iterator[str]:
        if not any("rev 1: refused" in line for line in self._noted.told):
            yield "no plan was refused and handed in again"
        for what, word in {"no plan": "x.plan", "taken air": "EAST"}.items():
            if word not in (says := self._noted.refused.get(what, "")) or says.startswith("it was taken"):
                yield f"{what}: {says}"
        if len(self._noted.held[-1]) != len(FLYING):
            yield f"{len(self._noted.held[-1])} of {len(FLYING)} slots"

    def _runaway(self) -> Iterator[str]:
        yield from self._stopped(RUNAWAY, "forecast-exit", ("hold", "rtl"))
        if (names := self._names(RUNAWAY)[-3:]) != ["AUTO", "BRAKE", "RTL"]:
            yield f"its modes were {names}"

    def _taken_over(self) -> Iterator[str]:
        yield from self._stopped(TAKEN_OVER, "forecast-exit", ("hold",))
        if (names := self._names(TAKEN_OVER)[-4:]) != ["AUTO", "BRAKE", "GUIDED", "LAND"]:
            yield f"its modes were {names}"
        taken = next(
            (
                mode.utc
                for mode in self.modes[TAKEN_OVER]
                if mode.name == "GUIDED" and mode.utc > self._held_at(TAKEN_OVER)
            ),
            None,
        )
        fought = [
            move for move in self._moves(TAKEN_OVER) if move.by == POLICY and move.sent and taken and move.sent > taken
        ]
        if fought:
            yield f"he took over at {taken}, and was fought: {fought}"

    def _cut_off(self) -> Iterator[str]:
        ((since, until),) = self._noted.bad_air[CUT_OFF]
        home = [mode.utc for mode in self.modes[CUT_OFF] if mode.name == "RTL" and mode.utc >= since]
        if not home or not FAILSAFE_S[0] <= (home[0] - since).total_seconds() <= FAILSAFE_S[1] or home[0] > until:
            yield f"its own failsafe didn't bring it home while its link was cut from {since} to {until}: {home}"
        else:
            self.figures["own failsafe after the cut"] = f"{(home[0] - since).total_seconds():.1f} s"
        lost = [each for each in self._standing(CUT_OFF, "link-lost") if since <= each <= until]
        stale = [each for each in self._standing(CUT_OFF, "telemetry-stale") if since <= each <= until]
        if not lost or not stale:
            yield f"its silence wasn't alarmed: stale {stale}, lost {lost}"
        else:
            after = [(each - since).total_seconds() for each in (stale[0], lost[0])]
            self.figures["stale, lost after the cut"] = f"{after[0]:.1f} s, {after[1]:.1f} s"
        if any(move.by == POLICY for move in self._moves(CUT_OFF)):
            yield "the policy told it something"

    def _withdrawn(self) -> Iterator[str]:
        if not self._standing(WITHDRAWN, "flies-withdrawn"):
            yield "nothing said that it flies without its clearance"
        for kind in ("hold", "rtl"):
            moves = [move for move in self._moves(WITHDRAWN) if move.kind == kind and move.by != POLICY]
            if not moves or moves[-1].stage != "seen":
                yield f"the operator's {kind}: {moves}"

    def _plane(self) -> Iterator[str]:
        yield from self._stopped(PLANE, "forecast-exit", ("hold",))
        names = self._names(PLANE)
        if names[:4] != ["AUTO", "GUIDED", "LOITER", "GUIDED"] and names[1:5] != ["AUTO", "GUIDED", "LOITER", "GUIDED"]:
            yield f"its modes were {names}"
        if "RTL" not in names or names[-1] != "AUTO":
            yield f"it didn't come back and land: {names}"
        if not self._standing(PLANE, "outside-flight-geography"):
            yield "that it flew out of its volume wasn't alarmed as such"

    def _rover(self) -> Iterator[str]:
        yield from self._stopped(ROVER, "forecast-exit", ("hold",))
        if (names := self._names(ROVER)[-3:]) != ["GUIDED", "HOLD", "RTL"]:
            yield f"its modes were {names}"
        if ("disarm", "seen") not in [(move.kind, move.stage) for move in self._moves(ROVER)]:
            yield "it wasn't seen disarmed"

    def _nobodys(self) -> Iterator[str]:
        armed = next(point.utc for point in self._day.truth[NOBODYS] if point.armed)
        alarms = self._standing(NOBODYS, "armed-without-clearance")
        if not alarms or (alarms[0] - armed).total_seconds() > ARMED_S:
            yield f"it was armed at {armed} and alarmed at {alarms}"
        else:
            self.figures["armed without clearance, alarmed after"] = f"{(alarms[0] - armed).total_seconds():.1f} s"
        if self._moves(NOBODYS):
            yield "somebody commanded it"

    def _killed(self) -> Iterator[str]:
        (killed,) = self._noted.watch_killed
        beats = [
            frame.utc
            for frame, message in self._day.sent
            if message.get_type() == "HEARTBEAT" and frame.to == WITHDRAWN
        ]
        back = next((when for when in beats if when > killed), None)
        if back is None or (back - killed).total_seconds() > WATCH_BACK_S:
            yield f"the watch was killed at {killed}, and the next heartbeat reached a vehicle at {back}"
        else:
            self.figures["heartbeat back after the watch's kill"] = f"{(back - killed).total_seconds():.2f} s"
        tripped = {
            int(of["sysid"])
            for when, _, of in self._day.events("StatusTextHeard")
            if when > killed and "GCS Failsafe" in of["text"] and not of["text"].endswith(("Off", "Cleared"))
        } - {CUT_OFF}
        if tripped:
            yield f"the failsafes of {sorted(tripped)} acted, though a watch was there"
        ((since, until),) = self._noted.unserved
        self.figures["server back after its kill"] = f"{(until - since).total_seconds():.1f} s"

    def _debriefed(self) -> Iterator[str]:
        lacking = {RUNAWAY, TAKEN_OVER, PLANE, ROVER} - set(self._noted.incidents.values())
        if lacking:
            yield f"no incident of {sorted(lacking)}"
        if self._noted.signed != "signed":
            yield f"the incident is {self._noted.signed or 'not reviewed'}"
        if self._noted.report is None or not self._noted.report.is_file():
            yield "there is no report"
        if self._noted.bundle is None or not self._noted.bundle.is_file():
            yield "there is no evidence for a stranger"
        elif says := _checked_by_a_stranger(self._noted.bundle, self._day.keys[0]):
            yield f"a stranger's check of the evidence says {says}"

    # What the parts ask for.

    def _stopped(self, sysid: int, condition: str, kinds: tuple[str, ...]) -> Iterator[str]:
        """Foreseen, and then the policy's commands, each seen in time."""
        alarms = self._standing(sysid, condition)
        if not alarms:
            yield f"no {condition}"
        for kind in kinds:
            moves = [move for move in self._moves(sysid) if move.kind == kind and move.by == POLICY]
            if not moves or moves[0].stage != "seen" or moves[0].seen_s is None or moves[0].seen_s > SEEN_S:
                yield f"the policy's {kind}: {moves}"
            elif moves[0].sent is None or not alarms or alarms[0] > moves[0].sent:
                yield f"it was told to {kind} before it was alarmed"
            else:
                self.figures[f"{sysid}: {kind} seen after"] = f"{moves[0].seen_s:.2f} s"
        if alarms and kinds[0] == "hold" and (held := self._held_at(sysid)) is not None:
            self.figures[f"{sysid}: alarm before the hold"] = f"{(held - alarms[0]).total_seconds():.1f} s"

    def _held_at(self, sysid: int) -> datetime:
        held = [move.sent for move in self._moves(sysid) if move.kind == "hold" and move.by == POLICY and move.sent]
        return held[0] if held else self._day.end

    def _names(self, sysid: int) -> list[str]:
        return [mode.name for mode in self.modes.get(sysid, ())]

    def _standing(self, sysid: int, condition: str) -> list[datetime]:
        return sorted(each.since for each in self._day.alarms if each.sysid == sysid and each.condition == condition)

    def _moves(self, sysid: int) -> list[Move]:
        last: dict[str, dict[str, Any]] = {}
        for _, _, of in self._day.events("CommandMoved"):
            if int(of["progress"]["order"]["sysid"]) == sysid:
                last[of["progress"]["order"]["id"]] = of["progress"]
        return [
            Move(
                each["order"]["kind"], each["order"]["by"],
                None if each["sent_utc"] is None else datetime.fromisoformat(each["sent_utc"]),
                each["stage"], None if each["seen_after_s"] is None else float(each["seen_after_s"]),
            )
            for each in last.values()
        ]  # fmt: skip


def _checked_by_a_stranger(bundle: Path, public_key: bytes) -> str:
    """By check.py, with no other line of rangeops; "" where it holds."""
    key = bundle.with_suffix(".pem")
    key.write_text(public_pem(public_key))
    code, said = checked_by_a_stranger(bundle, key)
    return "" if code == 0 else f"{code}: {said[-500:]}"
