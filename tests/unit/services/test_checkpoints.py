"""Checkpoints as the record grows, on a real folder and a store in memory; the clock is injected."""

import base64
import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk import NOON, Desk

from rangeops.adapters import checkpoints, sealing
from rangeops.adapters.checkpoints import TREE, FolderOfCheckpoints, RecordKeys, read_notes, verifies
from rangeops.domain.audit import GENESIS_HASH, Actor, hash_of
from rangeops.domain.checkpoints import EVERY_ENTRIES, EVERY_S, origin_of, sign
from rangeops.domain.errors import Damaged, Unavailable
from rangeops.domain.evidence import CHECKPOINT_SIGNED, KEY_BEGUN, PARTED, SignaturesMissing, verify
from rangeops.domain.merkle import root_of
from rangeops.domain.now import Now
from rangeops.services.changes import SERVER, Changes
from rangeops.services.checkpoints import CheckpointDesk, set_apart


def at(seconds):
    return Now(1000.0 + seconds, NOON + timedelta(seconds=seconds))


class Office:
    """A store, the folder of its checkpoints, its keys; `desk` as a server that starts has it."""

    def __init__(self, folder):
        self.store = Desk().store
        self.changes = Changes(self.store, lambda _notice: None)
        self.keys = RecordKeys(folder / "record-keys")
        self.elsewhere = folder / "stick"
        self.shelf = FolderOfCheckpoints(folder / "checkpoints", (self.elsewhere,))
        self.start()

    def start(self):
        self.desk = CheckpointDesk(
            self.changes, "twente", signer=self.keys, shelf=self.shelf, clock_word=lambda: "synchronised"
        )

    def write(self, count=1, now=None):
        with self.changes.begin(now or at(0), SERVER) as change:
            for number in range(count):
                change.record("note", "range", f"note {number}", {"number": number})

    def entries(self):
        with self.store.read() as work:
            return work.record.following(0, 10**6)

    def check(self, **more):
        shelf = self.shelf.all()
        trusted = more.pop("trusted", [self.keys.public_key()])
        return verify(self.entries(), shelf, range_id="twente", trusted=trusted, verifies=verifies, **more)


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    office.write(3)
    return office


def test_the_first_look_signs_what_is_there_and_says_with_which_key(office):
    signed = office.desk.tick(at(1))
    assert signed.checkpoint.size == 4
    assert [each.action for each in office.entries()] == ["note", "note", "note", KEY_BEGUN, CHECKPOINT_SIGNED]
    found = office.check()
    assert (found.holds, found.signed_to) == (True, 4)


def test_nothing_new_is_not_signed_again(office):
    office.desk.tick(at(1))
    for minute in range(1, 4):
        assert office.desk.tick(at(1 + minute * EVERY_S)) is None
    office.start()
    assert office.desk.tick(at(1 + 4 * EVERY_S)) is None
    assert len(office.entries()) == 5


def test_d2_each_checkpoint_is_named_by_an_entry(office):
    for minute in range(2):
        office.write()
        office.desk.tick(at(minute * EVERY_S))
    named = [each for each in office.entries() if each.action == CHECKPOINT_SIGNED]
    assert [(each.actor, each.target) for each in named] == [("server", "record")] * 2
    assert [json.loads(each.payload) | {"happened": ""} for each in named] == [
        {
            "about": ["record"],
            "says": "",
            "source": "server",
            "happened": "",
            "body": {
                "size": signed.checkpoint.size,
                "root": base64.b64encode(signed.checkpoint.root).decode(),
                "note": signed.sha256(),
                "key": office.keys.public_key().hex(),
                "parted": 0,
            },
        }
        for signed in office.shelf.all()
    ]


def test_what_is_signed_already_is_not_signed_once_more(office):
    first = office.desk.sign_now(at(1))
    assert office.desk.sign_now(at(2)) == first
    office.start()
    assert office.desk.sign_now(at(3)) == first
    assert office.shelf.all() == (first,)


def test_a_minute_or_a_thousand_entries(office):
    office.desk.tick(at(0))
    office.write()
    assert office.desk.tick(at(EVERY_S - 1)) is None
    assert office.desk.tick(at(EVERY_S)).checkpoint.size == 6
    office.write(EVERY_ENTRIES - 1)
    assert office.desk.tick(at(EVERY_S + 1)) is None
    office.write()
    assert office.desk.tick(at(EVERY_S + 2)).checkpoint.size == 7 + EVERY_ENTRIES
    assert office.check().holds


def test_a_server_that_starts_again_goes_on_where_the_last_ended(office):
    first = office.desk.tick(at(0))
    office.write(2)
    office.start()
    assert office.desk.tick(at(1)).checkpoint.previous == first.sha256()
    assert [each.action for each in office.entries()].count(KEY_BEGUN) == 1
    assert office.check().holds


def test_a_clock_that_jumps_back_does_not_stop_it(office):
    office.desk.tick(at(0))
    office.write(now=Now(1001.0, NOON - timedelta(days=400)))
    assert office.desk.tick(Now(1000.0 + EVERY_S, NOON - timedelta(days=400))) is not None
    found = office.check()
    assert found.holds
    assert any("the clock went back" in each for each in found.remarks)


# What was signed is gone: signing is refused.


def chained(entries):
    """Every hash made right again, as a forger does who has the database."""
    made = []
    for entry in entries:
        moved = replace(entry, seq=len(made) + 1, prev_hash=made[-1].entry_hash if made else GENESIS_HASH)
        made.append(replace(moved, entry_hash=hash_of(moved)))
    return made


def forge(office):
    """Rewrite the record: another actor in its second entry, no entry about keys and checkpoints, all hashes right."""
    entries = [each for each in office.entries() if not each.action.startswith("record.")]
    forged = chained([entries[0], replace(entries[1], actor="op2"), *entries[2:]])
    office.store._kept.entries = {each.seq: each for each in forged}
    office.store._kept.subjects.clear()


def refused(office, seconds=2 * EVERY_S):
    """What the next start says of it; nothing was signed, and nothing was recorded."""
    office.start()
    before, notes = office.entries(), office.shelf._folder / "signed.txt"
    content = notes.read_bytes() if notes.exists() else None
    with pytest.raises(SignaturesMissing) as raised:
        office.desk.tick(at(seconds))
    assert office.entries() == before
    assert (notes.read_bytes() if notes.exists() else None) == content
    return raised.value.what


def signed_twice(office):
    for minute in range(2):
        office.write()
        office.desk.tick(at(minute * EVERY_S))
    return office.shelf._folder / "signed.txt", office.keys._folder / "newest.txt"


def test_d2_signatures_taken_away_and_the_record_chained_again(office):
    notes, _ = signed_twice(office)
    notes.unlink()
    forge(office)
    assert refused(office) == "the checkpoint that the key signed last is gone"


def test_d2_signatures_emptied_and_the_record_chained_again(office):
    notes, _ = signed_twice(office)
    notes.write_bytes(b"")
    forge(office)
    assert refused(office) == "the checkpoint that the key signed last is gone"


def test_d2_signatures_and_the_key_s_memory_taken_away(office):
    notes, memory = signed_twice(office)
    notes.unlink()
    memory.unlink()
    forge(office)
    assert refused(office) == "there is a key of the record, and no checkpoint that it signed"


def test_d2_signatures_taken_away_while_the_server_runs(office):
    notes, memory = signed_twice(office)
    notes.unlink()
    memory.write_bytes(b"")
    forge(office)
    with pytest.raises(SignaturesMissing, match="the server signed last is gone"):
        office.desk.sign_now(at(2 * EVERY_S))


def test_d2_a_checkpoint_that_an_entry_names_is_gone(office):
    notes, memory = signed_twice(office)
    notes.unlink()
    memory.write_bytes(b"")
    named = office.entries()[-1].seq
    assert refused(office) == f"the checkpoint that entry {named} names is gone"


def test_d2_the_newest_checkpoint_of_several_is_gone(office):
    notes, _ = signed_twice(office)
    (first, _) = office.shelf.all()
    notes.write_text(f"{first.text()}\n")
    assert "is gone" in refused(office)


def test_d2_a_key_that_the_record_names_is_gone(office):
    signed_twice(office)
    for path in office.keys._folder.iterdir():
        path.unlink()
    assert refused(office) == f"key {key_named(office)[:16]}, which the record names, is gone"


def key_named(office):
    return json.loads(next(each for each in office.entries() if each.action == KEY_BEGUN).payload)["body"]["key"]


def test_d2_a_key_that_the_one_before_did_not_sign(office):
    signed_twice(office)
    office.keys.rotate("a year has passed")
    forger = RecordKeys(office.elsewhere / "forger")
    forger._folder.mkdir(parents=True)
    forger.public_key()
    (forger._folder / "1.key").rename(office.keys._folder / "2.key")
    assert "isn't signed by the one before it" in refused(office)


def test_d2_checkpoints_that_were_set_apart_are_gone(office):
    notes, _ = signed_twice(office)
    apart(office)
    office.start()
    assert office.desk.tick(at(2 * EVERY_S)) is not None
    office.write()
    office.desk.tick(at(3 * EVERY_S))
    (notes.parent / "parted-1.txt").unlink()
    assert "of 1 files of checkpoints that were set apart" in refused(office, 4 * EVERY_S)


@pytest.mark.parametrize("payload", ["[]", "{", '{"body":[]}', '{"body":{"key":"xx"}}', '{"body":{"key":1}}'])
def test_an_entry_about_the_record_that_cannot_be_read(office, payload):
    signed_twice(office)
    last = office.entries()[-1]
    office.store._kept.entries[last.seq] = replace(last, payload=payload)
    assert refused(office) == f"entry {last.seq} (record.checkpoint) can't be read"


def test_a_refusal_is_raised_at_every_look_and_the_disk_is_looked_at_once_a_minute(office):
    notes, _ = signed_twice(office)
    content = notes.read_bytes()
    notes.unlink()
    refused(office, 0)
    notes.write_bytes(content)  # put back
    for second in (1, EVERY_S - 1):
        with pytest.raises(SignaturesMissing):
            office.desk.tick(at(second))
    assert office.desk.tick(at(EVERY_S)) is None
    office.write()
    assert office.desk.tick(at(EVERY_S + 1)).checkpoint.previous == office.shelf.all()[-2].sha256()


def apart(office, why="restored from a backup", now=1):
    set_apart(office.changes, office.shelf, office.keys, why=why, now=at(now), actor=Actor("rob", "shell"))


def test_a_record_that_lost_its_end_is_not_signed_until_a_person_sets_its_checkpoints_apart(office):
    office.write(3)
    before = office.store._kept.copy()
    office.write(2)
    office.desk.tick(at(0))
    signed = office.shelf.all()
    office.store._kept = before  # the database is put back from before
    assert refused(office) == "the record ends at entry 6, and a checkpoint of 9 entries was signed"
    apart(office)
    said = office.entries()[-1]
    assert (said.actor, said.role, said.action) == ("rob", "shell", PARTED)
    body = {"why": "restored from a backup", "note": signed[0].sha256(), "size": 9, "parted": 1}
    assert json.loads(said.payload)["body"] == body
    assert office.shelf.parted() == signed
    office.start()
    assert office.desk.tick(at(1)).checkpoint.previous == GENESIS_HASH
    assert office.check(kept=office.shelf.parted()).first_bad == 1, "what was lost stays found"


def test_checkpoints_are_set_apart_beside_a_running_server(office):
    signed_twice(office)
    apart(office)
    assert office.desk.tick(at(2 * EVERY_S)).checkpoint.previous == GENESIS_HASH
    assert office.check(kept=office.shelf.parted()).holds


@pytest.mark.parametrize("started_first", [True, False])
def test_a_lost_key_is_followed_by_any_other_once_a_person_has_said_so(office, started_first):
    signed_twice(office)
    shutil.rmtree(office.keys._folder)
    if started_first:
        refused(office)
    apart(office, why="the key was lost")
    office.start()
    assert office.desk.tick(at(5 * EVERY_S)) is not None
    first = bytes.fromhex(key_named(office))
    found = office.check(trusted=[first], kept=office.shelf.parted())
    assert "the key before it didn't sign" in found.faults[0].why
    assert office.check(trusted=[first, office.keys.public_key()], kept=office.shelf.parted()).holds


def test_the_note_that_the_key_remembers_is_set_apart_where_the_others_are_gone(office):
    notes, memory = signed_twice(office)
    last = office.shelf.all()[-1]
    notes.unlink()
    apart(office, why="the disk lost them")
    assert office.shelf.parted() == (last,)
    assert memory.read_bytes() == b""
    office.start()
    assert office.desk.tick(at(5 * EVERY_S)) is not None
    found = office.check(kept=office.shelf.parted())
    assert [each.why for each in found.faults] == ["entry 6 names a checkpoint that is gone"]


def test_damaged_checkpoints_can_be_set_apart(office):
    notes, _ = signed_twice(office)
    damaged = notes.read_bytes().replace(b"\n", b"\r\n")
    notes.write_bytes(damaged)
    apart(office, why="copied by mail")
    assert damaged in {path.read_bytes() for path in notes.parent.glob("parted-*.txt")}
    office.start()
    assert office.desk.tick(at(5 * EVERY_S)) is not None


# Crashes: after each step of signing, and of setting apart.


class Killed(BaseException):
    """The process ends here."""


STEPS = {
    "before the checkpoint": ("shelf", "add", 0),
    "after the checkpoint": ("shelf", "add", 1),
    "after the tree": ("shelf", "keep", 1),
    "after the key's memory": ("keys", "remember", 1),
    "before the entry": ("desk", "_name", 0),
    "after the entry": ("desk", "_name", 1),
}


def killed(office, monkeypatch, step, function):
    """Kill the process before (0) or after (1) this step of what `function` does, then let it start again."""
    who, what, after = step
    target = getattr(office, who)
    done = getattr(target, what)

    def last(*args):
        if after:
            done(*args)
        raise Killed

    with monkeypatch.context() as now:
        now.setattr(target, what, last)
        with pytest.raises(Killed):
            function()
    office.start()


@pytest.mark.parametrize("signed_before", [0, 1, 2])
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_a_crash_at_any_step_of_signing_is_made_good_by_the_next_start(office, monkeypatch, step, signed_before):
    for minute in range(signed_before):
        office.desk.tick(at(minute * EVERY_S))
        office.write()
    killed(office, monkeypatch, step, lambda: office.desk.tick(at(5 * EVERY_S)))
    office.desk.tick(at(6 * EVERY_S))
    office.write()
    assert office.desk.tick(at(7 * EVERY_S)) is not None
    found = office.check()
    assert (found.faults, found.signed_to) == ([], len(office.entries()) - 1)
    named = {json.loads(each.payload)["body"]["note"] for each in office.entries() if each.action == CHECKPOINT_SIGNED}
    assert named == {each.sha256() for each in office.shelf.all()}
    assert office.keys.signed_last() == office.shelf.all()[-1].text()


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_a_crash_is_made_good_again_after_a_crash_while_it_was_made_good(office, monkeypatch, step):
    office.desk.tick(at(0))
    office.write()
    killed(office, monkeypatch, STEPS["after the checkpoint"], lambda: office.desk.tick(at(5 * EVERY_S)))
    office.write()
    killed(office, monkeypatch, step, lambda: office.desk.tick(at(6 * EVERY_S)))
    assert office.desk.sign_now(at(7 * EVERY_S)) is not None
    assert office.check().faults == []


@pytest.mark.parametrize("step", ["add", "keep", "remember", "_name"])
def test_a_step_that_fails_in_a_running_server_is_made_good_by_the_next_look(office, monkeypatch, step):
    office.desk.tick(at(0))
    office.write()
    target = {"add": office.shelf, "keep": office.shelf, "remember": office.keys, "_name": office.desk}[step]
    done = getattr(target, step)

    def failing(*args):
        done(*args)
        raise Unavailable("the disk is full", where="the disk", do="Free it.")

    with monkeypatch.context() as now:
        now.setattr(target, step, failing)
        for second in range(3):
            office.write()
            with pytest.raises(Unavailable):
                office.desk.sign_now(at(EVERY_S + second))
    office.write()
    assert office.desk.tick(at(EVERY_S + 4)) is not None
    assert office.check().faults == []


@pytest.mark.parametrize("step", [("shelf", "part", 1), ("keys", "remember", 0), ("keys", "remember", 1)])
def test_a_crash_while_checkpoints_are_set_apart_loses_none_of_them(office, monkeypatch, step):
    signed_twice(office)
    before = office.shelf.all()
    killed(office, monkeypatch, step, lambda: apart(office))
    apart(office)
    assert office.desk.tick(at(5 * EVERY_S)) is not None
    assert set(office.shelf.parted()) == set(before)
    assert office.check(kept=office.shelf.parted()).holds


@pytest.mark.parametrize("rules", [1, 2])
def test_a_folder_of_release_0_9_goes_on_without_an_alarm(office, rules):
    """It has no memory of the key's, no entry that names a checkpoint, and notes of rules 1."""
    signed_twice(office)
    entries = chained([each for each in office.entries() if each.action != CHECKPOINT_SIGNED])
    office.store._kept.entries = {each.seq: each for each in entries}
    leaves = [bytes.fromhex(each.entry_hash) for each in entries]
    point = office.shelf.all()[-1].checkpoint
    origin = origin_of("twente", entries[0].entry_hash)
    old = replace(
        point,
        origin=origin,
        size=5,
        root=root_of(leaves[:5]),
        head=entries[4].entry_hash,
        previous=GENESIS_HASH,
        rules=rules,
    )
    signed = sign(old, office.keys.public_key(), office.keys.sign)
    (office.shelf._folder / "signed.txt").write_text(f"{signed.text()}\n")
    (office.shelf._folder / TREE).unlink()
    (office.keys._folder / "newest.txt").unlink()
    office.start()
    new = office.desk.tick(at(5 * EVERY_S))
    assert (new.checkpoint.previous, new.checkpoint.rules) == (signed.sha256(), 2)
    assert office.check().faults == []
    assert office.keys.signed_last() == new.text()


def test_a_stick_that_was_away_gets_what_it_missed(office):
    office.desk.tick(at(0))
    assert office.shelf.missed[office.elsewhere].startswith("there is no such folder")
    office.elsewhere.mkdir()
    office.write()
    office.desk.tick(at(EVERY_S))
    assert not office.shelf.missed
    assert FolderOfCheckpoints(office.elsewhere).all() == office.shelf.all()


def test_a_stick_with_another_record_is_left_as_it_is(office):
    office.elsewhere.mkdir()
    (office.elsewhere / "signed.txt").write_text("something else\n")
    office.desk.tick(at(0))
    assert office.shelf.missed[office.elsewhere] == "it has other checkpoints"
    assert (office.elsewhere / "signed.txt").read_text() == "something else\n"


def torn(office, monkeypatch, written):
    """A power cut while a note is written: so many bytes of it are on the disk."""
    append = checkpoints._append

    def cut(folder, data):
        append(folder, data[:written])
        raise Killed

    with monkeypatch.context() as now:
        now.setattr(checkpoints, "_append", cut)
        with pytest.raises(Killed):
            office.desk.tick(at(EVERY_S))
    office.start()


@pytest.mark.parametrize("written", [1, 5, 40, 100, 200, 300, -80, -20, -2, -1])
@pytest.mark.parametrize("signed_before", [0, 1])
def test_a_power_cut_within_a_note_costs_that_note_alone(office, monkeypatch, written, signed_before):
    if signed_before:
        office.desk.tick(at(0))
    office.write()
    path = office.shelf._folder / "signed.txt"
    whole = path.read_bytes() if signed_before else b""
    torn(office, monkeypatch, written)
    left = path.read_bytes()
    assert len(FolderOfCheckpoints(path.parent).all()) == signed_before, (
        "a reader beside the server takes nothing of it"
    )
    assert path.read_bytes() == left
    office.desk.tick(at(EVERY_S + 1))
    assert path.read_bytes().startswith(whole)
    assert len(office.shelf.all()) == signed_before + 1, "the next is written in its place"
    assert office.check().faults == []


def test_a_disk_that_gave_the_file_its_length_first_costs_that_note_alone(office):
    office.desk.tick(at(0))
    path = office.shelf._folder / "signed.txt"
    path.write_bytes(path.read_bytes() + b"rangeops/tw" + b"\0" * 300)
    office.start()
    office.write()
    assert office.desk.tick(at(EVERY_S)) is not None
    assert office.check().faults == []


IMPOSSIBLE = {
    "lines end as on Windows": lambda content: content.replace(b"\n", b"\r\n"),
    "the last note's lines do": lambda content: content[:-9] + content[-9:].replace(b"\n", b"\r\n"),
    "something else": lambda content: content + b"something else",
    "a blank in the blank line": lambda content: content.replace(b"\n\n", b"\n \n"),
    "a blank in the last one within a note": lambda content: b"\n \n".join(content.rsplit(b"\n\n", 2)[:2]) + b"\n\n",
    "too long": lambda content: content + b"rangeops/" + b"x" * 5000,
    "far too long": lambda content: content + b"rangeops/" + b"x" * 50_000,
    "too many lines": lambda content: content + b"rangeops/x\n" * 9,
}


@pytest.mark.parametrize("change", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
@pytest.mark.parametrize("signed", [1, 40])
def test_d10_an_end_that_no_power_cut_leaves_is_damage(office, change, signed):
    for number in range(signed):
        office.write()
        office.desk.sign_now(at(number))
    path = office.shelf._folder / "signed.txt"
    path.write_bytes(change(path.read_bytes()))
    for read in (office.shelf.all, office.shelf.newest):
        with pytest.raises(Damaged):
            read()
    content = path.read_bytes()
    office.start()
    office.write()
    with pytest.raises(Damaged):
        office.desk.tick(at(5 * EVERY_S))
    assert path.read_bytes() == content, "nothing is written behind it"


def test_a_year_of_notes_is_read_in_one_go(office):
    """Each by itself: the time is the length's, not its square."""
    note = office.desk.tick(at(0)).text()
    notes, unfinished = read_notes(f"{note}\n" * 20_000, where="a file")
    assert (len(notes), unfinished) == (20_000, "")


def test_a_look_that_was_broken_off_begins_anew_and_accuses_nobody(office, monkeypatch):
    office.write(EVERY_ENTRIES)
    office.desk.tick(at(0))
    office.write(EVERY_ENTRIES)
    (office.shelf._folder / TREE).unlink()  # so that all is read
    office.start()
    reads = []

    def failing(take):
        def read(entry):
            reads.append(entry.seq)
            if reads == list(range(1, EVERY_ENTRIES + 200)):
                raise Unavailable("the disk is gone", where="the database", do="Wait.")
            take(entry)

        return read

    monkeypatch.setattr(office.desk, "_take", failing(office.desk._take))
    with pytest.raises(Unavailable):
        office.desk.tick(at(1))
    assert office.desk.tick(at(2)) is not None
    assert "record.parted" not in {each.action for each in office.entries()}
    assert office.check().holds


# Starting again, without reading everything.


def read_at_start(office, monkeypatch) -> list[int]:
    """The numbers of the entries that the next start takes into its tree."""
    office.start()
    taken, take = [], office.desk._take
    monkeypatch.setattr(office.desk, "_take", lambda entry: (taken.append(entry.seq), take(entry)))
    office.desk.tick(at(2 * EVERY_S))
    return taken


def test_a_start_after_the_key_was_replaced_reads_what_is_new(office, monkeypatch):
    first = office.keys.public_key()
    office.desk.tick(at(0))
    office.keys.rotate("in time")
    office.write()
    assert read_at_start(office, monkeypatch) == [5, 6, 7]
    assert office.check(trusted=[first]).holds


def test_a_start_reads_what_is_new(office, monkeypatch):
    office.write(2500)
    office.desk.tick(at(0))
    office.write(3)
    assert read_at_start(office, monkeypatch) == [2505, 2506, 2507, 2508]
    office.write(2)
    assert read_at_start(office, monkeypatch) == [2509, 2510, 2511]
    assert office.check().holds


def edited(office, **changes):
    path = office.shelf._folder / TREE
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def older(office):
    path = office.shelf._folder / TREE
    before = path.read_bytes()
    office.write()
    office.desk.tick(at(EVERY_S))
    path.write_bytes(before)


SPOILT = {
    "gone": lambda office: (office.shelf._folder / TREE).unlink(),
    "torn": lambda office: (office.shelf._folder / TREE).write_bytes((office.shelf._folder / TREE).read_bytes()[:-20]),
    "no tree": lambda office: (office.shelf._folder / TREE).write_text("[1, 2]"),
    "of another size": lambda office: edited(office, size=5),
    "of no size": lambda office: edited(office, size=float("inf")),
    "without end": lambda office: edited(office, size=10**40),
    "other nodes": lambda office: edited(office, nodes=["00" * 32, "11" * 32]),
    "too many nodes": lambda office: edited(office, nodes=["00" * 32] * 70),
    "another head": lambda office: edited(office, head="00" * 32),
    "another record's": lambda office: edited(office, origin="rangeops/twente/0000000000000000"),
    "older than the newest note": older,
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_tree_that_isnt_that_of_the_newest_checkpoint_is_not_believed(office, monkeypatch, spoil):
    first = office.keys.public_key()
    office.desk.tick(at(0))
    spoil(office)
    office.write(2)
    taken = read_at_start(office, monkeypatch)
    assert taken == [*range(1, len(office.entries()))], "the whole record is read instead"
    assert office.check(trusted=[first]).holds
    assert "record.parted" not in {each.action for each in office.entries()}


@pytest.mark.parametrize("memory", ["kept", "gone", "of the forged note"])
def test_d2_a_forged_note_on_a_forged_record_is_not_taken_for_one_of_release_0_9(office, memory):
    """All fits: the record, its tree, the note. Only the key that signed it isn't the range's."""
    office.desk.tick(at(0))
    forge(office)
    forger = RecordKeys(office.elsewhere / "forger")
    forger.remember("")
    forger.public_key = office.keys.public_key  # which is no secret: the record names it
    forged_range = CheckpointDesk(
        office.changes,
        "twente",
        signer=forger,
        shelf=FolderOfCheckpoints(office.elsewhere),
        clock_word=lambda: "synchronised",
    )
    signed = forged_range.sign_now(at(1))
    for name in ("signed.txt", TREE):
        (office.elsewhere / name).replace(office.shelf._folder / name)
    path = office.keys._folder / "newest.txt"
    if memory == "gone":
        path.unlink()
    elif memory == "of the forged note":
        path.write_text(signed.text())
    assert refused(office) == "no key of the record signed the newest checkpoint"


def test_a_database_that_was_put_back_is_found_by_the_tree_as_well(office):
    office.write(3)
    before = office.store._kept.copy()
    office.write(2)
    office.desk.tick(at(0))
    office.store._kept = before
    office.write(20)  # and went on, beyond what was signed
    assert refused(office) == "the first 9 entries are not those of the newest checkpoint"


def test_verifying_never_looks_at_the_tree(office):
    office.desk.tick(at(0))
    edited(office, nodes=["00" * 32], head="11" * 32)
    assert office.check().holds


def test_a_tree_that_cant_be_kept_costs_the_next_start_and_nothing_else(office, monkeypatch):
    (office.shelf._folder / TREE).mkdir(parents=True)
    assert office.desk.tick(at(0)) is not None
    office.write()
    assert read_at_start(office, monkeypatch)[0] == 1
    assert office.check().holds


@pytest.mark.parametrize("notes", [1, 2, 30, 200])
def test_the_newest_note_is_found_at_the_end_however_long_the_file_is(office, notes):
    for number in range(notes):
        office.write()
        office.desk.sign_now(at(number))
    assert office.shelf.newest() == office.shelf.all()[-1]
    path = office.shelf._folder / "signed.txt"
    whole = path.read_bytes()
    for cut in (1, 2, 40, 130):
        path.write_bytes(whole[:-cut])
        assert office.shelf.newest() == next(reversed(office.shelf.all()), None), f"{cut} bytes of the last are missing"


def test_a_newest_note_that_was_changed_is_said_to_be_damaged(office):
    office.desk.tick(at(0))
    path = office.shelf._folder / "signed.txt"
    path.write_bytes(path.read_bytes().replace(b"clock synchronised", b"clocksynchronised"))
    with pytest.raises(Damaged):
        office.shelf.newest()


def test_a_new_key_is_begun_while_the_server_runs_and_is_known_by_the_old_one(office):
    office.desk.tick(at(0))
    first = office.keys.public_key()
    second = office.keys.rotate("a year has passed")
    office.write()
    office.desk.tick(at(EVERY_S))
    assert office.keys.public_key() == second
    begun = office.entries()[-2]
    assert begun.action == KEY_BEGUN
    assert "a year has passed" in begun.payload
    assert office.check(trusted=[first]).holds
    assert not list(office.keys._folder.glob("1.key")), "the old private key is gone"


def test_of_keys_that_followed_each_other_before_any_was_used_each_leads_to_the_next(office):
    office.desk.tick(at(0))
    first = office.keys.public_key()
    for why in ("a year has passed", "said twice"):
        office.keys.rotate(why)
    office.write()
    office.desk.tick(at(EVERY_S))
    found = office.check(trusted=[first])
    assert (found.faults, found.signed_to) == ([], 8)


def test_a_key_that_is_replaced_while_a_checkpoint_is_made_leaves_none_that_nobody_signed(office):
    office.desk.tick(at(0))
    first, between = office.keys.public_key(), [office.keys.rotate]

    def clock_word():
        if between:
            between.pop()("in between")
        return "synchronised"

    office.desk._clock_word = clock_word
    office.write()
    office.desk.tick(at(EVERY_S))
    found = office.check(trusted=[first])
    assert (found.faults, found.signed_to) == ([], 7)


@pytest.mark.parametrize("step", ["hardlink_to", "replace"])
def test_a_first_key_whose_making_was_broken_off_is_made_again(office, monkeypatch, step):
    def broken(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as now:
        now.setattr(Path, step, broken)
        with pytest.raises(Unavailable):
            office.desk.tick(at(0))
    assert list(office.keys._folder.glob("*.key")) == []
    assert office.desk.tick(at(1)) is not None
    assert office.check().holds


def test_of_two_that_make_the_first_key_at_once_one_counts(office, monkeypatch):
    other = RecordKeys(office.keys._folder)
    write = sealing.write_durably

    def overtaken(path, data):
        write(path, data)
        monkeypatch.setattr(sealing, "write_durably", write)
        other.public_key()

    monkeypatch.setattr(sealing, "write_durably", overtaken)
    assert office.keys.public_key() == other.public_key()
    assert {each.name for each in office.keys._folder.iterdir()} == {"1.key", "newest.txt"}


@pytest.mark.parametrize("written", [0, 1, 2])
def test_a_rotation_that_was_broken_off_leaves_the_old_key_and_can_be_done_again(office, monkeypatch, written):
    office.desk.tick(at(0))
    first, left, write = office.keys.public_key(), [written], checkpoints.write_durably

    def failing(path, data):
        if left[0] == 0:
            raise OSError(28, "No space left on device")
        left[0] -= 1
        write(path, data)

    with monkeypatch.context() as now:
        now.setattr(checkpoints, "write_durably", failing)
        with pytest.raises(Unavailable):
            office.keys.rotate("a year has passed")
    assert office.keys.public_key() == first
    office.keys.rotate("now really")
    office.write()
    office.desk.tick(at(EVERY_S))
    assert office.check(trusted=[first]).holds
    assert office.keys.public_key() != first


def test_a_disk_that_takes_nothing_is_told_and_tried_again(office):
    office.desk.tick(at(0))
    office.write()
    path = office.shelf._folder / "signed.txt"
    content = path.read_bytes()
    path.unlink()
    path.mkdir()
    with pytest.raises(Unavailable):
        office.desk.tick(at(EVERY_S))
    path.rmdir()
    path.write_bytes(content)
    assert office.desk.tick(at(EVERY_S + 1)) is not None
    assert office.check().holds
