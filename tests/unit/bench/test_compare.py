"""What `make bench-compare` calls worse, and what it only says."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
import compare  # tests are no package


def row(name="ingest_us", value=6.0, unit="us", limit=8.0, **changed):
    holds = value is not None and (value >= limit if changed.get("at_least") else value <= limit)
    return {"id": name, "value": value, "unit": unit, "limit": limit, "holds": holds, "note": "", "load": 0.3} | changed


def rows(*each):
    return {one["id"]: one for one in each}


def told(before, after):
    return list(compare.worse(rows(*before), rows(*after)))


def test_within_the_tolerance_of_its_unit_nothing_is_worse():
    assert told([row(value=6.0)], [row(value=6.8)]) == []
    assert told([row(value=6.0)], [row(value=7.0)]) == ["ingest_us: 17% worse, 6 us -> 7 us (more than 15% counts)"]


@pytest.mark.parametrize(("unit", "share"), compare.TOLERANCES.items())
def test_each_unit_has_its_own(unit, share):
    def worse_by(by):
        return told([row(value=1.0, unit=unit, limit=9.0)], [row(value=1.0 + by, unit=unit, limit=9.0)])

    assert not worse_by(share - 0.001)
    assert worse_by(share + 0.001)


def test_of_what_should_be_large_less_is_worse():
    fewer = [row("bookings_s", 100.0, "1/s", 50.0, at_least=True)]
    assert told([row("bookings_s", 200.0, "1/s", 50.0, at_least=True)], fewer)
    assert not told(fewer, [row("bookings_s", 200.0, "1/s", 50.0, at_least=True)])


def test_a_row_that_held_and_does_not_is_worse_however_little():
    (line,) = told([row(value=7.95)], [row(value=8.05)])
    assert line == "ingest_us: doesn't hold any more, 7.95 us -> 8.05 us, limit 8"


def test_a_row_that_never_held_is_worse_only_by_its_figure():
    assert not told([row(value=9.0)], [row(value=9.5)])
    assert told([row(value=9.0)], [row(value=11.0)])


def test_a_row_that_is_gone_or_not_measured_is_worse():
    assert told([row()], []) == ["ingest_us: gone, 6 us before"]
    (line,) = told([row()], [row(value=None, note="not measured: no server")])
    assert line == "ingest_us: not measured: no server; 6 us before"


def test_what_was_not_measured_before_has_nothing_to_lose():
    assert told([row(value=None)], []) == []


def test_a_module_that_broke_is_worse():
    broken = row("bench_wire", None, "", None, note="broken: KeyError: 'x'", holds=False)
    assert told([], [broken]) == ["bench_wire: broken: KeyError: 'x'"]


def test_from_none_to_some_is_worse_where_none_may_be():
    some = [row("web_load_failures", 1, "answers", 5)]
    assert told([row("web_load_failures", 0, "answers", 5)], some) == [
        "web_load_failures: all the way from 0 worse, 0 answers -> 1 answers (more than 0% counts)"
    ]


def test_what_is_new_or_better_is_said():
    assert list(compare.better(rows(row(value=6.0)), rows(row(value=3.0), row("other_us")))) == [
        "ingest_us: 50% better, 6 us -> 3 us",
        "other_us: new, 6 us",
    ]


MACHINE = {
    "cpu": "A", "cores": 2, "memory_gb": 8.0, "system": "Linux", "python": "3.11", "disk": "ext4", "python_us": 40.0, "sync_ms": 1.0,
    "packages": {"numpy": "2.4"},
}  # fmt: skip


def test_another_machine_other_packages_and_more_load_are_said():
    other = MACHINE | {"cpu": "B", "sync_ms": 4.0, "packages": {"numpy": "2.5"}}
    said = list(compare.circumstances(rows(row()), rows(row(load=7.0)), (MACHINE, other)))
    assert said == [
        "another machine: cpu A -> B",
        "numpy 2.4 -> 2.5",
        "the machine itself: sync_ms 1 -> 4",
        "a load of more than 1 above that of before: ingest_us",
    ]
    assert list(compare.circumstances(rows(row()), rows(row()), (MACHINE, MACHINE))) == []


def files(tmp_path, before, after):
    paths = [tmp_path / "old.json", tmp_path / "new.json"]
    for path, content in zip(paths, (before, after), strict=True):
        path.write_text(json.dumps(content))
    return [str(path) for path in paths]


def test_the_exit_code_says_whether_something_got_worse(tmp_path, capsys):
    assert compare.main(files(tmp_path, [row()], [row()])) == 0
    assert "whether it was the same machine isn't known" in capsys.readouterr().out
    assert compare.main(files(tmp_path, [row()], [row(value=7.9)])) == 1
    assert "WORSE   ingest_us: 32% worse" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["{", '{"id": 1}', "[1]"])
def test_a_file_that_has_no_rows_is_refused_by_one_sentence(tmp_path, capsys, content):
    file = tmp_path / "new.json"
    file.write_text(content)
    assert compare.main([str(file), str(file)]) == 2
    assert capsys.readouterr().err.startswith(f"{file}: no rows of `make bench`")
    assert compare.main([str(tmp_path / "none.json"), str(file)]) == 2
