"""A drill as the range's own record has it: which alarms came, and what people did. No I/O.

Read by an entry's action and its payload's shape, so that a kind of deed or alarm that the range learns later is scored
without a change here.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from rangeops.domain.audit import AuditEntry
from rangeops.domain.drills import AlarmShown, Deed

_NO_PERSONS: Final = frozenset(["watch", "server", ""])  # roles of who writes by itself
_ALARM_KEYS: Final = frozenset(["id", "condition", "source", "priority", "raised_utc", "title"])
_DEPTH: Final = 3  # of an alarm within a payload
_WORD: Final = re.compile(r"[\w-]+")
_ORDER: Final = "command.order"
_ACKNOWLEDGE: Final = "alarm.acknowledge"
_CALL: Final = "call"  # a call that was logged: its word and its object are in the entry's body


@dataclass(slots=True)
class DrillRecord:
    """began: the emergency. callsigns: by sysid; slots: callsigns by slot. outside: who else may be called, in lower case."""

    began: datetime
    callsigns: Mapping[int, str]
    slots: Mapping[str, str]
    outside: frozenset[str] = frozenset()
    deeds: list[Deed] = field(default_factory=list)
    _alarms: dict[str, AlarmShown] = field(default_factory=dict)

    def take(self, entries: Iterable[AuditEntry]) -> None:
        for entry in entries:
            payload = json.loads(entry.payload)
            body, at_s = payload.get("body"), self._since(datetime.fromisoformat(payload["happened"]))
            if isinstance(body, Mapping) and isinstance(body.get("report"), Mapping):
                self._drawn(body["report"].get("drawn", ()))
            elif entry.role in _NO_PERSONS:
                if (alarm := _alarm_in(body)) is not None:
                    self._raised(alarm)
            elif at_s >= 0:
                self._did(entry, payload, at_s)

    def delivered(self, alarm_id: str, when: datetime) -> None:
        """The feed has brought it: what a screen draws within a frame, unless one tells otherwise."""
        alarm = self._alarms.get(alarm_id)
        if alarm is not None and alarm.shown_s is None:
            self._alarms[alarm_id] = replace(alarm, shown_s=self._since(when))

    @property
    def alarms(self) -> tuple[AlarmShown, ...]:
        return tuple(sorted(self._alarms.values(), key=lambda alarm: alarm.raised_s))

    def _since(self, when: datetime) -> float:
        return round((when - self.began).total_seconds(), 2)

    def _raised(self, alarm: Mapping[str, Any]) -> None:
        raised_s = self._since(datetime.fromisoformat(str(alarm["raised_utc"])))
        if alarm["id"] not in self._alarms and raised_s >= 0:
            self._alarms[str(alarm["id"])] = AlarmShown(
                id=str(alarm["id"]),
                condition=str(alarm["condition"]),
                source=str(alarm["source"]),
                priority=int(alarm["priority"]),
                title=str(alarm["title"]),
                raised_s=raised_s,
            )

    def _drawn(self, told: Iterable[Mapping[str, Any]]) -> None:
        """What a screen says that it gave to its terminal, and when: the first time counts."""
        for each in told:
            alarm = self._alarms.get(str(each.get("alarm")))
            if alarm is not None and not alarm.drawn:
                at_s = self._since(datetime.fromisoformat(str(each["utc"])))
                self._alarms[alarm.id] = replace(alarm, shown_s=max(at_s, alarm.raised_s), drawn=True)

    def _did(self, entry: AuditEntry, payload: Mapping[str, Any], at_s: float) -> None:
        says, body = str(payload["says"]), payload.get("body")
        kind, about = entry.action, None
        if kind == _ORDER and isinstance(body, Mapping):
            kind = f"command.{body['kind']}"
        elif kind.partition(".")[0] == _CALL and isinstance(body, Mapping) and "word" in body:
            kind = f"call.{str(body['word']).lower().replace(' ', '-')}"
            about = self._called(str(body["about"]), str(body.get("to", "")))
        self.deeds.append(Deed(at_s, entry.actor, kind, about or self._about(entry.target, body, says), says))
        if entry.action == _ACKNOWLEDGE:
            alarm_id = entry.target.removeprefix("alarm:")
            alarm = self._alarms.get(alarm_id)
            if alarm is not None and alarm.acked_s is None:
                self._alarms[alarm_id] = replace(alarm, acked_s=at_s, acked_by=entry.actor)

    def _called(self, about: str, to: str) -> frozenset[str]:
        """Who was called: somebody outside where the drill knows him, else the pilot of what the call was about."""
        outside = _words(to) & self.outside
        return outside or frozenset([about.lower()]) | _words(to)

    def _about(self, target: str, body: Any, says: str) -> frozenset[str]:
        """Whom the target names; else every vehicle in the body and every word that was said."""
        noun, _, name = target.partition(":")
        who = None
        if noun == "vehicle" and name.isdigit():
            who = self.callsigns.get(int(name), name)
        elif noun == "slot":
            who = self.slots.get(name, name)
        elif noun == "alarm":
            who = alarm.source if (alarm := self._alarms.get(name)) is not None else name
        if who is not None:
            return frozenset([who.lower()])
        vehicles = {self.callsigns.get(sysid, str(sysid)).lower() for sysid in _sysids_in(body)}
        return _words(f"{name} {says}") | vehicles


def _words(text: str) -> frozenset[str]:
    """Every word in lower case, and each two that follow each other."""
    words = _WORD.findall(text.lower())
    return frozenset([*words, *(" ".join(two) for two in pairwise(words))])


def _sysids_in(value: Any) -> set[int]:
    """Of an act on several vehicles: whose numbers stand anywhere in it."""
    if isinstance(value, Mapping):
        own = {value["sysid"]} if isinstance(value.get("sysid"), int) else set()
        return own.union(*map(_sysids_in, value.values()))
    if isinstance(value, list):
        return set().union(*map(_sysids_in, value))
    return set()


def _alarm_in(value: Any, depth: int = _DEPTH) -> Mapping[str, Any] | None:
    """The alarm that a payload holds, at whatever place; None where it holds none."""
    if not isinstance(value, Mapping):
        return None
    if value.keys() >= _ALARM_KEYS:
        return value
    if depth == 0:
        return None
    return next((found for each in value.values() if (found := _alarm_in(each, depth - 1)) is not None), None)
