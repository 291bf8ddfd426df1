"""The signing keys of the vehicles, in a file for its owner alone: one line a vehicle, JSON of sysid to hex."""

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from rangeops.adapters.mavlink.signing import KEY_BYTES
from rangeops.domain.errors import Damaged, Forbidden, Unavailable
from rangeops.domain.telemetry import Sysid

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeyFile:
    def __init__(self, path: Path) -> None:
        self.path = path

    def changed_ns(self) -> int:
        """When it was last written; 0 where there is none, -1 where that can't be looked at."""
        try:
            return self.path.stat().st_mtime_ns
        except FileNotFoundError:
            return 0
        except OSError:
            return -1

    def read(self) -> dict[Sysid, bytes]:
        """Raises Forbidden where others may read it, Damaged where it isn't what we wrote, Unavailable where we mayn't."""
        try:
            with self.path.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & _OTHERS:
                    raise Forbidden(
                        "others may read the signing keys", where=str(self.path), do=f"Run chmod 600 {self.path}."
                    )
                return _keys(json.loads(file.read()))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise Unavailable(
                f"the signing keys can't be opened ({error.strerror})",
                where=str(self.path),
                do="Make the file the range's own again: chown it to whom rangeops runs as.",
            ) from error
        except (ValueError, TypeError, AttributeError) as error:
            raise Damaged(
                f"the signing keys can't be read ({error})",
                where=str(self.path),
                do="Move the file away and set the keys up again by `rangeops link sign`.",
            ) from error

    def write(self, keys: Mapping[Sysid, bytes]) -> None:
        """Whole or not at all. Raises Unavailable."""
        partial = self.path.with_name(self.path.name + ".new")
        text = json.dumps({str(sysid): key.hex() for sysid, key in sorted(keys.items())}, indent=1)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial.unlink(missing_ok=True)
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.path)
        except OSError as error:
            raise Unavailable(
                f"the signing keys can't be written ({error.strerror})",
                where=str(self.path),
                do="Make the data folder writable for you.",
            ) from error


def _keys(table: Mapping[str, str]) -> dict[Sysid, bytes]:
    keys = {Sysid(int(sysid)): bytes.fromhex(key) for sysid, key in table.items()}
    for sysid, key in keys.items():
        if not 1 <= sysid <= 255 or len(key) != KEY_BYTES:
            raise ValueError(f"sysid {sysid} has no key of {KEY_BYTES} bytes")
    return keys
