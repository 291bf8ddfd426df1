"""Automation is held back once, a sector of five is cleared, and who didn't do it is named: real processes, real radio."""

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from morning import Morning, morning

from rangeops.bootstrap.parts import clock
from rangeops.domain.commands import POLICY, CommandKind, CommandStage
from rangeops.wire.picture import VehicleView

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]

FIVE = Path(__file__).parents[1] / "data" / "scenarios" / "five-in-east.toml"
D04, D07 = 4, 7
OK, NO, REFUSED, INVALID = 0, 1, 3, 2


@dataclass
class Shell:
    """`rangeops …` on this data folder."""

    range_: Morning

    async def says(self, *words: str) -> tuple[int, str, str]:
        """Its exit code, its answer, and what it said to a person."""
        line = [sys.executable, "-m", "rangeops", "--data", str(self.range_.settings.data), *words]
        ended = await asyncio.to_thread(
            subprocess.run, line, check=False, capture_output=True, text=True, timeout=100, env=os.environ
        )
        assert "Traceback" not in ended.stderr, ended.stderr
        return ended.returncode, ended.stdout, ended.stderr.strip()

    def view(self, sysid: int) -> VehicleView:
        picture = self.range_.director._picture
        return next(view for view in picture.vehicles if view.sysid == sysid)

    async def until(self, holds, what: str, within_s: float = 60) -> None:
        deadline_s = clock().monotonic_s + within_s
        while not holds():
            assert clock().monotonic_s < deadline_s, f"{what}: not in {within_s} s; {self.view(D07)}"
            await asyncio.sleep(0.05)

    def told(self, kind: CommandKind):
        moved = self.range_.director._tally.commands.values()
        return [
            each for each in moved if each.order.sysid == D07 and each.order.kind is kind and each.order.by == POLICY
        ]


async def test_automation_is_held_back_once_and_a_sector_is_cleared_with_whom_to_call(tmp_path):
    async with morning(tmp_path, FIVE) as range_:
        shell = Shell(range_)
        await range_.director.open_day()
        await _held_back_once(shell)
        await _sector_cleared(shell, range_)
        await _logged_and_judged(shell)


async def _held_back_once(shell: Shell) -> None:
    def inhibitable() -> bool:
        act = shell.view(D07).next_act
        return act is not None and act.inhibitable and act.command is CommandKind.HOLD

    await shell.until(inhibitable, "a hold that is told beforehand")
    code, _, said = await shell.says("vehicle", "7", "inhibit", "--reason", "its pilot says that he turns")
    assert (code, "held back for 10 s at most" in said) == (OK, True), said
    await shell.until(lambda: shell.view(D07).inhibit is not None, "the inhibit in the picture", 5)
    inhibit = shell.view(D07).inhibit
    assert inhibit is not None
    assert 0 < inhibit.left_s <= 10
    assert shell.told(CommandKind.HOLD) == []
    code, _, said = await shell.says("vehicle", "7", "inhibit", "--reason", "once more")
    assert (code, "already" in said or "isn't held back" in said or "nothing is about" in said) == (REFUSED, True), said
    await shell.until(lambda: any(each.stage is CommandStage.SEEN for each in shell.told(CommandKind.HOLD)), "held", 30)
    assert shell.view(D07).inhibit is None, "it has ended by itself"


async def _sector_cleared(shell: Shell, range_: Morning) -> None:
    await range_.radio.ask({"fault": "ignore_commands", "vehicle": D04, "value": True})
    clear = ("sector", "clear", "EAST", "--hold", "--reason", "helicopter inbound")
    code, _, said = await shell.says(*clear, "--typed", "WEST")
    assert (code, "Type EAST to confirm" in said) == (INVALID, True), said
    code, shown, said = await shell.says("sector", "show", "east")
    assert (code, "EAST: 5 armed" in said) == (OK, True), f"{shown}{said}"
    code, shown, said = await shell.says(*clear, "--typed", "EAST")
    print(shown, said)
    assert code == NO
    assert "4 of 5 seen" in said, f"{shown}{said}"
    assert "#4, no-ack" in said
    assert "call +31 20 555 0100: Amsterdam FIC, flight information" in said
    for sysid in (1, 2, 3, D07):
        assert (await range_.truth(sysid))["mode"] == "BRAKE", sysid


async def _logged_and_judged(shell: Shell) -> None:
    call = ("call", "CLEAR SECTOR", "EAST", "--to", "Amsterdam FIC", "--via", "+31 20 555 0100")
    code, _, said = await shell.says(*call, "--reason", "helicopter inbound", "--answered")
    assert (code, "CLEAR SECTOR EAST" in said) == (OK, True), said
    code, listed, _ = await shell.says("review", "list", "--json")
    items = {item["progress"]["order"]["kind"]: item for item in json.loads(listed)["items"]}
    assert code == OK
    assert items["hold"]["progress"]["stage"] == "seen"
    assert items["hold"]["progress"]["seen_after_s"] > 0
    judge = ("review", "judge", items["hold"]["id"], "right", "--note", "it would have left")
    code, _, said = await shell.says(*judge)
    assert (code, "hold was right" in said) == (OK, True), said
    code, counted, _ = await shell.says("review", "stats", "--json")
    assert json.loads(counted)["counts"]["right"] == 1
    lines = [line.text for line in await shell.range_.client.log(limit=400)]
    for words in (
        "asks to hold back what the range would send D07: its pilot says that he turns",
        "holds automation back for 10 s at most",
        "automation is held back no longer",
        "clears sector EAST by hold",
        "CLEAR SECTOR EAST; helicopter inbound; answered",
        "judges hold for D07: right",
    ):
        assert any(words in line for line in lines), words
