"""docs/alarms.md and a page for each alarm: what the catalogue says of it, and what the shipped policies do on it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from rangeops.adapters.formats.range_folder import load_site
from rangeops.domain.alarm_conditions import OF_A_LINK
from rangeops.domain.alarm_entries_range import OF_THE_RANGE
from rangeops.domain.alarms import CATALOGUE, REALARM_S, CatalogueEntry, Condition, Priority
from rangeops.domain.policy import Automation, Policy, Rung

SHIPPED: Final = ("twente", "polder")

_C = Condition
_RUNG: Final[Mapping[Condition, Rung]] = {
    _C.FORECAST_EXIT: Rung.FORECAST_EXIT,
    _C.PROHIBITED_ZONE: Rung.FORECAST_EXIT,
    _C.ABOVE_CEILING: Rung.FORECAST_EXIT,
    _C.OUTSIDE_FLIGHT_GEOGRAPHY: Rung.OUTSIDE_FLIGHT_GEOGRAPHY,
    _C.OUTSIDE_CONTINGENCY: Rung.LEAVING_CONTINGENCY,
    _C.OUTSIDE_RANGE: Rung.OUTSIDE_RANGE,
    _C.FLIES_WITHDRAWN: Rung.WITHDRAWN,
}
"""Whose rung sends something, by the range's policy. On no other alarm is anything sent but what _SENT says."""

_IN_A_ZONE: Final = Rung.LEAVING_CONTINGENCY  # in it a vehicle stands no better than outside its contingency volume

_SENT: Final[Mapping[Condition, str]] = {
    _C.COMMAND_NOT_ACKED: "The same command again. No rung is climbed: a dead uplink is no disobedience.",
    _C.COMMAND_NOT_OBEYED: "The ladder's next command, if the one that wasn't obeyed was the policy's own.",
    _C.WAY_HOME_BLOCKED: "A hold in place of the return, or nothing where it is held already; RTL once the way is clear.",
    _C.CANT_HOLD: "Inside the contingency volume the same hold again after 3 s, three in all; outside it LAND.",
    _C.PILOT_HAS_CONTROL: "Nothing more in this episode. A pilot is never fought; a person decides once.",
    _C.POSITION_UNTRUSTED: "Nothing: what isn't known is no reason to send it anywhere.",
    _C.TELEMETRY_STALE: "Nothing: what isn't known is no reason to send it anywhere.",
    _C.LINK_LOST: "Nothing: nobody hears it. Its own GCS failsafe acts.",
    _C.VEHICLE_UNJUDGED: "Nothing: it counts as UNKNOWN.",
    _C.GNSS_DENIED: "Nothing, for as long as it is jammed: its pilot is called.",
    _C.ENFORCEMENT_DOWN: "Nothing can be. The heartbeat stops with the watch, so that each vehicle's own GCS failsafe acts.",
}

_PLACE: Final = "[enforcement](../safety/enforcement.md)"
_FORECAST: Final = "[the forecast](../safety/forecast.md)"
_SEPARATION: Final = "[separation](../safety/separation.md)"
_SIGNING: Final = "[signing](../mavlink.md#signing)"
_CLEARANCE: Final = "[clearance](../clearance.md)"


def _rule(code: str, anchor: str) -> str:
    return f"plan rule [{code}](../plan-rules.md#{anchor})"


_INSIDE: Final = _rule("GEO-01", "geo-01-every-leg-is-inside-the-volume")
_ROOM: Final = _rule("GEO-06", "geo-06-room-to-stop-before-every-edge")
_RELATED: Final[Mapping[Condition, tuple[str, ...]]] = {
    _C.FORECAST_EXIT: (_FORECAST, _PLACE, _ROOM),
    _C.PROHIBITED_ZONE: (
        _FORECAST,
        "[zones](../zones.md)",
        _rule("GEO-03", "geo-03-every-leg-is-clear-of-closed-zones"),
    ),
    _C.ABOVE_CEILING: (
        _FORECAST,
        _rule("ALT-01", "alt-01-alt-02-alt-03-heights"),
        _rule("ALT-05", "alt-05-room-to-level-off-under-the-ceiling-and-over-the-floor"),
    ),
    _C.OUTSIDE_FLIGHT_GEOGRAPHY: ("[volumes](../safety/volumes.md)", _PLACE, _INSIDE),
    _C.OUTSIDE_CONTINGENCY: ("[volumes](../safety/volumes.md)", _PLACE),
    _C.OUTSIDE_RANGE: ("[volumes](../safety/volumes.md)", _PLACE),
    _C.CREWED_NEAR: (_SEPARATION, "[clearing a sector](../safety/enforcement.md#clear-the-sector)"),
    _C.SEPARATION_LOST: (_SEPARATION,),
    _C.DRONES_CONVERGE: (_SEPARATION,),
    _C.SEPARATION_UNKNOWN: (_SEPARATION,),
    _C.REACH_TOUCHES_EDGE: (_SEPARATION, "[what it can't promise](../limits.md)"),
    _C.FLY_AWAY: (_PLACE, "[the drill](../drills.md#the-drills) `fly-away`"),
    _C.LINK_LOST: ("[the drill](../drills.md#the-drills) `lost-link`", "[the uplink](../mavlink.md)"),
    _C.UPLINK_LOST: ("[the uplink](../mavlink.md)",),
    _C.ENFORCEMENT_DOWN: (
        "[three processes](../architecture.md#three-processes-and-why)",
        "[the drill](../drills.md#the-drills) `watch-lost`",
    ),
    _C.WAY_HOME_BLOCKED: (_PLACE, _rule("GEO-04", "geo-04-the-way-home-is-clear-from-every-leg")),
    _C.CANT_HOLD: ("[where the ladder ends](../safety/enforcement.md#where-the-ladder-ends)",),
    _C.PILOT_HAS_CONTROL: ("[where the ladder ends](../safety/enforcement.md#where-the-ladder-ends)",),
    _C.COMMAND_NOT_ACKED: ("[commands](../mavlink.md#commands)",),
    _C.COMMAND_NOT_OBEYED: ("[commands](../mavlink.md#commands)", _PLACE),
    _C.FENCE_NOT_VERIFIED: (_CLEARANCE, "[what the range writes](../hardware.md#what-the-range-writes)"),
    _C.FENCE_BREACH_ON_BOARD: ("[what it can't promise](../limits.md)",),
    _C.ARMED_WITHOUT_CLEARANCE: (_CLEARANCE,),
    _C.FLIES_WITHDRAWN: ("[withdrawing](../clearance.md#withdrawn)", _PLACE),
    _C.GNSS_DENIED: ("[booking](../booking.md)",),
    _C.SLOT_ENDS_IN_5_MIN: ("[booking](../booking.md)", _rule("TIME-01", "time-01-the-mission-fits-the-slot")),
    _C.SLOT_ENDS_IN_1_MIN: ("[booking](../booking.md)", _rule("TIME-01", "time-01-the-mission-fits-the-slot")),
    _C.SLOT_OVERRUN: ("[booking](../booking.md)",),
    _C.BATTERY_UNDER_RESERVE: (_rule("ENE-01", "ene-01-the-battery-lasts-with-its-reserve"),),
    _C.RESTORE_DUE: ("[what the range writes](../hardware.md#what-the-range-writes)",),
    _C.GCS_FAILSAFE_NOT_ARMED: ("[what it can't promise](../limits.md)",),
    _C.RECORDER_FAILING: ("[a disk that takes nothing](../record.md#a-disk-that-takes-nothing)",),
    _C.RECORD_NOT_SIGNED: ("[checkpoints](../record.md#checkpoints)",),
    _C.EVIDENCE_SIGNATURES_MISSING: ("[what to do](../security.md#what-to-do-when-it-is-found)",),
    _C.PACKETS_UNSIGNED: (_SIGNING,),
    _C.SIGNATURE_WRONG: (_SIGNING,),
    _C.PACKETS_REPLAYED: (_SIGNING,),
    _C.KEYS_UNREADABLE: (_SIGNING,),
    _C.DAYLIGHT_ENDING: (_rule("TIME-02", "time-02-the-slot-is-in-daylight"),),
    _C.WIND_OVER_LIMIT: (_CLEARANCE,),
    _C.OBSERVATION_TOO_OLD: (_CLEARANCE,),
}

_HEAD: Final = """\
# Alarms

Printed by `make docs`; don't edit by hand. Each asks for one action; what asks for none is in the log. Each has a page of its own.
States and what moves them: [states](states.md). Separation and a lost vehicle's circle, at length:
[separation](safety/separation.md#what-an-operator-does).

## Rules

- An alarm leaves the list when it was acknowledged and its condition is over; one that latches, when it was reset too (`a` again).
- Shelving needs a reason and an end: a P3 takes 60 min at most, a P2 15, a P1 none. It ends by itself, or by hand; what
  still holds then is announced anew. A restart of the watch makes no shelf longer.
- Suppressed by design: while a worse alarm of the same source stands, or in a state of it, some say nothing new. Their pages say
  so, and the screen under `tab`. No P1 is ever suppressed.
- Out of service: by a safety officer or an admin, for a reason, until it is put back; never a P1. In the list, and on the hand-over page.
- A condition that comes back within a minute of its announcement is the same alarm, with a count of how often: a chattering
  input makes one alarm a minute. A P1 asks for an acknowledgement again each time.
- A flood is more than 10 announcements in 10 minutes. Then list and banner show groups: one condition at three sources or more
  that began within 10 s of each other, or three lesser alarms or more of one vehicle. The first of a group is marked; every
  P1 is named, at 80x24 too.
- `rangeops alarms stats` has the figures of EEMUA 191 and ISA-18.2 from the record: 1 alarm in 10 minutes is good, 2 the most;
  P3/P2/P1 near 80/15/5 %; time in flood, top sources, chattering, standing for over a day, time to acknowledge.

"""


def pages(docs: Path) -> Iterator[tuple[Path, str]]:
    policies = {name: policy_of(name) for name in SHIPPED}
    yield docs / "alarms.md", _list()
    for entry in CATALOGUE.values():
        yield docs / "alarms" / f"{entry.condition.value}.md", _page(entry, policies)


def policy_of(shipped_range: str) -> Policy:
    return load_site(Path(__file__).parents[2] / "geofences" / shipped_range).policy


def _list() -> str:
    entries = sorted(CATALOGUE.values(), key=lambda each: (each.priority, each.title))
    lines = [
        f"## The {len(entries)} alarms",
        "",
        "| priority | alarm | do | on delay | off delay | deadband | latching | shelve at most |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for entry in entries:
        latching = "yes" if entry.latching else ""
        deadband = f"{entry.deadband.amount:g} {entry.deadband.unit}" if entry.deadband else ""
        delays = f"{entry.on_delay_s:g} s | {entry.off_delay_s:g} s"
        name = f"[{entry.title}](alarms/{entry.condition.value}.md)"
        lines.append(
            f"| P{entry.priority} | {name} | {entry.action} | {delays} | {deadband} | {latching} | {_shelf(entry)} |"
        )
    return _HEAD + "\n".join(lines) + "\n"


def _page(entry: CatalogueEntry, policies: Mapping[str, Policy]) -> str:
    condition = entry.condition
    lines = [
        f"# {entry.title}",
        "",
        f"P{entry.priority} · `{condition.value}` · {_source(condition)} · printed by `make docs`",
        "",
        f"**Do: {entry.action}.** Time to respond: {entry.respond_s:g} s.",
        "",
        "| | |",
        "|---|---|",
        f"| Held against | {entry.limit} |",
        f"| Cause | {entry.cause} |",
        f"| Consequence | {entry.consequence} |",
        f"| What to do | {entry.response} |",
        f"| What the range sends | {_sends(condition, policies)} |",
        f"| What ends it | {_end(entry)} |",
        *([f"| Says nothing | {quiet} |"] if (quiet := _quiet(entry)) else []),
        f"| Shelved at most | {_shelf(entry)} |",
    ]
    if related := _RELATED.get(condition):
        lines += ["", f"See {', '.join(related)}."]
    return "\n".join([*lines, "", "[All alarms](../alarms.md)", ""])


def _source(condition: Condition) -> str:
    if condition in OF_A_LINK:
        return "of a link"
    return "of the range" if any(entry.condition is condition for entry in OF_THE_RANGE) else "of a vehicle"


def _sends(condition: Condition, policies: Mapping[str, Policy]) -> str:
    if (rung := _RUNG.get(condition)) is not None:
        said = {name: _policy(policy, rung) for name, policy in policies.items()}
        if condition is Condition.PROHIBITED_ZONE:
            said = {name: f"{what}; once inside, {_policy(policies[name], _IN_A_ZONE)}" for name, what in said.items()}
        if len(set(said.values())) == 1:
            return f"By the shipped policies: {said[SHIPPED[0]]}."
        return f"{'; '.join(f'policy of `{name}`: {what}' for name, what in said.items())}."
    return _SENT.get(condition, "Nothing: it tells people.")


def _policy(policy: Policy, rung: Rung) -> str:
    rules = policy.at(rung)
    name = rules.command.value.upper() if rules.command.value != "hold" else "hold"
    if rules.automation is Automation.ADVISE:
        return "nothing"
    if rules.automation is Automation.CONFIRM:
        return f"{name} is offered, one key away (`!`)"
    then = f", and {rules.then.value.upper()} {rules.then_after_s:g} s after it was seen" if rules.then else ""
    when = f"once {policy.reaction_margin_s:g} s are left to stop" if rung is Rung.FORECAST_EXIT else "at once"
    return f"{name} {when}{then}"


def _end(entry: CatalogueEntry) -> str:
    band = f", by {entry.deadband.amount:g} {entry.deadband.unit} or more," if entry.deadband else ""
    acts = "was acknowledged and reset (`a`, and `a` again)" if entry.latching else "was acknowledged (`a`)"
    again = f" Back within {REALARM_S:g} s of its announcement it is the same alarm."
    return f"Its condition is over{band} for {entry.off_delay_s:g} s, and it {acts}.{again}"


def _quiet(entry: CatalogueEntry) -> str:
    while_ = [f"while [{CATALOGUE[other].title}]({other.value}.md) stands" for other in entry.suppressed_by]
    return ", ".join([*while_, *(f"while {state.value}" for state in entry.suppressed_while)])


def _shelf(entry: CatalogueEntry) -> str:
    return f"{entry.longest_shelf_s / 60:.0f} min" if entry.longest_shelf_s else "never"


def worst() -> list[CatalogueEntry]:
    """Every P1, by title."""
    return sorted((each for each in CATALOGUE.values() if each.priority is Priority.P1), key=lambda each: each.title)
