"""What each process loads, seen in a process of its own: the import graph alone doesn't say it."""

import subprocess
import sys

import pytest

SCREEN = {"textual"}
WEB = {"fastapi", "uvicorn", "starlette"}
STORE = {"sqlmodel", "sqlalchemy", "alembic"}
MAVLINK = {"pymavlink"}
GEOMETRY = {"shapely", "numpy"}
SOLVER = {"ortools"}

PROCESSES = [
    pytest.param("import rangeops.cli", SCREEN | WEB | STORE | MAVLINK | GEOMETRY | SOLVER | {"serial"}, id="--help"),
    pytest.param(
        "import rangeops.watch.process, rangeops.watch.loop, rangeops.adapters.mavlink.endpoints",
        SCREEN | WEB | STORE | {"rangeops.server", "rangeops.tui", "rangeops.sim"},
        id="watch",
    ),
    pytest.param(
        "import rangeops.server.process, rangeops.adapters.solver.task",
        SCREEN | MAVLINK | SOLVER | {"rangeops.watch", "rangeops.tui", "rangeops.sim", "rangeops.adapters.mavlink"},
        id="server",
    ),
    pytest.param(
        "import rangeops.tui.app",
        WEB | STORE | MAVLINK | {"rangeops.watch", "rangeops.server", "rangeops.services", "rangeops.adapters"},
        id="control room",
    ),
    pytest.param(
        "import rangeops.sim.simulator",
        SCREEN | WEB | STORE | {"rangeops.adapters", "rangeops.watch", "rangeops.server"},
        id="simulator",
    ),
]


def modules_loaded_by(code: str) -> set[str]:
    finished = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return set(finished.stdout.split())


@pytest.mark.parametrize(("start", "banned"), PROCESSES)
def test_a_process_loads_only_its_own(start, banned):
    assert not banned & modules_loaded_by(start)
