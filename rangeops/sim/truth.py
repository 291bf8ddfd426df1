"""The truth file: where each vehicle really is, a JSON object a vehicle and line."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from rangeops.domain.errors import Unavailable
from rangeops.domain.now import Now

TRUTH_EVERY_S: Final = 0.1
_KEYS: Final = ("sysid", "lat", "lon", "altitude_amsl_m", "vn", "ve", "vd", "mode", "armed")


class TruthFile:
    """Written anew. Raises Unavailable where it can't be."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("w", encoding="utf-8")
        except OSError as e:
            raise Unavailable(
                f"the truth file can't be written ({e.strerror})",
                where=str(path),
                do="Name a file in a writable folder.",
            ) from e

    def write(self, status: Mapping[str, Any], now: Now) -> None:
        line = {"t_s": now.monotonic_s, "utc": now.utc.isoformat(), **{key: status[key] for key in _KEYS}}
        self._file.write(json.dumps(line) + "\n")

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()
