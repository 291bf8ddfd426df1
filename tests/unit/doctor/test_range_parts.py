"""What is optional and isn't there is told with what it is for; the whole is in an order that ends with it."""

import importlib.util

import pytest

from rangeops.doctor.looking import findings
from rangeops.doctor.range_parts import EXTRAS, optional_parts, range_definition
from rangeops.settings import Settings


def test_extras_that_are_missing_are_told_with_their_command(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    told = {each.check: each for each in optional_parts()}
    for extra, *_ in EXTRAS:
        assert not told[f"extra {extra}"].ok
        assert f"rangeops[{extra}]" in told[f"extra {extra}"].do


def test_every_extra_of_the_package_is_looked_for():
    import tomllib
    from pathlib import Path

    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    assert {extra for extra, *_ in EXTRAS} == set(project["optional-dependencies"]) - {"dev", "mutation", "peers"}


def test_a_range_that_isn_t_there_names_those_that_are(tmp_path):
    found = range_definition(Settings(data=tmp_path, range="nowhere"))
    assert found.needed
    assert "twente" in found.do


@pytest.mark.parametrize(
    "name", ["Python", "make", "data", "disk", "range", "TCP", "UDP", "terminal", "TERM", "serial", "clock"]
)
def test_each_is_looked_at(tmp_path, name):
    assert any(name in each.check for each in findings(Settings(data=tmp_path)))


def test_whoever_finds_something_wrong_is_told_what_to_do(tmp_path):
    for each in findings(Settings(data=tmp_path)):
        assert each.for_what
        assert each.ok or each.do.endswith((".", ")."))
