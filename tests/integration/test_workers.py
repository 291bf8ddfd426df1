"""Processes for CPU time: errors come back whole, and one that dies or hangs costs its own work alone."""

import asyncio
import io
import os
import re
import socket
import time
import zipfile
from pathlib import Path

import pytest
import worker_tasks
from desk import TWENTE, TomlAirframes
from serving import until

from rangeops.adapters.formats.plan_files import read_plan
from rangeops.domain.errors import Invalid, Refused, Unavailable
from rangeops.paths import shipped
from rangeops.server.sandbox import Layer, Limits
from rangeops.server.workers import ProcessWorkers
from rangeops.services.plan_checking import PlanChecking
from rangeops.services.ports.plans import CheckedPlan, PlanFile

pytestmark = pytest.mark.processes
GOOD = shipped("scenarios") / "plans" / "acme-0042-rev2.plan"


@pytest.fixture
def workers():
    with ProcessWorkers(longest_s=20) as workers:
        yield workers


async def test_it_runs_elsewhere(workers):
    assert await workers.compute(worker_tasks.pid, None) != os.getpid()


async def test_an_error_of_ours_comes_back_as_it_was_raised(workers):
    with pytest.raises(Invalid) as error:
        await workers.compute(worker_tasks.refuse, "a.plan")
    assert (error.value.what, error.value.where, error.value.do) == ("it is no plan", "a.plan", "Hand in another.")


async def test_another_error_is_not_swallowed(workers):
    with pytest.raises(ZeroDivisionError):
        await workers.compute(worker_tasks.divide_by_zero, 1)


async def test_after_a_death_the_next_work_is_done(workers):
    with pytest.raises(Unavailable, match="died"):
        await workers.compute(worker_tasks.die, None)
    assert await workers.compute(abs, -7) == 7


async def test_what_hangs_is_ended():
    with ProcessWorkers(longest_s=8) as workers:  # a busy machine takes seconds to start one
        pid = await workers.compute(worker_tasks.pid, None)
        with pytest.raises(Unavailable, match="too long"):
            await workers.compute(time.sleep, 600)
        assert await workers.compute(worker_tasks.pid, None) != pid
        await until(lambda: not Path(f"/proc/{pid}").exists())


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"{" * 100_000, b'{"fileType": "Plan"}', b"QGC WPL 110\n1\t"]
)
async def test_a_malformed_plan_is_refused_from_there_in_one_sentence(workers, content):
    with pytest.raises(Invalid, match=r"morning\.plan"):
        await workers.confined(PlanChecking(TWENTE, read_plan), plan(content), CheckedPlan)


# What strangers sent.


def plan(content, name="morning.plan"):
    return PlanFile(content, name, TWENTE.volumes[0].id, TomlAirframes().get("survey-quad"))


@pytest.fixture
def strict():
    """Little of everything, so that it is soon used up; what may be read is loaded before."""
    with ProcessWorkers(longest_read_s=60, limits=Limits(memory_bytes=64 << 20, cpu_s=1)) as workers:
        yield workers


async def test_a_plan_is_checked_there_as_it_is_here(workers):
    file = plan(GOOD.read_bytes())
    check = PlanChecking(TWENTE, read_plan)
    assert await workers.confined(check, file, CheckedPlan) == check(file)


async def test_whoever_takes_a_reader_over_reads_no_file_writes_none_and_reaches_nobody(workers, tmp_path):
    (tmp_path / "token").write_text("secret")
    assert await workers.confined(abs, -7, int) == 7
    if Layer.NO_FILES not in workers.outside.layers:
        pytest.skip("this kernel lets no unprivileged process have Landlock: limits are all that holds")
    with socket.create_server(("127.0.0.1", 0)) as server:
        for reach, what in (
            (worker_tasks.open_it, str(tmp_path / "token")),
            (worker_tasks.write_it, str(tmp_path / "mine")),
            (worker_tasks.call_home, server.getsockname()[1]),
        ):
            with pytest.raises(Refused, match="it broke the program that read it"):
                await workers.confined(reach, what, str)
    assert not (tmp_path / "mine").exists()


async def test_no_secret_of_the_server_is_in_its_environment(workers, monkeypatch):
    monkeypatch.setenv("RANGEOPS_DATABASE_URL", "postgresql://me:secret@db/range")
    seen = await workers.confined(worker_tasks.environment, None, dict[str, str])
    assert not [name for name in seen if name.startswith("RANGEOPS_")]


async def test_too_much_of_anything_is_one_clear_refusal_and_the_next_file_is_read(strict):
    for use_up, much, says in (
        (worker_tasks.swell, 200, "too much memory"),
        (worker_tasks.spin, None, "too much computing"),
        (worker_tasks.die, None, "died"),
    ):
        with pytest.raises(Refused, match=says) as refused:
            await strict.confined(use_up, much, int, where="plan bomb.kmz")
        assert refused.value.where == "plan bomb.kmz"
        assert await strict.confined(abs, -7, int) == 7
    assert strict.outside.lost == {"memory": 1, "cpu": 1, "died": 1}


async def test_a_reader_that_hangs_holds_up_nobody_behind_it():
    with ProcessWorkers(2, longest_read_s=8) as workers:
        await workers.start()
        hanging = asyncio.create_task(workers.confined(time.sleep, 600, None))
        assert await workers.confined(abs, -7, int) == 7
        with pytest.raises(Refused, match="took too long"):
            await hanging
        await until(lambda: workers.outside.ready >= 1 and not workers.outside.busy, within_s=30)


async def test_an_answer_of_another_type_is_no_answer(workers):
    with pytest.raises(Refused, match="died"):
        await workers.confined(worker_tasks.pretend, None, CheckedPlan)


async def test_who_gives_up_leaves_a_reader_to_end_its_work(workers):
    asked = asyncio.create_task(workers.confined(time.sleep, 0.3, None))
    await until(lambda: workers.outside.busy)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert await workers.confined(abs, -7, int) == 7
    assert not workers.outside.lost


def zip_bomb():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", b"<kml>" + b" " * 200_000_000)
    return packed.getvalue()


def billion_laughs():
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE kml [<!ENTITY a0 "ha">{entities}]><kml><name>&a9;</name></kml>'.encode()


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.kmz", zip_bomb),
        ("a.kml", billion_laughs),
        ("a.kml", lambda: b"<a>" * 900_000),
        ("a.plan", lambda: b"[" * 1_900_000),
    ],
)
async def test_bombs_are_refused_in_a_sentence_by_the_reader_itself(workers, name, make):
    with pytest.raises(Invalid, match=re.escape(name)):
        await workers.confined(PlanChecking(TWENTE, read_plan), plan(make(), name), CheckedPlan)
    assert not workers.outside.lost
