"""Check an evidence bundle with nothing but Python and openssl 3: python3 check.py range.pem, in the folder of the unpacked bundle.

range.pem is the range's key as you were given it; without it the one in keys/ is taken, where there is no other. It shares no
code with rangeops: what it checks is written in its README. Exit 0: all that it says holds; 1: something doesn't; 2: the
bundle can't be read.
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
BEFORE_KEY = bytes.fromhex("302a300506032b6570032100")  # of a SubjectPublicKeyInfo of Ed25519, RFC 8410
SIGNATURE_BYTES = 64
KEY_BEGUN = "record.key"  # the action of an entry that names the key of the checkpoints from there on
PROVED = {"README.txt", "check.py", "SHA256SUMS", "record.jsonl", "proofs.jsonl", "checkpoints.txt", "recordings.json"}
PROVED_IN = {"keys", "report", "tlogs", "whole"}


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


def key_of(pem: pathlib.Path) -> bytes:
    body = "".join(line for line in pem.read_text().splitlines() if not line.startswith("-"))
    return base64.b64decode(body)[len(BEFORE_KEY) :]


SAID: dict[tuple[bytes, bytes, bytes], bool] = {}  # a checkpoint under many entries is asked about once


def says(key: bytes, message: bytes, signature: bytes) -> bool:
    """Is the signature over the message this key's: by openssl."""
    asked = (key, message, signature)
    if asked not in SAID:
        SAID[asked] = len(signature) == SIGNATURE_BYTES and openssl_says(key, message, signature)
    return SAID[asked]


def openssl_says(key: bytes, message: bytes, signature: bytes) -> bool:
    with tempfile.TemporaryDirectory() as work:
        for name, data in (("key", BEFORE_KEY + key), ("message", message), ("signature", signature)):
            pathlib.Path(work, name).write_bytes(data)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key", "-rawin"]
        command += ["-in", "message", "-sigfile", "signature"]
        done = subprocess.run(command, cwd=work, capture_output=True, check=False)  # noqa: S603  # openssl by its name
    if done.returncode and b"Verification Failure" not in done.stdout + done.stderr:
        raise OSError(f"openssl can't say (3.0 and newer can): {done.stderr.decode(errors='replace').strip()}")
    return done.returncode == 0


class Keys:
    """Whose signatures count, up to which entry: the key that was given, and each that the one before it signed."""

    def __init__(self, given: bytes) -> None:
        self.last: dict[bytes, int] = {given: 0}  # the entry that replaced it; 0: none did
        self.now = b""  # in force by the record, whether it counts or not

    def begin(self, entry: Entry) -> None:
        body = json.loads(entry["payload"])["body"]
        before, self.now = self.now, bytes.fromhex(body["key"])
        if self.last.get(before) == 0:
            if says(before, self.now, bytes.fromhex(body["signature"])):
                self.last.setdefault(self.now, 0)
            self.last[before] = entry["seq"]

    def signed(self, note: Note) -> bool:
        size = int(note[1][1])
        return any(signed_by(key, note) for key, last in self.last.items() if not last or size <= last)

    def signed_then(self, note: Note) -> bool:
        """By the key of that time, which doesn't count itself: a later one that counts may cover the same entries."""
        return self.now not in self.last and signed_by(self.now, note)


def signed_by(key: bytes, note: Note) -> bool:
    message, lines, key_id, signature = note
    return sha256(lines[0].encode() + b"\n\x01" + key)[:4] == key_id and says(key, message.encode(), signature)


def check_sums(folder: pathlib.Path, told: Told) -> bool:
    good = True
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        wanted, name = line.split("  ", 1)
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != wanted:
            told(f"{name} isn't the file that was bundled")
            good = False
    return good


class Signed:
    """How far a record is signed, as it is read. doubted: checkpoints behind that are by a key that doesn't count."""

    def __init__(self, folder: pathlib.Path, keys: Keys) -> None:
        found = notes((folder / "checkpoints.txt").read_text(encoding="utf-8"))
        self.points = {int(note[1][1]): note for note in found}
        self.keys, self.to, self.doubted = keys, 0, False

    def fault(self, seq: int, root: bytes) -> str:
        """What is wrong with the checkpoint of so many entries; nothing, where it counts or may be covered by a later one."""
        note = self.points.pop(seq)
        if base64.b64decode(note[1][2]) != root:
            return f"the first {seq} entries aren't those that were signed"
        if self.keys.signed(note):
            self.to, self.doubted = seq, False
        elif self.keys.signed_then(note):
            self.doubted = True
        else:
            return f"the checkpoint of {seq} entries isn't signed by your key, nor by one that followed it"
        return ""


def check_record(folder: pathlib.Path, keys: Keys, told: Told) -> bool:
    """The whole chain, and every checkpoint against the tree and the keys."""
    tree, head, seq, signed = Tree(), "0" * 64, 0, Signed(folder, keys)
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
            if entry["action"] == KEY_BEGUN:
                keys.begin(entry)
            if fault := signed.fault(seq, tree.root()) if seq in signed.points else "":
                told(fault)
                return False
    if signed.points:
        told(f"the record ends at entry {seq}, and a checkpoint of {max(signed.points)} entries was signed")
        return False
    told(f"{seq} entries, chained, head {head}")
    if signed.doubted or not signed.to:
        told(f"what follows entry {signed.to} isn't signed by your key, nor by one that followed it")
        return False
    told(f"entries 1 to {signed.to} are signed by your key, or by one that followed it")
    if signed.to < seq:
        told(f"entries {signed.to + 1} to {seq} are signed by nobody: they could be cut off or written anew unnoticed")
    return True


def check_proofs(folder: pathlib.Path, keys: Keys, told: Told) -> bool:
    """Entries that stand alone, each with its path to a signed checkpoint."""
    proofs = [json.loads(line) for line in (folder / "proofs.jsonl").read_text(encoding="utf-8").splitlines()]
    for proof in proofs:
        if proof["entry"]["action"] == KEY_BEGUN:
            keys.begin(proof["entry"])
    good = bool(proofs)
    for note in notes((folder / "checkpoints.txt").read_text(encoding="utf-8")):
        if not keys.signed(note):
            told(f"the checkpoint of {note[1][1]} entries isn't signed by your key, nor by one that followed it")
            good = False
    for proof in proofs:
        entry = proof["entry"]
        (note,) = notes(proof["checkpoint"])
        path = [bytes.fromhex(each) for each in proof["path"]]
        root = root_by_path(entry["seq"] - 1, int(note[1][1]), bytes.fromhex(entry["entry_hash"]), path)
        fault = entry_fault(entry)
        if not fault and (root is None or root != base64.b64decode(note[1][2])):
            fault = "it isn't among the entries that were signed"
        if not fault and not keys.signed(note):
            fault = "its checkpoint isn't signed by your key, nor by one that followed it"
        if fault:
            told(f"entry {entry['seq']}: {fault}")
            good = False
    if good:
        told(f"{len(proofs)} entries, each among those that were signed")
    return good


def proved(folder: pathlib.Path) -> dict[int, Any]:
    lines = (folder / "proofs.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line)["entry"] for line in lines]
    return {entry["seq"]: json.loads(entry["payload"])["body"] for entry in entries}


def check_recordings(folder: pathlib.Path, told: Told) -> bool:
    """Each recording against the entry that has its hash; a part of one against the whole, where that is in whole/."""
    good, bodies = True, proved(folder)
    parts = json.loads((folder / "recordings.json").read_text())
    for name in sorted({path.name for path in (folder / "tlogs").glob("*")} - {part["file"] for part in parts}):
        told(f"{name}: it isn't in recordings.json")
        good = False
    for part in parts:
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


def given_key(folder: pathlib.Path, pem: pathlib.Path | None) -> bytes:
    pems = [pem] if pem else sorted((folder / "keys").glob("*.pem"))
    if len(pems) != 1:
        raise ValueError(f"{len(pems)} keys are in keys/: name the one that you were given, python3 check.py range.pem")
    return key_of(pems[0])


def main(folder: pathlib.Path, pem: pathlib.Path | None = None, told: Told = print) -> int:
    keys = Keys(given_key(folder, pem))
    record, proofs = (folder / "record.jsonl").exists(), (folder / "proofs.jsonl").exists()
    good = check_sums(folder, told)
    if record:
        good = check_record(folder, keys, told) and good
    if proofs:
        good = check_proofs(folder, keys, told) and good
        good = check_reports(folder, told) and good
    if proofs and (folder / "recordings.json").exists():
        good = check_recordings(folder, told) and good
    if not record and not proofs:
        told("no entry of a record is in it: nothing is proved")
        good = False
    names = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file())
    for name in names:
        if name.as_posix() not in PROVED and name.parts[0] not in PROVED_IN:
            told(f"{name}: for reading alone, nothing that is signed speaks of it")
    told("it holds" if good else "IT DOES NOT HOLD")
    if pem is None:
        told(
            "Compare the key in keys/ with the one that the range gave you by another way: else anybody may have made it."
        )
    return 0 if good else 1


if __name__ == "__main__":
    try:
        sys.exit(main(pathlib.Path(), pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else None))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        print(f"the bundle can't be read: {error}")  # noqa: T201  # a script of its own
        sys.exit(2)
