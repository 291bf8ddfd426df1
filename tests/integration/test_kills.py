"""Each process killed or frozen while a vehicle heads for the edge: what must go on goes on, what was promised holds."""

import asyncio
import signal
import time

import pytest
from morning import Morning, morning

from rangeops.rehearsal.outcome import Outcome

pytestmark = [pytest.mark.processes, pytest.mark.timeout(150)]

D07 = 7
HEARTBEAT_BACK_S = 2.0


def heads_out(vehicle: dict) -> bool:
    """Under way on the leg that leads out, and not yet near the edge."""
    return vehicle["mode"] == "AUTO" and vehicle["height_above_home_m"] > 18 and abs(vehicle["vn"]) > 1.5


def holds_in_the_air(vehicle: dict) -> bool:
    """Not on the ground, where the stop path is proved before the flight."""
    return vehicle["mode"] == "BRAKE" and vehicle["height_above_home_m"] > 5


async def test_a_server_that_is_killed_again_and_again_costs_no_stop_and_no_evidence(tmp_path):
    async with morning(tmp_path) as range_:
        playing = asyncio.create_task(range_.director.play())
        await range_.until(heads_out, D07, "the flight towards the edge", within_s=90)
        async with asyncio.timeout(40):
            while (await range_.truth(D07))["mode"] != "RTL":  # down whenever it comes up, until all is over
                range_.strike("server", signal.SIGKILL)
                await asyncio.sleep(0.2)
        outcome = await playing
        assert range_.modes(D07)[-3:] == ["AUTO", "BRAKE", "RTL"]
        assert outcome.max_excursion_m is not None
        assert outcome.max_excursion_m <= 0
        sought = (
            "Leaves its volume",
            "HOLD (range policy) sent",
            "HOLD (range policy) seen",
            "LAUNCH (range policy) seen",
        )
        texts = await timeline(range_, outcome)
        deadline_s = time.monotonic() + 20  # the server has only just begun: its books follow what the screens show
        while absent := [part for part in sought if not any(part in text for text in texts)]:
            assert time.monotonic() < deadline_s, f"{absent} missing from {texts}"
            await asyncio.sleep(0.2)
            texts = await timeline(range_, outcome)


async def timeline(range_: Morning, outcome: Outcome) -> list[str]:
    incident = await range_.client.incident(outcome.incidents[0].id)
    return [item.text for item in incident.timeline if item.kind in ("alarm", "command")]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_watch_that_dies_on_the_way_out_is_back_in_time_and_stops_the_vehicle(tmp_path, number):
    async with morning(tmp_path) as range_:
        playing = asyncio.create_task(range_.director.play())
        await range_.until(heads_out, D07, "the flight towards the edge", within_s=90)
        struck = time.monotonic()
        range_.strike("watch", number)
        await range_.until(
            lambda vehicle: vehicle["gcs_heartbeat_age_s"] < time.monotonic() - struck - 0.05, D07, "a heartbeat"
        )
        took = time.monotonic() - struck
        print(f"GCS heartbeat back {took:.2f} s after {number.name}")
        assert took <= HEARTBEAT_BACK_S
        outcome = await playing
        assert range_.modes(D07)[-3:] == ["AUTO", "BRAKE", "RTL"], "told what the policy says, and nothing else"
        assert outcome.max_excursion_m is not None
        assert outcome.max_excursion_m <= 0


async def test_a_watch_that_dies_while_it_holds_the_vehicle_repeats_nothing_and_finishes(tmp_path):
    async with morning(tmp_path) as range_:
        playing = asyncio.create_task(range_.director.play())
        await range_.until(holds_in_the_air, D07, "the hold", within_s=90)
        await asyncio.sleep(2)  # let it be seen: at rest
        range_.strike("watch", signal.SIGKILL)
        outcome = await playing
        assert range_.modes(D07)[-3:] == ["AUTO", "BRAKE", "RTL"]
        held = [command for command in outcome.commands if (command.command, command.by) == ("hold", "policy")]
        assert len(held) == 1, "a command seen obeyed is not repeated"


async def test_closing_the_control_room_stops_nothing(tmp_path):
    async with morning(tmp_path) as range_:
        watch, server = range_.pid("watch"), range_.pid("server")
        async with range_.director:
            pass
        await range_.client.close()
        await asyncio.sleep(1.5)
        assert (range_.pid("watch"), range_.pid("server")) == (watch, server)
