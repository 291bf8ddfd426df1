"""Clean installs of the wheel: built from a fresh clone, into an environment of each Python that is here, used from elsewhere."""

import os
import re
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
LOCK: Final = "requirements-server.lock"
OLDEST, NEWEST = 11, 13
INSTALL_S: Final = 900.0
RUN_S: Final = 600.0  # a demo of 80 s, on a machine that others use too


@dataclass(frozen=True)
class Built:
    source: Path
    wheel: Path
    sdist: Path


def run(
    *words: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None, within_s: float = RUN_S
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in words],
        check=False,
        capture_output=True,
        text=True,
        timeout=within_s,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
    )


def done(*words: str | Path, **how) -> str:
    """What it wrote. Raises AssertionError with its words where it failed."""
    finished = run(*words, **how)
    assert finished.returncode == 0, f"{' '.join(map(str, words))}: {finished.stdout[-2000:]}{finished.stderr[-2000:]}"
    return finished.stdout


def bare(home: Path, *bins: Path, **others: str) -> dict[str, str]:
    """A newcomer's environment: nothing of ours but what reaches the package host."""
    reach = {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name.endswith("_proxy")}
    path = os.pathsep.join([*map(str, bins), "/usr/local/bin", "/usr/bin", "/bin"])
    return {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "TERM": "xterm-256color", **reach, **others}


def build(folder: Path, python: Path, *, commit: str = "HEAD") -> Built:
    """Wheel and sdist of what is committed, by hatchling. python: one that has it."""
    source = folder / "source"
    done("git", "clone", "--quiet", "--no-hardlinks", ROOT, source)
    done("git", "checkout", "--quiet", commit, cwd=source)
    done(python, "-m", "hatchling", "build", "-d", folder / "dist", cwd=source)
    (wheel,) = (folder / "dist").glob("*.whl")
    (sdist,) = (folder / "dist").glob("*.tar.gz")
    return Built(source, wheel, sdist)


def rebuilt(sdist: Path, folder: Path, python: Path) -> Path:
    """The wheel that the sdist makes."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (source,) = folder.iterdir()
    done(python, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "dist", cwd=source)
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pythons() -> dict[str, Path]:
    """3.10 and on, by their versions as `3.12`, where they are on the path or pyenv has them."""
    found: dict[str, Path] = {}
    kept = sorted((Path.home() / ".pyenv" / "versions").glob("3.*/bin/python3"))
    for minor in range(OLDEST - 1, NEWEST + 1):
        usual = [Path(folder) / f"python3.{minor}" for folder in ("/usr/bin", "/usr/local/bin")]
        for python in (*usual, *kept):
            if python.exists() and version_of(python) == f"3.{minor}" and _has_venv(python):
                found.setdefault(f"3.{minor}", python)
    return found


def version_of(python: Path) -> str:
    said = run(python, "--version").stdout
    match = re.match(r"Python (3\.\d+)", said)
    return match.group(1) if match else ""


def _has_venv(python: Path) -> bool:
    return run(python, "-c", "import venv, ensurepip").returncode == 0


def environment(python: Path, place: Path) -> Path:
    """A clean environment; its pip."""
    shutil.rmtree(place, ignore_errors=True)
    done(python, "-m", "venv", place)
    return place / "bin" / "pip"


def install(pip: Path, built: Built) -> None:
    """As docs/deployment.md says: what is locked, and then the wheel alone."""
    quiet: Sequence[str] = ("--quiet", "--disable-pip-version-check")
    done(pip, "install", *quiet, "--require-hashes", "-r", built.source / LOCK, within_s=INSTALL_S)
    done(pip, "install", *quiet, "--no-deps", built.wheel, within_s=INSTALL_S)
    done(pip, "check")
