"""Timetables as people make them: from a file with no server, and over the API of a running one."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from range_weeks import FOLDER
from serving import InThisThread, running
from typer.testing import CliRunner

from rangeops.cli import app
from rangeops.cli import timetable as commands
from rangeops.domain.errors import Conflict, Unavailable
from rangeops.domain.slots import SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.services.timetable import SolveTask
from rangeops.wire.api import SlotRequest
from rangeops.wire.timetable import TimetableRequest

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=2)
DAY = TimetableRequest(NOON - timedelta(hours=6), NOON + timedelta(hours=6))


async def book(client, *sysids):
    for sysid in sysids:
        ends = NOON + timedelta(minutes=30)
        await client.book(SlotRequest("ACME", "NORTH", NOON, ends, Sysid(sysid), f"D{sysid:02}", "survey-quad", "ch 2"))


async def test_what_is_proposed_is_seen_and_accepted(settings):
    async with running(settings) as client:
        await book(client, 7, 8)
        proposal = await client.solve_timetable(DAY)
        assert await client.timetable() == proposal
        assert {slot.state for slot in await client.slots()} == {SlotState.REQUESTED}
        accepted = await client.accept_timetable(proposal.sha256, reason="the day's plan")
        assert {slot.state for slot in accepted} == {SlotState.APPROVED}
        assert accepted == await client.slots()
        assert any("timetable" in line.text for line in await client.log())


async def test_without_a_proposal_there_is_nothing_to_see(settings):
    async with running(settings) as client:
        with pytest.raises(Conflict, match="timetable solve"):
            await client.timetable()


class Cut(InThisThread):
    """The process that solves dies; plans are checked all the same."""

    async def compute(self, function, argument):
        if isinstance(argument, SolveTask):
            raise Unavailable("the process that worked on it died", where="check", do="Try again.")
        return function(argument)


async def test_a_solver_that_is_cut_off_leaves_first_come_first_served(settings):
    async with running(settings, Cut()) as client:
        await book(client, 7, 8)
        proposal = await client.solve_timetable(DAY)
    assert proposal.by == "first come, first served (the process that worked on it died)"
    assert (proposal.bound, proposal.gap, proposal.worth) == (None, None, proposal.greedy_worth)
    assert [each.change for each in proposal.changes] == ["new", "new"]


@pytest.fixture
def file(tmp_path):
    """A part of a kept week, so that it is proved on a busy machine too."""
    content = json.loads((FOLDER / "week-15.json").read_bytes())
    content["requests"] = content["requests"][:60]
    file = tmp_path / "part.json"
    file.write_text(json.dumps(content))
    return file


def test_a_file_is_solved_without_a_server(tmp_path, file):
    arguments = ["--data", str(tmp_path), "timetable", "solve", str(file), "--seconds", "20"]
    finished = CliRunner().invoke(app, [*arguments, "--json"])
    assert finished.exit_code == 0, finished.output
    solved = json.loads(finished.stdout)
    assert (solved["gap"], solved["worth"]) == (0.0, solved["bound"])
    assert solved["worth"] > solved["greedy_worth"]
    assert len(solved["rows"]) == 60
    assert all(row["why"] for row in solved["rows"] if row["change"] == "unplaced")
    finished = CliRunner().invoke(app, arguments)
    assert finished.exit_code == 0, finished.output
    assert "of 60 placed (first come, first served: " in finished.stderr
    assert "no timetable is worth more" in finished.stderr


async def test_the_commands_solve_show_and_accept(settings, monkeypatch):
    """Against a real server, in this loop; the commands' own loop is taken out."""
    said = []
    async with running(settings) as client:
        await book(client, 7, 8)
        proposal = await client.solve_timetable(DAY)
    monkeypatch.setattr(commands, "with_client", lambda _settings, _use: proposal)
    runner = CliRunner()
    said.append(runner.invoke(app, ["timetable", "diff"]))
    said.append(runner.invoke(app, ["timetable", "solve", "--from", "2026-11-30T00:00Z", "--to", "2026-12-01T00:00Z"]))
    for each in said:
        assert each.exit_code == 0, each.output
        assert "as asked" in each.stdout
        assert f"rangeops timetable accept {proposal.sha256[:8]}" in each.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["timetable", "solve"], "which days"), (["timetable", "solve", "none.json"], "can't be read")],
)
def test_what_is_asked_wrongly_is_refused(tmp_path, arguments, says):
    finished = CliRunner().invoke(app, ["--data", str(tmp_path), *arguments])
    assert says in str(finished.exception)


async def test_another_proposals_name_is_not_accepted(settings, monkeypatch):
    async with running(settings) as client:
        await book(client, 7)
        proposal = await client.solve_timetable(DAY)
    monkeypatch.setattr(commands, "with_client", lambda _settings, _use: proposal)
    for name in ("00000000", proposal.sha256[:7]):
        finished = CliRunner().invoke(app, ["timetable", "accept", name, "--reason", "because"])
        assert isinstance(finished.exception, Conflict)
