"""Forging moves on an evidence bundle, by a person who knows how it is made and doesn't have the range's private key.

A move takes the bundle, which it changes in place, a folder with other genuine bundles, and a source of chance. After each move
the lists and hashes that need no key are refitted, most of the time: a forger does so, and damage doesn't.
"""

import base64
import hashlib
import json
import random
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable
from functools import wraps
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from forged_record import chained

from rangeops.adapters.evidence_bundle import entry_line, entry_of
from rangeops.domain.checkpoints import key_id_of

FORGER = Ed25519PrivateKey.from_private_bytes(b"f" * 32)
Members = dict[str, bytes]
Move = Callable[[Path, Path, random.Random], None]
BUNDLE_MOVES: dict[str, Move] = {}
LINES = ("record.jsonl", "proofs.jsonl")


def read(bundle: Path) -> Members:
    with zipfile.ZipFile(bundle) as opened:
        return {name: opened.read(name) for name in dict.fromkeys(opened.namelist())}


def read_or_none(bundle: Path) -> Members | None:
    """The same; None where an earlier move left no zip."""
    try:
        return read(bundle)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError):
        return None


def write(bundle: Path, members: Members) -> None:
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in members.items():
            written.writestr(name, content)


def refit(members: Members) -> None:
    """Let the manifest list what is there; its signature is then of another text."""
    if (manifest := members.get("manifest.txt")) is None:
        return
    head, _, signature = manifest.decode(errors="replace").partition("\n\n")
    kept = [line for line in head.split("\n") if not line.startswith("file ")]
    listed = sorted(name for name in members if name != "manifest.txt")
    files = [f"file {len(members[name])} {hashlib.sha256(members[name]).hexdigest()} {name}" for name in listed]
    members["manifest.txt"] = ("\n".join([*kept, *files]) + "\n\n" + signature).encode()


def on_members(change: Callable[[Members, random.Random], None]) -> Callable[[Members, random.Random], None]:
    @wraps(change)
    def moved(bundle: Path, others: Path, chance: random.Random) -> None:  # a Move's signature
        if (members := read_or_none(bundle)) is None:
            return
        change(members, chance)
        if chance.random() < 0.7:
            refit(members)
        write(bundle, members)

    BUNDLE_MOVES[change.__name__] = moved
    return change


def on_bytes(change: Callable[[bytes, random.Random], bytes]) -> None:
    @wraps(change)
    def moved(bundle: Path, others: Path, chance: random.Random) -> None:  # a Move's signature
        bundle.write_bytes(change(bundle.read_bytes(), chance))

    BUNDLE_MOVES[change.__name__] = moved


def one_of(members: Members, chance: random.Random, pattern: str = "") -> str | None:
    found = sorted(name for name in members if re.search(pattern, name))
    return chance.choice(found) if found else None


def lines_of(members: Members) -> tuple[str, list[bytes]] | None:
    name = next((each for each in LINES if each in members), None)
    return None if name is None else (name, members[name].splitlines(keepends=True))


@on_members
def flip_a_byte(members, chance):
    if (name := one_of(members, chance)) and (content := members[name]):
        at = chance.randrange(len(content))
        members[name] = content[:at] + bytes([content[at] ^ chance.randrange(1, 256)]) + content[at + 1 :]


@on_members
def drop_a_file(members, chance):
    if name := one_of(members, chance):
        del members[name]


@on_members
def add_a_file(members, chance):
    names = (
        "json.py",
        "README.md",
        "whole/a.tlog",
        "report/INC-2026-0001-rev1.html",
        "keys/other.pem",
        "tlogs/a.tlog",
        "../a",
    )
    members[chance.choice(names)] = b"print('it holds')\n"


@on_members
def swap_two_files(members, chance):
    if len(members) > 1:
        one, other = chance.sample(sorted(members), 2)
        members[one], members[other] = members[other], members[one]


@on_members
def rename_a_file(members, chance):
    if name := one_of(members, chance):
        members[f"{name}x"] = members.pop(name)


@on_members
def append_to_a_file(members, chance):
    if name := one_of(members, chance):
        members[name] += chance.choice((b"\n", b"{}\n", b"x", b"\0"))


@on_members
def cut_a_file(members, chance):
    if (name := one_of(members, chance)) and members[name]:
        members[name] = members[name][: chance.randrange(len(members[name]))]


@on_members
def drop_a_line(members, chance):
    if (found := lines_of(members)) and found[1]:
        name, lines = found
        lines.pop(chance.randrange(len(lines)))
        members[name] = b"".join(lines)


@on_members
def duplicate_a_line(members, chance):
    if (found := lines_of(members)) and found[1]:
        name, lines = found
        at = chance.randrange(len(lines))
        members[name] = b"".join([*lines[: at + 1], *lines[at:]])


@on_members
def swap_lines(members, chance):
    if found := lines_of(members):
        name, lines = found
        chance.shuffle(lines)
        members[name] = b"".join(lines)


@on_members
def edit_an_entry_and_refit_its_hashes(members, chance):
    found = lines_of(members)
    if not found or not found[1]:
        return
    name, lines = found
    at = chance.randrange(len(lines))
    try:
        document = json.loads(lines[at])
        entry = document["entry"] if name == "proofs.jsonl" else document
        forged = chained([entry_of({**entry, chance.choice(("actor", "action", "target")): "forged"})])[0]
        edited = json.loads(entry_line(forged)) | {"seq": entry["seq"], "prev_hash": entry["prev_hash"]}
    except (ValueError, LookupError, TypeError):  # an earlier move left no entry
        return
    text = {**document, "entry": edited} if name == "proofs.jsonl" else edited
    lines[at] = json.dumps(text, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    members[name] = b"".join(lines)


@on_members
def chain_the_record_again(members, chance):
    try:
        entries = [entry_of(json.loads(line)) for line in members["record.jsonl"].splitlines()]
    except (ValueError, LookupError, TypeError):  # it is an incident's bundle, or an earlier move left no record
        return
    entries.pop(chance.randrange(len(entries)))
    members["record.jsonl"] = b"".join(f"{entry_line(each)}\n".encode() for each in chained(entries))


@on_members
def double_a_json_field(members, chance):
    if (found := lines_of(members)) and found[1]:
        name, lines = found
        at = chance.randrange(len(lines))
        lines[at] = lines[at].replace(b"{", b'{"seq":1,', 1)
        members[name] = b"".join(lines)


@on_members
def drop_a_checkpoint(members, chance):
    pieces = members.get("checkpoints.txt", b"").split(b"\n\n")
    if len(pieces) > 2:
        at = chance.randrange(len(pieces) // 2) * 2
        del pieces[at : at + 2]
        members["checkpoints.txt"] = b"\n\n".join(pieces)


@on_members
def empty_the_checkpoints(members, chance):  # a change's signature
    members["checkpoints.txt"] = b""


@on_members
def sign_with_another_key(members, chance):  # a change's signature
    """Every note in it, and its key put beside it."""
    for name in ("manifest.txt", "checkpoints.txt"):
        text = members.get(name, b"").decode(errors="replace")
        members[name] = "".join(
            signed_again(each) for each in re.findall(r"(?s).+?\n\n.+?(?:\n\n|\n\Z|\Z)", text)
        ).encode()


def signed_again(note: str) -> str:
    body, _, signature = note.partition("\n\n")
    origin = next((line.removeprefix("record ") for line in body.split("\n") if "rangeops/" in line), "rangeops/x/0")
    public = FORGER.public_key().public_bytes_raw()
    signed = base64.b64encode(key_id_of(origin, public) + FORGER.sign(f"{body}\n".encode())).decode()
    end = "\n\n" if signature.endswith("\n\n") else "\n"
    return f"{body}\n\n\N{EM DASH} {origin} {signed}{end}"


@on_members
def alter_the_manifest(members, chance):
    lines = members.get("manifest.txt", b"").split(b"\n")
    at = chance.randrange(len(lines))
    change = chance.choice(("drop", "double", "edit"))
    if change == "edit":
        lines[at] = lines[at].replace(b"1", b"2", 1).replace(b"parts", b"whole")
    else:
        lines[at : at + 1] = [] if change == "drop" else [lines[at], lines[at]]
    members["manifest.txt"] = b"\n".join(lines)


@on_members
def take_the_manifest_away(members, chance):  # a change's signature
    """As if release 0.9.0 had made it."""
    members.pop("manifest.txt", None)
    text = members.get("checkpoints.txt", b"")
    members["checkpoints.txt"] = chance.choice((text, text.replace(b"rules 2\n", b"")))


@on_bytes
def add_behind_the_zip(content, chance):
    return content + chance.randbytes(20)


@on_bytes
def add_before_the_zip(content, chance):
    return chance.randbytes(20) + content


def a_member_twice(bundle: Path, others: Path, chance: random.Random) -> None:
    """Two files of one name: which of them is read depends on the reader."""
    if not (members := read_or_none(bundle)):
        return
    name = chance.choice(sorted(members))
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as written:
        for each, content in members.items():
            written.writestr(each, content)
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # zipfile warns of the double name
            written.writestr(name, members[name] + chance.choice((b"", b"x")))


def a_link(bundle: Path, others: Path, chance: random.Random) -> None:
    if not (members := read_or_none(bundle)):
        return
    name = chance.choice(sorted(members))
    with zipfile.ZipFile(bundle, "w") as written:
        for each, content in members.items():
            info = zipfile.ZipInfo(each)
            info.external_attr = (0o120777 if each == name else 0o100644) << 16
            written.writestr(info, content)


def replay_another(bundle: Path, others: Path, chance: random.Random) -> None:
    shutil.copy(chance.choice(sorted(others.glob("*.zip"))), bundle)


def mix_two(bundle: Path, others: Path, chance: random.Random) -> None:
    """Some files of another genuine bundle in the places of its own."""
    try:
        members, other = read(bundle), read(chance.choice(sorted(others.glob("*.zip"))))
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError):  # an earlier move left no zip
        return
    for name in chance.sample(sorted(other), chance.randrange(1, len(other) + 1)):
        members[name] = other[name]
    write(bundle, members)


for _move in (a_member_twice, a_link, replay_another, mix_two):
    BUNDLE_MOVES[_move.__name__] = _move
