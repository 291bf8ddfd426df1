"""The story with pymavlink's mavutil. Arguments: the port to listen on, the story. Prints what it read, as JSON."""

import json
import sys
import time
from pathlib import Path

from pymavlink import mavutil

MISSION, FENCE = 0, 1


def main(port: str, story: dict) -> dict:
    link = mavutil.mavlink_connection(f"udpin:127.0.0.1:{port}", source_system=255)
    vehicle = link.wait_heartbeat(timeout=15).get_srcSystem()
    link.target_system, link.target_component = vehicle, 1
    link.mav.heartbeat_send(6, 8, 0, 0, 4)
    link.mav.param_request_list_send(vehicle, 1)
    names = set()
    while (message := link.recv_match(type="PARAM_VALUE", blocking=True, timeout=1)) is not None:
        names.add(message.param_id)
    told = {"parameters": len(names)}
    for kind, name in ((MISSION, "mission"), (FENCE, "fence")):
        upload(link, kind, story[name])
        told[name] = download(link, kind)
    command(link, 511, 33, 200_000)
    command(link, 176, 1, link.mode_mapping()["GUIDED"])
    command(link, 400, 1)
    command(link, 22, 0, 0, 0, 0, 0, 0, story["height_m"])
    while link.recv_match(type="GLOBAL_POSITION_INT", blocking=True, timeout=5).relative_alt < story["height_m"] * 900:
        """Up."""
    for mode in ("BRAKE", "RTL"):
        command(link, 176, 1, link.mode_mapping()[mode])
        time.sleep(1)
    link.close()
    return told


def command(link, number: int, *parameters: float) -> None:
    """Until it is accepted: arming wants a ready vehicle."""
    for _ in range(20):
        link.mav.command_long_send(link.target_system, 1, number, 0, *parameters, *[0] * (7 - len(parameters)))
        ack = link.recv_match(type="COMMAND_ACK", blocking=True, timeout=2)
        if ack is not None and ack.command == number and ack.result == 0:
            return
        time.sleep(0.5)
    raise SystemExit(f"command {number} is never accepted")


def upload(link, kind: int, items: list) -> None:
    link.mav.mission_count_send(link.target_system, 1, len(items), kind)
    while True:
        message = link.recv_match(type=["MISSION_REQUEST", "MISSION_ACK"], blocking=True, timeout=5)
        if message.get_type() == "MISSION_ACK":
            assert message.type == 0, message
            return
        frame, number, param1, x, y, z = items[message.seq]
        link.mav.mission_item_int_send(
            link.target_system, 1, message.seq, frame, number, 0, 1, param1, 0, 0, 0, x, y, z, kind
        )


def download(link, kind: int) -> list:
    link.mav.mission_request_list_send(link.target_system, 1, kind)
    count = link.recv_match(type="MISSION_COUNT", blocking=True, timeout=5).count
    items = []
    for seq in range(count):
        link.mav.mission_request_int_send(link.target_system, 1, seq, kind)
        item = link.recv_match(
            type="MISSION_ITEM_INT", condition=f"MISSION_ITEM_INT.seq=={seq}", blocking=True, timeout=5
        )
        items.append([item.command, item.x, item.y, item.z])
    link.mav.mission_ack_send(link.target_system, 1, 0, kind)
    return items


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text()))))
