"""The story with dronekit2 (imported as dronekit), which has no fence. Arguments and answer as fly_mavutil's."""

import json
import sys
import time
from pathlib import Path

from dronekit import Command, VehicleMode, connect


def main(port: str, story: dict) -> dict:
    vehicle = connect(f"udpin:127.0.0.1:{port}", wait_ready=False, timeout=40, heartbeat_timeout=30)
    vehicle.wait_ready("parameters", "armed", "mode", timeout=40)
    told = {"parameters": len(vehicle.parameters)}
    commands = vehicle.commands
    commands.download()
    commands.wait_ready()
    commands.clear()
    for frame, number, param1, x, y, z in story["mission"][1:]:  # home is the vehicle's own
        commands.add(Command(0, 0, 0, frame, number, 0, 1, param1, 0, 0, 0, x / 1e7, y / 1e7, z))
    commands.upload()
    commands.download()
    commands.wait_ready()
    told["mission"] = [[0, 0, 0, 0]] + [[c.command, round(c.x * 1e7), round(c.y * 1e7), c.z] for c in commands]
    wait(lambda: vehicle.is_armable, "armable")
    mode(vehicle, "GUIDED")
    vehicle.armed = True
    wait(lambda: vehicle.armed, "armed")
    vehicle.simple_takeoff(story["height_m"])
    wait(lambda: vehicle.location.global_relative_frame.alt > story["height_m"] * 0.9, "up")
    mode(vehicle, "BRAKE")
    time.sleep(1)
    mode(vehicle, "RTL")
    time.sleep(1)
    vehicle.close()
    return told


def mode(vehicle, name: str) -> None:
    vehicle.mode = VehicleMode(name)
    wait(lambda: vehicle.mode.name == name, name)


def wait(holds, what: str) -> None:
    end_s = time.monotonic() + 30
    while not holds():
        if time.monotonic() > end_s:
            raise SystemExit(f"never {what}")
        time.sleep(0.1)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text()))))
