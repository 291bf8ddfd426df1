"""Forged evidence bundles, each named by check.py as a text of its own, and by `rangeops audit verify --bundle` alike.

A forger here knows how a bundle is made and refits every list and hash that needs no key. He doesn't have the private key.
"""

import ast
import hashlib
import json
import random
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from evidence_range import RITA, desk_on, evidence_range, sign
from forging import BUNDLE_MOVES, read, refit, signed_again, write
from stranger import checked_by_a_stranger

from rangeops.adapters import check
from rangeops.adapters.checkpoints import RecordKeys, public_pem
from rangeops.auditing import check_bundle, export, own_keys
from rangeops.domain.errors import Conflict, Damaged
from rangeops.exporting import export_incident
from rangeops.settings import Settings

INCIDENT = "INC-2026-0001"
REPORTS = {  # by name: revision and audience
    f"{INCIDENT}.html": (0, "range"),
    f"{INCIDENT}-rev1.html": (1, "range"),
    f"{INCIDENT}-rev1-company.html": (1, "company"),
}
OLD = Path(__file__).parents[1] / "data" / "evidence-0.9.0"
SCRIPT = Path(check.__file__)

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")


def write_reports(settings, seconds):
    settings.report_folder.mkdir()
    desk = desk_on(settings)
    desk.at(seconds)
    for name, (revision, audience) in REPORTS.items():
        content = f"<title>{name}</title>".encode()
        (settings.report_folder / name).write_bytes(content)
        body = {"name": name, "revision": revision, "audience": audience, "sha256": hashlib.sha256(content).hexdigest()}
        with desk.services.changes.begin(desk.now, RITA) as change:
            change.record("incident.report", f"incident:{INCIDENT}", "a report was written", body)
    sign(settings, desk, seconds + 60)
    desk.store.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The data folder of a range, its key, and bundles: record, incident, whole; an older record; another range's incident."""
    folder = tmp_path_factory.mktemp("evidence")
    settings = evidence_range(folder / "data", midway=lambda settings: export(settings, folder / "older.zip"))
    write_reports(settings, 3800)
    export_incident(settings, INCIDENT, folder / "incident.zip")
    export_incident(settings, INCIDENT, folder / "whole.zip", whole=True)
    export(settings, folder / "record.zip")
    other = evidence_range(folder / "other", callsign="X99")
    export_incident(other, INCIDENT, folder / "other.zip")
    (folder / "range.pem").write_text(public_pem(own_keys(settings)[0]))
    return folder


@pytest.fixture
def forge(world, tmp_path):
    """A function that forges a bundle by a change of its members, and says what both verifiers say of it."""

    def forged(name, change):
        bundle = tmp_path / "forged.zip"
        members = read(world / name)
        change(members)
        refit(members)
        write(bundle, members)
        return verdict(bundle, world / "range.pem")

    return forged


def verdict(bundle, *given):
    """The stranger's, after it was held against the one of `rangeops audit verify --bundle`."""
    code, said = checked_by_a_stranger(bundle, *given)
    assert check_bundle(bundle, given, ()) == (code, said.splitlines())
    return code, said


def lines(members, name):
    return members[name].decode().splitlines(keepends=True)


# -- what is genuine


@pytest.mark.parametrize("name", ["record.zip", "incident.zip", "whole.zip", "older.zip"])
def test_genuine_evidence_is_proved(world, name):
    code, said = verdict(world / name, world / "range.pem")
    assert code == 0, said
    key = check.ED25519 + check_key(world)
    assert f"PROVED by the key whose SHA-256 is {hashlib.sha256(key).hexdigest()}" in said
    assert re.search(r"entry \d+ was signed at 2026-11-24T\d\d:\d\d:\d\d", said)
    assert "NOT PROVED" in said


def check_key(world):
    from rangeops.adapters.checkpoints import read_public_key

    return read_public_key(world / "range.pem")


def test_reports_and_recordings_are_named_with_their_entries(world):
    _, said = verdict(world / "incident.zip", world / "range.pem")
    for name in REPORTS:
        assert re.search(rf"report/{name} is as entry \d+ recorded it", said)
    assert re.search(r"tlogs/\S+: 23\d\d of the \d+ bytes that entry \d+ holds the hash of", said)
    _, said = verdict(world / "whole.zip", world / "range.pem")
    assert re.search(r"tlogs/\S+: (\d+) of the \1 bytes that entry \d+ holds the hash of", said)


def test_a_checkpoint_that_was_kept_is_compared(world, tmp_path):
    signed = (world / "data" / "checkpoints" / "signed.txt").read_text()
    kept, ours = tmp_path / "kept.txt", world / "range.pem"
    kept.write_text("\n\n".join(signed.split("\n\n")[:2]) + "\n")  # one note, as `rangeops audit checkpoint` prints it
    code, said = verdict(world / "record.zip", ours, kept)
    assert (code, "1 of 1 kept checkpoints compared" in said) == (0, True)
    code, said = verdict(world / "incident.zip", ours, kept)
    assert (code, "0 of 1 kept checkpoints compared" in said) == (0, True)
    kept.write_text(signed)
    code, said = verdict(world / "older.zip", ours, kept)
    assert (code, "more entries were signed" in said) == (1, True), "the range shows an older record"
    kept.write_text((world / "other" / "checkpoints" / "signed.txt").read_text())
    code, said = verdict(world / "record.zip", ours, kept)
    assert (code, "are not those of the checkpoint" in said) == (1, True)
    kept.write_text(kept.read_text().replace("rangeops/twente/", "rangeops/drenthe/"))
    code, said = verdict(world / "record.zip", ours, kept)
    assert (code, "are of different records" in said) == (1, True)


def test_a_key_that_follows_from_the_given_one_counts_and_no_other(world, tmp_path):
    settings = Settings(data=tmp_path / "data", port=0)
    shutil.copytree(world / "data", settings.data)
    RecordKeys(settings.record_keys_folder).rotate("a year has passed")
    with pytest.raises(Conflict, match="not signed with the key that signs now"):
        export(settings, tmp_path / "record.zip")
    desk = desk_on(settings)
    sign(settings, desk, 4000)
    desk.store.close()
    export(settings, tmp_path / "record.zip")
    export_incident(settings, INCIDENT, tmp_path / "incident.zip")
    (tmp_path / "new.pem").write_text(public_pem(own_keys(settings)[-1]))
    for name in ("record.zip", "incident.zip"):
        code, said = verdict(tmp_path / name, world / "range.pem")
        assert (code, ", which follows from yours:" in said) == (0, True)
        code, said = verdict(tmp_path / name, tmp_path / "new.pem")
        assert (code, ", yours:" in said) == (0, True)
        code, said = verdict(world / name, tmp_path / "new.pem")
        assert (code, "is not signed by the key that you gave" in said) == (1, True)


# -- what is forged


def test_d1_no_file_of_a_bundle_or_of_its_folder_is_run(world, tmp_path, forge):
    trap = "open('trapped', 'w').close()\nprint('PROVED')\n"
    code, said = forge("record.zip", lambda members: members.update({"json.py": trap.encode()}))
    assert (code, "the manifest is not signed by the key" in said) == (1, True)
    for name in ("json.py", "zipfile.py", "hashlib.py", "typing.py"):
        (tmp_path / name).write_text(trap)
    shutil.copy(SCRIPT, tmp_path / "check.py")
    for flags, code in (((), 2), (("-I",), 0)):
        command = [sys.executable, *flags, "check.py", str(world / "record.zip"), str(world / "range.pem")]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == code, done.stdout + done.stderr
    assert not (tmp_path / "trapped").exists()


def without_newest_note(members):
    members["checkpoints.txt"] = b"\n\n".join(members["checkpoints.txt"].split(b"\n\n")[:-3]) + b"\n\n"


def as_old(members):
    """As if release 0.9.0 had made it, whose notes have no rules."""
    del members["manifest.txt"]
    members["checkpoints.txt"] = members["checkpoints.txt"].replace(b"rules 2\n", b"")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda members: members.update({"checkpoints.txt": b""}), "checkpoints are missing"),
        (lambda members: members.pop("checkpoints.txt"), "no item named 'checkpoints.txt'"),
        (lambda members: members.pop("manifest.txt"), "manifest.txt is missing"),
    ],
)
@pytest.mark.parametrize("name", ["record.zip", "incident.zip"])
def test_d2_signatures_cannot_be_taken_away(forge, name, change, fault):
    code, said = forge(name, change)
    assert (code, fault in said) == (1, True), said


def test_d2_the_newest_checkpoint_cannot_be_taken_away(forge):
    code, said = forge("record.zip", without_newest_note)
    assert (code, bool(re.search(r"the checkpoint that entry \d+ names is missing", said))) == (1, True), said


@pytest.mark.parametrize("name", ["record.zip", "incident.zip"])
def test_d2_a_bundle_cannot_pass_for_one_of_an_older_release(forge, name):
    code, said = forge(name, as_old)
    assert code == 1
    assert re.search("manifest.txt is missing|follows another one", said)


def test_d2_a_bundle_signed_by_another_key_is_not_ours(forge):
    def change(members):
        for name in ("manifest.txt", "checkpoints.txt"):
            notes = re.findall(r"(?s).+?\n\n.+?(?:\n\n|\n\Z)", members[name].decode())
            members[name] = "".join(map(signed_again, notes)).encode()

    code, said = forge("incident.zip", change)
    assert (code, "is not signed by the key that you gave" in said) == (1, True)


def tlogs(members):
    return sorted(name for name in members if name.startswith("tlogs/"))


def flip_and_append(members):
    name = tlogs(members)[0]
    members[name] = bytes([members[name][0] ^ 1]) + members[name][1:] + b"x"


def flip(members):
    name = tlogs(members)[0]
    members[name] = bytes([members[name][0] ^ 1]) + members[name][1:]


def swap(members):
    one, other = tlogs(members)
    members[one], members[other] = members[other], members[one]


NOT_THE_RECORDING = r"tlogs/\S+ is not the recording that entry \d+ holds the hash of"
UNSIGNED = "the manifest is not signed by the key that you gave"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (flip, NOT_THE_RECORDING),
        (flip_and_append, NOT_THE_RECORDING),
        (swap, NOT_THE_RECORDING),
        (lambda members: members.update({tlogs(members)[0]: members[tlogs(members)[0]][:-30]}), NOT_THE_RECORDING),
        (lambda members: members.pop(tlogs(members)[0]), UNSIGNED),
        (lambda members: members.pop("recordings.json"), UNSIGNED),
        (
            lambda members: members.update(
                {"recordings.json": re.sub(rb'"entry": \d+', b'"entry": null', members["recordings.json"])}
            ),
            UNSIGNED,
        ),
    ],
)
def test_d3_recordings_are_those_that_were_recorded(forge, change, fault):
    code, said = forge("whole.zip", change)
    assert (code, bool(re.search(fault, said))) == (1, True), said


def test_d3_a_part_of_a_recording_is_signed_by_the_manifest(forge):
    for change in (flip, swap):
        code, said = forge("incident.zip", change)
        assert (code, UNSIGNED in said) == (1, True)


@pytest.mark.parametrize(
    ("name", "of"),
    [
        (f"{INCIDENT}-rev1.html", f"{INCIDENT}.html"),
        (f"{INCIDENT}-rev1-company.html", f"{INCIDENT}-rev1.html"),
        (f"{INCIDENT}.html", f"{INCIDENT}-rev1.html"),
        (f"{INCIDENT}-rev2.html", f"{INCIDENT}-rev1.html"),
        ("INC-2026-0002-rev1.html", f"{INCIDENT}-rev1.html"),
        (f"{INCIDENT}-rev01.html", f"{INCIDENT}-rev1.html"),
    ],
)
def test_d5_a_report_is_the_one_that_its_entry_names(forge, name, of):
    """A draft as revision 1, the range's report as the company's, one of another revision or incident."""
    code, said = forge("incident.zip", lambda members: members.update({f"report/{name}": members[f"report/{of}"]}))
    assert (code, f"report/{name}: no entry of its incident names a report" in said) == (1, True), said


def test_d5_what_another_entry_holds_the_hash_of_is_no_report(forge):
    """The hash of a recording stands in an entry, too."""

    def change(members):
        members[f"report/{INCIDENT}-rev1.html"] = members[tlogs(members)[0]]

    code, said = forge("whole.zip", change)
    assert (code, f"report/{INCIDENT}-rev1.html: no entry" in said) == (1, True)


def test_d6_no_entry_can_be_left_out(forge):
    def change(members):
        kept = [line for line in lines(members, "proofs.jsonl") if '"action":"watch.alarm"' not in line]
        members["proofs.jsonl"] = "".join(kept).encode()

    code, said = forge("incident.zip", change)
    assert (code, bool(re.search(r"the manifest lists entry \d+, the bundle has \d+", said))) == (1, True)

    def and_the_manifest(members):
        change(members)
        seqs = [json.loads(line)["entry"]["seq"] for line in lines(members, "proofs.jsonl")]
        listed = ",".join(map(str, seqs)).encode()
        members["manifest.txt"] = re.sub(rb"entries \S+", b"entries " + listed, members["manifest.txt"])

    code, said = forge("incident.zip", and_the_manifest)
    assert (code, UNSIGNED in said) == (1, True)


@pytest.mark.parametrize("name", [f"report/{INCIDENT}-rev1.html", "timeline.txt", "reviews.json"])
def test_d6_no_file_can_be_left_out(world, forge, name, tmp_path):
    code, said = forge("incident.zip", lambda members: members.pop(name))
    assert (code, UNSIGNED in said) == (1, True)
    members = read(world / "incident.zip")
    del members[name]
    write(tmp_path / "dropped.zip", members)  # by damage, or by a forger who doesn't refit the list
    code, said = verdict(tmp_path / "dropped.zip", world / "range.pem")
    assert (code, f"{name} is missing" in said) == (1, True)


@pytest.mark.parametrize("name", ["README.md", "whole/a.tlog", "keys/other.pem", "report/summary.html", "tlogs/a.tlog"])
def test_d7_no_file_can_be_added(world, forge, name, tmp_path):
    code, said = forge("incident.zip", lambda members: members.update({name: b"nothing happened\n"}))
    assert code == 1, said
    members = read(world / "incident.zip") | {name: b"nothing happened\n"}
    write(tmp_path / "added.zip", members)
    code, said = verdict(tmp_path / "added.zip", world / "range.pem")
    assert (code, name in said) == (1, True), said


def without_middle_note(members):
    pieces = members["checkpoints.txt"].split(b"\n\n")
    members["checkpoints.txt"] = b"\n\n".join(pieces[:2] + pieces[4:])


def bogus_second_note(members):
    notes = members["checkpoints.txt"].decode()
    members["checkpoints.txt"] = (notes + signed_again(notes.split("\n\n")[0] + "\n\n— x y\n\n")).encode()


def edited_line(name, edit):
    def change(members):
        first, *others = lines(members, name)
        members[name] = "".join([edit(first), *others]).encode()

    return change


@pytest.mark.parametrize(
    ("bundle", "change", "fault"),
    [
        ("record.zip", without_middle_note, r"the checkpoint of \d+ entries follows another one"),
        ("record.zip", bogus_second_note, "follows another one|not signed|is missing"),
        ("incident.zip", bogus_second_note, "names another checkpoint|not signed|different records|not among"),
        ("record.zip", edited_line("record.jsonl", lambda line: line.replace("{", '{"seq":1,', 1)), "not as rangeops"),
        ("record.zip", edited_line("record.jsonl", lambda line: line.replace("{", '{"a":1,', 1)), "entry 1 is not what"),
        ("record.zip", edited_line("record.jsonl", lambda line: line.replace(",", ", ", 1)), "not as rangeops writes it"),
        ("incident.zip", edited_line("proofs.jsonl", lambda line: line.replace("{", '{"a":1,', 1)), "in the wrong place"),
        ("incident.zip", edited_line("proofs.jsonl", lambda line: line * 2), "stands in the wrong place"),
    ],
)  # fmt: skip
def test_d8_notes_and_lines_are_exactly_those_that_were_written(forge, bundle, change, fault):
    code, said = forge(bundle, change)
    assert (code, bool(re.search(fault, said))) == (1, True), said


def rezipped(world, tmp_path, name, pack):
    bundle = tmp_path / "packed.zip"
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as written:
        for each, content in read(world / name).items():
            pack(written, each, content)
    return verdict(bundle, world / "range.pem")


def as_link(written, name, content):
    info = zipfile.ZipInfo(name)
    info.external_attr = (0o120777 if name == "record.jsonl" else 0o100600) << 16
    written.writestr(info, content)


def leading_elsewhere(written, name, content):
    written.writestr("../timeline.txt" if name == "timeline.txt" else name, content)


def twice(written, name, content):
    written.writestr(name, content)
    if name == "README.txt":
        written.writestr(name, b"another")


def with_comment(written, name, content):
    info = zipfile.ZipInfo(name)
    info.comment = b"nothing happened"
    written.writestr(info, content)


def by_bzip2(written, name, content):
    written.writestr(name, content, zipfile.ZIP_BZIP2)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("pack", "fault"),
    [
        (as_link, "record.jsonl is a link"),
        (twice, "README.txt is in the zip twice"),
        (with_comment, "README.txt is not packed as rangeops packs it"),
        (by_bzip2, "README.txt is not packed as rangeops packs it"),
        (leading_elsewhere, "../timeline.txt is a link or a folder, or leads elsewhere"),
    ],
)
def test_d8_the_zip_is_exactly_as_it_was_packed(world, tmp_path, pack, fault):
    code, said = rezipped(world, tmp_path, "incident.zip" if pack is leading_elsewhere else "record.zip", pack)
    assert (code, fault in said) == (1, True), said


@pytest.mark.parametrize(("before", "behind"), [(b"#!/bin/sh\n", b""), (b"", b"\0"), (b"", b"PK\5\6" + bytes(18))])
def test_d8_nothing_stands_around_the_zip(world, tmp_path, before, behind):
    bundle = tmp_path / "around.zip"
    bundle.write_bytes(before + (world / "record.zip").read_bytes() + behind)
    assert verdict(bundle, world / "range.pem")[0] in {1, 2}


def test_d8_a_bundle_that_would_fill_the_memory_is_refused_before_it_is_unpacked(world, tmp_path):
    def pack(written, name, content):
        written.writestr(name, b"\0" * 300_000_000 if name == "record.jsonl" else content)

    code, said = rezipped(world, tmp_path, "record.zip", pack)
    assert (code, "record.jsonl is not packed as rangeops packs it" in said) == (1, True)


def test_d9_the_first_altered_entry_is_named(world, tmp_path):
    """Also where the entry was given a new hash that fits, and where a checkpoint ends with it."""
    genuine = read(world / "record.zip")
    record = lines(genuine, "record.jsonl")
    ends = {int(note.split("\n")[1]) for note in genuine["checkpoints.txt"].decode().split("\n\n")[:-1:2]}
    assert ends
    for number in {*range(1, len(record), 4), *ends}:
        entry = json.loads(record[number - 1])
        entry["actor"] = "forged"
        hashed = {name: entry[name] for name in check.HASHED}
        entry["entry_hash"] = check.sha256(b"\0" + check.compact(hashed).encode()).hex()
        members = dict(genuine)
        members["record.jsonl"] = "".join(
            [*record[: number - 1], f"{check.compact(entry)}\n", *record[number:]]
        ).encode()
        refit(members)
        write(tmp_path / "forged.zip", members)
        code, said = check_bundle(tmp_path / "forged.zip", [world / "range.pem"], ())
        assert (code, said[0].startswith(f"FORGED OR DAMAGED: entry {number} is not what was recorded")) == (1, True), (
            said
        )


def test_d9_what_is_wrong_is_said_in_words(world, forge):
    def dropped(members):
        record = lines(members, "record.jsonl")
        members["record.jsonl"] = "".join(record[:4] + record[5:]).encode()

    def refitted(members):
        record = lines(members, "record.jsonl")
        entry = json.loads(record[1]) | {"actor": "forged"}
        entry["entry_hash"] = check.sha256(
            b"\0" + check.compact({name: entry[name] for name in check.HASHED}).encode()
        ).hex()
        members["record.jsonl"] = "".join([record[0], f"{check.compact(entry)}\n", *record[2:]]).encode()

    def another_checkpoint(members):
        members["manifest.txt"] = re.sub(rb"\ncheckpoint \d+", b"\ncheckpoint 1", members["manifest.txt"])

    def one_less(members):
        members["manifest.txt"] = re.sub(rb"\nentries 1-\d+", b"\nentries 1-37", members["manifest.txt"])

    words = {
        dropped: "entry 5 is missing: entry 6 stands in its place",
        refitted: "entry 2 is not what was recorded: entry 3 does not follow 2",
        another_checkpoint: "the manifest names another checkpoint",
        one_less: "the manifest lists entry no more, the bundle has 38",
    }
    for change, fault in words.items():
        assert forge("record.zip", change) == (1, f"FORGED OR DAMAGED: {fault}\n")


def test_d9_a_record_chained_again_is_found_at_its_checkpoint(world, tmp_path):
    members = read(world / "record.zip")
    bundle = tmp_path / "forged.zip"
    write(bundle, members)
    BUNDLE_MOVES["chain_the_record_again"](bundle, world, random.Random(3))
    code, said = verdict(bundle, world / "range.pem")
    assert (code, bool(re.search(r"entries \d+ to \d+ are not those of the checkpoint|is missing", said))) == (1, True)


def test_d11_a_fault_says_nothing_false_about_recordings(forge):
    def change(members):
        members["proofs.jsonl"] = members["proofs.jsonl"].replace(b'"actor":"watch"', b'"actor":"other"', 1)

    code, said = forge("whole.zip", change)
    assert (code, "is not what was recorded" in said, "being written" in said) == (1, True, False)


def test_files_of_two_bundles_are_not_mixed(world, forge):
    for name in ("README.txt", "timeline.txt", "proofs.jsonl", "checkpoints.txt", "manifest.txt"):
        other = read(world / "other.zip")[name]
        code, said = forge("incident.zip", lambda members, name=name, other=other: members.update({name: other}))
        assert code == 1, said


def test_a_forger_s_text_moves_no_cursor(forge):
    def change(members):
        members["record.jsonl"] = b'{"\x1b[2J\nPROVED": 1}\n' + members["record.jsonl"]

    code, said = forge("record.zip", change)
    assert (code, "\x1b" in said, said.count("\n")) == (1, False, 1)


def test_both_verifiers_say_the_same_of_whatever_is_forged(world, tmp_path):
    """The one with openssl, a process of its own, and the one with cryptography."""
    chance = random.Random(20261124)
    bundles = tmp_path / "bundles"
    bundles.mkdir()
    for name in ("record.zip", "incident.zip", "whole.zip", "older.zip", "other.zip"):
        shutil.copy(world / name, bundles)
    for move in BUNDLE_MOVES.values():
        bundle = tmp_path / "forged.zip"
        shutil.copy(chance.choice(sorted(bundles.glob("[irw]*.zip"))), bundle)
        move(bundle, bundles, chance)
        verdict(bundle, world / "range.pem")


# -- what cannot be checked


def test_what_is_no_evidence_is_said_to_be_so(world, tmp_path):
    nothing = tmp_path / "none.zip"
    assert verdict(nothing, world / "range.pem")[0] == 2
    nothing.write_bytes(b"PK\x03\x04 and then nothing")
    assert verdict(nothing, world / "range.pem")[0] == 2
    with zipfile.ZipFile(nothing, "w") as bundle:
        bundle.writestr("README.txt", "hello")
    assert verdict(nothing, world / "range.pem")[0] == 2
    assert verdict(world / "record.zip", world / "nowhere.pem")[0] == 2
    assert verdict(world / "record.zip", world / "record.zip")[0] == 2


# -- evidence of release 0.9.0


@pytest.mark.parametrize("name", ["record.zip", "incident.zip", "whole.zip"])
def test_evidence_of_an_older_release_is_verified_as_what_it_was(name):
    code, said = verdict(OLD / name, OLD / "range.pem")
    assert code == 0, said
    assert (
        "NOT PROVED, since release 0.9.0 signs no manifest: that no entry, file or newer checkpoint was left out"
        in said
    )
    assert "entry 34 was signed at 2026-11-24T13:01:40" in said


@pytest.mark.parametrize(
    ("name", "member", "before", "after"),
    [
        ("record.zip", "record.jsonl", b"note 3", b"note 4"),
        ("record.zip", "checkpoints.txt", b"synchronised", b"synchronized"),
        ("incident.zip", "proofs.jsonl", b"seen obeyed", b"NOT obeyed"),
        ("incident.zip", "report/INC-2026-0001.html", b"INC", b"IMC"),
        ("whole.zip", "tlogs/20261124T120000Z-udpin_127.0.0.1_14550.tlog", b"60", b"61"),
    ],
)
def test_evidence_of_an_older_release_that_was_forged_is_found(tmp_path, name, member, before, after):
    members = read(OLD / name)
    assert before in members[member]
    members[member] = members[member].replace(before, after, 1)
    write(tmp_path / "forged.zip", members)
    assert verdict(tmp_path / "forged.zip", OLD / "range.pem")[0] == 1


@pytest.mark.parametrize("added", ["json.py", "whole/a.tlog", "report/a.html"])
def test_no_file_is_added_to_evidence_of_an_older_release(tmp_path, added):
    write(tmp_path / "forged.zip", read(OLD / "incident.zip") | {added: b"x"})
    assert verdict(tmp_path / "forged.zip", OLD / "range.pem")[0] == 1


# -- who writes it


def test_the_key_signs_no_bundle_of_another_record(world, tmp_path):
    """A database that was chained again, or put back from before, is found before anything leaves."""
    settings = Settings(data=tmp_path / "data", port=0)
    shutil.copytree(world / "data", settings.data)
    shutil.copytree(world / "other" / "checkpoints", settings.checkpoint_folder, dirs_exist_ok=True)
    shutil.copytree(world / "other" / "record-keys", settings.record_keys_folder, dirs_exist_ok=True)
    for write_it in (export, lambda settings, file: export_incident(settings, INCIDENT, file)):
        with pytest.raises((Damaged, Conflict)):
            write_it(settings, tmp_path / "bundle.zip")
        assert not (tmp_path / "bundle.zip").exists()


def test_the_script_is_short_and_needs_nothing_but_python():
    text = SCRIPT.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }
    assert imported <= sys.stdlib_module_names
