"""The record as an auditor meets it: a SQLite database, a folder of checkpoints, a bundle, a key on a stick."""

import getpass
import hashlib
import json
import os
import random
import sqlite3
import zipfile
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from desk import NOON, TWENTE, Desk
from forged_record import chained, forge_entries
from stranger import checked_by_a_stranger
from typer.testing import CliRunner

from rangeops import auditing
from rangeops.adapters.checkpoints import FolderOfCheckpoints, RecordKeys, public_pem
from rangeops.adapters.store.opening import open_store
from rangeops.cli import app
from rangeops.domain.audit import GENESIS_HASH, AuditEntry, hash_of
from rangeops.domain.errors import Damaged, Invalid, NotFound, Unavailable
from rangeops.domain.events import JournalEntry, RecordingClosed
from rangeops.domain.evidence import Fault, SignaturesMissing
from rangeops.domain.notices import NoticeRules, Recipient
from rangeops.domain.now import Now
from rangeops.services.changes import SERVER, Changes
from rangeops.services.checkpoints import CheckpointDesk
from rangeops.settings import Settings
from rangeops.watch.recording_hashes import hashed

KEEPER = Recipient("Notary", "keeps checkpoints", "checkpoints@notary.example")


@dataclass
class Range:
    settings: Settings
    key: Path
    kept: Path

    def run(self, *words):
        done = CliRunner().invoke(app, ["--data", str(self.settings.data), "audit", *map(str, words)])
        return done.exit_code, done.output

    def sql(self, *statements):
        with closing(sqlite3.connect(self.settings.data / "rangeops.db")) as database, database:
            for statement in statements:
                database.execute(statement)

    def verify(self, **more):
        asked = {"keys": [self.key], "kept": []} | more
        return auditing.verify(self.settings, **asked).findings


def sign(settings, *, write, seconds):
    store = open_store(settings.database)
    changes = Changes(store, lambda _notice: None)
    now = Now(1000.0 + seconds, NOON + timedelta(seconds=seconds))
    with changes.begin(now, SERVER) as change:
        for number in range(write):
            change.record("note", "range", f"note {number} of Jürgen", {"number": number, "speed": 1.5})
    desk = CheckpointDesk(
        changes,
        settings.range,
        signer=RecordKeys(settings.record_keys_folder),
        shelf=FolderOfCheckpoints(settings.checkpoint_folder),
        clock_word=lambda: "synchronised",
    )
    try:
        desk.sign_now(now)
    finally:
        store.close()


@pytest.fixture
def range_(tmp_path):
    settings = Settings(data=tmp_path / "data", port=0)
    settings.data.mkdir()
    sign(settings, write=5, seconds=0)
    kept = tmp_path / "kept.txt"
    kept.write_text(auditing.newest_note(settings))
    key = tmp_path / "range.pem"
    key.write_text(public_pem(auditing.own_keys(settings)[0]))
    sign(settings, write=5, seconds=60)
    return Range(settings, key, kept)


def test_a_record_that_holds(range_):
    code, said = range_.run("verify", "--key", range_.key, "--kept", range_.kept)
    assert code == 0, said
    assert "✓ 13 entries" in said
    assert "signed to entry 12" in said


def test_keys_of_the_data_folder_itself_are_said_to_be_so(range_):
    code, said = range_.run("verify")
    assert code == 0
    assert "the keys are this data folder's own" in said
    assert "no checkpoint that was kept elsewhere was named" in said


@pytest.mark.parametrize(
    ("statement", "first_bad"),
    [
        ("UPDATE audit SET payload = replace(payload, 'note 1', 'note 9') WHERE seq = 2", 2),
        ("UPDATE audit SET actor = 'op2' WHERE seq = 4", 4),
        ("UPDATE audit SET utc = '2026-11-24 05:00:00.000000' WHERE seq = 4", 4),
        ("DELETE FROM audit WHERE seq = 7", 7),
        ("DELETE FROM audit WHERE seq > 9", 10),
        ("UPDATE audit SET entry_hash = replace(entry_hash, substr(entry_hash, 1, 4), '0000') WHERE seq = 3", 3),
    ],
)
def test_what_was_done_to_the_database_is_found_at_its_entry(range_, statement, first_bad):
    range_.sql(statement)
    found = range_.verify()
    assert found.first_bad == first_bad
    code, said = range_.run("verify", "--key", range_.key)
    assert code == 1
    assert f"the first entry that can't be relied on is {first_bad}" in said


@pytest.mark.parametrize("statement", ["UPDATE audit SET utc = 'yesterday' WHERE seq = 4", "DROP TABLE audit"])
def test_what_cannot_even_be_read_is_told_in_a_sentence(range_, statement):
    range_.sql("PRAGMA foreign_keys = OFF", statement)
    with pytest.raises(Exception) as raised:  # noqa: PT011  # which of ours is asserted below
        range_.verify()
    assert type(raised.value).__module__ == "rangeops.domain.errors"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("action = 'watch.recording', payload = '{\"body\": ' || printf('%.*c', 100000, '[')", "payload of entry 3"),
        ("action = 'watch.recording', payload = '{\"body\":{\"watch\":1,\"of\":{\"file\":[],\"sha256\":1,\"size_bytes\":1e999}}}'", "payload of entry 3"),
        ("payload = x'ff41'", "entry 3 of the record: it can't be read"),
        ("utc = 'yesterday'", "entry 3 of the record: it can't be read"),
        ("payload = CAST(x'ff41' AS TEXT)", "the database is damaged"),
    ],
)  # fmt: skip
def test_whatever_was_written_into_an_entry_it_is_told_where(range_, change, told):
    range_.sql(f"UPDATE audit SET {change} WHERE seq = 3")
    try:
        said = str(range_.verify().faults)
    except Damaged as error:
        said = str(error)
    assert told in said


def test_what_is_wrong_elsewhere_is_not_laid_to_the_database(range_, tmp_path, monkeypatch):
    parted = range_.settings.checkpoint_folder / "parted-1.txt"
    parted.write_bytes(b"\xff")
    with pytest.raises(Damaged, match=r"parted-1\.txt: what stands behind"):
        range_.verify()
    parted.unlink()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Unavailable, match="the bundle can't be written"):
        auditing.export(range_.settings, Path())


def test_a_database_put_back_from_before_is_found_by_its_checkpoints(range_, tmp_path):
    range_.sql(f"VACUUM INTO '{tmp_path / 'before.db'}'")
    sign(range_.settings, write=3, seconds=120)
    for name in ("rangeops.db", "rangeops.db-wal", "rangeops.db-shm"):
        (range_.settings.data / name).unlink(missing_ok=True)
    (tmp_path / "before.db").rename(range_.settings.data / "rangeops.db")
    found = range_.verify()
    assert found.first_bad == 14
    assert "the record ends at entry 13, and a checkpoint of 16 entries was signed" in str(found.faults)


def test_a_database_and_its_checkpoints_put_back_together_are_found_by_one_that_was_kept(range_):
    newest = range_.settings.data / "newest.txt"
    newest.write_text(auditing.newest_note(range_.settings))
    range_.sql("DELETE FROM audit_subject WHERE seq > 7", "DELETE FROM audit WHERE seq > 7")
    path = range_.settings.checkpoint_folder / "signed.txt"
    path.write_text("\n\n".join(path.read_text().split("\n\n")[:2]) + "\n\n")
    assert range_.verify().holds, "not to be found without"
    assert range_.verify(kept=[newest]).first_bad == 8


@pytest.mark.parametrize("left", [0, 1])
def test_d2_checkpoints_that_were_taken_away_are_missed_by_the_entry_that_names_them(range_, left):
    path = range_.settings.checkpoint_folder / "signed.txt"
    notes = FolderOfCheckpoints(path.parent).all()
    stick = range_.kept.with_name("stick.txt")
    stick.write_bytes(path.read_bytes())
    path.write_text("".join(f"{note.text()}\n" for note in notes[:left]))
    found = range_.verify()
    signed = notes[left - 1].checkpoint.size if left else 0
    assert (found.first_bad, found.signed_to) == (None, signed)
    assert f"entry {7 if left == 0 else 13} names a checkpoint that is gone" in str(found.faults)
    assert any(f"entries {signed + 1} to 13" in remark for remark in found.remarks)
    code, said = range_.run("verify", "--key", range_.key)
    assert code == 1
    assert f"signed to entry {signed}" in said
    kept = range_.verify(kept=[stick])
    assert (kept.holds, kept.signed_to) == (True, 12), "one who kept them has them"


def test_d2_checkpoints_elsewhere_are_used_without_being_named(range_, tmp_path):
    stick, other, gone = (tmp_path / name for name in ("stick", "other", "gone"))
    for folder in (stick, other):
        folder.mkdir()
    path = range_.settings.checkpoint_folder / "signed.txt"
    (stick / "signed.txt").write_bytes(path.read_bytes())
    (other / "signed.txt").write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    path.unlink()
    assert not range_.verify().holds
    settings = replace(range_.settings, checkpoints=os.pathsep.join(map(str, (stick, other, gone))))
    found = auditing.verify(settings, keys=[range_.key], kept=[])
    assert (found.holds, found.findings.signed_to) == (True, 12)
    assert [each.partition(": ")[0] for each in found.unread] == [str(other), str(gone)]


def test_d2_signatures_that_another_key_made_prove_nothing(range_, tmp_path):
    other = tmp_path / "other.pem"
    other.write_text(public_pem(RecordKeys(tmp_path / "other").public_key()))
    assert "isn't signed by a key that is known" in str(range_.verify(keys=[other]).faults)
    (range_.settings.checkpoint_folder / "signed.txt").unlink()
    assert not range_.verify(keys=[other]).holds


def test_d2_a_record_chained_again_without_its_signatures_is_found_and_not_signed(range_):
    """What release 0.9 signed with the genuine key, and verified."""
    (range_.settings.checkpoint_folder / "signed.txt").unlink()
    columns = ", ".join(each.name for each in fields(AuditEntry))
    with closing(sqlite3.connect(range_.settings.data / "rangeops.db")) as database, database:
        rows = database.execute(f"SELECT {columns} FROM audit WHERE action = 'note' ORDER BY seq").fetchall()
        database.execute("DELETE FROM audit_subject")
        database.execute("DELETE FROM audit")
        head = GENESIS_HASH
        for seq, row in enumerate(rows, 1):
            entry = AuditEntry(
                seq, datetime.fromisoformat(row[1]).replace(tzinfo=UTC), row[2], "op2", *row[4:9], head, ""
            )
            entry = replace(entry, entry_hash=hash_of(entry))
            values = (entry.seq, row[1], *astuple(entry)[2:])
            database.execute(f"INSERT INTO audit ({columns}) VALUES ({', '.join('?' * len(values))})", values)
            head = entry.entry_hash
    assert range_.verify().faults == [Fault(None, "no checkpoint is signed by a key that is known")]
    with pytest.raises(SignaturesMissing):
        sign(range_.settings, write=1, seconds=120)
    assert not range_.verify().holds


def test_d2_checkpoints_set_apart_and_then_deleted_are_missed(range_):
    code, said = range_.run("part", "a test of ours")
    assert code == 0, said
    sign(range_.settings, write=2, seconds=120)
    code, said = range_.run("verify", "--key", range_.key)
    assert code == 0, said
    assert f"{getpass.getuser()} set checkpoints apart: a test of ours" in said
    (range_.settings.checkpoint_folder / "parted-1.txt").unlink()
    found = range_.verify()
    assert "names a checkpoint that is gone" in str(found.faults)
    assert "of 1 files of checkpoints that were set apart, 0 are there" in str(found.faults)


@pytest.mark.parametrize("why", ["", "  ", "\n"])
def test_checkpoints_are_not_set_apart_without_a_reason(range_, why):
    with pytest.raises(Invalid):
        auditing.part(range_.settings, why)
    assert range_.verify().holds


def test_nothing_is_set_apart_where_there_is_no_record(tmp_path):
    with pytest.raises(NotFound):
        auditing.part(Settings(data=tmp_path, port=0), "a mistake")
    assert list(tmp_path.iterdir()) == []


def test_d10_line_ends_of_another_system_are_damage(range_):
    path = range_.settings.checkpoint_folder / "signed.txt"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(Damaged, match=r"signed\.txt"):
        range_.verify()
    assert range_.run("verify", "--key", range_.key)[0] != 0


def test_a_key_swapped_in_the_data_folder_is_found_by_who_knows_the_key(range_):
    for path in range_.settings.record_keys_folder.iterdir():
        path.unlink()
    with pytest.raises(SignaturesMissing):
        sign(range_.settings, write=1, seconds=120)
    auditing.part(range_.settings, "the key was lost")
    sign(range_.settings, write=1, seconds=180)
    found = range_.verify()
    assert (found.first_bad, found.signed_to) == (13, 12), "the last entry that a known key signed is 12"


def test_a_key_that_was_rotated_is_followed(range_):
    code, said = range_.run("key", "--rotate", "a year has passed")
    assert code == 0, said
    sign(range_.settings, write=1, seconds=120)
    assert range_.verify().holds


# -- recordings of telemetry


@pytest.fixture
def recorded(range_):
    """Two recordings that the watch has told, one that is still written, and one of another watch."""
    folder = range_.settings.tlog_folder
    folder.mkdir()
    told = []
    for name in ("a.tlog", "b.tlog", "open.tlog"):
        (folder / name).write_bytes(name.encode() * 1000)
        told.append(hashed(folder / name))
    desk = Desk(open_store(range_.settings.database))
    desk.tell(*told[:2])
    elsewhere = JournalEntry("node", 1, 0.0, NOON, RecordingClosed("c.tlog", "00" * 32, 5))
    desk.services.intake.take([elsewhere], desk.now)
    desk.store.close()
    return folder


def test_recordings_are_held_against_the_record(range_, recorded):
    code, said = range_.run("verify", "--key", range_.key)
    assert code == 0, said
    assert "✓ 2 recordings of telemetry" in said
    assert "with other watches, to be verified there: 1 recording" in said
    assert "as of those being written: 1 recording" in said


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        (lambda folder: (folder / "a.tlog").write_bytes(b"another flight"), "a.tlog isn't what was recorded"),
        (lambda folder: (folder / "b.tlog").rename(folder / "a.tlog"), "a.tlog isn't what was recorded"),
        (lambda folder: (folder / "b.tlog").unlink(), "b.tlog isn't there any more"),
    ],
)
def test_a_recording_that_was_changed_swapped_or_taken_away_is_found(range_, recorded, deed, told):
    deed(recorded)
    code, said = range_.run("verify", "--key", range_.key)
    assert code == 1
    assert told in said
    assert range_.verify().holds, "of the record itself nothing is wrong"
    code, said = range_.run("verify", "--key", range_.key, "--json")
    assert code == 1
    assert told in said


def test_d11_a_fault_in_the_record_lays_nothing_to_the_recordings(range_, recorded):
    range_.sql("UPDATE audit SET actor = 'op2' WHERE seq = 2")
    found = auditing.verify(range_.settings, keys=[range_.key], kept=[])
    assert found.findings.first_bad == 2
    assert (found.recordings.same, found.recordings.unbound, found.recordings.elsewhere) == (2, 1, 1)


def test_the_first_word_on_a_recording_counts(range_, recorded):
    """Whoever swaps a file and lets the watch tell it anew is found."""
    (recorded / "a.tlog").write_bytes(b"another flight")
    desk = Desk(open_store(range_.settings.database))
    desk.seq = 2
    desk.tell(hashed(recorded / "a.tlog"))
    desk.store.close()
    code, said = range_.run("verify", "--key", range_.key)
    assert code == 1
    assert "a.tlog isn't what was recorded" in said


# -- a checkpoint in a mail


def test_a_checkpoint_leaves_as_a_draft_that_whoever_keeps_it_can_verify_with(range_, tmp_path):
    file = tmp_path / "checkpoint.eml"
    code, said = range_.run("mail", file)
    assert code == 0, said
    assert "a draft to checkpoints@notary.example written" in said
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert (mail.defects, str(mail["X-Unsent"])) == ([], "1")
    assert mail["Date"].datetime.tzinfo is not None
    assert [str(mail[name]) for name in ("From", "To")] == [
        '"Twente (EHTW)" <record@range.example>',
        "Notary of the range's companies <checkpoints@notary.example>",
    ]
    assert "checkpoint of 12 entries" in mail["Subject"]
    note = auditing.newest_note(range_.settings)
    assert note in mail.get_body().get_content().replace("\r\n", "\n")
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "checkpoint-12.txt"
    kept = tmp_path / attached.get_filename()
    kept.write_bytes(attached.get_content().encode())
    assert kept.read_text() == note
    assert range_.run("verify", "--key", range_.key, "--kept", kept)[0] == 0


def test_it_is_drafted_in_the_name_that_was_given(range_, tmp_path):
    range_.run("mail", tmp_path / "a.eml", "--from", "rso@airport.example")
    assert b"<rso@airport.example>" in (tmp_path / "a.eml").read_bytes()
    for sender in ("nobody", "ü@airport.example", "a@b.example\nBcc: c@d.example"):
        with pytest.raises(Invalid, match="no mail address"):
            auditing.draft_mail(range_.settings, tmp_path / "b.eml", sender=sender)
    assert not (tmp_path / "b.eml").exists()


@pytest.mark.parametrize(
    ("notices", "why"),
    [(NoticeRules(), "nobody who keeps"), (NoticeRules(keepers=(KEEPER,)), "nobody is named to send")],
)
def test_without_a_keeper_or_a_sender_there_is_no_draft(range_, tmp_path, monkeypatch, notices, why):
    monkeypatch.setattr("rangeops.bootstrap.ranges.load_site", lambda _settings: replace(TWENTE, notices=notices))
    with pytest.raises(Invalid, match=why):
        auditing.draft_mail(range_.settings, tmp_path / "a.eml")


def test_a_name_from_outside_adds_no_line_to_the_head(range_, tmp_path, monkeypatch):
    keeper = replace(KEEPER, name="Notary\r\nBcc: all@world.example")
    notices = NoticeRules(keepers=(keeper,), sender="rso@airport.example")
    monkeypatch.setattr("rangeops.bootstrap.ranges.load_site", lambda _settings: replace(TWENTE, notices=notices))
    auditing.draft_mail(range_.settings, tmp_path / "a.eml")
    mail = message_from_bytes((tmp_path / "a.eml").read_bytes(), policy=policy.default)
    assert (mail["Bcc"], len(mail["To"].addresses)) == (None, 1)


def test_a_draft_that_cant_be_written_is_told(range_, tmp_path):
    with pytest.raises(Unavailable, match="can't be written"):
        auditing.draft_mail(range_.settings, tmp_path / "no" / "folder" / "a.eml")


# -- bundles; forged ones: test_check.py


@pytest.fixture
def bundle(range_, tmp_path):
    file = tmp_path / "record.zip"
    code, said = range_.run("export", file)
    assert code == 0, said
    return file


def test_a_bundle_is_verified_by_who_has_the_key_and_nothing_else(range_, bundle, tmp_path):
    elsewhere = replace(range_, settings=Settings(data=tmp_path / "nothing", port=0))
    code, said = elsewhere.run("verify", "--bundle", bundle, "--key", range_.key, "--kept", range_.kept)
    assert code == 0, said
    assert "PROVED by the key" in said
    assert "1 of 1 kept checkpoints compared" in said
    code, said = elsewhere.run("verify", "--bundle", bundle, "--key", range_.key, "--json")
    assert (code, json.loads(said)["code"]) == (0, 0)
    assert checked_by_a_stranger(bundle, range_.key)[0] == 0


def test_an_export_leaves_an_entry(range_, bundle):
    """Who took the whole record, and which file it was."""
    with closing(open_store(range_.settings.database)) as store, store.read() as work:
        entry = work.record.newest_of("audit.export")
        count = work.record.head().seq - 1
    assert (entry.actor, entry.role, entry.target) == (getpass.getuser(), "shell", "record")
    content = bundle.read_bytes()
    assert json.loads(entry.payload)["body"] == {
        "file": "record.zip", "sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "entries": count,
    }  # fmt: skip


def test_what_is_recorded_while_it_is_exported_is_not_missed(range_, tmp_path, monkeypatch):
    """The server goes on signing: the bundle has the checkpoints of what it has, and no others."""
    reading = auditing._record

    @contextmanager
    def meanwhile(settings):
        with reading(settings) as entries:
            sign(settings, write=2, seconds=120)
            yield entries

    monkeypatch.setattr(auditing, "_record", meanwhile)
    assert range_.run("export", tmp_path / "record.zip")[0] == 0
    assert checked_by_a_stranger(tmp_path / "record.zip", range_.key)[0] == 0


def test_checkpoints_that_were_set_apart_go_with_the_record(range_, tmp_path):
    assert range_.run("part", "the folder was moved")[0] == 0
    sign(range_.settings, write=2, seconds=120)
    assert range_.run("export", tmp_path / "record.zip")[0] == 0
    code, said = checked_by_a_stranger(tmp_path / "record.zip", range_.key)
    assert code == 0, said
    notes = zipfile.ZipFile(tmp_path / "record.zip").read("checkpoints.txt").decode()
    assert notes.count("previous " + "0" * 64) == 2


def test_a_record_that_does_not_fit_its_signatures_is_not_signed_again(range_, tmp_path):
    range_.sql("DELETE FROM audit_subject WHERE seq > 6", "DELETE FROM audit WHERE seq > 6")
    with pytest.raises(Damaged, match="the record ends at entry 6"):
        auditing.export(range_.settings, tmp_path / "record.zip")
    assert not (tmp_path / "record.zip").exists()


def test_a_record_that_was_written_again_is_not_signed_again(range_, tmp_path):
    forge_entries(range_.settings.database, lambda entries: chained([replace(each, actor="op2") for each in entries]))
    with pytest.raises(Damaged, match="doesn't fit its signatures"):
        auditing.export(range_.settings, tmp_path / "record.zip")
    assert not (tmp_path / "record.zip").exists()


def test_a_bundle_s_own_keys_are_not_believed(range_, bundle):
    with pytest.raises(Invalid, match="prove nothing"):
        auditing.check_bundle(bundle, [], [])


def test_a_bundle_that_lost_a_bit_anywhere_is_told_in_a_sentence(range_, bundle):
    """In what zip packs, where nothing of ours looks: 148 of 4,000 such bits ended in a traceback."""
    content, other = bundle.read_bytes(), bundle.with_name("other.zip")
    chance = random.Random(20261124)
    for _ in range(400):
        at = chance.randrange(len(content))
        other.write_bytes(content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :])
        code, lines = auditing.check_bundle(other, [range_.key], [])
        assert len(lines) == 1 or (code == 0 and same_content(bundle, other)), at


def same_content(one, other):
    """A bit of a time that nothing reads."""
    with zipfile.ZipFile(one) as first, zipfile.ZipFile(other) as second:
        return all(first.read(name) == second.read(name) for name in first.namelist())


# -- proofs


def test_an_entry_is_proved_to_who_has_the_key_alone(range_, tmp_path):
    code, said = range_.run("proof", 3)
    assert code == 0, said
    file = tmp_path / "proof.json"
    file.write_text(said)
    assert range_.run("check-proof", file, "--key", range_.key) == (0, "it holds\n")
    document = json.loads(said)
    document["entry"]["actor"] = "op2"
    file.write_text(json.dumps(document))
    code, said = range_.run("check-proof", file, "--key", range_.key)
    assert (code, said) == (1, "it does not hold: entry 3 isn't what was recorded\n")


def test_that_the_record_continues_a_checkpoint_is_proved(range_, tmp_path):
    code, said = range_.run("proof", "--since", range_.kept)
    assert code == 0, said
    file = tmp_path / "proof.json"
    file.write_text(said)
    assert range_.run("check-proof", file, "--key", range_.key)[0] == 0
    document = json.loads(said)
    document["path"] = document["path"][1:]
    file.write_text(json.dumps(document))
    assert range_.run("check-proof", file, "--key", range_.key)[0] == 1


def test_an_entry_that_is_not_there_is_said_to_be_so(range_):
    with pytest.raises(NotFound, match="no entry 13 among the 12"):
        auditing.prove(range_.settings, 13)
