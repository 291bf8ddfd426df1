"""The record: the same value always gives the same bytes, and any later change is found at its entry."""

import hashlib
import json
import math
import time
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum, IntEnum
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.audit import (
    GENESIS_HASH,
    Actor,
    AuditEntry,
    ChainFault,
    append,
    canonical,
    decimal_text,
    first_fault,
    hashed_text,
    plain,
    utc_text,
)
from rangeops.domain.now import Now

START = datetime(2026, 11, 24, 5, 41, 7, 123456, tzinfo=UTC)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


def chain(payloads: list) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for number, payload in enumerate(payloads):
        entries.append(
            append(
                entries[-1] if entries else None,
                now=Now(10.0 + number, START + timedelta(seconds=number)),
                actor=Actor("op1", "operator"),
                action="slot.approve",
                target=f"slot:S{number}",
                payload=payload,
            )
        )
    return entries


chains = st.lists(values, min_size=1, max_size=6).map(chain)


def changed(entry: AuditEntry, name: str) -> AuditEntry:
    value = getattr(entry, name)
    if isinstance(value, int):
        other = value + 1
    elif isinstance(value, datetime):
        other = value + timedelta(microseconds=1)
    else:
        other = value[:-1] + ("0" if value[-1:] != "0" else "1")
    return replace(entry, **{name: other})


def test_an_entry_hashes_as_the_format_says():
    """Computed here by hand from the format's words, not with the code under test."""
    entry = chain([{"b": 1, "a": 0.25}])[0]
    assert entry.payload == '{"a":"0.25","b":1}'
    hashed = {
        "action": "slot.approve",
        "actor": "op1",
        "monotonic_ns": 10_000_000_000,
        "payload_hash": hashlib.sha256(b'{"a":"0.25","b":1}').hexdigest(),
        "prev_hash": "0" * 64,
        "role": "operator",
        "seq": 1,
        "target": "slot:S0",
        "utc": "2026-11-24T05:41:07.123456Z",
    }
    text = json.dumps(hashed, sort_keys=True, separators=(",", ":"))
    assert entry.entry_hash == hashlib.sha256(b"\x00" + text.encode()).hexdigest()


@given(values)
def test_canonical_form_is_stable_and_holds_no_float(value):
    text = canonical(value)
    again = json.loads(text, parse_float=lambda number: pytest.fail(f"a float: {number}"))
    assert canonical(again) == text


@given(st.floats(allow_nan=False))
def test_a_float_reads_back_from_its_decimal(number):
    text = decimal_text(number)
    assert float(text) == number
    assert "e" not in text.lower()


@given(st.dictionaries(st.text(max_size=5), st.integers(), max_size=6), st.randoms())
def test_the_order_of_keys_makes_no_difference(value, random):
    shuffled = list(value.items())
    random.shuffle(shuffled)
    assert canonical(dict(shuffled)) == canonical(value)


def test_the_same_instant_is_the_same_text_in_every_zone():
    assert canonical(START) == canonical(START.astimezone(timezone(timedelta(hours=5))))


@pytest.fixture
def zone_of_the_machine(monkeypatch):
    with monkeypatch.context() as patch:

        def becomes(zone):
            patch.setenv("TZ", zone)
            time.tzset()

        yield becomes
    time.tzset()


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "UTC"])
def test_an_instant_is_written_in_utc_whatever_the_machines_own_zone(zone_of_the_machine, zone):
    zone_of_the_machine(zone)
    assert utc_text(START.astimezone(timezone(timedelta(hours=-3)))) == "2026-11-24T05:41:07.123456Z"


def test_a_time_without_zone_and_a_value_without_form_are_refused():
    with pytest.raises(ValueError, match=r"^a time without a zone can't be recorded$"):
        plain(datetime(2026, 1, 1))  # noqa: DTZ001  # that is what is refused
    with pytest.raises(TypeError, match=r"^bytes has no canonical form$"):
        plain(b"bytes")


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


class Count(int):
    """As a library may hand it over; so the other two."""


class Name(str):
    __slots__ = ()


class Moment(datetime):
    pass


@dataclass(frozen=True)
class Seen:
    who: Name
    since: datetime


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([None, True, False, 7, "é"], r'[null,true,false,7,"\u00e9"]'),
        ((1, [2, (3,)]), "[1,[2,[3]]]"),
        ({"b": [1], 2: {"c": ()}}, '{"2":{"c":[]},"b":[1]}'),
        (MappingProxyType({"b": [1], 2: "c"}), '{"2":"c","b":[1]}'),
        ({"c": Colour.RED, "s": frozenset(["b", "a"]), "t": {2, 1}}, '{"c":"red","s":["a","b"],"t":[1,2]}'),
        ([Level.HIGH, Count(4), Name("d")], '[3,4,"d"]'),
        ([-0.25, 1e22, 1e-7, 3.0], '["-0.25","10000000000000000000000","0.0000001","3.0"]'),
        ([math.inf, -math.inf, math.nan], '["inf","-inf","nan"]'),
        (date(2026, 11, 24), '"2026-11-24"'),
        (Moment(2026, 11, 24, 5, 41, 7, tzinfo=UTC), '"2026-11-24T05:41:07.000000Z"'),
        (Seen(Name("op1"), START), '{"since":"2026-11-24T05:41:07.123456Z","who":"op1"}'),
    ],
    ids=(
        "plain",
        "sequences",
        "dict",
        "mapping",
        "enum-and-sets",
        "subclasses",
        "floats",
        "no-numbers",
        "date",
        "time",
        "dataclass",
    ),
)
def test_every_kind_of_value_has_one_form(value, text):
    assert canonical(value) == text.encode()


@given(chains)
def test_an_untouched_chain_verifies_whole_and_from_any_entry_that_is_trusted(entries):
    assert first_fault(entries) is None
    for index, entry in enumerate(entries):
        assert first_fault(entries[index + 1 :], entry) is None


@given(chains, st.data())
def test_a_changed_field_is_found_at_its_entry(entries, data):
    index = data.draw(st.integers(0, len(entries) - 1))
    name = data.draw(st.sampled_from([field.name for field in fields(AuditEntry)]))
    entries[index] = changed(entries[index], name)
    fault = first_fault(entries)
    assert fault is not None
    assert fault.seq == entries[index].seq if name != "seq" else fault.seq == index + 1


@given(chains.filter(lambda entries: len(entries) > 1), st.data())
def test_a_dropped_entry_is_found_unless_it_was_the_last(entries, data):
    index = data.draw(st.integers(0, len(entries) - 2))
    del entries[index]
    fault = first_fault(entries)
    assert fault is not None
    assert fault.seq == index + 1


@given(chains.filter(lambda entries: len(entries) > 1), st.data())
def test_swapped_entries_are_found(entries, data):
    one = data.draw(st.integers(0, len(entries) - 2))
    entries[one], entries[one + 1] = entries[one + 1], entries[one]
    fault = first_fault(entries)
    assert fault is not None
    assert fault.seq == one + 1


def test_a_fault_says_what_is_wrong_with_which_entry():
    first, second, third = chain([1, 2, 3])
    assert [
        first_fault(entries) for entries in ([first, third], [second], [first, replace(second, prev_hash="0" * 64)])
    ] == [
        ChainFault(2, "entry 2 is missing: 3 stands in its place"),
        ChainFault(1, "entry 1 is missing: 2 stands in its place"),
        ChainFault(2, "entry 2 doesn't follow the entry before it"),
    ]
    assert first_fault([first, second, replace(third, role="rso")]) == ChainFault(3, "entry 3 isn't what was recorded")
    for payload in ("4", '"\ud800"'):  # half a character: it was never recorded, and can't be written as UTF-8
        fault = first_fault([first, replace(second, payload=payload)])
        assert fault == ChainFault(2, "the payload of entry 2 isn't what was recorded")


def test_an_empty_record_is_whole():
    assert first_fault([]) is None
    assert chain([None])[0].prev_hash == GENESIS_HASH


@given(chains, st.text(), st.text())
def test_the_hashed_text_is_the_canonical_form_of_its_fields(entries, actor, target):
    names = ("prev_hash", "seq", "utc", "monotonic_ns", "actor", "role", "action", "target", "payload_hash")
    for entry in entries:
        named = replace(entry, actor=actor, target=target)
        assert hashed_text(named).encode() == canonical({name: getattr(named, name) for name in names})


@pytest.mark.parametrize(
    ("given", "recorded"),
    [
        ("caf\udce9", "caf\ufffd"),
        ("\ud83d", "\ufffd"),
        ("✈ 😀", "✈ 😀"),
        ("\\ud83d", "\\ud83d"),
        ("\ud83d\ude00", "😀"),
    ],
)
def test_half_a_character_is_recorded_as_unknown(given, recorded):
    assert json.loads(canonical({"why": given})) == {"why": recorded}
