"""What a vehicle that flies on after its clearance was withdrawn brings about: a rung of its own, and one alarm."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk import NOON, TWENTE, TomlAirframes, alarm, command

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.alarms import AlarmState, Condition
from rangeops.domain.commands import POLICY, WITHDRAWN, CommandKind, CommandProgress, CommandStage
from rangeops.domain.conditions import VehicleFacts, vehicle_assessments
from rangeops.domain.containment import Exposure, Standing
from rangeops.domain.enforcement import Enforcer
from rangeops.domain.events import AlarmChanged, CommandMoved
from rangeops.domain.facts import Facts
from rangeops.domain.incidents import Place, begin, extend
from rangeops.domain.ladder import Judgement, airborne
from rangeops.domain.now import Now
from rangeops.domain.orders import VehicleOrder
from rangeops.domain.policy import Automation, Rung, RungPolicy, policy_from
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Autopilot, Heartbeat, Sysid, SystemStatus, VehicleState
from rangeops.domain.volumes import operational_volumes

D07 = Sysid(7)
HOLD, RTL = CommandKind.HOLD, CommandKind.RTL
AUTO = replace(TWENTE.policy, withdrawn=RungPolicy(Automation.AUTO, HOLD, then=RTL, then_after_s=5))
SAFE = Exposure(Standing.INSIDE, 100.0)
LEAVING = Exposure(Standing.INSIDE, 30.0, 5.0, 2.5, "east edge")
UNKNOWN = Exposure(Standing.UNKNOWN)


def at(seconds):
    return Now(1000.0 + seconds, NOON + timedelta(seconds=seconds))


def state(mode="AUTO", *, armed=True, status=SystemStatus.ACTIVE, at_s=1000.0):
    heartbeat = Heartbeat(at_s, Autopilot.ARDUPILOT, VehicleClass.COPTER, 3, mode, armed, status)
    return VehicleState(D07, "udpin:127.0.0.1:14550", heartbeat)


class Flight:
    def __init__(self, policy=AUTO):
        self.policy, self.enforcer, self.sent = policy, Enforcer(D07), []

    def look(self, seconds, exposure=SAFE, *, withdrawn=True, vehicle=None):
        vehicle = vehicle or state()
        judgement = Judgement(vehicle, exposure, airborne(vehicle), lambda _state: (), withdrawn=withdrawn)
        self.sent += self.enforcer.judged(judgement, self.policy, at(seconds))

    def looks(self, seconds, *args, **kwargs):
        self.look(seconds, *args, **kwargs)
        self.look(seconds + 0.2, *args, **kwargs)

    @property
    def told(self):
        return [(order.kind, order.reason) for order in self.sent]


def test_a_withdrawal_holds_where_the_policy_says_so_then_returns():
    flight = Flight()
    flight.look(0.0)
    assert flight.told == [], "one look is none"
    flight.look(0.2)
    assert flight.told == [(HOLD, WITHDRAWN)]
    flight.enforcer.progressed(CommandProgress(flight.sent[0], CommandStage.SEEN), at(1))
    flight.look(5.9, vehicle=state("BRAKE"))
    flight.look(6.1, vehicle=state("BRAKE"))
    assert flight.told[1:] == [(RTL, "after hold")]


@pytest.mark.parametrize("automation", [Automation.ADVISE, Automation.CONFIRM])
def test_where_a_person_decides_nothing_is_sent(automation):
    flight = Flight(replace(AUTO, withdrawn=RungPolicy(automation, HOLD)))
    flight.looks(0)
    assert flight.told == []


@pytest.mark.parametrize(
    "vehicle", [state(armed=False), state(status=SystemStatus.STANDBY)], ids=["disarmed", "armed on the ground"]
)
def test_what_stands_on_the_ground_is_told_nothing(vehicle):
    flight = Flight()
    flight.looks(0, vehicle=vehicle)
    assert flight.told == []


def test_nothing_is_sent_on_a_position_that_is_not_known():
    flight = Flight()
    flight.looks(0, UNKNOWN)
    assert flight.told == []
    flight.look(1.0)
    assert flight.told == [(HOLD, WITHDRAWN)]


def test_an_exit_is_still_the_worse_rung():
    flight = Flight(replace(AUTO, withdrawn=RungPolicy(Automation.CONFIRM, HOLD)))
    flight.looks(0)
    flight.looks(1, LEAVING)
    assert flight.told == [(HOLD, "forecast exit")]
    assert flight.enforcer.episode.rung is Rung.FORECAST_EXIT


def test_a_withdrawal_after_an_excursion_that_was_only_advised_on_is_acted_on():
    flight = Flight(replace(AUTO, forecast_exit=RungPolicy(Automation.ADVISE, HOLD)))
    flight.looks(0, LEAVING, withdrawn=False)
    assert flight.told == []
    flight.looks(1)
    assert flight.told == [(HOLD, WITHDRAWN)]


def test_the_word_given_again_ends_its_episode():
    flight = Flight()
    flight.looks(0)
    flight.enforcer.progressed(CommandProgress(flight.sent[0], CommandStage.SEEN), at(1))
    flight.look(2.0, vehicle=state("BRAKE"), withdrawn=False)
    assert flight.enforcer.episode is None, "and the pilot may change the mode"


def test_the_default_asks_a_person_and_a_range_says_otherwise():
    table = {
        name: {"automation": "advise", "command": "hold"}
        for name in ("forecast_exit", "outside_flight_geography", "leaving_contingency", "outside_range")
    }
    assert policy_from(Facts(table, "t")).at(Rung.WITHDRAWN) == RungPolicy(Automation.CONFIRM, HOLD)
    table["withdrawn"] = {"automation": "auto", "command": "rtl"}
    assert policy_from(Facts(table, "t")).at(Rung.WITHDRAWN) == RungPolicy(Automation.AUTO, RTL)
    assert [policy_from(Facts(table, "t")).at(rung).automation for rung in list(Rung)[1:]] == [Automation.ADVISE] * 4


# The alarms of a slot's word and of its end.

AIRFRAME = TomlAirframes().get("survey-quad")
VOLUMES = operational_volumes(TWENTE.volumes[0].flight_geography, AIRFRAME, TWENTE.frame, TWENTE.assumptions)
ORDER = VehicleOrder(
    D07, "D07", "ACME", SlotId("S1"), NOON, NOON + timedelta(hours=1), AIRFRAME, VOLUMES, cleared=True,
    fence_sha256="ab", rtl_altitude_m=30, contact="ch 2",
)  # fmt: skip
WORDS = {
    Condition.ARMED_WITHOUT_CLEARANCE, Condition.FLIES_WITHDRAWN, Condition.SLOT_OVERRUN,
    Condition.SLOT_ENDS_IN_1_MIN, Condition.SLOT_ENDS_IN_5_MIN,
}  # fmt: skip


def conditions(order, seconds=600.0, **vehicle):
    now = at(seconds)
    facts = VehicleFacts(
        state(at_s=now.monotonic_s, **vehicle), "D07", order, SAFE, TWENTE.policy, 0.0, uplink_ok=True,
        fence_verified=True, last_command=None, pilot_has_control=False, rebooted_at_s=None, clash="", unjudged="",
    )  # fmt: skip
    return {each.condition for each in vehicle_assessments(facts, now)} & WORDS


@pytest.mark.parametrize(
    ("order", "seconds", "condition"),
    [
        (None, 600, Condition.ARMED_WITHOUT_CLEARANCE),
        (replace(ORDER, cleared=False), 600, Condition.ARMED_WITHOUT_CLEARANCE),
        (replace(ORDER, starts=NOON + timedelta(minutes=20)), 600, Condition.ARMED_WITHOUT_CLEARANCE),
        (replace(ORDER, cleared=False, withdrawn=True), 600, Condition.FLIES_WITHDRAWN),
        (ORDER, 3299.9, None),
        (ORDER, 3300, Condition.SLOT_ENDS_IN_5_MIN),
        (ORDER, 3539.9, Condition.SLOT_ENDS_IN_5_MIN),
        (ORDER, 3540, Condition.SLOT_ENDS_IN_1_MIN),
        (ORDER, 3600, Condition.SLOT_ENDS_IN_1_MIN),
        (ORDER, 3600.1, Condition.SLOT_OVERRUN),
    ],
)
def test_an_armed_vehicle_raises_the_one_alarm_of_its_word(order, seconds, condition):
    assert conditions(order, seconds) == ({condition} if condition else set())


@pytest.mark.parametrize("seconds", [600, 3300, 3540, 3601])
def test_what_is_disarmed_raises_none(seconds):
    assert conditions(ORDER, seconds, armed=False) == set()


def test_a_withdrawn_vehicle_that_is_armed_on_the_ground_is_to_be_disarmed():
    withdrawn = replace(ORDER, cleared=False, withdrawn=True)
    assert conditions(withdrawn, status=SystemStatus.STANDBY) == {Condition.ARMED_WITHOUT_CLEARANCE}


def test_its_incident_says_what_happened_and_not_that_it_headed_out():
    order = replace(command(CommandStage.SEEN).order, by=POLICY, reason=WITHDRAWN)
    moved = CommandMoved(replace(command(CommandStage.SEEN), order=order))
    incident = begin(1, moved, NOON, Place(D07, "D07", "ACME", "S1"))
    assert incident.title == "D07 flew on after its clearance was withdrawn, told hold"
    worse = extend(incident, AlarmChanged(alarm(Condition.FORECAST_EXIT)), NOON)
    assert "stopped before the edge" in worse.title
    again = extend(incident, AlarmChanged(alarm(Condition.FLIES_WITHDRAWN, AlarmState.UNACKED)), NOON)
    assert again.ended_utc is None
