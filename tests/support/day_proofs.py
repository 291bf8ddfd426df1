"""I5, evidence verifies and is complete, and I6, nothing that was acknowledged is lost: hashed and compared without the product."""

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from day_evidence import Answered, DayEvidence
from day_spans import Broken

from rangeops.domain.audit import AuditEntry, utc_text
from rangeops.domain.incidents import Incident

_HASHED: Final = ("action", "actor", "monotonic_ns", "payload_hash", "prev_hash", "role", "seq", "target")
_WRITES: Final = ("POST", "PUT", "PATCH", "DELETE")
_OUT: Final = ("outside-flight-geography", "outside-contingency-volume", "outside-range")


def i5_evidence_verifies_and_is_complete(day: DayEvidence) -> Iterator[Broken]:
    yield from _chain(day.entries)
    yield from _checkpoints(day)
    yield from _recordings(day)
    yield from _incidents(day)


def _chain(entries: Sequence[AuditEntry]) -> Iterator[Broken]:
    previous = "0" * 64
    for number, entry in enumerate(entries, start=1):
        fields = {name: getattr(entry, name) for name in _HASHED} | {"utc": utc_text(entry.utc)}
        leaf = b"\x00" + json.dumps(fields, sort_keys=True, separators=(",", ":")).encode("ascii")
        if entry.seq != number or entry.prev_hash != previous:
            yield Broken("I5", entry.utc, f"entry {entry.seq} doesn't follow entry {number - 1}")
        if hashlib.sha256(entry.payload.encode()).hexdigest() != entry.payload_hash:
            yield Broken("I5", entry.utc, f"entry {entry.seq} has another payload")
        if hashlib.sha256(leaf).hexdigest() != entry.entry_hash:
            yield Broken("I5", entry.utc, f"entry {entry.seq} has another hash")
        previous = entry.entry_hash


def _checkpoints(day: DayEvidence) -> Iterator[Broken]:
    leaves = [bytes.fromhex(entry.entry_hash) for entry in day.entries]
    parts = day.checkpoints.split("\n\n")
    previous = ""
    notes = list(zip(parts[::2], parts[1::2], strict=False))
    if day.keys and not notes:
        yield Broken("I5", day.end, "nothing was signed")
    for body, signed in notes:
        lines = body.strip("\n").split("\n")
        size, root = int(lines[1]), base64.b64decode(lines[2])
        said = dict(line.split(" ", 1) for line in lines[3:])
        where = f"the checkpoint of {size} entries"
        if not 0 < size <= len(leaves) or root != _root(leaves[:size]):
            yield Broken("I5", day.end, f"{where} has another root")
            continue
        if said["head"] != leaves[size - 1].hex():
            yield Broken("I5", day.entries[size - 1].utc, f"{where} has another head")
        if previous and said["previous"] != previous:
            yield Broken("I5", day.entries[size - 1].utc, f"{where} doesn't follow the one before")
        note = "\n".join(lines) + "\n"
        signature = base64.b64decode(signed.strip().rpartition(" ")[2])[4:]
        if not any(_signs(key, note.encode(), signature) for key in day.keys):
            yield Broken("I5", day.entries[size - 1].utc, f"{where} isn't signed by the record's key")
        previous = hashlib.sha256(f"{note}\n{signed.strip(chr(10))}\n".encode()).hexdigest()


def _signs(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, 2.1: of leaves that are hashed already."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + _root(leaves[:split]) + _root(leaves[split:])).digest()


def _recordings(day: DayEvidence) -> Iterator[Broken]:
    """Each file of packets is the one whose hash is in the record; only those that are still written have none."""
    bound = {of["file"]: (when, of["sha256"]) for when, _, of in day.events("RecordingClosed")}
    there = sorted(day.tlogs.glob("*.tlog"))
    for path in there:
        if path.name in bound and hashlib.sha256(path.read_bytes()).hexdigest() != bound[path.name][1]:
            yield Broken("I5", bound[path.name][0], f"recording {path.name} isn't what was recorded")
    for name in bound.keys() - {path.name for path in there}:
        yield Broken("I5", bound[name][0], f"recording {name} is gone")
    for path in there:
        if path.name not in bound and any(
            later.name > path.name and later.name.partition("-")[2] == path.name.partition("-")[2] for later in there
        ):
            yield Broken("I5", day.end, f"recording {path.name} ended, and the record hasn't its hash")


def _incidents(day: DayEvidence) -> Iterator[Broken]:
    with day.store.read() as work:
        incidents = work.incidents.all()
    for each in day.alarms:
        if each.condition in _OUT and not any(_covers(incident, each.sysid, each.since) for incident in incidents):
            yield Broken("I5", each.since, f"sysid {each.sysid} was {each.condition}, and there is no incident of it")
    for incident in incidents:
        if (told := day.timelines.get(incident.id)) is None:
            continue
        known = set(told)
        for when, entry, of in day.events("AlarmChanged", "CommandMoved", "EpisodeMoved", "ModeChanged"):
            says = json.loads(entry.payload)["says"]
            if (
                says
                and _sysid(of) == incident.sysid
                and incident.opened_utc <= when <= incident.last_utc
                and entry.seq not in known
            ):
                yield Broken("I5", when, f"{incident.id} lacks entry {entry.seq}: {says}")


def _covers(incident: Incident, sysid: int | None, when: datetime) -> bool:
    return incident.sysid == sysid and incident.opened_utc <= when <= incident.last_utc


def _sysid(of: dict[str, Any]) -> int | None:
    found = of.get("sysid", of.get("alarm", of.get("progress", {}).get("order", {})))
    return found.get("sysid") if isinstance(found, dict) else found


def i6_no_acknowledged_data_lost(day: DayEvidence) -> Iterator[Broken]:
    with day.store.read() as work:
        slots = {slot.id: slot.version for slot in work.slots.all()}
        plans = {plan.id for plan in work.plans.all()}
        closures = {closure.id for closure in work.closures.all()}
    ordered = {
        payload["body"]["id"]
        for entry, payload in day.payloads
        if entry.action.startswith("command.") and isinstance(payload["body"], dict) and "id" in payload["body"]
    }
    for each in day.answered:
        said = each.said if isinstance(each.said, dict) else {}
        lost = ""
        if {"id", "version", "state", "starts"} <= said.keys() and slots.get(said["id"], 0) < said["version"]:
            lost = f"slot {said['id']} version {said['version']}"
        elif each.path == "/plans" and said.get("id") not in plans:
            lost = f"plan {said.get('id')}"
        elif each.path == "/closures" and said.get("closure", said).get("id") not in closures:
            lost = f"closure {said}"
        elif each.path.endswith("/commands") and said["order"]["id"] not in ordered:
            lost = f"command {said['order']['id']}"
        elif each.method in _WRITES and not _is_recorded(day, each):
            lost = f"whatever {each.method} {each.path} did"
        if lost:
            yield Broken("I6", each.utc, f"{lost} was answered for, and isn't there")
    told = {
        (body["watch"], body["seq"], body["event"], payload["happened"])
        for _, payload in day.payloads
        if isinstance(body := payload["body"], dict) and "event" in body
    }
    for entry in day.journalled:
        if (entry.watch, entry.seq, type(entry.event).__name__, utc_text(entry.utc)) not in told:
            yield Broken(
                "I6",
                entry.utc,
                f"entry {entry.seq} of the journal of {entry.watch}, {type(entry.event).__name__}, isn't in the record",
            )


def _is_recorded(day: DayEvidence, each: Answered) -> bool:
    return any(each.asked <= entry.utc <= each.utc and not entry.action.startswith("watch.") for entry in day.entries)
