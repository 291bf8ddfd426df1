"""`rangeops hardware` as a person types it: answers, one sentence for an error, exit codes."""

import json

import pytest
from typer.testing import CliRunner

from rangeops.cli import app
from rangeops.domain.errors import Invalid, NotFound


def run(*arguments, data):
    return CliRunner().invoke(app, ["--data", str(data), "hardware", *arguments])


def test_the_list_names_all_three_kinds_and_what_is_not_legal(tmp_path):
    found = json.loads(run("list", "--json", data=tmp_path).stdout)
    assert found.keys() == {"airframes", "radios", "links"}
    table = run("list", data=tmp_path).stdout
    assert "NOT LEGAL in the Netherlands" in table
    assert "survey-quad" in table


def test_a_ranges_own_folder_takes_the_shipped_ones_place_and_its_defect_is_said(tmp_path):
    for kind in ("airframes", "radios", "links"):
        (tmp_path / "hardware" / kind).mkdir(parents=True)
    (tmp_path / "hardware" / "radios" / "own.toml").write_text("id = 3")
    error = run("list", data=tmp_path).exception
    assert isinstance(error, Invalid)
    assert error.where == "own.toml"


def test_an_id_shows_everything_that_is_called_so(tmp_path):
    kinds = json.loads(run("show", "sik-868", "--json", data=tmp_path).stdout)
    assert [min(each) for each in kinds] == ["duty_percent", "baud"]
    assert isinstance(run("show", "nothing", data=tmp_path).exception, NotFound)


def test_nothing_kept_is_not_found_and_asks_no_server(tmp_path):
    assert isinstance(run("restore", "7", data=tmp_path).exception, NotFound)
    assert json.loads(run("restore", "--json", data=tmp_path).stdout) == []


@pytest.mark.parametrize("uri", ["tcp:127.0.0.1", "radio:1"])
def test_a_wrong_endpoint_is_said_before_anything_is_opened(tmp_path, uri):
    assert isinstance(run("accept", uri, "--airframe", "survey-quad", data=tmp_path).exception, Invalid)


def test_a_file_that_is_no_certificate_is_said(tmp_path):
    file = tmp_path / "x.json"
    file.write_text("{}")
    assert isinstance(run("certificate", str(file), data=tmp_path).exception, Invalid)
    assert isinstance(run("certificate", str(tmp_path / "gone.json"), data=tmp_path).exception, NotFound)


def test_ports_answer_in_json(tmp_path):
    assert isinstance(json.loads(run("ports", "--json", data=tmp_path).stdout), list)
