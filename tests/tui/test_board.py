"""What the control room says by itself of age, silence and enforcement: no Textual, a set clock."""

from dataclasses import replace

import pytest
import specimens
from hypothesis import given
from hypothesis import strategies as st
from room import SetClock

from rangeops.adapters.mavlink.modes import mode_name
from rangeops.client.feed import Connected, Disconnected
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.alarms import AlarmState, Condition, Priority
from rangeops.domain.commands import CommandId, CommandKind, CommandStage
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Autopilot
from rangeops.tui.board import OWN_ALARM, Board
from rangeops.tui.freshness import Freshness, freshness
from rangeops.tui.panels.banner import banner
from rangeops.tui.panels.vehicles import detail
from rangeops.wire.picture import LogLine, RouteView


def board_told(*items, clock: SetClock) -> Board:
    board = Board(clock.now)
    for item in (Connected("http://range.test"), *items):
        board.take(item, clock.now)
    return board


@pytest.mark.parametrize(
    ("age_s", "expected"),
    [
        (0.0, Freshness.FRESH),
        (1.0, Freshness.FRESH),
        (1.01, Freshness.AGEING),
        (2.0, Freshness.AGEING),
        (2.01, Freshness.STALE),
        (5.0, Freshness.STALE),
        (5.01, Freshness.LOST),
        (None, Freshness.LOST),
    ],
)
def test_an_age_is_dim_over_1_s_stale_over_2_and_lost_over_5(age_s, expected):
    assert freshness(age_s) is expected


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0, 100))
def test_an_age_never_stands_still(age_s, first_s, second_s):
    """Between pictures, and when none comes any more, every age counts on by just the time that passed."""
    clock = SetClock()
    view = replace(specimens.NORTH, position_age_s=age_s, heard_age_s=age_s)
    board = board_told(specimens.picture([view]), clock=clock)
    for passed_s in (first_s, second_s):
        before = board.scene(clock.now).vehicles[0].age_s
        clock.pass_s(passed_s)
        assert board.scene(clock.now).vehicles[0].age_s == pytest.approx(before + passed_s)


def test_figures_turn_to_dashes_and_never_freeze():
    clock = SetClock()
    board = board_told(specimens.picture([specimens.NORTH]), clock=clock)
    fresh = board.scene(clock.now).vehicles[0]
    assert (fresh.height, fresh.ground_speed, fresh.mode, fresh.battery) == ("40", "5", "GUIDED", "88%")
    clock.pass_s(2.5)
    stale = board.scene(clock.now).vehicles[0]
    assert (stale.height, stale.ground_speed, stale.mode, stale.age) == ("--", "--", "GUIDED", "STALE 3s")
    clock.pass_s(3)
    lost = board.scene(clock.now).vehicles[0]
    assert (lost.height, lost.ground_speed, lost.mode, lost.battery, lost.age) == ("--", "--", "--", "--", "LOST 6s")


def test_a_heartbeat_each_second_is_no_age_but_a_missing_one_is():
    view = replace(specimens.NORTH, position_age_s=0.1, heard_age_s=1.3)
    assert board_told(specimens.picture([view]), clock=SetClock()).scene(specimens.NOW).vehicles[0].age == "0.1"
    view = replace(view, heard_age_s=3.4)
    assert board_told(specimens.picture([view]), clock=SetClock()).scene(specimens.NOW).vehicles[0].age == "STALE 3s"


def test_a_position_that_is_not_trusted_leaves_no_trail_and_is_no_place():
    view = replace(specimens.NORTH, trusted=False, latitude_deg=0.0, longitude_deg=0.0)
    board = board_told(specimens.picture([view]), clock=SetClock())
    assert board.trail(view.sysid) == ()
    assert not board.scene(specimens.NOW).vehicles[0].position_known


def test_a_vehicle_that_is_heard_but_has_no_position_shows_no_place():
    view = replace(specimens.NORTH, position_age_s=None, latitude_deg=None, longitude_deg=None, height_m=None)
    vehicle = board_told(specimens.picture([view]), clock=SetClock()).scene(specimens.NOW).vehicles[0]
    assert (vehicle.position_known, vehicle.height, vehicle.mode, vehicle.overall) == (
        False,
        "--",
        "GUIDED",
        Freshness.FRESH,
    )


def test_no_picture_for_a_second_raises_enforcement_down_by_itself():
    clock = SetClock()
    board = board_told(specimens.picture(), clock=clock)
    clock.pass_s(0.9)
    assert board.scene(clock.now).enforcement
    clock.pass_s(0.2)
    scene = board.scene(clock.now)
    assert not scene.enforcement
    assert (scene.alarms[0].id, scene.alarms[0].priority) == (OWN_ALARM, Priority.P1)


def test_before_the_first_picture_there_is_a_second_to_connect_and_no_more():
    clock = SetClock()
    board = Board(clock.now)
    assert board.scene(clock.now).alarms == ()
    assert not board.scene(clock.now).enforcement
    clock.pass_s(1.1)
    assert board.scene(clock.now).alarms[0].condition is Condition.ENFORCEMENT_DOWN


@pytest.mark.parametrize("lost", [Disconnected("The server closed the feed."), specimens.picture(enforcement=False)])
def test_a_lost_feed_and_a_dead_watch_are_enforcement_down_at_once(lost):
    clock = SetClock()
    board = board_told(specimens.picture(), clock=clock)
    board.scene(clock.now)
    assert board.take(lost, clock.now), "it is drawn at once"
    assert board.scene(clock.now).alarms[0].id == OWN_ALARM


def test_enforcement_comes_back_by_itself_and_the_log_says_how_long_it_was_gone():
    clock = SetClock()
    board = board_told(specimens.picture(), clock=clock)
    board.take(Disconnected("The server closed the feed."), clock.now)
    board.scene(clock.now)
    clock.pass_s(7)
    board.take(Connected("http://range.test"), clock.now)
    board.take(specimens.picture(), clock.now)
    scene = board.scene(clock.now)
    assert scene.enforcement
    assert OWN_ALARM not in {alarm.id for alarm in scene.alarms}
    assert scene.log[-1].text == "Enforcement is back after 7 s"


def test_an_acknowledged_enforcement_down_is_raised_anew_the_next_time():
    clock = SetClock()
    board = board_told(specimens.picture(enforcement=False), clock=clock)
    board.scene(clock.now)
    board.acknowledge_own(clock.now)
    assert board.scene(clock.now).alarms[0].state is AlarmState.ACKED
    board.take(specimens.picture(), clock.now)
    board.scene(clock.now)
    board.take(specimens.picture(enforcement=False), clock.now)
    assert board.scene(clock.now).alarms[0].state is AlarmState.UNACKED


def test_when_pictures_stop_no_alarm_shows_a_frozen_figure():
    clock = SetClock()
    board = board_told(specimens.picture(alarms=[specimens.FORECAST]), clock=clock)
    clock.pass_s(3)
    forecast = next(a for a in board.scene(clock.now).alarms if a.condition is Condition.FORECAST_EXIT)
    assert (forecast.value, forecast.time_to_exit_s) == ("--", None)


def test_the_banner_shows_what_nobody_has_seen_before_what_somebody_has():
    acked = replace(specimens.FORECAST, state=AlarmState.ACKED, acked_by="op1")
    unseen = replace(specimens.STALE, state=AlarmState.UNACKED)
    scene = board_told(specimens.picture(alarms=[acked, unseen]), clock=SetClock()).scene(specimens.NOW)
    assert scene.top_alarm == unseen
    assert scene.alarms[0] == acked, "in the list, priority comes first"


OVER = replace(specimens.FORECAST, state=AlarmState.RETURNED)


def test_of_equals_the_one_that_leaves_the_least_time_to_respond_comes_first():
    older = specimens.alarm(Condition.ARMED_WITHOUT_CLEARANCE, specimens.NORTH, "no slot", "", since_s=66)
    converge = specimens.alarm(
        Condition.DRONES_CONVERGE, specimens.EAST, "D03: 2 m apart in 12 s", "50/15 m", since_s=2
    )
    scene = board_told(specimens.picture(alarms=[older, converge]), clock=SetClock()).scene(specimens.NOW)
    assert scene.alarms == (converge, older)
    assert scene.top_alarm == converge


def test_an_outage_that_is_over_does_not_tell_to_land_all_pilots():
    clock = SetClock()
    down = specimens.alarm(Condition.ENFORCEMENT_DOWN, specimens.EAST, "silent 3 s", "1 s", since_s=9)
    down = replace(down, source="watch", sysid=None, state=AlarmState.RETURNED)
    scene = board_told(specimens.picture(alarms=[down, specimens.FORECAST]), clock=clock).scene(specimens.NOW)
    assert scene.top_alarm == specimens.FORECAST
    alone = board_told(specimens.picture(alarms=[down]), clock=clock).scene(specimens.NOW)
    words = "".join(span.text for line in banner(alone, 120, 3, ()) for span in line)
    assert "DO:" not in words
    assert "NOW OK" in words


@pytest.mark.parametrize(
    ("going_on", "comes_first"),
    [
        (Condition.PILOT_HAS_CONTROL, True),
        (Condition.POSITION_UNTRUSTED, True),
        (Condition.BATTERY_UNDER_RESERVE, False),
    ],
)
def test_the_banner_shows_what_goes_on_before_what_is_over(going_on, comes_first):
    """Where it is of the same priority or the next: a mere notice doesn't hide a P1 that nobody has seen."""
    now = specimens.alarm(going_on, specimens.NORTH, "", "", since_s=1)
    scene = board_told(specimens.picture(alarms=[OVER, now]), clock=SetClock()).scene(specimens.NOW)
    assert scene.top_alarm == (now if comes_first else OVER)


def test_a_picture_whose_alarms_only_moved_their_figures_may_wait_for_the_next_frame():
    board = board_told(specimens.picture(alarms=[specimens.FORECAST]), clock=SetClock())
    moved = replace(specimens.FORECAST, value="17 s")
    assert not board.take(specimens.picture(alarms=[moved]), specimens.NOW)
    assert board.take(specimens.picture(alarms=[replace(moved, state=AlarmState.ACKED)]), specimens.NOW)
    assert board.take(specimens.picture(), specimens.NOW)


def test_a_command_that_the_feed_never_tells_of_becomes_no_ack():
    clock = SetClock()
    board = board_told(specimens.picture(), clock=clock)
    queued = specimens.command(CommandKind.HOLD, specimens.EAST, CommandStage.QUEUED, sent_utc=None)
    board.ordered(queued, clock.now)
    assert board.scene(clock.now).commands == (queued,)
    clock.pass_s(3.1)
    assert board.scene(clock.now).commands[0].stage is CommandStage.NO_ACK
    told = specimens.command(CommandKind.HOLD, specimens.EAST, CommandStage.SEEN, seen_after_s=0.8)
    board.take(specimens.picture(commands=[told]), clock.now)
    assert board.scene(clock.now).commands == (told,), "the feed's word counts"


def test_what_waits_for_a_second_person_is_not_called_unacknowledged():
    clock = SetClock()
    board = board_told(specimens.picture(), clock=clock)
    asked = specimens.command(
        CommandKind.TERMINATE, specimens.EAST, CommandStage.QUEUED, sent_utc=None, detail="not sent: a second person"
    )
    board.ordered(asked, clock.now)
    clock.pass_s(10)
    assert board.scene(clock.now).commands == (asked,)
    done = specimens.command(CommandKind.TERMINATE, specimens.EAST, CommandStage.SEEN)
    done = replace(done, order=replace(done.order, id=CommandId("both")))
    board.take(specimens.picture(commands=[done]), clock.now)
    assert board.scene(clock.now).commands == (asked, done), "the newest last"


def test_a_log_line_that_came_both_ways_is_shown_once_and_newest_last():
    board = board_told(clock=SetClock())
    first, second = (LogLine(n, specimens.MORNING.replace(second=n), "op1", f"line {n}") for n in (1, 2))
    board.take(second, specimens.NOW)
    board.take_log((first, second))
    assert [line.text for line in board.scene(specimens.NOW).log] == ["line 1", "line 2"]


def test_the_load_counts_alarms_of_ten_minutes_also_those_that_have_gone():
    clock = SetClock()
    board = board_told(specimens.picture(alarms=[specimens.FORECAST, specimens.BATTERY]), clock=clock)
    board.take(specimens.picture(), clock.now)
    assert board.scene(clock.now).load.now == 2
    clock.pass_s(500)
    assert board.scene(clock.now).load.now == 1


def test_a_trail_is_thirty_seconds_long_and_goes_with_its_vehicle():
    clock = SetClock()
    board = board_told(clock=clock)
    for _ in range(100):
        board.take(specimens.picture([specimens.NORTH]), clock.now)
        clock.pass_s(0.5)
    assert 58 <= len(board.trail(specimens.NORTH.sysid)) <= 62
    board.take(specimens.picture([]), clock.now)
    assert board.trail(specimens.NORTH.sysid) == ()


def test_time_is_only_what_it_is_given():
    board = board_told(specimens.picture(), clock=SetClock())
    late = Now(specimens.NOW.monotonic_s + 60, specimens.NOW.utc)
    assert board.scene(late).vehicles[0].age == "LOST 60s"
    assert board.scene(specimens.NOW).vehicles[0].age == "0.2"


def test_the_chosen_vehicle_shows_what_each_way_to_it_loses_and_how_long_an_answer_takes():
    radio = RouteView("serial:/dev/ttyUSB0:57600", True, "live", 0.1, 3.21, 0.135, 17.4, signed=True)  # noqa: FBT003
    lte = RouteView("udpin:127.0.0.1:14551", False, "deaf", 0.3, None, None, None, signed=False)  # noqa: FBT003
    view = replace(specimens.NORTH, link=radio.link, routes=(radio, lte))
    scene = board_told(specimens.picture([view]), clock=SetClock()).scene(specimens.NOW)
    lines = ["".join(span.text for span in line).rstrip() for line in detail(scene, view.sysid)]
    assert lines[-3] == " link   serial:/dev/ttyUSB0:57600  3.2 % lost  135 ms  17 dB  signed  +1"
    assert lines[-1] == " also   udpin:127.0.0.1:14551  deaf"


def test_an_untrusted_position_gives_no_height_and_no_speed():
    """A rover without GPS says that it stands 35 m under the ground, and stands still."""
    lost = replace(specimens.NORTH, trusted=False, height_m=-35.0, ground_speed_mps=0.0)
    vehicle = board_told(specimens.picture([lost]), clock=SetClock()).scene(specimens.NOW).vehicles[0]
    assert (vehicle.height, vehicle.ground_speed) == ("--", "--")
    assert vehicle.battery == "88%"


@pytest.mark.parametrize("vehicle_class", [VehicleClass.COPTER, VehicleClass.PLANE, VehicleClass.ROVER])
def test_no_mode_of_ardupilot_is_cut_in_the_table(vehicle_class):
    names = {mode_name(Autopilot.ARDUPILOT, vehicle_class, number) for number in range(64)}
    fleet = [replace(specimens.NORTH, mode=name) for name in sorted(names)]
    scene = board_told(specimens.picture(fleet), clock=SetClock()).scene(specimens.NOW)
    assert [each.mode for each in scene.vehicles if len(each.mode) > 6] == []
