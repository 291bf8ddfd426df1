"""Clearance names everything that is missing, and who can supply it; only then is there nothing more to ask."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from desk import D07, NOON, WHOLE_TWENTE, TomlAirframes

from rangeops.domain.clearance import Bound, Clearance, LiveFacts, ParameterCheck, SafetyWord, StopProof, Vote
from rangeops.domain.clearance_items import Answer, ClearanceFacts, items, missing
from rangeops.domain.clearance_rules import ALWAYS, ClearanceRules, Item, LinkRules
from rangeops.domain.commands import CommandKind
from rangeops.domain.daylight import DaylightEvent
from rangeops.domain.missing import Missing
from rangeops.domain.now import Now
from rangeops.domain.registers import Acceptance
from rangeops.domain.slot_terms import Acknowledgement, Notice, SlotTerms
from rangeops.domain.slots import Slot, SlotId, SlotState
from rangeops.domain.volumes import VolumeId
from rangeops.domain.weather import ReportKind, WeatherReport, WeatherRules, WindSpan

ABOUT = Bound("P1", 3)
BRIEFED = Acknowledgement(Notice.BRIEFING, "jan", NOON)
SLOT = Slot(
    SlotId("S1"), 3, "ACME", VolumeId("NORTH"), NOON, NOON + timedelta(minutes=30), D07, "D07", "survey-quad", "ch 2",
    "P1", SlotState.BRIEFED, zones_sha256="zz", acknowledged=(BRIEFED,), terms=SlotTerms(pilots=("jan", "ada")),
)  # fmt: skip
VOTES = tuple(Vote(role, True, "x", "x", NOON, ABOUT) for role in ("pilot", "operator"))  # noqa: FBT003  # go
CHECK = ParameterCheck("4.5.7", "tt", NOON, "op1")
ACCEPTED = Acceptance(
    id="A1", company="ACME", aircraft="D07", airframe="survey-quad", uid2="u", firmware="4.5.7", firmware_sha="f",
    table_sha256="tt", parameters_sha256="p", valid_until=date(2026, 12, 1), by="op1",
)  # fmt: skip
READY = LiveFacts(trusted=True, uplink_ok=True, armed=False, fence="active", lost_percent=0.5, round_trip_s=0.1)
CLEARANCE = Clearance(
    SlotId("S1"), fence_sha256="ab", votes=VOTES, word=SafetyWord("rso", NOON, ABOUT), check=CHECK
)  # fmt: skip


class Daily:
    """Light from 07:00 to 16:00 UTC every day; with events None, no sun at all."""

    def __init__(self, dawn=7, dusk=16):
        self.dawn, self.dusk = dawn, dusk

    def events(self, day):
        at = datetime(day.year, day.month, day.day, tzinfo=UTC)
        if self.dawn is None:
            return {}
        return {
            DaylightEvent.BMCT: at + timedelta(hours=self.dawn),
            DaylightEvent.EECT: at + timedelta(hours=self.dusk),
        }


def metar(speed=4.0, gust=None, *, minutes_ago=20.0, station="EHTW"):
    at = NOON - timedelta(minutes=minutes_ago)
    return WeatherReport(ReportKind.METAR, station, at, (WindSpan(at, at, speed, gust),), "METAR")


def taf(*spans, hours=6.0):
    issued = NOON - timedelta(hours=1)
    base = WindSpan(issued, NOON + timedelta(hours=hours), 5.0, None)
    return WeatherReport(ReportKind.TAF, "EHTW", issued, (base, *spans), "TAF")


def proof(kind, *, company="ACME", hours_ago=1.0):
    return StopProof(D07, company, kind, NOON - timedelta(hours=hours_ago), "C1")


HOLD, RTL = CommandKind.HOLD, CommandKind.RTL
FACTS = ClearanceFacts(
    slot=SLOT,
    clearance=CLEARANCE,
    rules=ClearanceRules(weather=WeatherRules(stations=("EHTW",))),
    airframe=TomlAirframes().get("survey-quad"),
    timezone=ZoneInfo("Europe/Amsterdam"),
    plan_verdict="passed",
    live=READY,
    zones_sha256="zz",
    sun=Daily(),
    weather=(metar(),),
    acceptances=(ACCEPTED,),
    stops={HOLD: proof(HOLD), RTL: proof(RTL)},
)
AT_NOON = Now(0.0, NOON)


def found(now=AT_NOON, **changed):
    return items(replace(FACTS, **changed), now)


def what(now=AT_NOON, **changed):
    return [str(each) for each in missing(found(now, **changed))]


def slot(**changed):
    return replace(SLOT, **changed)


def clearance(**changed):
    return replace(CLEARANCE, **changed)


WITHOUT_PLAN = clearance(
    votes=tuple(replace(vote, about=Bound("", 3)) for vote in VOTES), word=SafetyWord("rso", NOON, Bound("", 3))
)


def live(**changed):
    return replace(READY, **changed)


def ruled(**changed):
    return replace(FACTS.rules, **changed)


def test_with_everything_there_nothing_is_missing_and_every_item_says_so():
    assert what() == []
    assert [each.item for each in found()] == list(Item), "each item answers, once"
    assert {each.answer for each in found()} == {Answer.OK}
    assert all(each.value and not each.who for each in found()), "with what is known of it"
    assert what(slot=slot(state=SlotState.ACTIVE)) == [], "after a withdrawal it may be given again"


@pytest.mark.parametrize(
    ("item", "changed", "named"),
    [
        (Item.SLOT, {"slot": slot(state=SlotState.APPROVED)}, "range safety officer"),
        (Item.SLOT, {"now": Now(0.0, NOON - timedelta(seconds=1))}, "wait"),
        (Item.SLOT, {"now": Now(0.0, NOON + timedelta(minutes=30))}, "ACME: book another slot"),
        (Item.PLAN, {"slot": slot(plan=None), "clearance": WITHOUT_PLAN}, "no plan"),
        (Item.PLAN, {"plan_verdict": "refused"}, "plan P1 is refused (ACME)"),
        (Item.PLAN, {"plan_verdict": None}, "plan P1 is not known"),
        (Item.BRIEFING, {"slot": slot(acknowledged=())}, "jan or ada has not acknowledged the briefing"),
        (Item.BRIEFING, {"slot": slot(acknowledged=(replace(BRIEFED, who="bob"),))}, "rangeops clear S1 briefing"),
        (Item.BRIEFING, {"slot": slot(acknowledged=(replace(BRIEFED, notice=Notice.DEBRIEF),))}, "jan or ada"),
        (Item.BRIEFING, {"slot": slot(acknowledged=(), terms=SlotTerms())}, "its pilot has not acknowledged"),
        (
            Item.REGISTERS,
            {"lacking": (Missing("jan's certificate lapsed", "ACME"),)},
            "jan's certificate lapsed (ACME)",
        ),
        (Item.ZONES, {"zones_sha256": "new"}, "rangeops clear S1 check-zones"),
        (Item.ZONES, {"slot": slot(zones_sha256="")}, "isn't known under which it was approved"),
        (Item.DAYLIGHT, {"sun": Daily(dusk=12.4)}, "it gets dark before the slot ends"),
        (Item.DAYLIGHT, {"sun": None}, "isn't known when it is light"),
        (Item.DAYLIGHT, {"sun": Daily(dawn=None)}, "isn't known when it is light"),
        (
            Item.DAYLIGHT,
            {"sun": Daily(dusk=9), "slot": slot(terms=SlotTerms(pilots=("jan",), dark_permission="NL-1"))},
            "no lights",
        ),
        (Item.WEATHER, {"weather": ()}, "no METAR of EHTW was handed in"),
        (Item.WEATHER, {"weather": (metar(station="KJFK"),)}, "no METAR of EHTW"),
        (Item.WEATHER, {"weather": (metar(minutes_ago=60.1),)}, "60 min old, 60 are allowed"),
        (Item.WEATHER, {"weather": (metar(minutes_ago=-11),)}, "dated after now"),
        (Item.WEATHER, {"weather": (metar(10.1),)}, "wind 10.1 m/s, survey-quad bears 10"),
        (Item.WEATHER, {"weather": (metar(6.0, 13.1),)}, "gusts of 13.1 m/s, survey-quad bears 13"),
        (Item.WEATHER, {"weather": (metar(None),)}, "tells no wind"),
        (Item.WEATHER, {"weather": (metar(), metar(None, minutes_ago=5))}, "tells no wind"),
        (Item.WEATHER, {"airframe": replace(FACTS.airframe, max_gust_mps=None)}, "no wind limits"),
        (Item.WEATHER, {"rules": ClearanceRules()}, "names no weather station"),
        (Item.WEATHER, {"rules": ruled(weather=WeatherRules(("EHTW",), taf=True))}, "no TAF covers the slot"),
        (
            Item.WEATHER,
            {"rules": ruled(weather=WeatherRules(("EHTW",), taf=True)), "weather": (metar(), taf(hours=0.4))},
            "no TAF covers the slot",
        ),
        (
            Item.WEATHER,
            {"weather": (metar(), taf(WindSpan(NOON, NOON + timedelta(hours=1), 8.0, 20.0, "TEMPO")))},
            "gusts of 20.0 m/s",
        ),
        (Item.ACCEPTANCE, {"acceptances": ()}, "no acceptance certificate for survey-quad"),
        (Item.ACCEPTANCE, {"acceptances": (replace(ACCEPTED, valid_until=date(2026, 11, 23)),)}, "holds today"),
        (Item.ACCEPTANCE, {"acceptances": (replace(ACCEPTED, airframe="other"),)}, "holds today"),
        (
            Item.ACCEPTANCE,
            {"slot": slot(terms=SlotTerms(pilots=("jan",), aircraft="D08"))},
            "no acceptance certificate for D08",
        ),
        (Item.ACCEPTANCE, {"clearance": clearance(check=None)}, "rangeops clear S1 check-parameters"),
        (
            Item.ACCEPTANCE,
            {"clearance": clearance(check=replace(CHECK, utc=NOON - timedelta(hours=13, minutes=1)))},
            "not read today",
        ),
        (Item.ACCEPTANCE, {"clearance": clearance(check=replace(CHECK, sha256="uu"))}, "its parameters are not what"),
        (
            Item.ACCEPTANCE,
            {"clearance": clearance(check=ParameterCheck("4.6.0", "uu", NOON, "op1"))},
            "its firmware are not what was accepted (firmware 4.6.0, accepted 4.5.7)",
        ),
        (
            Item.ACCEPTANCE,
            {
                "acceptances": (replace(ACCEPTED, table_sha256=""),),
                "clearance": clearance(check=replace(CHECK, sha256="")),
            },
            "not what was accepted",
        ),
        (Item.FENCE, {"clearance": clearance(fence_sha256=None)}, "ACME: agree to what is written"),
        (
            Item.FENCE,
            {"clearance": clearance(fence_sha256=None, agreed_sha256="ab")},
            "(operator: rangeops vehicle 7 load-fence)",
        ),
        (
            Item.FENCE,
            {"clearance": clearance(fence_sha256=None), "slot": slot(consent="ACME")},
            "(operator: rangeops vehicle 7 load-fence)",
        ),
        (Item.FENCE_ACTIVE, {"live": live(fence="loaded")}, "is loaded, not active"),
        (Item.FENCE_ACTIVE, {"live": live(fence="breach")}, "is breach, not active"),
        (Item.FENCE_ACTIVE, {"live": live(fence="unknown")}, "isn't known"),
        (Item.HEARD, {"live": None}, "D07 is not heard"),
        (Item.POSITION, {"live": live(trusted=False)}, "can't be trusted"),
        (Item.UPLINK, {"live": live(uplink_ok=False)}, "doesn't answer"),
        (Item.LINK, {"live": live(lost_percent=10.6)}, "loses 11 %, 10 % are allowed"),
        (Item.LINK, {"live": live(round_trip_s=1.01)}, "take 1.01 s"),
        (Item.LINK, {"live": live(lost_percent=None)}, "aren't measured"),
        (Item.LINK, {"live": live(round_trip_s=None)}, "aren't measured"),
        (Item.STOP_PATH, {"stops": {HOLD: proof(HOLD)}}, "rtl by command was not seen today"),
        (Item.STOP_PATH, {"stops": {}}, "hold and rtl by command"),
        (Item.STOP_PATH, {"stops": FACTS.stops | {HOLD: proof(HOLD, hours_ago=13.1)}}, "hold by command"),
        (Item.STOP_PATH, {"stops": FACTS.stops | {HOLD: proof(HOLD, company="SAXN")}}, "hold by command"),
        (
            Item.STOP_PATH,
            {"stops": {}, "rules": ruled(stop_at_first_hover=True), "clearance": clearance(flights=1)},
            "hold and rtl by command",
        ),
        (Item.POLL, {"clearance": clearance(votes=VOTES[:1])}, "operator has not said go"),
        (
            Item.POLL,
            {"clearance": clearance(votes=(VOTES[0], replace(VOTES[1], go=False, why="helicopter")))},
            "operator (x) says no-go: helicopter",
        ),
        (Item.SAFETY_WORD, {"clearance": clearance(word=None)}, "rangeops clear S1 word"),
    ],
)
def test_each_thing_that_is_missing_is_named_alone(item, changed, named):
    changed = dict(changed)
    now = changed.pop("now", AT_NOON)
    (only,) = what(now, **changed)
    assert named in only
    answers = {each.item: each.answer for each in found(now, **changed)}
    assert answers[item] in (Answer.MISSING, Answer.UNKNOWN)
    if changed.get("live", READY) is not None:
        assert [each for each in answers if answers[each] is not Answer.OK] == [item], "and no other item is touched"


@pytest.mark.parametrize(
    "changed",
    [
        {"slot": slot(acknowledged=(replace(BRIEFED, who="ada"),))},
        {"slot": slot(acknowledged=(replace(BRIEFED, who="anybody"),), terms=SlotTerms())},
        {"zones_sha256": "new", "clearance": clearance(rechecked_sha256="new")},
        {"sun": Daily(dusk=12.5)},
        {
            "sun": Daily(dusk=9),
            "slot": slot(terms=SlotTerms(pilots=("jan",), dark_permission="NL-1")),
            "airframe": replace(FACTS.airframe, night_lights=True),
        },
        {"weather": (metar(10.0, 13.0, minutes_ago=60),)},
        {"weather": (metar(30.0, minutes_ago=50), metar())},
        {"weather": (metar(minutes_ago=-9),)},
        {"weather": (metar(), taf(WindSpan(NOON + timedelta(minutes=30), NOON + timedelta(hours=1), 30.0, 40.0)))},
        {"weather": (metar(), taf(hours=0.1))},
        {"acceptances": (replace(ACCEPTED, table_sha256="other"), ACCEPTED)},
        {"acceptances": (replace(ACCEPTED, valid_until=date(2026, 11, 24)),)},
        {"slot": slot(terms=SlotTerms(pilots=("jan",), aircraft="D07"))},
        {"live": live(lost_percent=10.0, round_trip_s=1.0)},
        {"stops": {}, "rules": ruled(stop_at_first_hover=True)},
        {"clearance": clearance(votes=(replace(VOTES[0], go=False), *VOTES))},
        {"rules": ruled(poll=("pilot",)), "clearance": clearance(votes=VOTES[:1])},
        {"rules": ruled(link=LinkRules(lost_percent=50)), "live": live(lost_percent=40)},
    ],
)
def test_its_neighbour_is_let_through(changed):
    assert what(**changed) == []


MIDNIGHT = datetime(2026, 11, 24, 23, tzinfo=UTC)  # of the range


@pytest.mark.parametrize(
    ("starts", "proved", "now", "counts"),
    [
        (-10, -60, +5, True),  # a slot over midnight, proved before it
        (-10, +2, +5, True),
        (-10, -24 * 60 + 1, +5, True),  # the morning of the day on which it starts
        (-10, -24 * 60 - 1, +5, False),  # the day before that
        (+1, -60, +5, False),  # a slot of the new day
        (+1, -60, -5, True),  # looked at on the evening before
        (-10, -60, -5, True),
        (-10, +24 * 60 + 1, +5, False),  # tomorrow's: the clock was set back
        (+1, +24 * 60 + 1, +5, False),
        (-25 * 60, -25 * 60, +5, False),  # a slot of days is proved every day, the first night apart
        (-25 * 60, -10, +5, False),
    ],
)
def test_what_was_proved_before_midnight_counts_through_the_slot_that_began_before_it(starts, proved, now, counts):
    def after(minutes):
        return MIDNIGHT + timedelta(minutes=minutes)

    night = {
        "slot": slot(starts=after(starts)),
        "stops": {kind: replace(proof(kind), utc=after(proved)) for kind in (HOLD, RTL)},
        "clearance": clearance(check=replace(CHECK, utc=after(proved))),
    }
    lacking = " ".join(what(Now(0.0, after(now)), **night))
    assert ("was not seen today" in lacking, "not read today" in lacking) == (not counts, not counts)


@pytest.mark.parametrize("about", [Bound("P2", 3), Bound("P1", 4)])
def test_another_plan_or_a_changed_slot_makes_every_word_void(about):
    votes = tuple(replace(vote, about=about) for vote in VOTES)
    lacking = what(clearance=clearance(votes=votes, word=SafetyWord("rso", NOON, about)))
    assert len(lacking) == 3, "two roles of the poll, and the safety officer"


def test_what_a_vehicle_that_is_not_heard_would_say_is_unknown_and_never_ok():
    unknown = {each.item for each in found(live=None) if each.answer is Answer.UNKNOWN}
    assert unknown == {Item.HEARD, Item.FENCE_ACTIVE, Item.POSITION, Item.UPLINK, Item.LINK}


def test_what_the_range_waives_is_said_with_its_reason():
    rules = ruled(waived=((Item.WEATHER, "a hall"),))
    (only,) = [each for each in found(rules=rules, weather=()) if each.answer is not Answer.OK]
    assert (only.item, only.answer, only.value) == (Item.WEATHER, Answer.WAIVED, "a hall")


def test_the_shipped_range_waives_only_what_it_says():
    assert {item for item, _ in WHOLE_TWENTE.clearance.waived} == {Item.DAYLIGHT, Item.ACCEPTANCE}
    assert not ALWAYS & {item for item, _ in WHOLE_TWENTE.clearance.waived}
