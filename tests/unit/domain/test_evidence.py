"""The tamper suite: every class of manipulation that we can name, each found, or named as not to be found and why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from rangeops.domain.audit import GENESIS_HASH, Actor, append, hash_of
from rangeops.domain.checkpoints import Checkpoint, origin_of, read_checkpoint, sign
from rangeops.domain.errors import Damaged
from rangeops.domain.evidence import CHECKPOINT_SIGNED, KEY_BEGUN, PARTED, KeyBegun, SignaturesMissing, verify
from rangeops.domain.merkle import root_of
from rangeops.domain.now import Now

BEGIN = datetime(2026, 11, 24, 5, 41, 7, 123456, tzinfo=UTC)
OP1 = Actor("op1", "operator")


def key_of(seed):
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def public(key):
    return key.public_key().public_bytes_raw()


KEY, NEXT_KEY, THIEF = key_of(1), key_of(2), key_of(3)


def verifies(key, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


class Record:
    """A record with checkpoints, as a server writes it."""

    def __init__(self, key=KEY):
        self.entries, self.checkpoints, self.key = [], [], key
        self.add(KEY_BEGUN, KeyBegun(public(key).hex()))

    def add(self, action, body, *, utc=None):
        count = len(self.entries)
        now = Now(100.0 + count, utc or BEGIN + timedelta(seconds=count))
        payload = {"says": f"{action} {count}", "source": "op1", "happened": now.utc, "body": body}
        self.entries.append(
            append(
                self.entries[-1] if self.entries else None,
                now=now,
                actor=OP1,
                action=action,
                target="x",
                payload=payload,
            )
        )

    def grow(self, count):
        for number in range(count):
            self.add("slot.approved", {"number": number})
        return self

    def checkpoint(self, key=None):
        key = key or self.key
        point = Checkpoint(
            origin=origin_of("twente", self.entries[0].entry_hash),
            size=len(self.entries),
            root=root_of(bytes.fromhex(each.entry_hash) for each in self.entries),
            head=self.entries[-1].entry_hash,
            utc=self.entries[-1].utc,
            clock="synchronised, error 0.8 ms",
            previous=self.checkpoints[-1].sha256() if self.checkpoints else GENESIS_HASH,
        )
        self.checkpoints.append(sign(point, public(key), key.sign))
        return self

    def replace_key(self, key, *, by=None, why="a year has passed"):
        signature = (by or self.key).sign(public(key)).hex() if by is not False else ""
        self.add(KEY_BEGUN, KeyBegun(public(key).hex(), signature, why))
        self.key = key
        return self

    def rechain(self, entries):
        """Written anew: every hash made right, as somebody does who has the database."""
        self.entries = []
        for entry in entries:
            head = self.entries[-1] if self.entries else None
            moved = replace(entry, seq=len(self.entries) + 1, prev_hash=head.entry_hash if head else GENESIS_HASH)
            self.entries.append(replace(moved, entry_hash=hash_of(moved)))


def check(record, *, trusted=(KEY,), kept=(), **more):
    return verify(
        record.entries,
        record.checkpoints,
        range_id="twente",
        trusted=[public(key) for key in trusted],
        verifies=verifies,
        kept=kept,
        **more,
    )


@pytest.fixture
def record():
    """12 entries, checkpoints at 4, 8 and 12."""
    return Record().grow(3).checkpoint().grow(4).checkpoint().grow(4).checkpoint()


def test_an_untouched_record_holds(record):
    found = check(record)
    assert (found.holds, found.entries, found.signed_to, found.checkpoints) == (True, 12, 12, 3)
    assert found.head == record.entries[-1].entry_hash
    assert found.remarks == []


def test_what_no_checkpoint_covers_yet_is_said(record):
    found = check(record.grow(2))
    assert found.holds
    assert found.remarks == [
        "entries 13 to 14 (2) stand in no checkpoint yet: they could be cut off or written anew unnoticed"
    ]


def test_an_empty_record_holds():
    found = verify([], [], range_id="twente", trusted=[], verifies=verifies)
    assert (found.holds, found.entries, found.head) == (True, 0, GENESIS_HASH)


# -- without the key


@pytest.mark.parametrize(
    "field", ["utc", "monotonic_ns", "actor", "role", "action", "target", "payload", "payload_hash", "prev_hash"]
)
def test_an_edited_entry(record, field):
    entry = record.entries[5]
    other = {"utc": entry.utc + timedelta(microseconds=1), "monotonic_ns": entry.monotonic_ns + 1}
    record.entries[5] = replace(entry, **{field: other.get(field, record.entries[4].payload_hash)})
    assert check(record).first_bad == 6


def test_a_dropped_entry(record):
    del record.entries[5]
    assert check(record).first_bad == 6


def test_entries_in_another_order(record):
    record.entries[5], record.entries[6] = record.entries[6], record.entries[5]
    assert check(record).first_bad == 6


def test_an_entry_put_in_between(record):
    record.entries.insert(5, record.entries[4])
    assert check(record).first_bad == 6


def test_a_tail_that_was_cut_off(record):
    del record.entries[9:]
    found = check(record)
    assert found.first_bad == 10
    assert found.faults[0].why == "the record ends at entry 9, and a checkpoint of 12 entries was signed"


def test_a_tail_that_was_cut_off_with_its_checkpoints_is_found_by_one_that_was_kept(record):
    kept = [record.checkpoints[2]]
    del record.entries[9:], record.checkpoints[2:]
    assert check(record).holds, "not to be found from the record alone"
    assert check(record, kept=kept).first_bad == 10


def test_a_database_that_was_rolled_back_and_went_on(record):
    kept = [record.checkpoints[2]]
    del record.entries[8:], record.checkpoints[2:]
    record.add("slot.refused", {})
    record.grow(4).checkpoint()
    assert check(record).holds, "not to be found from the record alone: the server itself signed what followed"
    found = check(record, kept=kept)
    assert found.first_bad == 1, "from which entry on isn't told by the one checkpoint that was kept"
    kept.append(record.checkpoints[1])
    assert check(record, kept=kept).first_bad == 9


def test_a_record_written_anew_without_the_key(record):
    changed = [*record.entries]
    changed[5] = replace(changed[5], actor="op2")
    record.rechain(changed)
    found = check(record)
    assert found.first_bad == 5, "entries to the checkpoint of 4 hold; which of those after it was changed isn't told"


def test_a_record_written_anew_and_signed_with_another_key(record):
    forged = Record(THIEF).grow(11).checkpoint()
    assert check(forged).first_bad == 1
    forged.checkpoints = record.checkpoints
    assert check(forged).first_bad == 1


def test_checkpoints_removed_from_a_record_that_was_written_anew(record):
    kept = [record.checkpoints[1]]
    record.rechain([replace(entry, actor="op2") for entry in record.entries])
    record.checkpoints = []
    found = check(record)
    assert [each.why for each in found.faults] == ["no checkpoint is signed by a key that is known"]
    assert (found.signed_to, found.first_bad) == (0, None)
    assert check(record, kept=kept).first_bad == 1


# What the record itself says of its checkpoints, and which entry is named.


def named(record, action=CHECKPOINT_SIGNED, **more):
    newest = record.checkpoints[-1]
    record.add(action, {"size": newest.checkpoint.size, "note": newest.sha256(), "why": "restored"} | more)


def test_d2_a_checkpoint_that_an_entry_names_and_that_is_gone(record):
    named(record)
    record.grow(2).checkpoint()
    assert check(record).holds
    kept = [record.checkpoints[2]]
    record.checkpoints = record.checkpoints[:2]
    found = check(record)
    assert [each.why for each in found.faults] == ["entry 13 names a checkpoint that is gone"]
    assert (found.signed_to, found.first_bad) == (8, None)
    assert check(record, kept=kept).holds, "one that was kept elsewhere is as good"


def test_d2_checkpoints_that_were_set_apart_and_are_gone(record):
    apart = record.checkpoints.pop()
    record.add(PARTED, {"size": 12, "note": apart.sha256(), "why": "restored"})
    record.grow(2).checkpoint()
    assert any("entry 13 names a checkpoint that is gone" in each.why for each in check(record).faults)
    found = check(record, kept=[apart])
    assert found.holds
    assert found.remarks[0] == "entry 13: op1 set checkpoints apart: restored"


def test_checkpoints_that_release_0_9_set_apart_are_named_by_no_hash(record):
    record.add(PARTED, {"why": "it ends at entry 9"})
    record.grow(2).checkpoint()
    assert check(record).holds


@pytest.mark.parametrize("payload", ["[]", '{"body":[]}', '{"body":{"note":"ab"}}', "{", "1"])
def test_an_entry_that_names_a_checkpoint_and_cannot_be_read(record, payload):
    record.add(PARTED, {})
    forged = replace(record.entries[-1], payload=payload, payload_hash=sha256(payload.encode()).hexdigest())
    record.entries[-1] = replace(forged, entry_hash=hash_of(forged))
    assert [each.seq for each in check(record).faults] == [13]


@pytest.mark.parametrize("at", [5, 6, 7, 9, 11])
def test_d9_an_entry_that_was_edited_and_whose_own_hash_was_refitted(record, at):
    record.grow(1)
    forged = replace(record.entries[at - 1], actor="op2")
    record.entries[at - 1] = replace(forged, entry_hash=hash_of(forged))
    found = check(record)
    assert found.first_bad == at
    assert found.signed_to == (at - 1) // 4 * 4


def test_d9_a_link_that_was_edited_behind_a_checkpoint_is_that_entry_s(record):
    forged = replace(record.entries[8], prev_hash="00" * 32)
    record.entries[8] = replace(forged, entry_hash=hash_of(forged))
    assert check(record).first_bad == 9, "entry 8 is signed"


def test_d9_a_link_that_was_edited_away_from_a_checkpoint_is_that_entry_s(record):
    forged = replace(record.entries[9], prev_hash="00" * 32)
    record.entries[9] = replace(forged, entry_hash=hash_of(forged))
    assert check(record).first_bad == 10, "entry 11 doesn't follow it, so entry 10 was refitted"


def test_d9_a_missing_checkpoint_hides_no_bad_entry(record):
    record.entries[9] = replace(record.entries[9], actor="op2")
    del record.checkpoints[0]
    found = check(record)
    assert found.first_bad == 10
    assert len(found.faults) == 2


def test_d11_entries_behind_a_fault_still_pass(record):
    record.entries[2] = replace(record.entries[2], actor="op2")
    passed = []

    def passing():
        for entry in record.entries:
            passed.append(entry.seq)
            yield entry

    assert (
        verify(passing(), record.checkpoints, range_id="twente", trusted=[public(KEY)], verifies=verifies).first_bad
        == 3
    )
    assert passed == [*range(1, 13)]


def test_entries_behind_a_fault_that_cannot_be_read_are_a_remark(record):
    record.entries[2] = replace(record.entries[2], actor="op2")

    def passing():
        yield from record.entries[:6]
        raise Damaged("it is no entry", where="entry 7", do="Get it again.")

    found = verify(passing(), record.checkpoints, range_id="twente", trusted=[public(KEY)], verifies=verifies)
    assert found.first_bad == 3
    assert "what follows can't be read: entry 7" in found.remarks[0]


def test_a_checkpoint_taken_out_from_between(record):
    del record.checkpoints[1]
    assert "doesn't follow the one before it" in check(record).faults[0].why


def test_a_checkpoint_of_another_record(record):
    other = Record(NEXT_KEY).grow(6).checkpoint(KEY)
    assert "is another record's" in check(record, kept=other.checkpoints).faults[0].why


@pytest.mark.parametrize("change", [{"size": 7}, {"head": "0" * 64}, {"root": b"\1" * 32}, {"clock": "synchronised"}])
def test_an_edited_checkpoint(record, change):
    signed = record.checkpoints[2]
    record.checkpoints[2] = replace(signed, checkpoint=replace(signed.checkpoint, **change))
    assert not check(record).holds


# -- keys


def test_a_key_follows_the_one_that_signed_it(record):
    record.replace_key(NEXT_KEY).grow(2).checkpoint()
    assert check(record).holds, "known from the first key alone"


def test_who_knows_the_newest_key_alone_has_its_word_on_all_before_it(record):
    record.replace_key(key_of(4)).grow(2).checkpoint().replace_key(NEXT_KEY).grow(2)
    assert check(record, trusted=(NEXT_KEY,)).first_bad == 1, "it has signed nothing yet"
    record.checkpoint()
    found = check(record, trusted=(NEXT_KEY,))
    assert (found.faults, found.signed_to) == ([], 18)
    assert not check(record, trusted=(THIEF,)).holds


def test_a_key_that_nobody_signed_must_be_known(record):
    record.replace_key(NEXT_KEY, by=False, why="the key was lost").grow(2).checkpoint()
    found = check(record)
    assert found.first_bad == 13
    assert "didn't sign" in found.faults[0].why
    assert check(record, trusted=(KEY, NEXT_KEY)).holds


def test_a_key_put_in_the_place_of_another(record):
    record.replace_key(THIEF, by=THIEF).grow(2).checkpoint()
    assert check(record).first_bad == 13


def test_a_key_that_is_not_known_does_not_become_so_by_being_replaced():
    """Who has no key of the range writes all anew, and lets the range's own, which everybody has, replace his."""
    forged = Record(THIEF).grow(5).replace_key(KEY, by=False).checkpoint(THIEF)
    found = check(forged)
    assert (found.first_bad, found.signed_to) == (1, 0)


def test_a_replaced_key_signs_no_more(record):
    record.replace_key(NEXT_KEY).grow(2).checkpoint(KEY)
    assert check(record).first_bad == 13


def test_a_replaced_key_begins_no_other(record):
    """Who has an old key of the range writes anew what came after it, lets it come back, and a key of his own follow."""
    record.replace_key(NEXT_KEY)
    record.replace_key(KEY, by=False).replace_key(THIEF).grow(2).checkpoint()
    found = check(record)
    assert (found.first_bad, found.signed_to) == (14, 12)


def test_who_has_the_key_can_write_all_anew_since_the_last_checkpoint_that_was_kept(record):
    """Not to be found from the record: that is what checkpoints kept elsewhere are for."""
    kept = [record.checkpoints[0]]
    forged = Record().grow(3).checkpoint()
    assert forged.entries == record.entries[:4]
    forged.add("slot.refused", {})
    forged.grow(3).checkpoint()
    assert check(forged, kept=kept).holds
    assert not check(forged, kept=[record.checkpoints[1]]).holds


# -- the clock


def test_a_clock_that_goes_back_breaks_nothing_and_is_told(record):
    record.add("slot.approved", {}, utc=BEGIN - timedelta(days=1))
    found = check(record.checkpoint())
    assert found.holds
    assert found.remarks == ["the clock went back 1 times; entries keep the order in which they were recorded"]


def test_changes_that_waited_for_their_turn_are_no_clock_that_went_back(record):
    """Its time is when a change was begun; another's may be recorded before it."""
    last = record.entries[-1]
    earlier = Now(last.monotonic_ns / 1e9 - 0.4, last.utc - timedelta(seconds=0.4))
    payload = {"says": "", "source": "op1", "happened": earlier.utc, "body": {}}
    record.entries.append(append(last, now=earlier, actor=OP1, action="note", target="x", payload=payload))
    found = check(record.checkpoint())
    assert (found.holds, found.remarks) == (True, [])


# -- the note


def test_a_checkpoint_is_read_as_it_was_written(record):
    for signed in record.checkpoints:
        assert read_checkpoint(signed.text()) == signed


def test_a_note_of_release_0_9_has_no_rules_and_is_read_byte_for_byte(record):
    before = replace(record.checkpoints[2].checkpoint, rules=1)
    note = sign(before, public(KEY), KEY.sign)
    assert "rules" not in note.text()
    assert read_checkpoint(note.text()) == note
    assert record.checkpoints[2].checkpoint.text() == f"{before.text()}rules 2\n"


@pytest.mark.parametrize("line", ["rules 1", "rules 3", "rules 02", "rules two", "rules 2\nrules 2"])
def test_a_note_of_other_rules_is_damaged(record, line):
    with pytest.raises(Damaged):
        read_checkpoint(record.checkpoints[2].text().replace("rules 2", line))


def test_any_other_byte_is_no_checkpoint_or_not_signed(record):
    text = record.checkpoints[2].text()
    for place in range(len(text)):
        changed = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
        try:
            signed = read_checkpoint(changed)
        except Damaged:
            continue
        assert not signed.is_by(public(KEY), verifies), (place, changed)


@pytest.mark.parametrize("text", ["", "x", "x\n\n", "a\nb\nc\n\n", "\N{EM DASH} x y\n", "a" * 9000])
def test_what_is_no_checkpoint_is_said_to_be_damaged(text):
    with pytest.raises(Damaged):
        read_checkpoint(text)


# Every fault in its words: a safety officer reads them out.


def faults(record, **more):
    return [(each.seq, each.why) for each in check(record, **more).faults]


def refit(record, at, **changes):
    forged = replace(record.entries[at - 1], **changes)
    if "payload" in changes:
        forged = replace(forged, payload_hash=sha256(forged.payload.encode()).hexdigest())
    record.entries[at - 1] = replace(forged, entry_hash=hash_of(forged))


def test_an_altered_entry_is_said_to_be_it(record):
    refit(record, 7, actor="op2")
    assert faults(record) == [(7, "entry 7 isn't the one that entry 8 followed")]


def test_the_last_entry_behind_a_signed_one_is_named_itself(record):
    record.checkpoints.pop()
    del record.entries[9:]
    refit(record, 9, prev_hash="00" * 32)
    assert faults(record) == [(9, "entry 9 doesn't follow the entry before it")]


def test_an_edited_payload_is_said_to_be_one(record):
    record.entries[4] = replace(record.entries[4], payload="{}")
    assert faults(record) == [(5, "the payload of entry 5 isn't what was recorded")]


def test_what_was_signed_otherwise_is_said_from_where_on(record):
    record.rechain([*record.entries[:9], replace(record.entries[9], actor="op2"), *record.entries[10:]])
    what = "the first 12 entries aren't those that were signed: written anew after entry 8"
    assert faults(record) == [(9, what)]


def test_a_key_that_cannot_be_read_is_said_to_be_one(record):
    refit(record, 1, payload='{"body":{"key":"zz"}}')
    record.checkpoints = []
    record.rechain(record.entries)
    assert (1, "entry 1 begins a key that can't be read") in faults(record)


def test_a_key_that_was_replaced_and_comes_back_is_said_to_be_one():
    record = Record().grow(2).checkpoint().replace_key(NEXT_KEY).checkpoint().replace_key(KEY, by=NEXT_KEY).checkpoint()
    assert (5, "entry 5 begins a key that was replaced before") in faults(record)


def test_a_key_that_nothing_leads_to_is_said_to_be_one():
    record = Record().grow(2).checkpoint().replace_key(THIEF, by=False).checkpoint()
    assert (4, "entry 4 begins a key that the key before it didn't sign and that isn't known") in faults(record)


def test_the_key_that_was_replaced_still_signs_the_entry_that_replaced_it():
    record = Record().grow(2).replace_key(NEXT_KEY)
    assert check(record.checkpoint(KEY)).signed_to == 4


def test_a_checkpoint_by_an_unknown_key_is_said_to_be_one(record):
    record.checkpoints.pop()
    assert faults(record.checkpoint(THIEF)) == [(9, "the checkpoint of 12 entries isn't signed by a key that is known")]


def test_a_checkpoint_of_no_entries_cannot_be_one_of_the_record(record):
    none = replace(record.checkpoints[0].checkpoint, size=0)
    kept = [sign(none, public(KEY), KEY.sign)]
    assert faults(record, kept=kept) == [(1, "a checkpoint of 0 entries can't be one of this record")]


@pytest.mark.parametrize(
    ("key", "what"),
    [
        (KEY, "the record ends at entry 10, and a checkpoint of 12 entries was signed"),
        (THIEF, "a checkpoint of 12 entries, more than there are, isn't signed by a key that is known"),
    ],
)
def test_an_end_that_is_missing_is_said_with_whose_word_that_is(record, key, what):
    record.checkpoints.pop()
    record.checkpoint(key)
    del record.entries[10:]
    assert faults(record) == [(11, what)]


def test_two_checkpoints_that_are_gone_are_counted(record):
    named(record)
    named(record, note="ab" * 32)
    named(record, note="cd" * 32)
    record.checkpoint()
    assert faults(record) == [(None, "entry 14 names a checkpoint that is gone, and so do 1 later entries")]


@pytest.mark.parametrize(("there", "found"), [(1, 1), (2, 0), (3, 0)])
def test_files_that_were_set_apart_are_counted(record, there, found):
    record.add(PARTED, {"why": "restored", "parted": 2})
    record.checkpoint()
    whys = check(record, parted_files=there).faults
    assert [each.why for each in whys] == ["of 2 files of checkpoints that were set apart, 1 are there"] * found
    assert all(each.seq is None for each in whys)


def test_release_0_9_set_one_file_apart(record):
    record.add(PARTED, {"why": "it ends at entry 9"})
    record.checkpoint()

    assert [len(check(record, parted_files=there).faults) for there in (0, 1)] == [1, 0]


def test_a_record_in_which_nothing_was_set_apart_needs_no_such_file(record):
    arguments = {"range_id": "twente", "trusted": [public(KEY)], "verifies": verifies, "parted_files": 0}
    assert verify(record.entries, record.checkpoints, **arguments).holds


def test_entries_have_their_first_and_last_time(record):
    found = check(record)
    assert (found.first_utc, found.last_utc) == (record.entries[0].utc, record.entries[-1].utc)


def test_two_checkpoints_of_one_size_do_not_follow_each_other(record):
    record.checkpoint()
    assert faults(record) == [(None, "the checkpoint of 12 entries doesn't follow the one before it")]


def test_a_first_checkpoint_may_be_of_one_entry():
    assert check(Record().checkpoint().grow(2).checkpoint()).holds


def test_an_entry_that_names_a_checkpoint_and_cannot_be_read_is_said_to_be_one(record):
    record.add(CHECKPOINT_SIGNED, [])
    assert faults(record) == [(13, "entry 13 names a checkpoint that can't be read")]


def test_what_is_missing_says_what_to_do():
    error = SignaturesMissing("the checkpoint that the key signed last is gone")
    assert str(error) == (
        "the record's checkpoints: the checkpoint that the key signed last is gone. Run `rangeops audit verify`;"
        " put back what is gone, or set the checkpoints apart: `rangeops audit part`."
    )
