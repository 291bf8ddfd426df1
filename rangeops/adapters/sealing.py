"""Documents signed with the range's Ed25519 key: JSON of a body, the public key, and a signature over the body.

Signed is the body alone as JSON with sorted keys, no white space, UTF-8. The key is a file of the data folder that only
its owner can read.
"""

import contextlib
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from rangeops.domain.errors import Damaged, Invalid, Unavailable
from rangeops.durable import sync_folder, write_durably


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The range's key, made at first use. Raises Unavailable, Damaged."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _make_key(path)
        if path.stat().st_mode & 0o077:
            raise Unavailable("others can read it", where=str(path), do=f"Run `chmod 600 {path}`.")
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except OSError as error:
        raise Unavailable(f"it can't be used ({error.strerror})", where=str(path), do="Make it yours.") from error
    except ValueError as error:
        raise Damaged(
            "it is no Ed25519 key", where=str(path), do="Put the right file back, or move it away."
        ) from error


def _make_key(path: Path) -> None:
    """There whole, and after a power cut too, before anything is signed with it; of two that make one at once the first counts."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    write_durably(fresh, Ed25519PrivateKey.generate().private_bytes_raw().hex().encode())
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(fresh)
    fresh.unlink()
    sync_folder(path.parent)


def canonical(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sealed_document(noun: str, body: Mapping[str, Any], key: Ed25519PrivateKey) -> bytes:
    """noun: under which the body stands in the document."""
    document = {
        noun: body,
        "public_key": key.public_key().public_bytes_raw().hex(),
        "signature": key.sign(canonical(body)).hex(),
    }
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def opened_document(noun: str, content: bytes, *, where: str) -> tuple[dict[str, Any], str]:
    """The body and the public key (hex) that its signature fits. Raises Invalid, Damaged."""
    try:
        document = json.loads(content)
        body, key, signature = document[noun], document["public_key"], document["signature"]
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), canonical(body))
    except InvalidSignature as error:
        raise Damaged(
            "its signature doesn't fit: it was changed", where=where, do="Get it from the range again."
        ) from error
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError) as error:
        raise Invalid(f"it is no signed {noun}", where=where, do=f"Name a {noun}'s file.") from error
    return body, key.lower()
