"""A NATS server for tests: the one that is named, or one of the tests' own where its program is installed."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

NAMED = "RANGEOPS_TEST_NATS"


class NoNats(Exception):
    """Why there is none."""


class OwnNats:
    """A server on a free loopback port, with its streams in a folder: killed and started again as a test likes."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin:/usr/local/bin")
        if program is None:
            raise NoNats("nats-server is not installed")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._command = [program, "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", str(folder)]
        self._process = None

    @property
    def address(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    return
            except OSError:
                assert time.monotonic() < deadline, "nats-server doesn't listen"
                time.sleep(0.05)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def own_nats(folder: Path) -> Iterator[OwnNats]:
    """Raises NoNats."""
    server = OwnNats(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def some_nats(folder: Path) -> Iterator[str]:
    """The address of any server: streams are of a name that nobody else has. Raises NoNats."""
    if named := os.environ.get(NAMED):
        yield named
        return
    with own_nats(folder) as server:
        yield server.address


def unique_name() -> str:
    return f"test{uuid4().hex[:12]}"


async def remove_streams(address: str, name: str) -> None:
    import nats
    from nats.js.errors import NotFoundError

    client = await nats.connect(address)
    for stream in (f"rangeops-{name}-journal", f"rangeops-{name}-kept"):
        try:
            await client.jetstream().delete_stream(stream)
        except NotFoundError:
            continue
    await client.close()
