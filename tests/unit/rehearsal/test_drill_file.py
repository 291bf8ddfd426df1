"""Drills as data: what is shipped can be played under every seed, and what can't be is said in a sentence."""

import json

import pytest

from rangeops.domain.alarms import Condition
from rangeops.domain.drills import START
from rangeops.domain.errors import Invalid, NotFound
from rangeops.rehearsal.drill_file import Event, cast, drill_files, find_drill, load_drill
from rangeops.rehearsal.script import load_script
from rangeops.sim.faults import FAULTS

FLYING = ("D03", "D07", "D11", "D14")
DRILLS = {path.stem: load_drill(path) for path in drill_files()}
SITUATIONS = {"fly-away", "lost-link", "helicopter", "fire-service", "converging", "watch-lost", "server-lost"}
SEEDS = range(40)


def test_the_situations_that_are_asked_for_are_there():
    assert DRILLS.keys() >= SITUATIONS


@pytest.mark.parametrize("name", sorted(DRILLS))
def test_every_seed_gives_a_drill_that_can_be_played(name):
    drill = DRILLS[name]
    flying = tuple(booking.callsign for booking in load_script(drill.scenario).bookings)
    conditions = {condition.value for condition in Condition} | {START}
    for seed in SEEDS:
        given = cast(drill, seed, flying)
        assert drill.quiet_s[0] <= given.quiet_s <= drill.quiet_s[1]
        assert "$" not in json.dumps([dict(each.facts) for each in given.happenings])
        for happening in given.happenings:
            assert happening.after_s < drill.lasts_s
            if happening.event is Event.FAULT:
                assert happening.facts["vehicle"] in flying
                assert happening.facts["fault"] in FAULTS
            if happening.event is Event.STOP:
                assert happening.facts["for_s"] < drill.lasts_s
        for each in given.demands.expectations:
            assert set(each.cause) <= conditions
            assert "$" not in "".join(each.on)
            assert each.within_s <= drill.lasts_s, "there must be time for it"
        assert any(each.critical for each in given.demands.expectations), "else nobody could fail"


@pytest.mark.parametrize("name", sorted(DRILLS))
def test_a_seed_repeats_and_seeds_differ(name):
    drill = DRILLS[name]
    assert cast(drill, 7, FLYING) == cast(drill, 7, FLYING)
    assert len({(given.quiet_s, str(given.drawn)) for given in (cast(drill, seed, FLYING) for seed in SEEDS)}) > 10


def test_others_are_those_who_were_not_drawn():
    given = cast(DRILLS["fly-away"], 1, FLYING)
    ban = next(each for each in given.demands.bans if each.id == "terminate-others")
    assert set(ban.on) == set(FLYING) - {given.drawn["target"]}


SOUND = """
title = "t"
situation = "s"
instructor = "i"
quiet_s = [1, 2]
lasts_s = 30
[draw]
target = ["D07"]
[[happen]]
event = "fault"
vehicle = "$target"
fault = "silent"
[[expect]]
id = "a"
text = "Call {target}"
do = ["call.*"]
on = ["$target"]
within_s = 10
teach = "call"
"""


def test_a_drill_of_ones_own_is_read(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(SOUND)
    given = cast(load_drill(path), 0, FLYING)
    assert given.demands.expectations[0].text == "Call D07"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("$target", "$nobody"), "nobody draws 'nobody'"),
        (('target = ["D07"]', "target = []"), "must be a list"),
        (("quiet_s = [1, 2]", "quiet_s = 1"), "must be \\[least, most\\]"),
        (("quiet_s = [1, 2]", "quiet_s = [3, 2]"), "most must be between"),
        (('do = ["call.*"]', "do = []"), "do lists nothing"),
        (('event = "fault"', 'event = "storm"'), "event must be one of"),
        (("within_s", "withn_s"), "unknown key withn_s"),
        (("[[happen]]", "[[happens]]"), "unknown key happens"),
        (("lasts_s = 30", 'scenario = "none"\nlasts_s = 30'), "its scenario 'none' is missing"),
        (("title", "= title"), "not TOML"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, change, said):
    path = tmp_path / "mine.toml"
    path.write_text(SOUND.replace(*change))
    with pytest.raises((Invalid, NotFound), match=said):
        load_drill(path)


def test_an_unknown_drill_names_the_known_ones():
    with pytest.raises(NotFound, match="fly-away"):
        find_drill("flyaway")
