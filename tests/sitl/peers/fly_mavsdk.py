"""The story with MAVSDK 4 (the native binding). Arguments and answer as fly_mavutil's.

It asks for no stream by itself, and holds an ArduPilot copter by BRAKE.
"""

import asyncio
import json
import sys
from pathlib import Path

from mavsdk.asyncio import ComponentType, Configuration, Mavsdk
from mavsdk.asyncio.plugins.action import ActionAsync
from mavsdk.asyncio.plugins.mission_raw import MissionItem, MissionRawAsync
from mavsdk.asyncio.plugins.param import ParamAsync
from mavsdk.asyncio.plugins.telemetry import TelemetryAsync

MISSION, FENCE = 0, 1


async def main(port: str, story: dict) -> dict:
    async with Mavsdk(Configuration.create_with_component_type(ComponentType.GROUND_STATION)) as mavsdk:
        await mavsdk.add_any_connection(f"udpin://127.0.0.1:{port}")
        system = await mavsdk.first_autopilot(15)
        assert system is not None, "no autopilot was found"
        parameters = await ParamAsync(system).get_all_params()
        told: dict = {"parameters": len(parameters.int_params) + len(parameters.float_params)}
        missions = MissionRawAsync(system)
        await missions.upload_mission(items(story["mission"], MISSION))
        told["mission"] = [[i.command, i.x, i.y, i.z] for i in await missions.download_mission()]
        await missions.upload_geofence(items(story["fence"], FENCE))
        told["fence"] = [[i.command, i.x, i.y, i.z] for i in await missions.download_geofence()]
        await fly(system, story)
        return told


async def fly(system, story: dict) -> None:
    action, telemetry = ActionAsync(system), TelemetryAsync(system)
    await telemetry.set_rate_position(5)
    await action.set_takeoff_altitude(story["height_m"])
    await until_accepted(action.arm)
    await until_accepted(action.takeoff)
    async with asyncio.timeout(30):
        async for position in telemetry.subscribe_position():
            if position.relative_altitude_m > story["height_m"] * 0.9:
                break
    await action.hold()
    await asyncio.sleep(1)
    await action.return_to_launch()
    await asyncio.sleep(1)


async def until_accepted(ask) -> None:
    for _ in range(19):
        try:
            await ask()
        except Exception:  # noqa: BLE001  # its errors have no common base; the last one is told
            await asyncio.sleep(0.5)
        else:
            return
    await ask()


def items(story: list, kind: int) -> list:
    return [
        MissionItem(seq, frame, number, int(seq == 0), 1, param1, 0.0, 0.0, 0.0, x, y, z, kind)
        for seq, (frame, number, param1, x, y, z) in enumerate(story)
    ]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text())))))
