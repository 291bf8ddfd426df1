"""A vehicle is told what to do from a shell, through server, watch and radio: obeyed, refused, and never alone to the ground."""

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from desk import TWENTE
from morning import Morning, morning
from shapely import Polygon

from rangeops.bootstrap.parts import clock
from rangeops.rehearsal.script import load_script

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]

WAITING = Path(__file__).parents[1] / "data" / "scenarios" / "one-waiting.toml"
EAST = TWENTE.volume("EAST").flight_geography
D07 = 7


@dataclass
class Shell:
    """`rangeops vehicle 7 …` on this data folder."""

    range_: Morning

    async def says(self, *words: str) -> tuple[int, str]:
        """Its exit code, and what it said."""
        line = [sys.executable, "-m", "rangeops", "--data", str(self.range_.settings.data), "vehicle", str(D07), *words]
        ended = await asyncio.to_thread(
            subprocess.run, line, check=False, capture_output=True, text=True, timeout=100, env=os.environ
        )
        assert "Traceback" not in ended.stderr, ended.stderr
        return ended.returncode, ended.stderr.strip()

    async def orders(self, *words: str) -> tuple[int, str]:
        """The same with the number typed and a reason given."""
        return await self.says(*words, "--typed", str(D07), "--reason", "test")


def middle() -> tuple[str, str]:
    ring = Polygon([TWENTE.frame.to_site(*corner) for corner in EAST.outer])
    latitude_deg, longitude_deg = TWENTE.frame.to_geodetic(ring.centroid.x, ring.centroid.y)
    return f"{latitude_deg:.7f}", f"{longitude_deg:.7f}"


async def test_a_cleared_vehicle_is_flown_from_the_shell_and_only_inside(tmp_path):
    async with morning(tmp_path, WAITING) as range_:
        shell = Shell(range_)
        (booking,) = load_script(WAITING).bookings
        director = range_.director
        await director._until(lambda: director._picture is not None, 30, "the first picture")
        for uri in director._links:
            await range_.client.add_link(uri)
        await director._register()
        await director._weather()
        slot = await director._book(booking)
        code, said = await shell.orders("arm")
        assert (code, "isn't cleared to fly" in said) == (3, True), said
        await director._make_ready(booking, slot)
        await _fly(shell, range_)


async def _fly(shell: Shell, range_: Morning) -> None:
    code, said = await shell.says("arm", "--typed", "8", "--reason", "test")
    assert (code, "Type 7 to confirm" in said) == (2, True), said
    code, said = await shell.orders("continue")
    assert (code, "nothing to continue" in said) == (1, True), said
    await _seen(shell, "arm")  # in STABILIZE, as it was switched on
    await _seen(shell, "takeoff", "15")
    code, said = await shell.says("disarm")
    assert (code, "isn't seen on the ground" in said) == (1, True), said
    code, said = await shell.says("pause")
    assert (code, "flies no mission" in said) == (1, True), said
    await _seen(shell, "continue")  # its pilot has loaded a mission
    await range_.until(lambda truth: abs(truth["vn"]) + abs(truth["ve"]) > 3, D07, "on its way to a waypoint")
    await _seen(shell, "pause", typed=False)
    await _seen(shell, "continue")
    code, said = await shell.orders("goto", "52.3", "6.9", "60")
    assert (code, "outside its flight geography" in said) == (3, True), said
    await _seen(shell, "goto", *middle(), "55")
    await _seen(shell, "fence-off")
    await _seen(shell, "fence-on", typed=False)
    await _seen(shell, "hold", typed=False)
    code, said = await shell.orders("terminate")
    assert (code, "a second person has 30 s" in said) == (1, True), said
    code, said = await shell.orders("terminate")
    assert (code, "one person can't complete it" in said) == (5, True), said
    await _seen(shell, "rtl")
    assert (await range_.truth(D07))["armed"], "nobody terminated it"
    actions = [line.text for line in await range_.client.log(limit=200)]
    assert any("op" in line and "asks to terminate D07" in line for line in actions), actions[-20:]


async def _seen(shell: Shell, *words: str, typed: bool = True) -> None:
    began_s = clock().monotonic_s
    code, said = await (shell.orders(*words) if typed else shell.says(*words))
    print(f"{words[0]}: {said} (in {clock().monotonic_s - began_s:.1f} s)")
    assert code == 0, said
    assert " seen " in said
