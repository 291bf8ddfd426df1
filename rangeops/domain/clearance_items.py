"""What stands between a slot and its clearance: every item is looked at each time and answers for itself.

OK, MISSING, UNKNOWN or, where the range's file says why, WAIVED. What isn't known never counts as there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

from rangeops.domain.aircraft import Airframe
from rangeops.domain.clearance import CLEARABLE, STOP_PATH, Clearance, LiveFacts, StopProof, bound_of, standing_votes
from rangeops.domain.clearance_rules import ClearanceRules, Item
from rangeops.domain.commands import CommandKind
from rangeops.domain.daylight import Sun, is_light
from rangeops.domain.missing import Missing
from rangeops.domain.now import Now
from rangeops.domain.registers import Acceptance
from rangeops.domain.slot_terms import Notice
from rangeops.domain.slots import Slot
from rangeops.domain.weather import ReportKind, WeatherReport, newest, spans_over, too_old, too_windy, wind_text

_OPERATOR: Final = "operator"
_OFFICER: Final = "range safety officer"


@dataclass(frozen=True, slots=True)
class ClearanceFacts:
    """All that a clearance is decided on.

    plan_verdict: of the slot's plan, None without one. live: None where no watch hears the vehicle. zones_sha256: of
    today's zones. closures: in whose times it flies. lacking: what the registers lack. acceptances: the company's. stops: the last proof of each kind.
    """

    slot: Slot
    clearance: Clearance
    rules: ClearanceRules
    airframe: Airframe
    timezone: ZoneInfo
    plan_verdict: str | None
    live: LiveFacts | None
    zones_sha256: str = ""
    closures: tuple[str, ...] = ()
    sun: Sun | None = None
    weather: tuple[WeatherReport, ...] = ()
    lacking: tuple[Missing, ...] = ()
    acceptances: tuple[Acceptance, ...] = ()
    stops: Mapping[CommandKind, StopProof] = field(default_factory=dict)

    def local_day(self, moment: datetime) -> date:
        return moment.astimezone(self.timezone).date()

    def is_of_today(self, moment: datetime, now: Now) -> bool:
        """On the range's day; in a slot that began the evening before, also on that one."""
        today = self.local_day(now.utc)
        yesterday = today - timedelta(days=1)
        return self.local_day(moment) in {today, yesterday if self.local_day(self.slot.starts) == yesterday else today}


class Answer(Enum):
    OK = "ok"
    MISSING = "missing"
    UNKNOWN = "unknown"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class ItemState:
    """value: what is known, or what is missing, in words. who: can supply it; "" where nothing is missing."""

    item: Item
    answer: Answer
    value: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that keeps an item from being OK. unknown: it isn't known, which counts as missing."""

    what: str
    who: str
    unknown: bool = False


_NOT_HEARD: Final = Lack("it isn't heard", "", unknown=True)  # by whom that is mended, says its own item


def items(facts: ClearanceFacts, now: Now) -> tuple[ItemState, ...]:
    """Every item's answer, in the order in which a person goes through them."""
    return tuple(state for item in Item for state in _answers(item, facts, now))


def missing(states: Iterable[ItemState]) -> tuple[Missing, ...]:
    """Everything that stands between the slot and its clearance; empty: it may be given.

    What can't be known of a vehicle that isn't heard goes with that.
    """
    standing = [each for each in states if each.answer not in (Answer.OK, Answer.WAIVED)]
    return tuple(Missing(each.value, each.who) for each in standing if each.who or each.item not in _OF_THE_HEARD)


def _answers(item: Item, facts: ClearanceFacts, now: Now) -> Iterator[ItemState]:
    if why := facts.rules.why_waived(item):
        yield ItemState(item, Answer.WAIVED, why)
        return
    found = list(_LOOKS[item](facts, now))
    lacks = [each for each in found if isinstance(each, Lack)]
    for lack in lacks:
        yield ItemState(item, Answer.UNKNOWN if lack.unknown else Answer.MISSING, lack.what, lack.who)
    if not lacks:
        yield ItemState(item, Answer.OK, "; ".join(each for each in found if isinstance(each, str)))


_OF_THE_HEARD: Final = frozenset([Item.FENCE_ACTIVE, Item.POSITION, Item.UPLINK, Item.LINK])

Found = Iterator[Lack | str]
"""What a look finds: lacks, or words for what is there."""


def _slot(facts: ClearanceFacts, now: Now) -> Found:
    slot = facts.slot
    if slot.state not in CLEARABLE:
        yield Lack(f"the slot is {slot.state.value}, it must be briefed", _OFFICER)
    if now.utc < slot.starts:
        yield Lack(f"the slot starts at {slot.starts:%H:%M:%S} UTC", "wait")
    if now.utc >= slot.ends:
        yield Lack(f"the slot ended at {slot.ends:%H:%M:%S} UTC", f"{slot.company}: book another slot")
    for closure in facts.closures:
        yield Lack(closure, f"{_OPERATOR}: move the slot, or rangeops closure remove")
    yield f"{slot.state.value}, until {slot.ends:%H:%M} UTC"


def _plan(facts: ClearanceFacts, _now: Now) -> Found:
    slot = facts.slot
    if slot.plan is None:
        yield Lack("no plan was handed in for it", slot.company)
    elif facts.plan_verdict != "passed":
        yield Lack(f"plan {slot.plan} is {facts.plan_verdict or 'not known'}", slot.company)
    yield f"plan {slot.plan} passed"


def _briefing(facts: ClearanceFacts, _now: Now) -> Found:
    slot = facts.slot
    named = slot.terms.everybody
    told = [each for each in slot.acknowledged if each.notice is Notice.BRIEFING and (not named or each.who in named)]
    if told:
        yield f"acknowledged by {told[-1].who}, {told[-1].utc:%H:%M} UTC"
        return
    who = " or ".join(named) or "its pilot"
    yield Lack(
        f"{who} has not acknowledged the briefing", f"{slot.company}: rangeops clear {slot.id} briefing --who PILOT"
    )


def _registers(facts: ClearanceFacts, _now: Now) -> Found:
    yield from (Lack(each.what, each.who) for each in facts.lacking)
    yield "company, insurance, aircraft and pilots are current"


def _zones(facts: ClearanceFacts, _now: Now) -> Found:
    slot = facts.slot
    if facts.zones_sha256 in (slot.zones_sha256, facts.clearance.rechecked_sha256):
        yield "as when it was approved" if facts.zones_sha256 == slot.zones_sha256 else "changed, and checked anew"
        return
    since = "since it was approved" if slot.zones_sha256 else "and it isn't known under which it was approved"
    yield Lack(f"the zones changed {since}", f"{_OPERATOR}: rangeops clear {slot.id} check-zones")


def _daylight(facts: ClearanceFacts, now: Now) -> Found:
    slot = facts.slot
    light = None if facts.sun is None else is_light(facts.sun, max(now.utc, slot.starts), max(now.utc, slot.ends))
    if light:
        yield "day or civil twilight until its end"
    elif slot.terms.dark_permission and facts.airframe.night_lights:
        yield f"dark; permission {slot.terms.dark_permission}, and the aircraft has lights"
    elif light is None:
        yield Lack("it isn't known when it is light here", f"{_OPERATOR}: book by day", unknown=True)
    else:
        lights = "" if facts.airframe.night_lights else ", and the aircraft has no lights for it"
        yield Lack(f"it gets dark before the slot ends{lights}", f"{slot.company}: a permission, or another time")


def _weather(facts: ClearanceFacts, now: Now) -> Found:
    rules = facts.rules.weather
    who = f"{_OPERATOR}: rangeops weather FILE"
    if not rules.stations:
        yield Lack("the range names no weather station", f"{_OPERATOR}: range.toml [clearance.weather]", unknown=True)
        return
    metar = newest(facts.weather, ReportKind.METAR, rules)
    if metar is None:
        yield Lack(f"no METAR of {' or '.join(rules.stations)} was handed in", who, unknown=True)
    elif why := too_old(metar, rules, now.utc):
        yield Lack(why, who, unknown=True)
    elif why := too_windy(metar.winds, facts.airframe):
        yield Lack(f"{metar}: {why}", "wait")
    else:
        yield f"{metar}: {wind_text(metar.winds[0])}"
    yield from _forecast(facts, now, who)


def _forecast(facts: ClearanceFacts, now: Now, who: str) -> Found:
    rules = facts.rules.weather
    taf = newest(facts.weather, ReportKind.TAF, rules)
    spans = None if taf is None else spans_over(taf, now.utc, max(now.utc, facts.slot.ends))
    if spans is None:
        if rules.taf:
            yield Lack("no TAF covers the slot", who, unknown=True)
    elif why := too_windy(spans, facts.airframe):
        yield Lack(f"{taf}: {why}", "wait")
    else:
        yield f"{taf}: within limits"


def _acceptance(facts: ClearanceFacts, now: Now) -> Found:
    slot, check, today = facts.slot, facts.clearance.check, facts.local_day(now.utc)
    fitting = [
        each
        for each in facts.acceptances
        if each.airframe == slot.airframe and slot.terms.aircraft in ("", each.aircraft) and each.valid_until >= today
    ]
    if not fitting:
        yield Lack(
            f"no acceptance certificate for {slot.terms.aircraft or slot.airframe} holds today",
            f"{slot.company}: rangeops hardware accept",
        )
    elif check is None or not facts.is_of_today(check.utc, now):
        yield Lack(
            "firmware and parameters were not read today",
            f"{_OPERATOR}: rangeops clear {slot.id} check-parameters",
            unknown=True,
        )
    elif (same := next((each for each in fitting if each.table_sha256 == check.sha256 != ""), None)) is not None:
        yield f"as accepted ({same.id}), firmware {check.firmware}, read {check.utc:%H:%M} UTC"
    else:
        accepted = " or ".join(dict.fromkeys(each.firmware for each in fitting))
        differs = "firmware" if check.firmware not in {each.firmware for each in fitting} else "parameters"
        yield Lack(
            f"its {differs} are not what was accepted (firmware {check.firmware}, accepted {accepted})",
            f"{slot.company}: put back what was accepted, or have it accepted anew",
        )


def _fence(facts: ClearanceFacts, _now: Now) -> Found:
    slot, clearance = facts.slot, facts.clearance
    if clearance.fence_sha256 is not None:
        yield f"items and parameters read back equal ({clearance.fence_sha256[:12]})"
        return
    agreed = slot.consent or clearance.agreed_sha256
    first = "" if agreed else f"{slot.company}: agree to what is written (rangeops slot agree {slot.id} --who NAME); "
    what = f"the fence on board is not verified: {clearance.fence_detail}"
    yield Lack(what, f"{first}{_OPERATOR}: rangeops vehicle {slot.sysid} load-fence")


def _fence_active(facts: ClearanceFacts, _now: Now) -> Found:
    live = facts.live
    if live is None:
        yield _NOT_HEARD
    elif live.fence == "active":
        yield "enabled, and it says so"
    elif live.fence == "unknown":
        yield Lack("whether the fence on board is on isn't known", f"{_OPERATOR}: check the link", unknown=True)
    else:
        yield Lack(
            f"the fence on board is {live.fence}, not active",
            f"{_OPERATOR}: rangeops vehicle {facts.slot.sysid} load-fence, or fence-on",
        )


def _heard(facts: ClearanceFacts, _now: Now) -> Found:
    slot = facts.slot
    if facts.live is None:
        yield Lack(f"{slot.callsign} is not heard", f"{slot.company}: power on; operator: check the link", unknown=True)
    yield f"{slot.callsign} is heard"


def _position(facts: ClearanceFacts, _now: Now) -> Found:
    slot = facts.slot
    if facts.live is None:
        yield _NOT_HEARD
    elif not facts.live.trusted:
        yield Lack(f"{slot.callsign}'s position can't be trusted yet", f"{slot.company}: wait for the EKF")
    yield "trusted"


def _uplink(facts: ClearanceFacts, _now: Now) -> Found:
    if facts.live is None:
        yield _NOT_HEARD
    elif not facts.live.uplink_ok:
        yield Lack(f"{facts.slot.callsign} doesn't answer the range", "operator: check the link")
    yield "it answers the range"


def _link(facts: ClearanceFacts, _now: Now) -> Found:
    live, rules = facts.live, facts.rules.link
    if live is None:
        yield _NOT_HEARD
        return
    who = f"{_OPERATOR}: check the link"
    if live.lost_percent is None or live.round_trip_s is None:
        yield Lack("loss and round trip of its link aren't measured yet", who, unknown=True)
        return
    if live.lost_percent > rules.lost_percent:
        yield Lack(f"its link loses {live.lost_percent:.0f} %, {rules.lost_percent:g} % are allowed", who)
    if live.round_trip_s > rules.round_trip_s:
        yield Lack(f"its answers take {live.round_trip_s:.2f} s, {rules.round_trip_s:g} s are allowed", who)
    yield f"{live.lost_percent:.1f} % lost, {live.round_trip_s * 1000:.0f} ms round trip"


def _stop_path(facts: ClearanceFacts, now: Now) -> Found:
    unproved = [
        kind
        for kind in STOP_PATH
        if (proof := facts.stops.get(kind)) is None
        or proof.company != facts.slot.company
        or not facts.is_of_today(proof.utc, now)
    ]
    if not unproved:
        yield ", ".join(f"{kind.value} seen {facts.stops[kind].utc:%H:%M} UTC" for kind in STOP_PATH)
    elif facts.rules.stop_at_first_hover and facts.clearance.flights == 0:
        yield "to be proved at its first hover"
    else:
        kinds = " and ".join(kind.value for kind in unproved)
        yield Lack(
            f"{kinds} by command was not seen today",
            f"{_OPERATOR}: rangeops vehicle {facts.slot.sysid} {unproved[0].value}, and see it done",
        )


def _poll(facts: ClearanceFacts, _now: Now) -> Found:
    slot = facts.slot
    votes = {vote.role: vote for vote in standing_votes(facts.clearance, slot)}
    for role in facts.rules.poll:
        vote = votes.get(role)
        if vote is None:
            yield Lack(f"{role} has not said go", f"{role}: rangeops clear {slot.id} poll go --role '{role}'")
        elif not vote.go:
            why = f": {vote.why}" if vote.why else ""
            yield Lack(f"{role} ({vote.who}) says no-go{why}", f"{role}: settle it, then say go")
    yield f"go: {', '.join(facts.rules.poll)}"


def _safety_word(facts: ClearanceFacts, _now: Now) -> Found:
    word = facts.clearance.word
    if word is not None and word.about == bound_of(facts.slot):
        yield f"{word.by}, {word.utc:%H:%M} UTC"
    else:
        yield Lack("the range safety officer's word is missing", f"{_OFFICER}: rangeops clear {facts.slot.id} word")


_LOOKS: Final[Mapping[Item, Callable[[ClearanceFacts, Now], Found]]] = {
    Item.SLOT: _slot,
    Item.PLAN: _plan,
    Item.BRIEFING: _briefing,
    Item.REGISTERS: _registers,
    Item.ZONES: _zones,
    Item.DAYLIGHT: _daylight,
    Item.WEATHER: _weather,
    Item.ACCEPTANCE: _acceptance,
    Item.FENCE: _fence,
    Item.FENCE_ACTIVE: _fence_active,
    Item.HEARD: _heard,
    Item.POSITION: _position,
    Item.UPLINK: _uplink,
    Item.LINK: _link,
    Item.STOP_PATH: _stop_path,
    Item.POLL: _poll,
    Item.SAFETY_WORD: _safety_word,
}
