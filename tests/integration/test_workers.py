"""Processes for CPU time: errors come back whole, and one that dies or hangs costs its own work alone."""

import os
import signal
import time
from pathlib import Path

import pytest
from desk import TWENTE, TomlAirframes
from serving import until

from rangeops.adapters.formats.plan_files import read_plan
from rangeops.domain.errors import Invalid, Unavailable
from rangeops.server.workers import ProcessWorkers
from rangeops.services.plan_checking import PlanChecking
from rangeops.services.ports import PlanFile

pytestmark = pytest.mark.processes


@pytest.fixture
def workers():
    with ProcessWorkers(longest_s=20) as workers:
        yield workers


def refuse(name):
    raise Invalid("it is no plan", where=name, do="Hand in another.")


def die(_):
    os.kill(os.getpid(), signal.SIGKILL)


async def test_it_runs_elsewhere(workers):
    assert await workers.compute(_pid, None) != os.getpid()


def _pid(_):
    return os.getpid()


async def test_an_error_of_ours_comes_back_as_it_was_raised(workers):
    with pytest.raises(Invalid) as error:
        await workers.compute(refuse, "a.plan")
    assert (error.value.what, error.value.where, error.value.do) == ("it is no plan", "a.plan", "Hand in another.")


async def test_another_error_is_not_swallowed(workers):
    with pytest.raises(ZeroDivisionError):
        await workers.compute(divmod_by_zero, 1)


def divmod_by_zero(number):
    return number // 0


async def test_after_a_death_the_next_work_is_done(workers):
    with pytest.raises(Unavailable, match="died"):
        await workers.compute(die, None)
    assert await workers.compute(abs, -7) == 7


async def test_what_hangs_is_ended():
    with ProcessWorkers(longest_s=8) as workers:  # a busy machine takes seconds to start one
        pid = await workers.compute(_pid, None)
        with pytest.raises(Unavailable, match="too long"):
            await workers.compute(time.sleep, 600)
        assert await workers.compute(_pid, None) != pid
        await until(lambda: not Path(f"/proc/{pid}").exists())


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"{" * 100_000, b'{"fileType": "Plan"}', b"QGC WPL 110\n1\t"]
)
async def test_a_malformed_plan_is_refused_from_there_in_one_sentence(workers, content):
    plan = PlanFile(content, "morning.plan", TWENTE.volumes[0].id, TomlAirframes().get("survey-quad"))
    with pytest.raises(Invalid, match=r"morning\.plan"):
        await workers.compute(PlanChecking(TWENTE, read_plan), plan)
