"""Which minute is which column, and that nothing on a day's rows hides anything else."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.tui.ink import Ink, width_of
from rangeops.tui.timeline import NIGHT, NOW, PHASE, Bar, draw_row, lanes, scale_of

MIDNIGHT = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
DAY = (MIDNIGHT, MIDNIGHT + timedelta(days=1))
NOBODY = MIDNIGHT - timedelta(days=3)


def at(hours):
    return MIDNIGHT + timedelta(hours=hours)


def bar(key, starts, ends, *, phases=0.0, shape="▓", label=None):
    return Bar(
        key, shape, Ink.TEXT, label or key, at(starts), at(ends), at(starts - phases), at(ends + phases)
    )  # fmt: skip


def text(line):
    return "".join(span.text for span in line)


bars = st.lists(
    st.builds(
        lambda n, start, lasts, phases: bar(f"S{n} COMPANY", start, start + lasts, phases=phases),
        st.integers(1, 99),
        st.floats(0, 23),
        st.floats(0.05, 6),
        st.floats(0, 0.5),
    ),
    max_size=12,
)


@pytest.mark.parametrize(("wide", "columns"), [(True, 104), (False, 67)])
@given(bars=bars)
def test_every_bar_in_sight_has_a_shape_and_its_whole_name_in_a_row_of_its_own(wide, columns, bars):
    scale = scale_of(DAY, columns, [], wide=wide)
    rows = lanes(bars, scale)
    assert sum(map(len, rows)) == sum(scale.columns_of(each.held_from, each.held_until)[1] > 0 for each in bars)
    for row in rows:
        drawn = text(draw_row(row, scale, None, NOBODY))
        assert len(drawn) == scale.columns
        for each in row:
            assert each.label in drawn
        first_last = sorted(scale.columns_of(each.held_from, each.held_until) for each in row)
        for (_, end), (first, _) in pairwise(first_last):
            assert end <= first


@given(bars=bars)
def test_a_bar_is_never_all_name(bars):
    scale = scale_of(DAY, 104, [], wide=True)
    for row in lanes(bars, scale):
        drawn = text(draw_row(row, scale, None, NOBODY))
        in_sight = [each for each in row if scale.columns_of(each.starts, each.ends) != (0, 0)]
        assert drawn.count("▓") >= len(in_sight)


@pytest.mark.parametrize(
    ("wide", "columns", "focus", "first"),
    [
        (True, 104, [], 0),
        (True, 104, [6, 18], 6),
        (True, 104, [23.5, 6, 18], 7),  # the first counts where all don't fit: the day's last hours
        (False, 67, [6, 20], 6),
        (True, 160, [23], 0),
    ],
)
def test_what_matters_is_in_sight(wide, columns, focus, first):
    scale = scale_of(DAY, columns, [at(hour) for hour in focus], wide=wide)
    assert scale.starts == at(first)
    assert not focus or scale.starts <= at(focus[0]) < scale.ends


def test_a_day_of_25_hours_has_25():
    starts = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    assert scale_of((starts, starts + timedelta(hours=25)), 200, [], wide=True).columns == 150


def test_phases_are_held_and_not_flown():
    scale = scale_of(DAY, 104, [], wide=True)
    drawn = text(draw_row([bar("S1", 8, 9, phases=0.5)], scale, None, NOBODY))
    assert f"{PHASE * 3}▓S1▓▓▓{PHASE * 3}" in drawn


def test_night_is_hatched_and_now_is_marked_but_for_names():
    scale = scale_of(DAY, 104, [at(6)], wide=True)
    line = draw_row([bar("S1", 8, 10)], scale, (at(7), at(16)), at(12))
    drawn = text(line)
    assert width_of(line) == scale.columns
    assert NIGHT in drawn[round(scale.column(at(16))) :]
    assert NIGHT not in drawn[round(scale.column(at(7))) : round(scale.column(at(16)))]
    assert drawn[round(scale.column(at(12)))] == NOW
    named = text(draw_row([bar("S1", 8, 10)], scale, None, scale.moment(drawn.index("S1"))))
    assert "S1" in named


def test_nobody_says_when_it_is_night():
    assert NIGHT not in text(draw_row([], scale_of(DAY, 104, [], wide=True), None, NOBODY))
