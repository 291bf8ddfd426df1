"""Checkpoints as the record grows, on a real folder and a store in memory; the clock is injected."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from desk import NOON, Desk

from rangeops.adapters import checkpoints, sealing
from rangeops.adapters.checkpoints import TREE, FolderOfCheckpoints, RecordKeys, read_notes, verifies
from rangeops.domain.checkpoints import EVERY_ENTRIES, EVERY_S, sign
from rangeops.domain.errors import Damaged, Unavailable
from rangeops.domain.evidence import KEY_BEGUN, verify
from rangeops.domain.now import Now
from rangeops.services.changes import SERVER, Changes
from rangeops.services.checkpoints import CheckpointDesk


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
    assert office.entries()[-1].action == KEY_BEGUN
    found = office.check()
    assert (found.holds, found.signed_to, found.remarks) == (True, 4, [])


def test_nothing_new_is_not_signed_again(office):
    office.desk.tick(at(1))
    assert office.desk.tick(at(1 + EVERY_S)) is None


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
    assert office.desk.tick(at(EVERY_S)).checkpoint.size == 5
    office.write(EVERY_ENTRIES - 1)
    assert office.desk.tick(at(EVERY_S + 1)) is None
    office.write()
    assert office.desk.tick(at(EVERY_S + 2)).checkpoint.size == 5 + EVERY_ENTRIES
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
    assert "the clock went back" in found.remarks[0]


def test_a_record_that_lost_its_end_is_told_and_its_checkpoints_are_set_apart(office):
    office.write(3)
    before = office.store._kept.copy()
    office.write(2)
    office.desk.tick(at(0))
    signed = office.shelf.all()
    office.store._kept = before  # the database is put back from before
    office.start()
    office.desk.tick(at(1))
    said = next(each for each in office.entries() if each.action == "record.parted")
    assert "it ends at entry 6, and a checkpoint of 9 entries was signed" in said.payload
    assert office.shelf.parted() == signed
    assert office.check().holds, "what follows is a record of its own"
    office.write(5)
    assert office.check(kept=office.shelf.parted()).first_bad == 1, "and what was lost stays found"


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


def test_a_power_cut_within_a_note_costs_that_note_alone(office):
    office.desk.tick(at(0))
    office.write()
    office.desk.tick(at(EVERY_S))
    path = office.shelf._folder / "signed.txt"
    path.write_bytes(path.read_bytes()[:-40])
    office.start()
    office.write()
    office.desk.tick(at(EVERY_S + 1))
    assert len(office.shelf.all()) == 2
    assert office.check().holds


@pytest.mark.parametrize("tenths", range(11))
def test_whoever_reads_beside_the_server_takes_nothing_of_a_note_that_is_being_written(office, tenths):
    office.desk.tick(at(0))
    path = office.shelf._folder / "signed.txt"
    whole = path.read_bytes()
    office.write()
    office.desk.tick(at(EVERY_S))
    after = path.read_bytes()
    written = 1 + tenths * (len(after) - len(whole) - 2) // 10  # all but its last byte, at most
    path.write_bytes(after[: len(whole) + written])
    assert len(FolderOfCheckpoints(office.shelf._folder).all()) == 1
    assert path.read_bytes() == after[: len(whole) + written]
    office.start()
    office.write()
    office.desk.tick(at(EVERY_S + 1))
    assert path.read_bytes().startswith(whole)
    assert len(office.shelf.all()) == 2, "and the next is written in the place of one that never was whole"
    assert office.check().holds


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


def test_a_start_reads_what_is_new(office, monkeypatch):
    office.write(2500)
    office.desk.tick(at(0))
    office.write(3)
    assert read_at_start(office, monkeypatch) == [2505, 2506, 2507]
    office.write(2)
    assert read_at_start(office, monkeypatch) == [2508, 2509]
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
    "the key was replaced": lambda office: office.keys.rotate("in time"),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_tree_that_isnt_that_of_the_newest_checkpoint_is_not_believed(office, monkeypatch, spoil):
    first = office.keys.public_key()
    office.desk.tick(at(0))
    spoil(office)
    office.write(2)
    taken = read_at_start(office, monkeypatch)
    assert taken == [*range(1, len(office.entries()) + 1)], "the whole record is read instead"
    assert office.check(trusted=[first]).holds
    assert "record.parted" not in {each.action for each in office.entries()}


def test_a_tree_and_a_note_that_somebody_signed_with_another_key_are_not_believed(office, monkeypatch):
    office.desk.tick(at(0))
    forger = RecordKeys(office.elsewhere / "forger")
    office.elsewhere.mkdir()
    forger._folder.mkdir()
    (newest,) = office.shelf.all()
    forged = sign(newest.checkpoint, forger.public_key(), forger.sign)
    (office.shelf._folder / "signed.txt").write_text(f"{forged.text()}\n")
    office.write()
    assert read_at_start(office, monkeypatch)[0] == 1


def test_a_database_that_was_put_back_is_found_by_the_tree_as_well(office):
    office.write(3)
    before = office.store._kept.copy()
    office.write(2)
    office.desk.tick(at(0))
    office.store._kept = before
    office.write(20)  # and went on, beyond what was signed
    office.start()
    office.desk.tick(at(1))
    said = next(each for each in office.entries() if each.action == "record.parted")
    assert "its first 9 entries are not those of the newest checkpoint" in said.payload


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
    begun = office.entries()[-1]
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
    assert (found.faults, found.signed_to) == ([], 7)


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
    assert (found.faults, found.signed_to) == ([], 6)


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
    assert [each.name for each in office.keys._folder.iterdir()] == ["1.key"]


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
