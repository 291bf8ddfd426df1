"""Short secrets at rest: AES-256-GCM under a key in a file of the data folder, so that a copy of the database alone tells none.

What is sealed says what it is about (as associated data): it opens for nothing else. base64url of nonce and ciphertext.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rangeops.domain.errors import Damaged, Unavailable

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12  # random: safe for 2^32 texts under one key (NIST SP 800-38D §8.3)


class KeyedBox:
    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def sealed(self, text: str, about: str) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        return urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), about.encode())).decode()

    def opened(self, sealed: str, about: str) -> str | None:
        """None for what wasn't sealed with this key, about this."""
        try:
            content = urlsafe_b64decode(sealed.encode())
            return self._cipher.decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], about.encode()).decode()
        except (InvalidTag, NotBase64, ValueError):
            return None


def secret_key(path: Path) -> bytes:
    """The key that is there, made at first use for its owner alone. Raises Unavailable, Damaged."""
    try:
        if not path.exists():
            _make(path)
        if path.stat().st_mode & 0o077:
            raise Unavailable("others can read it", where=str(path), do=f"Run `chmod 600 {path}`.")
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise Unavailable(f"it can't be used ({error.strerror})", where=str(path), do="Make it yours.") from error
    except ValueError as error:
        raise Damaged("it is no key", where=str(path), do="Put the right file back.") from error
    if len(key) != KEY_BYTES:
        raise Damaged("it is no key", where=str(path), do="Put the right file back.")
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # by another process, just now
        return
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(os.urandom(KEY_BYTES).hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
