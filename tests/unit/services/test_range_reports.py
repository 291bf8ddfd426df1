"""The daily log and the month's statistics, out of a day at the desk."""

from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pytest
from desk import D07, NOON, OPERATOR, Desk, alarm
from incident_story import HOSTILE, story

from rangeops.adapters.reports.range_page import range_page
from rangeops.domain.alarms import AlarmState
from rangeops.domain.audit import Actor
from rangeops.domain.errors import Forbidden, Invalid
from rangeops.domain.events import AlarmChanged, ArmedChanged
from rangeops.domain.slot_terms import StopReason
from rangeops.wire.messages import to_json
from rangeops.wire.report_pages import page_of, page_text
from rangeops.wire.reports import DayReport, MonthReport, ReportForm

TODAY = date(2026, 11, 24)


@pytest.fixture
def desk():
    made = Desk()
    story(made)
    for seconds, armed in ((100, True), (1000, False)):
        made.at(seconds)
        made.tell(ArmedChanged(D07, armed))
    return made


def day(desk, which=TODAY):
    return desk.services.range_reports.day(which, desk.now, OPERATOR)


def month(desk, which=TODAY):
    return desk.services.range_reports.month(which, desk.now, OPERATOR)


def test_a_day_has_all_that_happened(desk):
    found = day(desk)
    (slot,) = found.slots
    assert (slot.id, slot.flights, slot.flown_minutes) == ("S1", 1, 15.0)
    assert [line.progress.order.kind.value for line in found.commands] == ["hold", "rtl"]
    assert [each.id for each in found.incidents] == ["INC-2026-0001"]
    assert [(each.priority, each.acked_by) for each in found.alarms] == [(1, "")]
    assert any("cleared to fly" in line.text for line in found.clearances)
    hashes = {entry.seq: entry.entry_hash for entry in desk.record()}
    assert hashes[found.head[0]] == found.head[1]
    assert (found.statistics.flights, found.statistics.hours) == (1, 0.25)
    assert found.statistics.verdicts["open"] == 2


def test_another_day_has_none_of_it(desk):
    found = day(desk, TODAY - timedelta(days=1))
    assert (found.slots, found.commands, found.incidents, found.alarms) == ((), (), (), ())
    assert found.statistics.flights == 0
    assert found.statistics.incidents_per_100_h is None


def test_a_day_is_the_ranges_own(desk):
    assert (day(desk).starts, day(desk).so_far) == (NOON - timedelta(hours=13), True)


def test_a_flight_over_midnight_is_one_of_the_months_and_half_of_each_day(desk):
    desk.at(10 * 3600)  # 23:00 at the range
    desk.tell(ArmedChanged(D07, armed=True))
    desk.at(12 * 3600)  # 01:00
    desk.tell(ArmedChanged(D07, armed=False))
    assert [day(desk, each).statistics.hours for each in (TODAY, TODAY + timedelta(days=1))] == [1.25, 1.0]
    assert (month(desk).statistics.flights, month(desk).statistics.hours) == (2, 2.25)


def test_a_month_counts_by_company_and_zone_and_whose_the_minutes_are(desk):
    with desk.store.write() as work:
        slot = work.slots.all()[0]
        stop = replace(slot, version=slot.version + 1, stops=())
        work.slots.replace(stop)
    found = month(desk).statistics
    assert [(each.name, each.flights, each.incidents, each.incidents_per_100_h) for each in found.by_company] == [
        ("ACME", 1, 1, 400.0)
    ]
    assert [each.name for each in found.by_zone] == ["NORTH"]
    assert found.alarms_per_hour == 4.0
    assert set(found.lost_minutes) == set(StopReason)


@pytest.mark.parametrize("which", [TODAY + timedelta(days=1), date(2027, 1, 1)])
def test_what_has_not_begun_has_no_report(desk, which):
    with pytest.raises(Invalid, match="hasn't begun"):
        day(desk, which)


def test_a_companys_member_may_not_read_it(desk):
    for read in (desk.services.range_reports.day, desk.services.range_reports.month):
        with pytest.raises(Forbidden):
            read(TODAY, desk.now, Actor("c", "company-member", "ACME"))


def test_it_comes_back_over_the_wire_as_it_was(desk):
    assert msgspec.json.decode(to_json(day(desk)), type=DayReport) == day(desk)
    assert msgspec.json.decode(to_json(month(desk)), type=MonthReport) == month(desk)


def test_the_page_says_the_same_on_screen_in_html_and_on_paper(desk):
    desk.tell(AlarmChanged(replace(alarm(state=AlarmState.UNACKED, number=2), title=HOSTILE)))
    for report in (day(desk), month(desk)):
        text = "\n".join(page_text(page_of(report)))
        html = range_page(report, ReportForm.HTML).decode()
        for each in ("INC-2026-0001", "SIMULATION", report.head[1]):
            assert each in text
            assert each in html
        assert "\x1b" not in text + html
        assert "<script" not in html


def test_it_is_an_archivable_pdf(desk):
    pytest.importorskip("typst", reason="the extra `print` isn't installed")
    for report in (day(desk), month(desk)):
        content = range_page(report, ReportForm.PDF)
        assert content.startswith(b"%PDF-1.7")
        assert b"pdfaid" in content
