"""Other people's ground stations against our simulator: parameters, a mission and a fence up and down, a flight.

Each flies in a process of its own with a deadline. What it says it read, and what the simulator knows, must be the story.
mavutil comes with the range; the others are the optional group `peers` (pip install -e '.[peers]').
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
from acceptance_flights import mission, offset, place
from backends import OURS, flying, spec
from range_ground import free_udp_ports

from rangeops.sim.scenario import Scenario
from rangeops.sim.simulator import Simulator

PEERS = {"mavutil": "pymavlink", "dronekit": "dronekit", "mavproxy": "MAVProxy", "mavsdk": "mavsdk"}
WITHOUT_A_FENCE = {"dronekit"}
OFF_BY_E7 = {
    "dronekit": 40,  # it sends the old MISSION_ITEM: a float's latitude is good to 0.4 m
    "mavproxy": 5,  # its saved file has six decimals
}
SYSID, HEIGHT_M, WITHIN_S = 7, 6.0, 110
PARAMETERS = 1390

pytestmark = [pytest.mark.processes, pytest.mark.timeout(WITHIN_S + 30)]


def missing(peer: str) -> str:
    package = PEERS[peer]
    there = importlib.util.find_spec(package) is not None
    return "" if there else f"{package} is not installed: pip install -e '.[peers]'"


def story() -> dict:
    here = place(SYSID)
    corners = [offset(here, north, east) for north, east in ((-150, -150), (150, -150), (150, 150), (-150, 150))]
    return {
        "height_m": HEIGHT_M,
        "mission": [[i.frame, i.command, i.param1, i.x, i.y, i.z] for i in mission(here)],
        "fence": [[0, 5001, 4.0, round(a * 1e7), round(b * 1e7), 0.0] for a, b in corners],
    }


def same(items: list, wanted: list, off_by_e7: int) -> bool:
    """The same commands in the same places. Where a command has none, a peer may say what it likes."""
    return len(items) == len(wanted) and all(
        have[0] == want[0] and (want[1:] == (0, 0) or max(abs(have[1] - want[1]), abs(have[2] - want[2])) <= off_by_e7)
        for have, want in zip(items, wanted, strict=True)
    )


@pytest.mark.parametrize(
    "peer",
    [pytest.param(p, marks=pytest.mark.skipif(bool(missing(p)), reason=missing(p) or "installed")) for p in PEERS],
)
def test_a_peer_loads_reads_and_flies(peer, tmp_path):
    (port,) = free_udp_ports(1)
    path = tmp_path / "story.json"
    told_to = story()
    path.write_text(json.dumps(told_to))
    truth = tmp_path / "truth.jsonl"

    def start(scenario: Scenario) -> Simulator:
        return Simulator(scenario, control=None, truth=truth)

    backend = type(OURS)("rangeops", start, OURS.trusted_s)
    with flying(backend, Scenario("peers", (spec(SYSID, place(SYSID), port),))) as simulator:
        script = Path(__file__).with_name(f"fly_{peer}.py")
        done = subprocess.run(
            [sys.executable, str(script), str(port), str(path)],
            capture_output=True, text=True, timeout=WITHIN_S, check=False, cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        items = simulator._fleet.member(SYSID, where="test").vehicle.items
        held = {name: [(i.command, i.x, i.y) for i in getattr(items, name)] for name in ("mission", "fence")}
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert abs(told["parameters"] - PARAMETERS) <= 2
    for name in ("mission",) if peer in WITHOUT_A_FENCE else ("mission", "fence"):
        first = 1 if name == "mission" else 0  # home is the vehicle's own
        wanted = [(command, x, y) for _, command, _, x, y, _ in told_to[name]][first:]
        read_back = [(command, x, y) for command, x, y, _ in told[name]]
        for what, items in (("on board", held[name]), ("that it read back", read_back)):
            assert same(items[first:], wanted, OFF_BY_E7.get(peer, 0)), f"the {name} {what} is {items}, not {wanted}"
    lines = [json.loads(line) for line in truth.read_text().splitlines()]
    flown = list(dict.fromkeys(line["mode"] for line in lines if line["armed"]))
    assert flown[-3:] == ["GUIDED", "BRAKE", "RTL"]
    assert max(line["altitude_amsl_m"] for line in lines) > 35 + 0.9 * HEIGHT_M
