"""docs/getting-started.md, "A first flight from a shell": every command as it is printed there, in its order."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from rangeops.background import Background
from rangeops.bootstrap.parts import process_environment
from rangeops.rehearsal.processes import free_udp_port
from rangeops.settings import Settings

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
TITLE = "## A first flight from a shell\n"


def free_tcp_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def printed() -> list[str]:
    section = (ROOT / "docs" / "getting-started.md").read_text().split(TITLE)[1].split("\n## ")[0]
    return re.findall(r"^ {4}(\S.*)$", section, re.MULTILINE)


def test_a_stranger_who_types_what_is_printed_flies(tmp_path):
    settings = Settings(data=tmp_path / "data", port=0)
    udp, tcp = free_udp_port(), free_tcp_port()
    scenario = tmp_path / "one.toml"
    shipped = (ROOT / "sitl" / "scenarios" / "one-copter.toml").read_text()
    scenario.write_text(shipped.replace("14550", str(udp)).replace("5760", str(tcp)))
    environment = {**process_environment(settings), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def run(line: str) -> None:
        done = subprocess.run(
            ["/bin/sh", "-c", line.replace(".venv/bin/python", sys.executable).replace("5760", str(tcp))],
            check=False,
            input="1\n",
            capture_output=True,
            text=True,
            timeout=60,
            cwd=ROOT,
            env=environment,
        )
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"

    with Background(settings, process_environment(settings)) as processes:
        processes.start("range", ["serve"])
        processes.start("simulator", ["sim", "run", str(scenario)])
        processes.wait_for(settings.server_file.exists, "the server")
        run(f"rangeops link add udpin:127.0.0.1:{udp}")
        lines = printed()
        assert len(lines) > 20
        for line in lines:
            run(line)
