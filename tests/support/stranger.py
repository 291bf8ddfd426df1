"""A person who was given a bundle and has nothing of rangeops: check.py as a text of its own, Python and openssl."""

import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path


def checked_by_a_stranger(bundle: Path, *given: Path, python: str = sys.executable) -> tuple[int, str]:
    """Exit code and output of `python3 -I check.py`, in a folder where nothing else is."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "check.py").write_bytes(files("rangeops.adapters").joinpath("check.py").read_bytes())
        command = [python, "-I", "check.py", *(str(each.resolve()) for each in (bundle, *given))]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr
