"""Rows that `make bench`, `make prove` and `make faults` measured, kept in one file each: a part measured anew replaces its own rows."""

import importlib.util
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import msgspec

SUPPORT: Final = Path(__file__).parent


def modules(folder: Path, pattern: str, only: str) -> Iterable[ModuleType]:
    """The folder's modules whose name has `only` in it, each loaded when its turn comes. They may import each other and tests/support."""
    sys.path[:0] = [str(folder), str(SUPPORT)]
    for path in sorted(folder.glob(pattern)):
        if only in path.stem:
            spec = importlib.util.spec_from_file_location(path.stem, path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[path.stem] = module
            spec.loader.exec_module(module)
            yield module


def keep(file: Path, rows: Sequence[Any]) -> None:
    """Rows, each with an id, put into `file`, a JSON list in the order of ids first met: the newest of each id stays.

    Beside its own fields each gets `at` (UTC), `commit` (with a + where the tree had changes), `load` (1 minute) and `python`,
    so that a row measured by another commit, on a busy machine or by another Python says so itself.
    """
    kept: dict[str, dict[str, Any]] = {}
    if file.exists():
        kept = {row["id"]: row for row in msgspec.json.decode(file.read_bytes())}
    now = {
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "commit": _commit(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
    }
    for row in rows:
        kept[row.id] = msgspec.to_builtins(row) | now
    _write(file, list(kept.values()))


def drop(file: Path, row_id: str) -> None:
    """The row with this id, where there is one, isn't true any more."""
    if file.exists():
        kept = [row for row in msgspec.json.decode(file.read_bytes()) if row["id"] != row_id]
        _write(file, kept)


def _write(file: Path, rows: Sequence[dict[str, Any]]) -> None:
    file.parent.mkdir(exist_ok=True)
    aside = file.with_suffix(".new")
    aside.write_bytes(msgspec.json.format(msgspec.json.encode(rows), indent=2) + b"\n")
    aside.replace(file)


def _commit() -> str:
    def said(*command: str) -> str:
        return subprocess.run(["git", *command], capture_output=True, text=True, check=False).stdout.strip()

    changed = said("status", "--porcelain", "--untracked-files=no")
    return said("rev-parse", "--short", "HEAD") + ("+" if changed else "")
