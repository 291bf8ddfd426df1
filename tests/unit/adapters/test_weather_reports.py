"""METAR and TAF: what they tell of the wind, what they leave untold, and that nothing is guessed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.adapters.weather.reports import LONGEST_TEXT, read_reports
from rangeops.domain.errors import Invalid
from rangeops.domain.weather import ReportKind, WeatherRules, spans_over, too_old

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KNOT = 1852 / 3600
TAF = (
    "TAF EHTW 241120Z 2412/2524 24010KT 9999 SCT025\n BECMG 2415/2417 25018G30KT PROB30 TEMPO 2418/2422 26025G40KT"
    " TEMPO 2502/2506 4000 RA FM250830 27005KT 9999="
)


def wind(text, received=NOW):
    (report,) = read_reports(text, received)
    (span,) = report.winds
    return span.speed_mps, span.gust_mps


@pytest.mark.parametrize(
    ("text", "speed", "gust"),
    [
        ("METAR EHTW 241125Z AUTO 23008G18KT 200V260 CAVOK 08/05 Q1015=", 8 * KNOT, 18 * KNOT),
        ("METAR EHTW 241125Z 23004MPS 9999", 4.0, None),
        ("SPECI EHTW 241125Z VRB02KT CAVOK", 2 * KNOT, None),
        ("METAR COR EHTW 241125Z 00000KT CAVOK", 0.0, None),
        ("METAR EHTW 241125Z 23008KT CAVOK TEMPO 25025G40KT", 8 * KNOT, None),
        ("METAR EHTW 241125Z 23035G50KT", 35 * KNOT, 50 * KNOT),
    ],
)
def test_the_wind_of_an_observation_in_metres_a_second(text, speed, gust):
    told_speed, told_gust = wind(text)
    assert told_speed == pytest.approx(speed)
    assert told_gust == (None if gust is None else pytest.approx(gust))


@pytest.mark.parametrize(
    "group",
    ["/////KT", "NIL", "23008GP49KT", "23008GP99KT", "23008G//KT", "230P49MPS", "230108G112KT", "23008KMH", "//008KT"],
)
def test_a_wind_that_is_not_told_or_only_half_is_none(group):
    assert wind(f"METAR EHTW 241125Z {group} CAVOK") == (None, None)


def test_an_unreadable_group_anywhere_leaves_a_forecast_without_wind():
    (report,) = read_reports(TAF.replace("26025G40KT", "26025GP99KT"), NOW)
    assert {span.speed_mps for span in report.winds} == {None}


@pytest.mark.parametrize(
    "text",
    [
        *("", "hello", "METAR", "METAR EHTW", "METAR EHTW 249925Z 23008KT", "METAR EHTW 331025Z 23008KT", "TAF EHTW"),
        *("TAF EHTW 241120Z 24010KT", "TAF EHTW 241120Z NIL", "TAF EHTW 241120Z 2524/2412 24010KT", "METAR ehtw x"),
        *("the weather: METAR EHTW 241125Z 23008KT", "METAR EHTW 241125Z 23008KT " + "X" * LONGEST_TEXT),
    ],
)
def test_what_is_no_report_is_refused_in_a_sentence(text):
    with pytest.raises(Invalid) as refused:
        read_reports(text, NOW)
    assert "weather report" in str(refused.value)


def test_several_reports_of_one_text():
    reports = read_reports(f"METAR EHTW 241125Z 23008KT CAVOK=\n{TAF}\nSPECI EHTW 241140Z 23010KT", NOW)
    assert [report.kind for report in reports] == [ReportKind.METAR, ReportKind.TAF, ReportKind.METAR]
    assert {report.station for report in reports} == {"EHTW"}


@pytest.mark.parametrize(
    ("received", "issued"),
    [
        (datetime(2026, 12, 1, 0, 10, tzinfo=UTC), datetime(2026, 11, 30, 23, 55, tzinfo=UTC)),
        (datetime(2027, 1, 1, 0, 10, tzinfo=UTC), datetime(2026, 12, 31, 23, 55, tzinfo=UTC)),
        (datetime(2028, 3, 1, 0, 10, tzinfo=UTC), datetime(2028, 2, 29, 23, 55, tzinfo=UTC)),
    ],
)
def test_a_report_of_before_midnight_is_of_the_month_before(received, issued):
    (report,) = read_reports(f"METAR EHTW {issued:%d%H%M}Z 23008KT", received)
    assert report.issued == issued
    assert too_old(report, WeatherRules(("EHTW",)), received) == ""


def test_of_a_forecast_both_winds_count_while_one_becomes_the_other():
    (report,) = read_reports(TAF, NOW)

    def worst(hour, minutes=30):
        begins = datetime(2026, 11, 24, tzinfo=UTC) + timedelta(hours=hour)
        spans = spans_over(report, begins, begins + timedelta(minutes=minutes))
        return None if spans is None else max(round((span.gust_mps or span.speed_mps) / KNOT) for span in spans)

    assert worst(12) == 10
    assert worst(15.5) == 30, "while it becomes stronger, the stronger"
    assert worst(17) == 30
    assert worst(18) == 40, "what is only probable counts as if it came"
    assert worst(22) == 30
    assert worst(24 + 8.5) == 5
    assert worst(47.5, 30) == 5
    assert worst(47.5, 31) is None, "it says nothing of the time after its end"
    assert worst(11.9) is None


@given(st.text(alphabet="METARSPCIFBG EHTW0123456789/ZKT=PV\n", max_size=120))
def test_whatever_is_typed_is_read_or_refused(text):
    try:
        reports = read_reports(text, NOW)
    except Invalid:
        return
    assert reports
    assert all(span.speed_mps is None or 0 <= span.speed_mps < 52 for report in reports for span in report.winds)
