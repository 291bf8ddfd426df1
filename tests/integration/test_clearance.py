"""A clearance through server, watch and radio, from a shell: taken back in flight, used up by the landing, given anew."""

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from morning import Morning, morning

from rangeops.domain.alarms import Condition
from rangeops.domain.commands import CommandKind
from rangeops.domain.telemetry import Sysid
from rangeops.rehearsal.script import load_script

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]

WAITING = Path(__file__).parents[1] / "data" / "scenarios" / "one-waiting.toml"
D07 = 7


@dataclass
class Shell:
    """`rangeops …` on this data folder."""

    range_: Morning

    async def says(self, *words: str) -> tuple[int, str]:
        """Its exit code, and all that it said."""
        line = [sys.executable, "-m", "rangeops", "--data", str(self.range_.settings.data), *words]
        ended = await asyncio.to_thread(
            subprocess.run, line, check=False, capture_output=True, text=True, timeout=100, env=os.environ
        )
        assert "Traceback" not in ended.stderr, ended.stderr
        return ended.returncode, ended.stdout + ended.stderr

    async def flies(self, *words: str) -> None:
        code, said = await self.says("vehicle", str(D07), *words, "--typed", str(D07), "--reason", "test")
        assert code == 0, said


async def test_a_clearance_is_withdrawn_in_flight_and_needs_everybodys_word_for_the_next(tmp_path):
    async with morning(tmp_path, WAITING) as range_:
        shell, director = Shell(range_), range_.director
        (booking,) = load_script(WAITING).bookings
        await director._until(lambda: director._picture is not None, 30, "the first picture")
        for uri in director._links:
            await range_.client.add_link(uri)
        await director._register()
        slot = await director._book(booking)
        code, said = await shell.says("clear", slot.id)
        assert (code, "no METAR of EHTW" in said) == (1, True), said
        await director._weather()
        await director._make_ready(booking, slot)
        code, said = await shell.says("clear", slot.id)
        assert (code, "cleared to fly" in said) == (0, True), said
        code, said = await shell.says("clear", slot.id, "check-parameters")
        assert (code, "acceptance: waived" in said) == (0, True), said
        read = [line.text for line in await range_.client.log(limit=200) if "parameters, " in line.text]
        assert len(read) == 1, "the whole table, with its hash, is in the record"
        await shell.flies("arm")
        await shell.flies("takeoff", "10")

        code, said = await shell.says("withdraw", "--volume", "WEST", "--reason", "helicopter")
        assert (code, "nobody was cleared" in said) == (0, True), said
        code, said = await shell.says("withdraw", "--volume", "EAST", "--reason", "helicopter")
        assert (code, f"not cleared any more: {slot.id}" in said) == (0, True), said
        await director._until(lambda: _stands(director, Condition.FLIES_WITHDRAWN), 10, "the alarm")
        assert not director._tally.stopped(Sysid(D07), CommandKind.HOLD), "this range's policy asks a person first"

        await shell.flies("land")
        await range_.until(lambda truth: not truth["armed"], D07, "landed and disarmed", within_s=60)
        await director._until(lambda: not _stands(director, Condition.FLIES_WITHDRAWN), 10, "the alarm's end")
        view = await range_.client.clearance(slot.id)
        assert (view.cleared, view.withdrawn, view.flights) == (False, True, 1)
        await _again(shell, slot.id)
        view = await range_.client.clearance(slot.id)
        assert (view.cleared, view.withdrawn) == (True, False)


async def _again(shell: Shell, slot: str) -> None:
    code, said = await shell.says("clear", slot, "give")
    assert (code, "pilot has not said go" in said, "range safety officer's word is missing" in said) == (3, True, True)
    await shell.says("clear", slot, "poll", "go", "--role", "pilot", "--who", "pilot of D07")
    code, said = await shell.says("clear", slot, "poll", "no-go", "--role", "operator", "--reason", "helicopter")
    assert code == 0, said
    await shell.says("clear", slot, "word")
    code, said = await shell.says("clear", slot, "give")
    assert (code, "says no-go: helicopter" in said) == (3, True), said
    await shell.says("clear", slot, "poll", "go", "--role", "operator")
    code, said = await shell.says("clear", slot, "give")
    assert (code, "is cleared to fly" in said) == (0, True), said


def _stands(director, condition: Condition) -> bool:
    return any(each.condition is condition and each.returned_utc is None for each in director._picture.alarms)
