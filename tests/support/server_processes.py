"""A server in a process of its own, which a test may kill."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

from serving import until

SERVER = Path(__file__).parent / "serving.py"
STARTS_WITHIN_S = 90.0  # on a machine with much else to do


@contextlib.asynccontextmanager
async def server_process(settings, **more):
    """Running and listening; killed at the end if it still lives."""
    process = subprocess.Popen(  # noqa: ASYNC220  # a fork is quick, and its wait is in a thread
        [sys.executable, str(SERVER), str(settings.data)], stderr=subprocess.PIPE, **more
    )
    try:
        await until(lambda: pid_of(settings) == process.pid or process.poll() is not None, within_s=STARTS_WITHIN_S)
        assert process.poll() is None, process.stderr.read().decode()
        yield process
    finally:
        process.kill()
        process.communicate()


def pid_of(settings):
    with contextlib.suppress(OSError, ValueError):
        return json.loads(settings.server_file.read_text())["pid"]
    return None
