"""What may be written to a company's vehicle: the list, the diff and its hash, and whose consent covers it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.errors import Refused
from rangeops.domain.kept import FenceItem, OnBoard
from rangeops.domain.parameters import VOLATILE, counts, table_sha256
from rangeops.domain.telemetry import Sysid
from rangeops.domain.writes import WRITABLE, Consent, ConsentKind, WriteDiff, check_consent, check_writable

ITEM = FenceItem(5001, 3.0, 522_700_000, 68_800_000)
DIFF = WriteDiff(
    Sysid(21),
    "S1",
    "ab",
    OnBoard((), (("FENCE_ALT_MAX", 100.0), ("FENCE_ENABLE", 0.0))),
    OnBoard((ITEM,), (("FENCE_ALT_MAX", 60.0), ("FENCE_ENABLE", 1.0))),
    (("GLOBAL_POSITION_INT", 5.0),),
)
STANDING = Consent(ConsentKind.STANDING, "ACME")


def test_the_diff_tells_each_change_and_the_streams():
    told = {each.what: (each.before, each.after) for each in DIFF.differences()}
    assert told == {
        "fence item 0": ("none", str(ITEM)),
        "FENCE_ALT_MAX": ("100", "60"),
        "FENCE_ENABLE": ("0", "1"),
        "rate of GLOBAL_POSITION_INT": ("its own", "5 Hz until it restarts"),
    }


@pytest.mark.parametrize(
    "other",
    [
        replace(DIFF, sysid=Sysid(22)),
        replace(DIFF, slot="S2"),
        replace(DIFF, uid2="cd"),
        replace(DIFF, before=replace(DIFF.before, items=(ITEM,))),
        replace(DIFF, after=replace(DIFF.after, items=(replace(ITEM, x=ITEM.x + 1),))),
        replace(DIFF, after=replace(DIFF.after, items=(replace(ITEM, param1=4.0),))),
        replace(DIFF, after=replace(DIFF.after, parameters=(("FENCE_ALT_MAX", 60.5), ("FENCE_ENABLE", 1.0)))),
        replace(DIFF, before=replace(DIFF.before, parameters=DIFF.before.parameters[:1])),
        replace(DIFF, rates_hz=(("GLOBAL_POSITION_INT", 10.0),)),
    ],
)
def test_another_diff_has_another_hash_and_a_word_for_one_is_none_for_the_other(other):
    assert other.sha256 != DIFF.sha256
    word = Consent(ConsentKind.WORD, "Jan", DIFF.sha256)
    check_consent(word, DIFF)
    with pytest.raises(Refused, match="differs from what Jan agreed to"):
        check_consent(word, other)
    check_consent(STANDING, other)


def test_the_order_in_which_parameters_were_read_is_no_difference():
    turned = replace(DIFF, before=replace(DIFF.before, parameters=DIFF.before.parameters[::-1]))
    assert turned.sha256 == DIFF.sha256


def test_nobodys_consent_covers_nothing():
    with pytest.raises(Refused, match="nobody has agreed"):
        check_consent(None, DIFF)


@given(st.text(max_size=16))
def test_what_isnt_on_the_list_is_refused(name):
    if name in WRITABLE:
        check_writable(name)
        return
    with pytest.raises(Refused, match="no parameter that the range writes"):
        check_writable(name)


def test_the_list_is_small_and_has_no_failsafe_on_it():
    assert len(WRITABLE) == 9
    assert all(name.startswith(("FENCE_", "RTL_ALT", "ALT_HOLD_RTL")) for name in WRITABLE)


TABLE = {"ARMING_CHECK": 1.0, "FS_GCS_ENABLE": 1.0, "WPNAV_SPEED": 500.0}


def test_a_changed_parameter_and_another_firmware_change_the_hash():
    accepted = table_sha256("4.5.7 2a3dc4b7", TABLE)
    assert table_sha256("4.5.7 2a3dc4b7", dict(reversed(TABLE.items()))) == accepted
    assert table_sha256("4.6.0 2a3dc4b7", TABLE) != accepted
    assert table_sha256("4.5.7 2a3dc4b7", TABLE | {"FS_GCS_ENABLE": 0.0}) != accepted
    assert table_sha256("4.5.7 2a3dc4b7", TABLE | {"NEW": 0.0}) != accepted


@pytest.mark.parametrize("name", [name.replace("*", "1") for name in VOLATILE] + sorted(WRITABLE))
def test_what_the_autopilot_or_the_range_changes_by_itself_is_no_part_of_the_hash(name):
    assert not counts(name)
    assert table_sha256("4.5.7", TABLE | {name: 1.0}) == table_sha256("4.5.7", TABLE)


@pytest.mark.parametrize("name", ["ARMING_CHECK", "FS_GCS_ENABLE", "FENCE_AUTOENABLE", "INS_GYR_ID", "COMPASS_USE"])
def test_everything_else_is(name):
    assert counts(name)
