"""Checkpoints as the record grows, on a real folder and a store in memory; the clock is injected."""

from datetime import timedelta

import pytest
from desk import NOON, Desk

from rangeops.adapters.checkpoints import FolderOfCheckpoints, RecordKeys, read_notes, verifies
from rangeops.domain.checkpoints import EVERY_ENTRIES, EVERY_S
from rangeops.domain.errors import Unavailable
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
