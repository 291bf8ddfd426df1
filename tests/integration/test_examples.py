"""The examples of docs/examples do what they say, each as a program of its own, against a server that is another."""

import asyncio
import sys
from pathlib import Path

import pytest
from desk import vehicle
from server_processes import server_process
from serving import FakeWatch, settings_in

from rangeops.client.api import Client
from rangeops.domain.slots import SlotEvent
from rangeops.wire.people import UserChange

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
SECRET = "correct horse battery"

pytestmark = pytest.mark.processes


@pytest.fixture
async def served(tmp_path):
    settings = settings_in(tmp_path)
    async with server_process(settings), Client.from_settings(settings) as client:
        yield settings, client


async def run(name, *words):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(EXAMPLES / name),
        *map(str, words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode(), err.decode()


async def token_of(client, folder, name, role, company=""):
    await client.set_password("op1", SECRET)
    await client.add_user(name, full_name=name, roles=[role], company=company, confirm=SECRET)
    path = folder / name
    path.write_text((await client.new_token(name, confirm=SECRET)).token)
    return path


async def test_a_company_books_where_its_volume_is_free(served, tmp_path):
    _, client = served
    token = await token_of(client, tmp_path, "anna", "company-member", "ACME")
    plan = tmp_path / "survey.plan"
    plan.write_bytes(b"inside")
    words = (client.address().url, token, plan, "--company", "ACME", "--volume", "NORTH", "--airframe", "survey-quad")
    for number in (1, 2):
        code, out, err = await run("book_a_slot.py", *words)
        assert (code, err) == (0, "")
        assert f"plan P{number} revision {number}: passed" in out
        assert f"slot S{number}: NORTH" in out
        (slot,) = [each for each in await client.slots() if each.id == f"S{number}"]
        approved = await client.change_slot(slot.id, SlotEvent.APPROVE, version=slot.version)
        assert approved.state.value == "approved", "it had found a time that is free"
    code, out, err = await run("book_a_slot.py", *words[:4], "SAXN", *words[5:])
    assert (code, out) == (1, "")
    assert err.startswith("forbidden: ")


async def test_the_range_is_followed(served, tmp_path):
    settings, client = served
    token = await token_of(client, tmp_path, "olga", "observer")
    watch = FakeWatch(settings)
    watch.vehicles = (vehicle(7),)
    async with watch.at_work():
        status = None
        while not (status and status.enforcement):
            status = await client.status()
            await asyncio.sleep(0.05)
        code, out, err = await run("follow_the_range.py", client.address().url, token, "--pictures", 3)
    assert (code, err) == (0, "")
    first, *pictures = out.splitlines()
    assert first.startswith("connected to http://127.0.0.1")
    assert sum("D07 inside 60 m" in line for line in pictures) == 3


async def test_lists_are_read_to_their_end(served, tmp_path):
    _, client = served
    token = await token_of(client, tmp_path, "olga", "observer")
    for name in ("a", "b"):
        query = {"name": name, "company": "ACME", "volume": "NORTH", "airframe": "survey-quad"}
        await client.submit_plan(b"inside" if name == "a" else b"outside", file_name="a.plan", **query)
    code, out, err = await run("read_it_all.py", client.address().url, token)
    assert (code, out) == (0, "slot,company,volume,starts,ends,state\r\n")
    assert err.splitlines() == ["ACME: 1 passed", "ACME: 1 refused"]
    (user,) = [each for each in await client.users() if each.name == "olga"]
    await client.change_user("olga", UserChange(user.version, disabled=True, confirm=SECRET))
    code, out, err = await run("read_it_all.py", client.address().url, token)
    assert code == 1
    assert "the token is missing or wrong" in err


def test_every_example_is_tested():
    source = Path(__file__).read_text()
    assert all(f'"{path.name}"' in source for path in EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("words", [["follow_the_range.py"], ["read_it_all.py"], ["book_a_slot.py", "survey.plan"]])
async def test_a_file_that_is_not_there_is_one_sentence(tmp_path, words):
    name, *plan = words
    more = ["--company", "ACME", "--volume", "NORTH", "--airframe", "survey-quad"] if plan else []
    code, out, err = await run(name, "http://127.0.0.1:9", tmp_path / "no-token", *plan, *more)
    assert (code, out, err) == (1, "", f"{tmp_path / 'no-token'}: No such file or directory\n")
