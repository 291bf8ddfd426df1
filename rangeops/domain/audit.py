"""The record: an append-only chain of entries in which any later change shows.

    entry_hash = SHA-256(0x00 || canonical(prev_hash, seq, utc, monotonic_ns, actor, role, action, target, payload_hash))

0x00 is RFC 6962's leaf prefix: checkpoints over the same entries hash their nodes with 0x01. The chain finds an entry
that was edited, dropped or moved; it can't find a cut-off tail or a rewrite of everything, which is what a head that
was noted elsewhere is for.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from rangeops.domain.now import Now

GENESIS_HASH: Final = "0" * 64  # what the first entry follows
_LEAF: Final = b"\x00"
_PLAIN: Final = frozenset([str, int, bool, type(None)])
_quoted: Final = json.encoder.encode_basestring_ascii
_encoder: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a person's name, a watch's, or "server".

    role: watch, server, or a person's roles (users.Role) joined by ", ". company: whose member he is, "" for the range's.
    scopes: what the token that he acts by is for (api_tokens.Scope); None: everything that his roles allow.
    """

    name: str
    role: str
    company: str = ""
    scopes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One link of the chain. payload: canonical JSON; hashes in lower-case hex."""

    seq: int
    utc: datetime
    monotonic_ns: int
    actor: str
    role: str
    action: str
    target: str
    payload: str
    payload_hash: str
    prev_hash: str
    entry_hash: str


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first entry at which the chain doesn't hold, and why."""

    seq: int
    why: str


def plain(value: Any) -> Any:
    """`value` as what canonical JSON can hold: objects, arrays, text, whole numbers, true, false, null.

    Floats become their shortest exact decimal as text: two writers of JSON must not disagree over one number.
    """
    kind = type(value)
    if kind in _PLAIN:  # most of what is recorded; asked below too, since each call of this costs
        return value
    if kind is dict:
        return {str(key): item if type(item) in _PLAIN else plain(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [item if type(item) in _PLAIN else plain(item) for item in value]
    if kind is datetime:
        return utc_text(value)
    return _plain_of(value)


def _plain_of(value: Any) -> Any:
    result: Any = value
    match value:
        case None | bool() | str():
            pass
        case Enum():
            result = plain(value.value)
        case int():
            result = int(value)
        case float():
            result = decimal_text(value)
        case date():
            result = utc_text(value) if isinstance(value, datetime) else value.isoformat()
        case Mapping():
            result = {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            result = [plain(item) for item in value]
        case set() | frozenset():
            result = sorted(plain(item) for item in value)
        case _ if is_dataclass(value):
            result = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            raise TypeError(f"{type(value).__name__} has no canonical form")
    return result


def decimal_text(number: float) -> str:
    """Shortest decimal that reads back as the same float, without an exponent; nan, inf and -inf by name."""
    if not math.isfinite(number):
        return repr(number)
    return format(Decimal(repr(number)), "f")


def utc_text(moment: datetime) -> str:
    """RFC 3339 with microseconds and Z. Raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone can't be recorded")
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")[:-6] + "Z"


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, no spaces, ASCII only, no floats: the same value always gives the same bytes."""
    text = _encoder.encode(plain(value))
    if "\\ud" in text:  # half a surrogate pair, as of an argument that is no UTF-8, stops other readers of JSON: U+FFFD
        whole = json.dumps(json.loads(text), ensure_ascii=False).encode("utf-16", "surrogatepass")
        text = _encoder.encode(json.loads(whole.decode("utf-16", "replace")))
    return text.encode("ascii")


def append(
    previous: AuditEntry | None, *, now: Now, actor: Actor, action: str, target: str, payload: Any
) -> AuditEntry:
    """The entry that follows `previous`; None for the first of a record."""
    text = canonical(payload)
    seq, prev_hash = (1, GENESIS_HASH) if previous is None else (previous.seq + 1, previous.entry_hash)
    utc, monotonic_ns, payload_hash = now.utc, int(now.monotonic_s * 1e9), hashlib.sha256(text).hexdigest()
    hashed = _hashed_text(seq, utc, monotonic_ns, actor.name, actor.role, action, target, payload_hash, prev_hash)
    return AuditEntry(
        seq=seq,
        utc=utc,
        monotonic_ns=monotonic_ns,
        actor=actor.name,
        role=actor.role,
        action=action,
        target=target,
        payload=text.decode("ascii"),
        payload_hash=payload_hash,
        prev_hash=prev_hash,
        entry_hash=_leaf_hash(hashed),
    )


def hash_of(entry: AuditEntry) -> str:
    """What `entry_hash` must be for the entry's other fields."""
    return _leaf_hash(hashed_text(entry))


def hashed_text(entry: AuditEntry) -> str:
    """`canonical` of the hashed fields, written out: a record of years is verified field by field, and this is its cost."""
    return _hashed_text(
        entry.seq,
        entry.utc,
        entry.monotonic_ns,
        entry.actor,
        entry.role,
        entry.action,
        entry.target,
        entry.payload_hash,
        entry.prev_hash,
    )


def _hashed_text(  # noqa: PLR0917  # what is hashed
    seq: int,
    utc: datetime,
    monotonic_ns: int,
    actor: str,
    role: str,
    action: str,
    target: str,
    payload_hash: str,
    prev_hash: str,
) -> str:
    return (
        f'{{"action":{_quoted(action)},"actor":{_quoted(actor)},"monotonic_ns":{monotonic_ns},'
        f'"payload_hash":{_quoted(payload_hash)},"prev_hash":{_quoted(prev_hash)},"role":{_quoted(role)},'
        f'"seq":{seq},"target":{_quoted(target)},"utc":"{utc_text(utc)}"}}'
    )


def _leaf_hash(text: str) -> str:
    return hashlib.sha256(_LEAF + text.encode("ascii")).hexdigest()


def first_fault(entries: Iterable[AuditEntry], previous: AuditEntry | None = None) -> ChainFault | None:
    """The first entry that doesn't follow from the one before it, or None. previous: one that is trusted already."""
    seq, head = (0, GENESIS_HASH) if previous is None else (previous.seq, previous.entry_hash)
    for entry in entries:
        if (fault := fault_after(seq, head, entry)) is not None:
            return fault
        seq, head = entry.seq, entry.entry_hash
    return None


def fault_after(seq: int, head: str, entry: AuditEntry) -> ChainFault | None:
    """Why the entry doesn't follow the one with this number and hash; None where it does."""
    following = seq + 1
    if entry.seq != following:
        return ChainFault(following, f"entry {following} is missing: {entry.seq} stands in its place")
    if entry.prev_hash != head:
        return ChainFault(following, f"entry {following} doesn't follow the entry before it")
    if hashlib.sha256(entry.payload.encode("utf-8", "surrogatepass")).hexdigest() != entry.payload_hash:
        return ChainFault(following, f"the payload of entry {following} isn't what was recorded")
    if hash_of(entry) != entry.entry_hash:
        return ChainFault(following, f"entry {following} isn't what was recorded")
    return None
