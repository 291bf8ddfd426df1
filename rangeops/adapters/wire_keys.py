"""The keys under which the wire is sealed: files that only their owner can read."""

import os
from pathlib import Path

from rangeops.domain.errors import Damaged, NotFound, Unavailable
from rangeops.wire.seal import KEY_BYTES, new_key


def server_key(path: Path) -> bytes:
    """The server's key, made at first use. Raises Unavailable, Damaged."""
    if not path.exists():
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(new_key().hex() + "\n")
        except FileExistsError:
            pass  # made by another process just now
        except OSError as error:
            raise Unavailable(
                f"it can't be written ({error.strerror})", where=str(path), do="Make the data folder yours."
            ) from error
    return own_key(path)


def own_key(path: Path) -> bytes:
    """The key that is there. Raises NotFound, Unavailable, Damaged."""
    try:
        if path.stat().st_mode & 0o077:
            raise Unavailable("others can read it", where=str(path), do=f"Run `chmod 600 {path}`.")
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError as error:
        raise NotFound(
            "this node has no key", where=str(path), do="Write there what `rangeops node key NAME` says on the server."
        ) from error
    except OSError as error:
        raise Unavailable(f"it can't be read ({error.strerror})", where=str(path), do="Make it yours.") from error
    except ValueError as error:
        raise Damaged("it is no key", where=str(path), do="Put the right file back.") from error
    if len(key) != KEY_BYTES:
        raise Damaged("it is no key", where=str(path), do="Put the right file back.")
    return key
