"""How far work is, as it is told: never done before it is."""

import asyncio
from datetime import UTC, datetime

import pytest

from rangeops.domain.audit import Actor
from rangeops.domain.now import Now
from rangeops.server.work import Outcome, WorkDesk, lanes
from rangeops.wire.work import WorkState

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
async def work():
    may_end = asyncio.Event()

    async def run(_):
        await may_end.wait()
        return Outcome(1, "/there")

    desk = WorkDesk(lambda: Now(0.0, NOON), lanes(readers=1))
    asked = desk.ask("timetable", "a timetable", run, actor=Actor("op1", "operator"))
    asked.may_end = may_end
    yield asked
    await desk.close()


@pytest.mark.parametrize(("now_s", "told"), [(9.0, 0.0), (10.0, 0.0), (15.0, 0.5), (20.0, 0.95), (99.0, 0.95)])
async def test_what_is_given_a_time_is_as_far_as_that_and_never_done(work, now_s, told):
    work.now("is solved", until_s=(10.0, 20.0))
    assert work.progress(now_s) == told


async def test_a_share_that_is_told_is_the_share_and_none_is_none(work):
    work.now("is checked", 0.4)
    assert work.progress(99.0) == 0.4
    work.now("is written")
    assert work.progress(99.0) is None


async def test_it_is_done_once_it_is(work):
    work.may_end.set()
    await work.finished.wait()
    assert (work.state, work.progress(0.0)) == (WorkState.DONE, 1.0)
