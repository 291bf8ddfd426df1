"""What may be done to a record, each kind with its test; and some of the mutations that `make prove` makes ten thousand of."""

import ast
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "prove"))

from prove_evidence import mutated

ROOT = Path(__file__).parents[2]


def test_every_mutation_of_what_is_recorded_is_found(tmp_path):
    proof = mutated(tmp_path, 20261124, 150)
    assert proof.holds, proof.note


EVIDENCE, AUDITING, DESK = "domain/test_evidence.py", "test_auditing.py", "services/test_checkpoints.py"
BUNDLES, PDF, TABLES = "test_check.py", "adapters/test_incident_pdf.py", "test_forged_tables.py"
NOT_FOUND = ()
TESTS = {
    "an entry edited, dropped, moved, put in between": (
        (EVIDENCE, "test_an_edited_entry"),
        (EVIDENCE, "test_a_dropped_entry"),
        (EVIDENCE, "test_entries_in_another_order"),
        (EVIDENCE, "test_an_entry_put_in_between"),
        (AUDITING, "test_what_was_done_to_the_database_is_found_at_its_entry"),
    ),
    "the tail cut off behind a checkpoint; the database put back from a backup": (
        (EVIDENCE, "test_a_tail_that_was_cut_off"),
        (EVIDENCE, "test_a_database_that_was_rolled_back_and_went_on"),
        (AUDITING, "test_a_database_put_back_from_before_is_found_by_its_checkpoints"),
        (DESK, "test_a_database_that_was_put_back_is_found_by_the_tree_as_well"),
        (DESK, "test_a_record_that_lost_its_end_is_not_signed_until_a_person_sets_its_checkpoints_apart"),
    ),
    "the record written anew, without the key": (
        (EVIDENCE, "test_a_record_written_anew_without_the_key"),
        (EVIDENCE, "test_a_record_written_anew_and_signed_with_another_key"),
    ),
    "a checkpoint edited or taken out": (
        (EVIDENCE, "test_an_edited_checkpoint"),
        (EVIDENCE, "test_a_checkpoint_taken_out_from_between"),
        (EVIDENCE, "test_a_checkpoint_of_another_record"),
    ),
    "a key put in the place of another": (
        (EVIDENCE, "test_a_key_put_in_the_place_of_another"),
        (AUDITING, "test_a_key_swapped_in_the_data_folder_is_found_by_who_knows_the_key"),
    ),
    "a key that was replaced used again": ((EVIDENCE, "test_a_replaced_key_signs_no_more"),),
    "database *and* checkpoint folder put back together": (
        (AUDITING, "test_a_database_and_its_checkpoints_put_back_together_are_found_by_one_that_was_kept"),
    ),
    "the newest checkpoints, or all of them, taken away": (
        (AUDITING, "test_d2_checkpoints_that_were_taken_away_are_missed_by_the_entry_that_names_them"),
        (AUDITING, "test_d2_a_record_chained_again_without_its_signatures_is_found_and_not_signed"),
        (AUDITING, "test_d2_checkpoints_set_apart_and_then_deleted_are_missed"),
        (EVIDENCE, "test_checkpoints_removed_from_a_record_that_was_written_anew"),
        (DESK, "test_d2_signatures_taken_away_and_the_record_chained_again"),
    ),
    "a row of a table that follows from the record": (
        (TABLES, "test_d4_a_table_edited_beside_the_entries_changes_nothing_that_is_shown_of_an_incident"),
    ),
    "everything written anew by somebody who has the key": (
        (EVIDENCE, "test_who_has_the_key_can_write_all_anew_since_the_last_checkpoint_that_was_kept"),
    ),
    "what no checkpoint covers yet (a minute, 1,000 entries) cut off or written anew": (
        (EVIDENCE, "test_what_no_checkpoint_covers_yet_is_said"),
    ),
    "a recording of telemetry changed, swapped or taken away": (
        (AUDITING, "test_a_recording_that_was_changed_swapped_or_taken_away_is_found"),
        (AUDITING, "test_the_first_word_on_a_recording_counts"),
        (BUNDLES, "test_d3_recordings_are_those_that_were_recorded"),
    ),
    "a report changed": (
        (PDF, "test_an_edited_signed_report_is_found_and_written_anew_openly"),
        (BUNDLES, "test_d5_a_report_is_the_one_that_its_entry_names"),
    ),
    "a file or an entry of a bundle changed, added, left out or swapped": (
        (AUDITING, "test_a_bundle_s_own_keys_are_not_believed"),
        (BUNDLES, "test_d6_no_file_can_be_left_out"),
        (BUNDLES, "test_d7_no_file_can_be_added"),
        (BUNDLES, "test_d8_the_zip_is_exactly_as_it_was_packed"),
        (BUNDLES, "test_files_of_two_bundles_are_not_mixed"),
    ),
    "the clock put back": (
        (EVIDENCE, "test_a_clock_that_goes_back_breaks_nothing_and_is_told"),
        (DESK, "test_a_clock_that_jumps_back_does_not_stop_it"),
    ),
    "`tree.json`, from which a start goes on, changed": (
        (DESK, "test_a_tree_that_isnt_that_of_the_newest_checkpoint_is_not_believed"),
        (DESK, "test_d2_a_forged_note_on_a_forged_record_is_not_taken_for_one_of_release_0_9"),
        (DESK, "test_verifying_never_looks_at_the_tree"),
    ),
    "a watch's journal changed before the server has it": NOT_FOUND,
    "a lie recorded as it was told: a forged packet, a false note": NOT_FOUND,
}
"""Every row of docs/record.md's table, and what shows it."""


def rows() -> dict[str, str]:
    """What was done, and by what it is found, as the document says."""
    text = (ROOT / "docs" / "record.md").read_text(encoding="utf-8")
    table = text[text.index("| manipulation |") :].split("\n\n", 1)[0].splitlines()[2:]
    cells = [line.strip("| ").split(" | ", 1) for line in table]
    return {cell[0]: cell[1] for cell in cells}


def test_every_manipulation_that_is_named_is_a_test_or_openly_not_found():
    named = rows()
    assert named.keys() == TESTS.keys()
    for deed, tests in TESTS.items():
        if not tests:
            assert named[deed].startswith("**not**"), deed


@pytest.mark.parametrize(("file", "test"), [each for tests in TESTS.values() for each in tests], ids=str)
def test_that_test_is_there(file, test):
    tree = ast.parse((ROOT / "tests" / "unit" / file).read_text(encoding="utf-8"))
    assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
