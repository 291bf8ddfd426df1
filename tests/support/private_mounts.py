"""Mounts of a test's own: they are another process's alone, and gone with it."""

import os
import shutil
import subprocess
from typing import Final

import pytest

may_mount: Final = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None, reason="only root may mount, with unshare"
)


def with_mounts(script: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A shell script in a mount namespace of its own; words: $1 and on."""
    return subprocess.run(
        ["unshare", "--mount", "sh", "-ec", script, "sh", *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
