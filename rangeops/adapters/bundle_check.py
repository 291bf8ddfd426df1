"""Check an evidence bundle with nothing but Python and openssl: python3 check.py, in the folder of the unpacked bundle.

It shares no code with rangeops: what it checks is written in its README. Exit 0: all that it says holds; 1: something
doesn't; 2: the bundle can't be read.
"""

from __future__ import annotations

import base64
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

HASHED = ("prev_hash", "seq", "utc", "monotonic_ns", "actor", "role", "action", "target", "payload_hash")
Entry = dict[str, Any]
Note = tuple[str, list[str], bytes, bytes]  # what is signed, its lines, the key's id, the signature
Told = Callable[[str], object]
PEM_BYTES_BEFORE_KEY = 12  # of a SubjectPublicKeyInfo of Ed25519, RFC 8410


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def entry_fault(entry: Entry) -> str:
    text = json.dumps({name: entry[name] for name in HASHED}, sort_keys=True, separators=(",", ":"))
    if sha256(entry["payload"].encode("utf-8", "surrogatepass")).hex() != entry["payload_hash"]:
        return "its payload isn't what was recorded"
    if sha256(b"\0" + text.encode()).hex() != entry["entry_hash"]:
        return "it isn't what was recorded"
    return ""


def root_by_path(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes | None:
    """RFC 9162, 2.1.3.2."""
    node, last = leaf, size - 1
    for sibling in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            node = sha256(b"\1" + sibling + node)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            node = sha256(b"\1" + node + sibling)
        index, last = index >> 1, last >> 1
    return node if last == 0 else None


class Tree:
    """RFC 6962's tree over entries, as it grows: (width, hash) of its whole parts."""

    def __init__(self) -> None:
        self.parts: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> None:
        self.parts.append((1, leaf))
        while len(self.parts) > 1 and self.parts[-1][0] == self.parts[-2][0]:
            (width, right), (_, left) = self.parts.pop(), self.parts.pop()
            self.parts.append((2 * width, sha256(b"\1" + left + right)))

    def root(self) -> bytes:
        root = self.parts[-1][1]
        for _, left in reversed(self.parts[:-1]):
            root = sha256(b"\1" + left + root)
        return root


def notes(text: str) -> Iterator[Note]:
    pieces = text.split("\n\n")
    for body, signature in zip(pieces[::2], pieces[1::2]):  # noqa: B905  # runs on any Python 3
        signed = base64.b64decode(signature.rsplit(" ", 1)[1])
        yield body + "\n", body.split("\n"), signed[:4], signed[4:]


def key_of(pem: str) -> bytes:
    body = "".join(line for line in pem.splitlines() if not line.startswith("-"))
    return base64.b64decode(body)[PEM_BYTES_BEFORE_KEY:]


SIGNED_BY: dict[tuple[str, bytes], str] = {}  # a checkpoint under many entries is asked about once


def is_signed(folder: pathlib.Path, origin: str, message: bytes, key_id: bytes, signature: bytes) -> str:
    asked = (str(folder), message + b"\0" + key_id + signature)
    if asked not in SIGNED_BY:
        SIGNED_BY[asked] = signed_by(folder, origin, message, key_id, signature)
    return SIGNED_BY[asked]


def signed_by(folder: pathlib.Path, origin: str, message: bytes, key_id: bytes, signature: bytes) -> str:
    """By openssl, with one of the keys in keys/; the name of the key's file, or nothing."""
    for pem in sorted((folder / "keys").glob("*.pem")):
        if sha256(origin.encode() + b"\n\x01" + key_of(pem.read_text()))[:4] != key_id:
            continue
        with tempfile.TemporaryDirectory() as work:
            said, signed = pathlib.Path(work, "message"), pathlib.Path(work, "signature")
            said.write_bytes(message)
            signed.write_bytes(signature)
            command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(pem), "-rawin"]
            command += ["-in", str(said), "-sigfile", str(signed)]
            done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  # openssl by its name
        if done.returncode == 0:
            return pem.name
    return ""


def check_sums(folder: pathlib.Path, told: Told) -> bool:
    good = True
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        wanted, name = line.split("  ", 1)
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != wanted:
            told(f"{name} isn't the file that was bundled")
            good = False
    return good


def check_record(folder: pathlib.Path, told: Told) -> bool:
    """The whole chain, and every checkpoint against the tree."""
    points: dict[int, bytes] = {}
    for message, lines, key_id, signature in notes((folder / "checkpoints.txt").read_text(encoding="utf-8")):
        pem = is_signed(folder, lines[0], message.encode(), key_id, signature)
        if not pem:
            told(f"the checkpoint of {lines[1]} entries isn't signed by a key of keys/")
            return False
        points[int(lines[1])] = base64.b64decode(lines[2])
    tree, head, seq = Tree(), "0" * 64, 0
    with (folder / "record.jsonl").open(encoding="utf-8") as record:
        for line in record:
            entry = json.loads(line)
            fault = entry_fault(entry)
            if entry["seq"] != seq + 1 or entry["prev_hash"] != head:
                fault = "it doesn't follow the entry before it"
            if fault:
                told(f"the first bad entry is {seq + 1}: {fault}")
                return False
            seq, head = entry["seq"], entry["entry_hash"]
            tree.add(bytes.fromhex(head))
            if seq in points and points.pop(seq) != tree.root():
                told(f"the first {seq} entries aren't those that were signed")
                return False
    if points:
        told(f"the record ends at entry {seq}, and a checkpoint of {max(points)} entries was signed")
        return False
    told(f"{seq} entries, chained, head {head}")
    return True


def check_proofs(folder: pathlib.Path, told: Told) -> bool:
    """Entries that stand alone, each with its path to a signed checkpoint."""
    good, count = True, 0
    for message, lines, key_id, signature in notes((folder / "checkpoints.txt").read_text(encoding="utf-8")):
        if not is_signed(folder, lines[0], message.encode(), key_id, signature):
            told(f"the checkpoint of {lines[1]} entries isn't signed by a key of keys/")
            good = False
    for line in (folder / "proofs.jsonl").read_text(encoding="utf-8").splitlines():
        proof = json.loads(line)
        entry, count = proof["entry"], count + 1
        ((message, lines, key_id, signature),) = notes(proof["checkpoint"])
        path = [bytes.fromhex(each) for each in proof["path"]]
        root = root_by_path(entry["seq"] - 1, int(lines[1]), bytes.fromhex(entry["entry_hash"]), path)
        fault = entry_fault(entry)
        if not fault and (root is None or root != base64.b64decode(lines[2])):
            fault = "it isn't among the entries that were signed"
        if not fault and not is_signed(folder, lines[0], message.encode(), key_id, signature):
            fault = "its checkpoint isn't signed by a key of keys/"
        if fault:
            told(f"entry {entry['seq']}: {fault}")
            good = False
    if good:
        told(f"{count} entries, each among those that were signed")
    return good


def proved(folder: pathlib.Path) -> dict[int, Any]:
    lines = (folder / "proofs.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line)["entry"] for line in lines]
    return {entry["seq"]: json.loads(entry["payload"])["body"] for entry in entries}


def check_recordings(folder: pathlib.Path, told: Told) -> bool:
    """Each recording against the entry that has its hash; a part of one against the whole, where that is in whole/."""
    good, bodies = True, proved(folder)
    for part in json.loads((folder / "recordings.json").read_text()):
        name, data = part["file"], (folder / "tlogs" / part["file"]).read_bytes()
        if part["entry"] is None:
            told(f"{name}: no entry has its hash: it was being written when it was bundled")
            continue
        of = bodies[part["entry"]]["of"]
        fault = "" if of["file"] == name else "its entry is another recording's"
        whole = folder / "whole" / name
        if whole.exists():
            full = whole.read_bytes()
            first = part["first_byte"]
            if full[first : first + len(data)] != data:
                fault = "it is no part of the file in whole/"
            data = full
        if len(data) == of["size_bytes"] or whole.exists():
            if sha256(data).hex() != of["sha256"]:
                fault = "it isn't the recording whose hash was recorded"
            elif not fault:
                told(f"{name}: as entry {part['entry']} has its hash")
        else:
            told(
                f"{name}: bytes {part['first_byte']} to {part['first_byte'] + len(data) - 1} of a recording whose hash is"
                f" in entry {part['entry']}; ask for the whole file, and put it into whole/"
            )
        if fault:
            told(f"{name}: {fault}")
            good = False
    return good


def check_reports(folder: pathlib.Path, told: Told) -> bool:
    """Each report's hash stands in an entry."""
    good, bodies = True, [(seq, json.dumps(body)) for seq, body in proved(folder).items()]
    for report in sorted((folder / "report").glob("*")):
        digest = sha256(report.read_bytes()).hex()
        if found := [seq for seq, body in bodies if digest in body]:
            told(f"report/{report.name}: as entry {max(found)} has its hash")
        else:
            told(f"report/{report.name}: no entry has its hash")
            good = False
    return good


def main(folder: pathlib.Path, told: Told = print) -> int:
    good = check_sums(folder, told)
    if (folder / "record.jsonl").exists():
        good = check_record(folder, told) and good
    if (folder / "proofs.jsonl").exists():
        good = check_proofs(folder, told) and good
        good = check_reports(folder, told) and good
    if (folder / "recordings.json").exists():
        good = check_recordings(folder, told) and good
    told("it holds" if good else "IT DOES NOT HOLD")
    told(
        "Compare the keys in keys/ with those that the range gave you by another way: else anybody may have made them."
    )
    return 0 if good else 1


if __name__ == "__main__":
    try:
        sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
    except (OSError, ValueError, KeyError, IndexError) as error:
        print(f"the bundle can't be read: {error}")  # noqa: T201  # a script of its own
        sys.exit(2)
