"""Settings: from variables, from options over them, and to a child process; what can't be is told with its name."""

import contextlib
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.errors import Invalid
from rangeops.settings import Settings

SOME = Settings(
    data=Path("/srv/range"),
    range="polder",
    database_url="postgresql+psycopg://x",
    host="::1",
    port=0,
    gcs_sysid=251,
    operator="op 1",
    simulation=True,
    watch_name="mast",
)


def test_a_child_process_has_the_same_settings():
    assert Settings.from_environment(SOME.environment()) == SOME
    usual = Settings(data=Path("/x"))
    assert Settings.from_environment(usual.environment()) == usual


def test_an_option_is_over_its_variable():
    given_over = Settings.from_environment(SOME.environment(), port=9000, simulation=False)
    assert (given_over.port, given_over.simulation, given_over.range) == (9000, False, "polder")


def test_other_variables_are_nobody_s_business():
    assert Settings.from_environment({"RANGEOPS_DATA": "/x", "RANGEOPS_COLOUR": "red", "PORT": "1"}) == Settings(
        Path("/x")
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", "abc"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("GCS_SYSID", "0"),
        ("GCS_SYSID", "256"),
        ("SIMULATION", "maybe"),
        ("OPERATOR", "../token"),
        ("OPERATOR", ""),
    ],
)
def test_what_cannot_be_is_told_with_its_variable(name, text):
    with pytest.raises(Invalid, match=f"RANGEOPS_{name}"):
        Settings.from_environment({"RANGEOPS_DATA": "/x", f"RANGEOPS_{name}": text})


@given(st.sampled_from([each.name for each in fields(Settings)]), st.text(st.characters(exclude_characters="\0")))
def test_any_text_is_a_setting_or_a_sentence(name, text):
    with contextlib.suppress(Invalid):  # anything else that it raises fails here
        Settings.from_environment({"RANGEOPS_DATA": "/x", f"RANGEOPS_{name.upper()}": text})
