"""Looking for incidents: each part asks for one thing, all must fit, and a typed line means what its parts say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.alarms import Condition
from rangeops.domain.errors import Invalid
from rangeops.domain.incident_review import Clocks, FollowUp, OccurrenceClass, Review, begin, deadlines
from rangeops.domain.incident_search import (
    KEYS,
    Case,
    IncidentQuery,
    matches,
    moment_of,
    nearest,
    parse_query,
    query_of,
    words_of,
)
from rangeops.domain.incidents import Incident, IncidentState
from rangeops.domain.telemetry import Sysid

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
INCIDENT = Incident(
    id="INC-2026-0007",
    state=IncidentState.UNDER_REVIEW,
    sysid=Sysid(7),
    callsign="D07",
    company="Saxion UAS",
    slot="S12",
    opened_utc=NOON,
    last_utc=NOON,
    ended_utc=NOON,
    worst=Condition.PROHIBITED_ZONE,
)
REVIEW = Review(
    "INC-2026-0007",
    2,
    IncidentState.UNDER_REVIEW,
    Clocks(NOON),
    reviewer="rita",
    occurrence_class=OccurrenceClass.SERIOUS_INCIDENT,
    category="airspace",
    headline="Carried off by a GUST",
    narrative="The wind rose.",
    follow_ups=(FollowUp("F1", "move the fence in", "omar", NOON.date()),),
)
CASE = Case(INCIDENT, REVIEW, deadlines(REVIEW, NOON), ("EAST", "Enters Nature reserve Lonnekermeer"))
FITS = {
    "text": ["gust", "wind gust", "inc-2026", "RITA", "fence omar", "reserve", "D07"],
    "states": [["under review"], ["open", "under-review"]],
    "classes": [["serious incident"], ["serious"], ["unclassified", "SERIOUS-incident"]],
    "company": ["saxion", "UAS"],
    "place": ["east", "lonneker"],
    "vehicle": ["d07", "7"],
    "since": [NOON - timedelta(days=1), NOON],
    "until": [NOON + timedelta(days=1), NOON + timedelta(microseconds=1)],
}
FITS_NOT = {
    "text": ["gust hail", "INC-2025"],
    "states": [["open"], ["signed", "open"]],
    "classes": [["incident"], ["unclassified"]],
    "company": ["ACME"],
    "place": ["WEST"],
    "vehicle": ["D0", "70"],
    "since": [NOON + timedelta(microseconds=1)],
    "until": [NOON],
    "overdue": [True],
}


def cases(table):
    return [pytest.param(part, value, id=f"{part} {value}") for part, values in table.items() for value in values]


@pytest.mark.parametrize(("part", "value"), cases(FITS))
def test_what_each_part_asks_for_is_found(part, value):
    assert matches(query_of(**{part: value}), CASE)


@pytest.mark.parametrize(("part", "value"), cases(FITS_NOT))
def test_what_each_part_doesnt_ask_for_is_not(part, value):
    assert not matches(query_of(**{part: value}), CASE)


def test_all_parts_must_fit():
    everything = {part: values[0] for part, values in FITS.items()}
    assert matches(query_of(**everything), CASE)
    for part, values in FITS_NOT.items():
        assert not matches(query_of(**{**everything, part: values[0]}), CASE), part


def test_without_a_word_everything_fits():
    assert matches(IncidentQuery(), CASE)
    assert query_of(text="  ") == IncidentQuery()


def test_an_unclassified_incident_is_found_as_that():
    fresh = Case(INCIDENT, begin(INCIDENT.id, NOON))
    assert matches(query_of(classes=["unclassified"]), fresh)
    assert not matches(query_of(classes=["unclassified"]), CASE)


def test_overdue_is_what_missed_a_clock_and_nothing_that_met_one_late():
    later = NOON + timedelta(hours=73)
    overdue = query_of(overdue=True)
    missed = replace(CASE, deadlines=deadlines(REVIEW, later))
    assert matches(overdue, missed)
    told = replace(REVIEW, mandatory=False, clocks=Clocks(NOON, reported_utc=later, board_utc=later))
    assert [each.state for each in deadlines(told, later)] == ["late", "met"]
    assert not matches(overdue, replace(CASE, deadlines=deadlines(told, later)))


def test_the_nearest_clock_is_the_one_that_ends_first_of_those_that_run():
    reported = replace(REVIEW, mandatory=True, clocks=Clocks(NOON, reported_utc=NOON + timedelta(hours=1)))
    running = deadlines(reported, NOON + timedelta(hours=1))
    assert [each.name for each in running] == ["report", "safety board", "notification"]
    assert nearest(running).name == "safety board"
    assert nearest(()) is None
    assert nearest(each for each in running if each.name == "report") is None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"states": ["closed"]}, "'closed' is no state. Use one of open, under-review, signed"),
        ({"states": [""]}, "is no state"),
        ({"classes": ["occ", "o"]}, None),
        ({"classes": ["u", "catastrophe"]}, "'catastrophe' is no class"),
        ({"since": datetime(2026, 11, 24)}, "a time has no zone"),  # noqa: DTZ001  # what is refused
        ({"since": NOON, "until": NOON}, "it ends before it begins"),
        ({"text": "x" * 201}, "longer than 200"),
        ({"place": "x" * 201}, "longer than 200"),
    ],
)
def test_what_cant_be_is_one_sentence(wrong, says):
    if says is None:
        assert query_of(**wrong).classes == {OccurrenceClass.NO_SAFETY_EFFECT}
        return
    with pytest.raises(Invalid, match=says):
        query_of(**wrong)


# As it is typed.


def test_a_line_is_its_parts():
    line = 'gust wind state:open STATE:signed class:serious company:"Saxion UAS" at:EAST vehicle:D07 since:2026-11-24 overdue'
    assert parse_query(line, AMSTERDAM) == IncidentQuery(
        text="gust wind",
        states=frozenset([IncidentState.OPEN, IncidentState.SIGNED]),
        classes=frozenset([OccurrenceClass.SERIOUS_INCIDENT]),
        company="Saxion UAS",
        place="EAST",
        vehicle="D07",
        since=datetime(2026, 11, 24, tzinfo=AMSTERDAM),
        overdue=True,
    )
    assert parse_query("", AMSTERDAM) == IncidentQuery()


def test_a_day_counts_by_the_zone_and_until_has_the_whole_of_it():
    query = parse_query("since:2026-11-24 until:2026-11-24", AMSTERDAM)
    assert query.since == datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    assert query.until == datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
    assert parse_query("since:2026-11-24T08:00", AMSTERDAM).since == datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
    assert parse_query("until:2026-11-24T08:00Z", AMSTERDAM).until == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    assert moment_of("", UTC, whole_day=True) is None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('company:"ACME', "a quotation mark has no other"),
        ("state:", "nothing stands after state:"),
        ("at:EAST at:WEST", "at: stands there twice"),
        ("since:yesterday", "'yesterday' is neither a day nor a time"),
        ("since:2026-13-01", "neither a day nor a time"),
    ],
)
def test_a_line_that_is_none_says_why(line, says):
    with pytest.raises(Invalid, match=says):
        parse_query(line, UTC)


words = st.text(st.characters(blacklist_characters=":\\", blacklist_categories=["C", "Z"]), min_size=1, max_size=12)


@given(
    st.lists(words.filter(lambda word: word.casefold() != "overdue"), max_size=3),
    st.sets(st.sampled_from([state.value for state in IncidentState])),
    st.sets(st.sampled_from([*(each.value for each in OccurrenceClass), "unclassified"])),
    words,
    st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.booleans(),
)
def test_what_is_written_is_read_again(text, states, classes, company, since, overdue):  # noqa: PLR0917  # a part each
    minute = None if since is None else since.replace(second=0, microsecond=0)
    query = query_of(
        text=" ".join(text), states=states, classes=classes, company=company, since=minute, overdue=overdue
    )
    assert parse_query(" ".join(words_of(query, AMSTERDAM)), AMSTERDAM) == query


@given(st.text(max_size=60))
def test_no_line_breaks_it(line):
    try:
        query = parse_query(line, UTC)
    except Invalid:
        return
    matches(query, CASE)


def test_every_key_is_one_that_is_written():
    query = query_of(
        states=["open"],
        classes=["incident"],
        company="A",
        place="B",
        vehicle="C",
        since=NOON,
        until=NOON + timedelta(1),
    )
    assert {part.partition(":")[0] for part in words_of(query, UTC)} == set(KEYS)
