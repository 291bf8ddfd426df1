"""A film: a recording's own pictures at even steps, bounded however long it was, with a scene for each change."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from desk import NOON, TWENTE, alarm, command, vehicle

from rangeops.services.views import range_view
from rangeops.wire.film import FINEST_S, MOST_MARKS, film_of
from rangeops.wire.picture import RangePicture
from rangeops.wire.recorded import Mark


@dataclass
class Flown:
    """Vehicle 7 for so long; 8 joins in the second half. An alarm stands from 4 s to 6 s."""

    seconds: float = 10.0
    marks: tuple = ()
    title: str = "a flight"
    damage: str = ""
    slots: tuple = ()

    begins = NOON
    site = range_view(TWENTE)

    @property
    def ends(self):
        return NOON + timedelta(seconds=self.seconds)

    def picture(self, at):
        gone_s = (at - NOON).total_seconds()
        views = [vehicle(7, latitude_deg=52.0 + gone_s * 1e-5, mode="AUTO" if gone_s < 5 else "RTL")]
        if gone_s >= self.seconds / 2:
            views.append(vehicle(8, latitude_deg=None, longitude_deg=None, position_age_s=None))
        alarms = (alarm(),) if 4 <= gone_s < 6 else ()
        return RangePicture(at, "twente", True, True, 0.0, tuple(views), (), alarms, (command(),))  # noqa: FBT003

    def trail(self, sysid, at, seconds):
        raise AssertionError((sysid, at, seconds))

    def seen(self, at):
        return "op1 saw watch; rita saw alarms" if at >= NOON + timedelta(seconds=8) else ""


def test_a_value_is_the_pictures_own_at_that_moment_and_none_where_nobody_knew():
    recorded = Flown()
    film = film_of(recorded)
    assert (film.step_s, film.moments) == (FINEST_S, 51)
    seven, eight = film.vehicles
    for number in (0, 17, 50):
        (view, *_) = recorded.picture(NOON + timedelta(seconds=FINEST_S * number)).vehicles
        assert seven.latitude_deg[number] == pytest.approx(view.latitude_deg, abs=1e-7)
        assert film.words[seven.modes[number]] == view.mode
    assert (eight.modes[0], film.words[eight.modes[50]]) == (None, "AUTO")
    assert set(eight.latitude_deg) == {None}


def test_a_scene_a_change_and_no_more():
    film = film_of(Flown())
    assert [scene.at_s for scene in film.scenes] == [0.0, 4.0, 6.0, 8.0]
    assert [len(scene.alarms) for scene in film.scenes] == [0, 1, 0, 0]
    assert film.scenes[1].alarms == ("P1 D07: Leaves NORTH's east edge, 8 s (limit 30 s), unacknowledged",)
    assert film.scenes[-1].seen == ("op1 saw watch", "rita saw alarms")
    assert film.scenes[0].commands == ("hold for sysid 7 by range policy: sent",)


def test_however_long_it_was_there_are_no_more_rows_than_may_be():
    film = film_of(Flown(seconds=7200.0), most_rows=1000)
    assert 400 <= film.moments * len(film.vehicles) <= 1004
    assert film.step_s * (film.moments - 1) <= 7200.0 < film.step_s * (film.moments + 1)


def test_who_flies_in_a_part_of_it_alone_counts_for_its_bound():
    class Relay(Flown):
        """One after the other, each for a twentieth of it."""

        def picture(self, at):
            number = int((at - NOON).total_seconds() / self.seconds * 19.99)
            return replace(super().picture(at), vehicles=(vehicle(number + 1),))

    film = film_of(Relay(seconds=3600.0), most_rows=2000)
    assert len(film.vehicles) == 20
    assert film.moments * len(film.vehicles) <= 2020


def test_one_of_no_length_has_one_moment():
    assert film_of(Flown(seconds=0.0)).moments == 1


def test_of_too_many_marks_those_that_the_record_proves_stay():
    proved = Mark(NOON + timedelta(seconds=9), "alarm", "proved", None, 1, 12)
    film = film_of(Flown(marks=(*(Mark(NOON, "text", f"{n}") for n in range(MOST_MARKS + 5)), proved)))
    assert len(film.marks) == MOST_MARKS
    assert film.marks_left_out == 6
    assert (film.marks[-1].entry, film.marks[-1].at_s) == (12, 9.0)


def test_what_a_recording_cannot_tell_is_told():
    assert film_of(replace(Flown(), damage="12 bytes in 1 places can't be read")).damage.startswith("12 bytes")
