"""A fresh clone as a newcomer has it: `make install` with nothing in pip's cache, and after that without a network: make does
nothing again, the demo's chain closes, and tests run.

The network is needed for the first of the three. Cutting it off takes root (a network namespace with loopback alone).
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from installs import ROOT, bare, done, run
from proof import Proof

SOME_TESTS = "tests/unit/domain/test_geodesy.py tests/unit/test_settings.py tests/unit/test_make_venv.py"
INSTALL_S = 1500.0
ALONE = ("unshare", "--net", "sh", "-ec", 'ip link set lo up; exec "$@"', "sh")


def proofs(seed: int) -> Iterator[Proof]:
    with tempfile.TemporaryDirectory(prefix="rangeops-newcomer-") as folder:
        home = Path(folder)
        clone = home / "rangeops"
        environ = bare(home, PIP_CACHE_DIR=str(home / "cache"), RANGEOPS_DATA=str(home / "data"))
        try:
            done("git", "clone", "--quiet", "--no-hardlinks", ROOT, clone)
            began_s = time.monotonic()
            done("make", "install", cwd=clone, env=environ, within_s=INSTALL_S)
            took_s = time.monotonic() - began_s
            assert "Nothing to be done" in done("make", "install", cwd=clone, env=environ)
        except AssertionError as error:
            yield Proof("setup.first-make", 1, 1, seed, holds=False, note=str(error)[-300:])
            return
        yield Proof(
            "setup.first-make", 2, 0, seed, holds=True, note=f"{took_s:.0f} s with an empty cache; again: nothing"
        )
        if os.geteuid() != 0 or shutil.which("unshare") is None:
            yield Proof(
                "setup.offline", 0, 0, seed, holds=False, note="not tried: it needs root to cut the network off"
            )
            return
        yield _offline(clone, environ, seed)


def _offline(clone: Path, environ: dict[str, str], seed: int) -> Proof:
    try:
        assert run(*ALONE, "python3", "-c", "import socket; socket.create_connection(('192.0.2.1', 9), 3)").returncode
        assert "Nothing to be done" in done(*ALONE, "make", "install", cwd=clone, env=environ)
        told = done(*ALONE, ".venv/bin/rangeops", "demo", "--headless", "--json", cwd=clone, env=environ)
        assert json.loads(told.splitlines()[-1])["incidents"]
        words = [".venv/bin/python", "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *SOME_TESTS.split()]
        assert " passed" in done(*ALONE, *words, cwd=clone, env=environ)
    except AssertionError as error:
        return Proof("setup.offline", 4, 1, seed, holds=False, note=str(error)[-300:])
    note = f"make, the demo and {SOME_TESTS}, in a network of loopback alone"
    return Proof("setup.offline", 4, 0, seed, holds=True, note=note)
