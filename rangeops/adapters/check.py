"""Check an evidence bundle of a drone test range: python3 -I check.py BUNDLE.zip FILE...

FILE: the range's public key (PEM), which it gave you by another way than the bundle; more keys; checkpoints that you kept.
It needs Python 3.11 and openssl 3.0, shares no code with rangeops, and reads the zip without unpacking it.
Exit code 0: proved. 1: forged or damaged, with the first fault. 2: it cannot be read, or is no evidence.
"""

import sys

if __name__ == "__main__" and not (sys.flags.isolated and sys.argv[2:]):  # without -I a json.py beside it is imported
    print("Run it as: python3 -I check.py BUNDLE.zip FILE...")  # noqa: T201
    sys.exit(2)

import base64
import hashlib
import json
import re
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

HASHED = ("prev_hash", "seq", "utc", "monotonic_ns", "actor", "role", "action", "target", "payload_hash")
compact = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode  # how rangeops writes JSON
ED25519 = bytes.fromhex("302a300506032b6570032100")  # a public key in DER is this and 32 bytes (RFC 8410)
ORIGIN = "(?P<origin>rangeops/[^\n/]+/[0-9a-f]{16})\n"
SIGNATURE = "\n\N{EM DASH} (?P=origin) (?P<signature>[A-Za-z0-9+/]{90}[AEIMQUYcgkosw048]=)\n"  # c2sp.org/signed-note
CHECKPOINT = ORIGIN + (
    "(?P<size>[1-9][0-9]*)\n(?P<root>[A-Za-z0-9+/]{43}=)\nhead (?P<head>[0-9a-f]{64})\nutc (?P<utc>[0-9T:.-]+Z)\n"
    "clock [^\n]*\nprevious (?P<previous>[0-9a-f]{64})\n(?P<rules>rules 2\n)?" + SIGNATURE
)
MANIFEST = f"rangeops evidence manifest 1\nrecord {ORIGIN}" + (
    "kind (?P<kind>record|incident)\n(?:incident (?P<incident>INC-[0-9-]+)\nrecordings (?P<recordings>parts|whole)\n)?"
    "made (?P<made>[0-9T:.-]+Z)\nentries (?P<entries>[0-9,-]+)\ncheckpoint (?P<newest>[0-9]+ [0-9a-f]{64})\n"
    "(?P<files>(?:file [0-9]+ [0-9a-f]{64} [^\n]+\n)+)" + SIGNATURE
)
REPORT = re.compile(r"report/(INC-[0-9]+-[0-9]+)(?:-rev([0-9]+))?(-company)?\.(?:html|pdf)")
OLD_FILE = re.compile(r"\w+\.(?:txt|jsonl|json)|SHA256SUMS|check\.py|keys/\w+\.pem|report/INC-[^/]+|tlogs/[^/]+\.tlog")
BROKEN = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError, EOFError, zlib.error)

Entry = dict[str, Any]
Note = dict[str, str]  # a checkpoint or a manifest, by the names of its parts
Verifies = Callable[[bytes, bytes, bytes], bool]  # of a public key, a message and a signature


def require(condition: object, fault: str) -> None:
    if not condition:
        raise ValueError(fault)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def read_json(text: str, written: Callable[[Any], str] = compact) -> Any:
    """Return the value of JSON text, which must be as rangeops writes it: no name stands in it twice."""
    value = json.loads(text)
    require(written(value) == text, f"this JSON is not as rangeops writes it: {text[:80]}")
    return value


def body_of(entry: Entry) -> Any:
    return read_json(entry["payload"])["body"]


def read_note(form: str, text: str) -> Note:
    if not (found := re.fullmatch(form, text)):
        raise ValueError(f"a checkpoint or the manifest is not as rangeops writes it: {text[:80]}")
    return {**found.groupdict(""), "text": text, "sha256": sha256(text.encode()).hex()}


def read_checkpoints(text: str) -> list[Note]:
    *pieces, end = text.split("\n\n")  # lines, their signature, lines, and so on
    require(pieces and len(pieces) % 2 == 0 and not end, f"checkpoints are missing, or one is not whole: {text[-80:]}")
    return [read_note(CHECKPOINT, f"{a}\n\n{b}\n") for a, b in zip(pieces[::2], pieces[1::2], strict=True)]


def check_zip(archive: zipfile.ZipFile) -> None:
    """Require a zip as rangeops writes it: each name once, plain files, nothing around or between them."""
    file, end = archive.fp, 0
    assert file is not None  # the zip is open
    for member in sorted(archive.infolist(), key=lambda each: each.header_offset):
        name, is_sane = member.orig_filename, member.file_size <= 200 * member.compress_size + 1000
        require(archive.getinfo(name) is member, f"{name} is in the zip twice")
        is_plain = member.external_attr >> 28 in {0, 8} and re.fullmatch(r"(\w+/)?\w[\w.+-]*", name, re.ASCII)
        require(is_plain, f"{name} is a link or a folder, or leads elsewhere")
        as_packed = is_sane and not member.comment and not member.flag_bits and member.extra[:2] in {b"", b"\1\0"}
        require(as_packed and member.compress_type in {0, 8}, f"{name} is not packed as rangeops packs it")
        require(member.header_offset == end, f"other data stands in the zip before {name}")
        file.seek(end + 26)
        lengths = int.from_bytes(file.read(2), "little") + int.from_bytes(file.read(2), "little")
        end += 30 + lengths + member.compress_size
    file.seek(-22, 2)
    require(end == archive.start_dir and file.read()[:4] == b"PK\5\6", "the zip holds other data behind its files")


def check_entry(entry: Entry, manifest: Note | None) -> None:
    """Require the hashes of an entry of the record."""
    hashed, payload = {name: entry[name] for name in HASHED}, entry["payload"].encode("utf-8", "surrogatepass")
    is_whole = sha256(payload).hex() == entry["payload_hash"] and entry.keys() == {*HASHED, "payload", "entry_hash"}
    is_same = sha256(b"\0" + compact(hashed).encode()).hex() == entry["entry_hash"]
    require(is_whole and is_same, f"entry {entry['seq']} is not what was recorded: it has another hash")
    require(manifest or not payload.startswith(b'{"about":'), "manifest.txt is missing")


class Keys:
    """The keys whose signatures count: those given, and each later one that the record names and a counted one signed."""

    def __init__(self, given: Iterable[bytes], verifies: Verifies) -> None:
        self.replaced = dict.fromkeys(given, 0)  # by the entry of this number; 0: in force
        self.current = b""  # as the record names it, whether it counts or not
        self.verifies = verifies

    def follow(self, entry: Entry) -> None:
        """Read an entry that names a new key; other entries name none."""
        if entry["action"] == "record.key":
            body = body_of(entry)
            before, self.current = self.current, bytes.fromhex(body["key"])
            if self.replaced.get(before) == 0:
                if self.verifies(before, self.current, bytes.fromhex(body["signature"])):
                    self.replaced.setdefault(self.current, 0)
                self.replaced[before] = entry["seq"]

    def signer(self, note: Note, size: int, what: str) -> bytes:
        """Return the key that signed the note, and counts for so many entries."""
        message, signed = note["text"].partition("\n\n")[0] + "\n", base64.b64decode(note["signature"])
        for key, replaced in self.replaced.items():
            is_named = sha256(note["origin"].encode() + b"\n\1" + key)[:4] == signed[:4]
            if is_named and size <= (replaced or size) and self.verifies(key, message.encode(), signed[4:]):
                return key
        raise ValueError(f"{what} is not signed by the key that you gave, nor by one that follows from it")


def check_chain(file: Iterable[bytes], manifest: Note | None, notes: list[Note], kept: list[Note], keys: Keys) -> range:
    """Return the numbers of the entries. Require that they are chained, and that every checkpoint is of them."""
    number, head, proved, fault, known = 0, "0" * 64, 0, "", [note["sha256"] for note in notes]
    for before, note in zip([head, *known], notes, strict=False):  # after a parting one follows none
        require(note["previous"] in {before, head}, f"the checkpoint of {note['size']} entries follows another one")
    due = sorted([*notes, *kept], key=lambda note: int(note["size"]))
    for line in file:
        entry = read_json(line.decode().removesuffix("\n"))
        check_entry(entry, manifest)
        require(entry["seq"] == number + 1, f"entry {number + 1} is missing: entry {entry['seq']} stands in its place")
        wrong = f"entry {max(proved + 1, number)} is not what was recorded: entry {number + 1} does not follow {number}"
        require(entry["prev_hash"] == head, wrong)
        require(not fault, fault)
        number, head = entry["seq"], entry["entry_hash"]
        keys.follow(entry)
        if entry["action"] == "record.checkpoint":
            require(body_of(entry)["note"] in known, f"the checkpoint that entry {number} names is missing")
        while due and int(due[0]["size"]) == number:  # its head stands for all entries so far
            if due.pop(0)["head"] != head:
                fault = f"entries {proved + 1} to {number} are not those of the checkpoint of {number} entries"
            proved = proved if fault else number
    require(not fault and not due, fault or f"the record ends at entry {number}, and more entries were signed")
    return range(1, number + 1)


def root_by_path(index: int, size: int, leaf: bytes, path: list[str]) -> bytes:
    """Return the root of the Merkle tree of `size` leaves in which the leaf has this path (RFC 6962, 2.1.1)."""
    if size == 1:
        return leaf if not path else b""
    split = 1 << (size - 1).bit_length() - 1
    if index < split:
        return sha256(b"\1" + root_by_path(index, split, leaf, path[:-1]) + bytes.fromhex(path[-1]))
    return sha256(b"\1" + bytes.fromhex(path[-1]) + root_by_path(index - split, size - split, leaf, path[:-1]))


def check_proofs(file: Iterable[bytes], manifest: Note | None, newest: Note, keys: Keys) -> list[Entry]:
    """Return the entries. Require that each of them is among those of the newest checkpoint."""
    entries, spaced = list[Entry](), json.JSONEncoder(sort_keys=True).encode
    for line in file:
        proof = read_json(line.decode().removesuffix("\n"), spaced if line.startswith(b'{"checkpoint": ') else compact)
        entry, number, size = proof["entry"], proof["entry"]["seq"], int(newest["size"])
        check_entry(entry, manifest)
        root = root_by_path(number - 1, size, bytes.fromhex(entry["entry_hash"]), proof["path"])
        is_signed = 0 < number <= size and root == base64.b64decode(newest["root"])
        require(is_signed, f"entry {number} is not among the entries that were signed")
        is_next = not entries or number > entries[-1]["seq"]
        require(is_next and len(proof) == (2 if manifest else 3), f"entry {number} stands in the wrong place")
        entries.append(entry)
        keys.follow(entry)
    return entries


def check_report(archive: zipfile.ZipFile, name: str, entries: list[Entry]) -> str:
    """Return a line about the report. Require an entry of its incident with its name, revision, audience and hash."""
    incident, revision, company = found.groups() if (found := REPORT.fullmatch(name)) else ("", "", "")
    digest, audience = sha256(archive.read(name)).hex(), "company" if company else "range"
    report = {"name": name[7:], "revision": int(revision or 0), "audience": audience, "sha256": digest}
    for entry in entries:
        is_report = (entry["action"], entry["target"]) == ("incident.report", f"incident:{incident}")
        if is_report and body_of(entry).items() <= report.items():
            return f"{name} is as entry {entry['seq']} recorded it"
    raise ValueError(f"{name}: no entry of its incident names a report of this name, revision, audience and hash")


def check_recording(archive: zipfile.ZipFile, name: str, manifest: Note | None, entries: list[Entry]) -> str:
    """Return a line about the recording. Require that it is what an entry holds the hash of, or can be a part of it."""
    data = archive.read(name)
    for entry in entries:
        if entry["action"] == "watch.recording" and f"tlogs/{body_of(entry)['of']['file']}" == name:
            whole = body_of(entry)["of"]
            is_part = len(data) < whole["size_bytes"] and not (manifest and manifest["recordings"] == "whole")
            is_same = len(data) == whole["size_bytes"] and sha256(data).hex() == whole["sha256"]
            require(is_same or is_part, f"{name} is not the recording that entry {entry['seq']} holds the hash of")
            return f"{name}: {len(data)} of the {whole['size_bytes']} bytes that entry {entry['seq']} holds the hash of"
    return f"{name} was being written when the bundle was made: no entry holds its hash"


def check_manifest(archive: zipfile.ZipFile, manifest: Note, newest: Note, numbers: Sequence[int]) -> None:
    """Require the entries and files that the manifest lists, and no other."""
    ranges = re.findall("([0-9]+)(?:-([0-9]+))?", manifest["entries"])
    listed = (number for first, last in ranges for number in range(int(first), int(last or first) + 1))
    for number, held in zip_longest(listed, numbers):
        require(number == held, f"the manifest lists entry {number or 'no more'}, the bundle has {held or 'no more'}")
    require(manifest["newest"] == f"{newest['size']} {newest['sha256']}", "the manifest names another checkpoint")
    files = {name: digest for digest, name in re.findall("file ([0-9]+ [0-9a-f]+) (.+)\n", manifest["files"])}
    for name in sorted({*files, "manifest.txt"} ^ {*archive.namelist()}):
        raise ValueError(f"{name} {'is missing' if name in files else 'was added: the manifest does not list it'}")
    for name, digest in files.items():
        with archive.open(name) as file:  # a record may be larger than the memory
            found = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # as it is documented
        require(f"{archive.getinfo(name).file_size} {found}" == digest, f"{name} is not the file that was put in")


def prove(archive: zipfile.ZipFile, given: list[bytes], kept: list[Note], verifies: Verifies) -> list[str]:
    """Return what is proved and what is not, a line each. Raise ValueError at the first fault."""
    check_zip(archive)
    names, keys = archive.namelist(), Keys(given, verifies)
    manifest = read_note(MANIFEST, archive.read("manifest.txt").decode()) if "manifest.txt" in names else None
    notes, is_record = read_checkpoints(archive.read("checkpoints.txt").decode()), "record.jsonl" in names
    newest, size = notes[-1], int(notes[-1]["size"])
    require(manifest or (not newest["rules"] and all(map(OLD_FILE.fullmatch, names))), "manifest.txt is missing")
    origins = {note["origin"] for note in (*notes, *kept, manifest or newest)}
    is_fit = all(note["size"] != newest["size"] or note["root"] == newest["root"] for note in kept)
    require(len(origins) == 1 and is_fit, "the checkpoints, or those that you kept, are of different records")
    entries = [] if is_record else check_proofs(archive.open("proofs.jsonl"), manifest, newest, keys)
    file = archive.open("record.jsonl" if is_record else "proofs.jsonl")
    numbers = check_chain(file, manifest, notes, kept, keys) if is_record else [entry["seq"] for entry in entries]
    require(numbers, "no entry is in it: nothing is proved")
    attached = [check_report(archive, name, entries) for name in names if name.startswith("report/")]
    attached += [check_recording(archive, name, manifest, entries) for name in names if name.startswith("tlogs/")]
    key = keys.signer(newest, size, f"the checkpoint of {size} entries")
    whose = "yours" if key in given else "which follows from yours"
    left_out = "NOT PROVED, since release 0.9.0 signs no manifest: that no entry, file or newer checkpoint was left out"
    if manifest:
        check_manifest(archive, manifest, newest, numbers)
        keys.signer(manifest, sys.maxsize, "the manifest")
        left_out = f"Every file and entry is there as the range put it into the bundle at {manifest['made']}"
    return [
        f"PROVED by the key whose SHA-256 is {sha256(ED25519 + key).hex()}, {whose}:",
        f"{len(numbers)} entries of {newest['origin']} are as recorded; entry {size} was signed at {newest['utc']}",
        *attached,
        left_out,
        f"{sum(is_record or note['size'] == newest['size'] for note in kept)} of {len(kept)} kept checkpoints compared",
        "NOT PROVED: that what was recorded is true, what was recorded later, and that a part is of the whole recording",
        "README.txt, timeline.txt and reviews.json are for reading: the entries count",
    ]


def openssl_verifies(key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether the Ed25519 signature is valid. Raise OSError if openssl cannot decide it."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in (("key", ED25519 + key), ("message", message), ("signature", signature)):
            Path(folder, name).write_bytes(data)
        command = "openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in message -sigfile signature"
        done = subprocess.run(command.split(), cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode and "Verification Failure" not in done.stdout + done.stderr:
        raise OSError(f"openssl cannot verify Ed25519 (3.0 and newer can): {done.stderr.strip()}")
    return done.returncode == 0


def check(bundle: Path, files: Iterable[Path], verifies: Verifies = openssl_verifies) -> tuple[int, list[str]]:
    """Return the exit code, and lines for a person. files: public keys, and checkpoints that were kept."""
    keys, kept, is_bundle = [], list[Note](), False
    try:
        for file in files:
            text = file.read_text(encoding="utf-8")
            if text.startswith("-----"):
                keys.append(base64.b64decode("".join(text.splitlines()[1:-1])).removeprefix(ED25519))
            else:
                kept += read_checkpoints(text if text.endswith("\n\n") else f"{text}\n")
        with zipfile.ZipFile(bundle) as archive:
            is_bundle = bool({"manifest.txt", "record.jsonl", "proofs.jsonl"} & {*archive.namelist()})
            return 0, prove(archive, keys, kept, verifies)
    except (OSError, zipfile.BadZipFile, *BROKEN) as error:
        code, verdict = (1, "FORGED OR DAMAGED") if is_bundle and not isinstance(error, OSError) else (2, "NOT CHECKED")
        fault = f"{error} {getattr(error, 'doc', getattr(error, 'object', ''))[:80]}"  # what is no JSON, or no text
        return code, [re.sub("[^ -~]", "?", f"{verdict}: {fault.strip()}")]  # a forger's text moves no cursor


if __name__ == "__main__":
    exit_code, said = check(Path(sys.argv[1]), map(Path, sys.argv[2:]))
    print("\n".join(said))  # noqa: T201
    sys.exit(exit_code)
