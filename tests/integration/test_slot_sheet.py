"""A slot's sheet from a running server to a check away from it."""

import asyncio
import dataclasses
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from serving import running, settings_in

from rangeops import offline
from rangeops.domain.errors import Conflict, Damaged, Forbidden, Invalid
from rangeops.domain.telemetry import Sysid
from rangeops.settings import Settings
from rangeops.wire.api import SlotRequest

PLAN = Path(__file__).parents[2] / "sitl" / "scenarios" / "plans" / "acme-0042-rev2.plan"


def request():
    starts = (datetime.now(UTC) + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
    return SlotRequest(
        company="ACME",
        volume="EAST",
        starts=starts,
        ends=starts + timedelta(minutes=45),
        sysid=Sysid(7),
        callsign="D07",
        airframe="survey-quad",
        contact="channel 2",
    )


@pytest.fixture
async def sheet(tmp_path):
    async with running(settings_in(tmp_path)) as client:
        slot = await client.book(request())
        content = await client.slot_sheet(slot.id)
    path = tmp_path / "sheet.json"
    path.write_bytes(content)
    return path


async def test_a_plan_is_checked_against_what_the_slot_grants(sheet, tmp_path):
    basis = offline.against(Settings(data=tmp_path), offline.Held(slot=sheet))
    assert basis.sheet is not None
    assert basis.context.slot == (basis.sheet.starts, basis.sheet.ends)
    judged = offline.judge(PLAN, basis)
    assert judged.slot == basis.sheet.slot
    assert judged.zones.sha256 == basis.sheet.zones_sha256
    pinned = offline.Held(slot=sheet, key=basis.key)
    assert offline.against(Settings(data=tmp_path), pinned).key == basis.key


async def test_slot_export_writes_the_sheet_and_says_the_key(tmp_path):
    async with running(settings_in(tmp_path)) as client:
        slot = await client.book(request())
        out = tmp_path / "s.json"
        command = ["slot", "export", slot.id, "-o", str(out)]
        finished = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "rangeops", "--data", str(tmp_path), *command],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert finished.returncode == 0, finished.stderr
    sheet, key = offline.read_sheet(out.read_bytes(), where="s.json")
    assert sheet.slot == slot.id
    assert key in finished.stderr


async def test_a_sheet_that_was_changed_or_has_another_key_is_refused(sheet, tmp_path):
    with pytest.raises(Forbidden):
        offline.against(Settings(data=tmp_path), offline.Held(slot=sheet, key="00" * 32))
    sheet.write_bytes(sheet.read_bytes().replace(b"ACME", b"ACMF"))
    with pytest.raises(Damaged):
        offline.against(Settings(data=tmp_path), offline.Held(slot=sheet))


async def test_zones_that_are_not_the_sheet_s_are_refused(sheet, tmp_path, monkeypatch):
    load = offline.load_range
    monkeypatch.setattr(offline, "load_range", lambda settings: dataclasses.replace(load(settings), zones=()))
    with pytest.raises(Conflict, match="zones twente-"):
        offline.against(Settings(data=tmp_path), offline.Held(slot=sheet))


async def test_a_sheet_and_a_volume_exclude_each_other(sheet, tmp_path):
    with pytest.raises(Invalid):
        offline.against(Settings(data=tmp_path), offline.Held(slot=sheet, volume="EAST"))
