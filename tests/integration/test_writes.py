"""What the range writes to a vehicle: shown, agreed, done, and put back when its slot is over. Real processes and sockets."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from desk import TWENTE
from seeds import hand_in

from rangeops import paths
from rangeops.background import Background
from rangeops.bootstrap.parts import process_environment
from rangeops.client.api import Client
from rangeops.client.feed import feed
from rangeops.domain.alarms import Condition
from rangeops.domain.commands import FINAL_STAGES, CommandKind, CommandProgress, CommandStage
from rangeops.domain.errors import Conflict, Refused
from rangeops.domain.slots import Slot, SlotEvent
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import polygon_of
from rangeops.rehearsal.processes import free_udp_port
from rangeops.settings import Settings
from rangeops.wire.api import SlotRequest
from rangeops.wire.picture import RangePicture

pytestmark = [pytest.mark.processes, pytest.mark.timeout(150)]

COPTER = Sysid(1)
CENTRE = polygon_of(TWENTE.volume("EAST").flight_geography, TWENTE.frame).representative_point()
SCENARIO = """
name = "one copter in its volume"
range = "twente"
seed = 1

[[vehicle]]
callsign = "D01"
sysid = 1
airframe = "survey-quad"
home = [{home}]
home_elevation_amsl_m = 35
links = ["udpout:127.0.0.1:14550"]
ready_after_s = 2
"""


async def picture_where(client: Client, holds: Callable[[RangePicture], object]) -> RangePicture:
    async with contextlib.aclosing(feed(client)) as items:
        async for item in items:
            if isinstance(item, RangePicture) and holds(item):
                return item
    raise AssertionError("the feed ended")


def ended(picture: RangePicture, kind: CommandKind, by: str = "") -> CommandProgress | None:
    over = [p for p in picture.commands if p.order.kind is kind and p.stage in FINAL_STAGES and by in p.order.by]
    return over[-1] if over else None


async def briefed(client: Client, **given: str) -> Slot:
    now = datetime.now(UTC).replace(microsecond=0)
    request = SlotRequest(
        company="ACME", volume="EAST", starts=now, ends=now + timedelta(minutes=45), sysid=COPTER, callsign="D01",
        airframe="survey-quad", contact="radio 1", **given,
    )  # fmt: skip
    await hand_in(client, "ACME")
    slot = await client.book(request)
    plan = paths.shipped("scenarios") / "plans" / "acme-0042-rev2.plan"
    await client.submit_plan(
        plan.read_bytes(), file_name=plan.name, name="SURVEY", company="ACME", volume="EAST", airframe="survey-quad",
        slot=slot.id,
    )  # fmt: skip
    slot = next(each for each in await client.slots() if each.id == slot.id)
    slot = await client.change_slot(slot.id, SlotEvent.APPROVE, version=slot.version)
    return await client.change_slot(slot.id, SlotEvent.BRIEF, version=slot.version)


async def load(client: Client) -> CommandProgress:
    order = (await client.command(COPTER, CommandKind.LOAD_FENCE, reason="test")).order
    picture = await picture_where(
        client, lambda p: any(each.order.id == order.id and each.stage in FINAL_STAGES for each in p.commands)
    )
    return next(each for each in picture.commands if each.order.id == order.id)


async def of_the_range(client: Client) -> dict[str, float]:
    names = ("FENCE_ENABLE", "FENCE_TYPE", "FENCE_ACTION", "FENCE_MARGIN", "FENCE_ALT_MAX", "RTL_ALT")
    return {each.name: each.value for each in (await client.parameters(COPTER, names)).parameters}


@pytest.fixture
def running(tmp_path):
    """A range with one simulated copter on a link."""
    made = Settings(data=tmp_path, port=0)
    port = free_udp_port()
    with Background(made, process_environment(made)) as processes:
        processes.start("range", ["serve"])
        scenario = tmp_path / "scenario.toml"
        home = TWENTE.frame.to_geodetic(CENTRE.x, CENTRE.y)
        scenario.write_text(SCENARIO.format(home=f"{home[0]:.6f}, {home[1]:.6f}"))
        processes.start("simulator", ["sim", "run", str(scenario), "--udp-port", str(port)])
        processes.wait_for(made.server_file.exists, "the server")
        yield made, f"udpin:127.0.0.1:{port}"


@contextlib.asynccontextmanager
async def linked(running: tuple[Settings, str]) -> AsyncIterator[Client]:
    settings, uri = running
    async with asyncio.timeout(120), Client.from_settings(settings) as client:
        await picture_where(client, lambda picture: picture.enforcement)
        await client.add_link(uri)
        await picture_where(client, lambda picture: any(v.trusted and v.home_latitude_deg for v in picture.vehicles))
        yield client


async def test_nothing_is_written_before_it_was_agreed_and_all_comes_back_at_the_end(running):
    async with linked(running) as client:
        slot = await briefed(client)
        await picture_where(client, lambda picture: any(v.slot == slot.id for v in picture.vehicles))
        before = await of_the_range(client)
        with pytest.raises(Conflict, match="no diff was shown"):
            await client.agree(slot.id, who="Jan", sha256="00")
        refused = await load(client)
        assert refused.stage is CommandStage.REFUSED
        assert "nobody has agreed" in refused.detail
        writes = await client.writes(slot.id)
        assert writes.agreed == ""
        changed = {each.what for each in writes.differences}
        assert {"FENCE_ENABLE", "FENCE_ALT_MAX", "fence item 0", "rate of GLOBAL_POSITION_INT"} <= changed
        with pytest.raises(Conflict, match="another diff"):
            await client.agree(slot.id, who="Jan", sha256="00")
        agreed = await client.agree(slot.id, who="Jan, pilot", sha256=writes.sha256)
        assert agreed.agreed == "Jan, pilot, by word"
        assert await of_the_range(client) == before  # nothing was written so far
        loaded = await load(client)
        assert loaded.stage is CommandStage.SEEN, loaded.detail
        assert await of_the_range(client) != before
        log = [line.text for line in await client.log(limit=500)]
        assert any(writes.sha256[:12] in line and "Jan, pilot agrees" in line for line in log)
        slot = await client.slot(slot.id)
        await client.change_slot(slot.id, SlotEvent.CANCEL, version=slot.version, reason="rain")
        picture = await picture_where(client, lambda picture: ended(picture, CommandKind.RESTORE, "policy"))
        restored = ended(picture, CommandKind.RESTORE)
        assert restored is not None
        assert restored.stage is CommandStage.SEEN, restored.detail
        assert await of_the_range(client) == before
        await picture_where(
            client, lambda p: not any(a.condition is Condition.RESTORE_DUE and not a.returned_utc for a in p.alarms)
        )


async def test_a_company_that_agreed_when_it_booked_isnt_asked_again(running):
    async with linked(running) as client:
        slot = await briefed(client, consent="ACME's accountable manager")
        await picture_where(client, lambda picture: any(v.slot == slot.id for v in picture.vehicles))
        assert (await client.writes(slot.id)).agreed == "ACME's accountable manager, at booking"
        loaded = await load(client)
        assert loaded.stage is CommandStage.SEEN, loaded.detail


async def test_the_whole_table_is_read_through_the_range(running):
    async with linked(running) as client:
        table = await client.parameters(COPTER)
        assert len(table.parameters) > 1000
        assert table.firmware.startswith("4.5.7")
        assert (await client.parameters(COPTER)).table_sha256 == table.table_sha256
        some = await client.parameters(COPTER, ("RTL_ALT", "NO_SUCH_NAME"))
        assert [each.name for each in some.parameters] == ["RTL_ALT"]
        assert some.missing == ("NO_SUCH_NAME",)
        with pytest.raises(Refused, match="isn't heard"):
            await client.parameters(Sysid(99), ("RTL_ALT",))
