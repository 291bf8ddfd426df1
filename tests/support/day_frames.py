"""I7, nothing is sent that nobody ordered: each frame that does something to a vehicle has its command, and the command its orderer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from day_evidence import FINAL, DayEvidence
from day_spans import Broken

LATE: Final = timedelta(seconds=2.0)  # a frame may be under way, or sent again, so long after its command's last word
EARLY: Final = timedelta(seconds=0.3)  # and its command's first word be written down so long after it was sent
GOES_ON: Final = timedelta(
    seconds=60.0
)  # a stop that nothing answers is sent again so long (docs/mavlink.md, commands)
STOPS: Final = frozenset(["hold", "rtl", "land", "terminate"])
HELD_UP: Final = timedelta(seconds=5.0)  # an order that reaches its watch later is not carried out

ASKS: Final = frozenset(
    ["HEARTBEAT", "TIMESYNC", "PING", "PARAM_REQUEST_READ", "PARAM_REQUEST_LIST", "MISSION_REQUEST_LIST",
     "MISSION_REQUEST_INT", "MISSION_REQUEST", "MISSION_ACK", "COMMAND_ACK"]
)  # fmt: skip
"""What changes nothing on a vehicle."""
ASKS_BY_COMMAND: Final = frozenset([511, 512, 519, 520])
"""MAV_CMD_SET_MESSAGE_INTERVAL, _REQUEST_MESSAGE, _REQUEST_PROTOCOL_VERSION, _REQUEST_AUTOPILOT_CAPABILITIES."""

_SET_MODE, _REPOSITION, _PAUSE_CONTINUE, _ARM, _TERMINATE, _TAKEOFF, _FENCE = 176, 192, 193, 400, 185, 22, 207
DOES: Final[Mapping[str, frozenset[object]]] = {
    "hold": frozenset([_SET_MODE]),
    "rtl": frozenset([_SET_MODE]),
    "land": frozenset([_SET_MODE]),
    "terminate": frozenset([_TERMINATE]),
    "arm": frozenset([_ARM]),
    "disarm": frozenset([_ARM]),
    "takeoff": frozenset([_TAKEOFF, _SET_MODE]),
    "goto": frozenset([_REPOSITION]),
    "pause": frozenset([_PAUSE_CONTINUE, _SET_MODE]),
    "continue": frozenset([_PAUSE_CONTINUE, _SET_MODE]),
    "fence-on": frozenset([_FENCE]),
    "fence-off": frozenset([_FENCE]),
    "load-fence": frozenset(
        [_FENCE, "PARAM_SET", "MISSION_COUNT", "MISSION_ITEM_INT", "MISSION_ITEM", "MISSION_CLEAR_ALL"]
    ),
    "restore": frozenset(
        [_FENCE, "PARAM_SET", "MISSION_COUNT", "MISSION_ITEM_INT", "MISSION_ITEM", "MISSION_CLEAR_ALL"]
    ),
}
"""By what each command reaches a vehicle: MAV_CMDs by number, other messages by name."""
MODES: Final[Mapping[str, frozenset[int]]] = {
    "hold": frozenset([17, 12, 4]),  # BRAKE of a copter, LOITER of a plane, HOLD of a rover
    "rtl": frozenset([6, 11]),
    "land": frozenset([9]),
    "takeoff": frozenset([4]),  # GUIDED
    "continue": frozenset([3, 10]),  # AUTO
    "pause": frozenset([17, 12, 4]),
}


@dataclass
class _Command:
    """since: when the watch first told of it; until: its last word, or when the watch ended."""

    id: str
    kind: str
    by: str
    since: datetime
    until: datetime
    over: bool = False


def i7_nothing_sent_that_nobody_ordered(day: DayEvidence) -> Iterator[Broken]:
    commands = _commands(day)
    ours = {vehicle.sysid for _, orders in day.orders for vehicle in orders.vehicles}
    for frame, message in day.sent:
        kind, target = message.get_type(), int(getattr(message, "target_system", 0))
        what = f"{kind} {int(message.command)}" if kind.startswith("COMMAND_") and hasattr(message, "command") else kind
        if kind in ASKS or (kind in ("COMMAND_LONG", "COMMAND_INT") and int(message.command) in ASKS_BY_COMMAND):
            if target not in (0, frame.to):
                yield Broken("I7", frame.utc, f"{what} for sysid {target} reached {frame.to}")
            continue
        if target != frame.to:
            yield Broken("I7", frame.utc, f"{what} for sysid {target} reached {frame.to}")
        elif target not in ours and not any(_is_of(each, frame.utc) for each in commands.get(target, ())):
            yield Broken("I7", frame.utc, f"{what} to sysid {target}, which is nobody's of ours")
        elif not any(_is_of(each, frame.utc) and _does(each, message) for each in commands.get(target, ())):
            yield Broken("I7", frame.utc, f"{what} to sysid {target}, of no command")
    for sysid, each in ((sysid, each) for sysid, known in commands.items() for each in known):
        if why := _nobody(day, sysid, each):
            yield Broken("I7", each.since, f"{each.id}, {each.kind} for sysid {sysid}: {why}")


def _commands(day: DayEvidence) -> dict[int, list[_Command]]:
    """By vehicle, each command that a watch told of. A watch that starts sends nothing of what was ordered before."""
    found: dict[str, _Command] = {}
    of_vehicle: dict[int, list[_Command]] = {}
    for when, _, of in day.events("CommandMoved", "WatchStarted"):
        if "progress" not in of:
            for each in found.values():
                each.until, each.over = min(each.until, when) if each.over else when, True
            continue
        progress = of["progress"]
        order = progress["order"]
        if (command := found.get(order["id"])) is None:
            command = found[order["id"]] = _Command(order["id"], order["kind"], order["by"], when, when)
            of_vehicle.setdefault(int(order["sysid"]), []).append(command)
        if not command.over:
            command.until, command.over = when, progress["stage"] in FINAL
            if progress["stage"] == "no-ack" and command.kind in STOPS:
                command.until = command.since + GOES_ON
    for each in found.values():
        each.until = each.until if each.over else day.end
    return of_vehicle


def _is_of(command: _Command, when: datetime) -> bool:
    return command.since - EARLY <= when <= command.until + LATE


def _does(command: _Command, message: Any) -> bool:
    kind = message.get_type()
    means = int(message.command) if kind in ("COMMAND_LONG", "COMMAND_INT") else kind
    if means not in DOES[command.kind]:
        return False
    if means == _SET_MODE:
        return int(message.param2) in MODES.get(command.kind, ())
    if means == _ARM:
        return bool(message.param1) == (command.kind == "arm")
    return True


def _nobody(day: DayEvidence, sysid: int, command: _Command) -> str:
    """Why nobody ordered it; "" where somebody did: a person, on record before it was sent, or the policy in an episode."""
    if command.by != "policy":
        for entry, payload in day.payloads:
            body = payload["body"]
            if entry.action == "command.order" and body["id"] == command.id:
                told = (body["by"], int(body["sysid"]), body["kind"])
                right = (
                    told == (command.by, sysid, command.kind)
                    and entry.utc <= command.since + EARLY <= entry.utc + HELD_UP + EARLY
                )
                return "" if right else "it isn't what was ordered"
            if entry.action == "sector.clear" and any(each["id"] == command.id for each in body["orders"]):
                return ""
        return f"{command.by} didn't order it"
    if command.kind == "restore":
        return ""  # of what was kept, once its slot is over: `slot.*` entries say so
    standing = False
    for when, _, of in day.events("EpisodeMoved"):
        if int(of["sysid"]) == sysid and when <= command.since + EARLY:
            standing = of["step"] != "over" or when >= command.since - EARLY
    return "" if standing else "the policy has no episode of it"
