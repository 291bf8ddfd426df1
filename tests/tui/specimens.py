"""A morning on the range, as values: what the server would tell. One clock, no randomness."""

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from rangeops.domain.alarms import CATALOGUE, Alarm, AlarmId, AlarmState, Condition
from rangeops.domain.calls import Call, CallWord
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder, CommandProgress, CommandStage
from rangeops.domain.containment import Standing
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.next_act import NextAct
from rangeops.domain.now import Now
from rangeops.domain.policy import Rung
from rangeops.domain.reviews import Verdict
from rangeops.domain.sectors import Contact
from rangeops.domain.slots import Slot, SlotId, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import BookableVolume, Volume, VolumeId
from rangeops.wire.api import (
    IncidentView,
    PlanCheck,
    PlanPoint,
    PlanView,
    RangeView,
    TimelineItem,
    ZoneView,
)
from rangeops.wire.board import DayView
from rangeops.wire.clearance import ClearanceView
from rangeops.wire.duty import DutyView, MeView
from rangeops.wire.enforcement import (
    CallView,
    ReviewCounts,
    ReviewsView,
    ReviewView,
    SectorCleared,
    SectorMember,
    SectorView,
    WayHomeView,
)
from rangeops.wire.picture import LinkView, LogLine, RangePicture, SkyView, VehicleView

MORNING = datetime(2026, 11, 24, 9, 41, 7, tzinfo=UTC)
NOW = Now(monotonic_s=1000.2, utc=MORNING)
FRAME = SiteFrame(52.275833, 6.889167)


def place(east_m: float, north_m: float) -> tuple[float, float]:
    return FRAME.to_geodetic(east_m, north_m)


def _volume(*ring: tuple[float, float], floor: float = 30, ceiling: float = 125) -> Volume:
    return Volume(ring, floor, ceiling)


RANGE = RangeView(
    id="twente",
    name="Twente (EHTW)",
    synthetic=True,
    timezone="Europe/Amsterdam",
    origin_latitude_deg=52.275833,
    origin_longitude_deg=6.889167,
    elevation_amsl_m=35.0,
    boundary=_volume(
        (52.2614679, 6.8765482),
        (52.2793137, 6.9151587),
        (52.2901967, 6.9017939),
        (52.2723465, 6.8631794),
        floor=0,
        ceiling=200,
    ),
    runway=((52.2693258, 6.8750931), (52.2823386, 6.9032451)),
    zones=(
        ZoneView(
            "HOUSING",
            "Housing on the eastern edge (synthetic)",
            "PROHIBITED",
            _volume(
                (52.2763614, 6.9083287), (52.2793889, 6.914883), (52.2825477, 6.9110047), (52.27952, 6.9044502), floor=0
            ),
        ),
        ZoneView(
            "EVENTS",
            "Event site on the western edge (synthetic)",
            "PROHIBITED",
            _volume(
                (52.2688272, 6.8676887),
                (52.2718029, 6.8741221),
                (52.2749603, 6.8702416),
                (52.2719845, 6.863808),
                floor=0,
            ),
        ),
        ZoneView(
            "NATURE",
            "Nature reserve on the northern edge (synthetic)",
            "PROHIBITED",
            _volume(
                (52.2834139, 6.8994843),
                (52.2868549, 6.9057152),
                (52.2900134, 6.9018356),
                (52.28767, 6.8966411),
                floor=0,
            ),
        ),
    ),
    volumes=tuple(
        BookableVolume(VolumeId(name.upper()), name, _volume(*ring))
        for name, ring in (
            (
                "North",
                ((52.2782950, 6.8888942), (52.2820807, 6.8970858), (52.2845929, 6.8939996), (52.2808070, 6.8858078)),
            ),
            (
                "West",
                ((52.2728860, 6.8771942), (52.2766724, 6.8853839), (52.2791844, 6.8822974), (52.2753977, 6.8741076)),
            ),
            (
                "South",
                ((52.2670729, 6.8843363), (52.2708589, 6.8925255), (52.2733710, 6.8894398), (52.2695848, 6.8812504)),
            ),
            (
                "East",
                ((52.2724812, 6.8960355), (52.2762664, 6.9042267), (52.2787788, 6.9011414), (52.2749934, 6.8929500)),
            ),
        )
    ),
)


def vehicle(sysid: int, callsign: str, company: str, east_m: float, north_m: float, **changes: object) -> VehicleView:
    latitude_deg, longitude_deg = place(east_m, north_m)
    home = place(east_m - 180, north_m - 120)
    view = VehicleView(
        sysid=Sysid(sysid),
        callsign=callsign,
        company=company,
        slot=f"S{sysid + 5}",
        slot_ends=MORNING + timedelta(minutes=31),
        cleared=True,
        contact=f"ch {sysid % 5 + 1}",
        vehicle_class="copter",
        mode="AUTO",
        armed=True,
        airborne=True,
        standing=Standing.INSIDE,
        trusted=True,
        intent="Activated",
        fence="active",
        link=f"udpin:127.0.0.1:{14550 + sysid}",
        uplink_ok=True,
        position_age_s=0.2,
        heard_age_s=0.1,
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        altitude_amsl_m=97.0,
        height_m=62.0,
        ground_speed_mps=8.0,
        track_deg=53.0,
        climb_mps=0.1,
        battery_percent=74,
        satellites=14,
        margin_m=74.0,
        time_to_exit_s=None,
        distance_home_m=216.0,
        home_latitude_deg=home[0],
        home_longitude_deg=home[1],
    )
    return replace(view, **changes)


NORTH = vehicle(3, "D03", "SAXION", 300, 520, mode="GUIDED", height_m=40.0, ground_speed_mps=5.0, battery_percent=88)
WEST = vehicle(5, "D05", "FIRE", -480, 250, track_deg=233.0, slot="S10", battery_percent=67)
EAST = vehicle(
    7,
    "D07",
    "ACME",
    780,
    20,
    height_m=92.0,
    ground_speed_mps=11.4,
    track_deg=95.0,
    battery_percent=61,
    time_to_exit_s=18.0,
)
SOUTH = vehicle(
    11, "D11", "FIRE", -150, -560, mode="LOITER", ground_speed_mps=0.0, height_m=1.0, armed=False, slot="S16"
)
MORNING_FLEET = (NORTH, WEST, EAST, SOUTH)


def alarm(condition: Condition, of: VehicleView, value: str, limit: str, *, since_s: float, **changes: object) -> Alarm:
    entry = CATALOGUE[condition]
    raised = MORNING - timedelta(seconds=since_s)
    made = Alarm(
        id=AlarmId(f"{condition.value}/{of.callsign}/{raised:%Y%m%dT%H%M%S.%f}Z"),
        condition=condition,
        source=of.callsign,
        sysid=of.sysid,
        priority=entry.priority,
        state=AlarmState.UNACKED,
        title=entry.title,
        action=entry.action,
        value=value,
        limit=limit,
        raised_utc=raised,
    )
    return replace(made, **changes)


FORECAST = alarm(
    Condition.FORECAST_EXIT, EAST, "18 s", "30 s", since_s=4, title="Leaves East: east edge", time_to_exit_s=18.0
)
STALE = alarm(Condition.TELEMETRY_STALE, SOUTH, "6 s", "2 s", since_s=124, state=AlarmState.ACKED, acked_by="op1")
BATTERY = alarm(Condition.BATTERY_UNDER_RESERVE, NORTH, "26 %", "25 %", since_s=240, state=AlarmState.RETURNED)


def command(
    kind: CommandKind, of: VehicleView, stage: CommandStage, *, by: str = "op1", **changes: object
) -> CommandProgress:
    order = CommandOrder(CommandId(f"{kind.value}-{of.sysid}"), of.sysid, kind, by, "operator's decision")
    return replace(CommandProgress(order, stage, sent_utc=MORNING - timedelta(seconds=1), attempts=1), **changes)


def picture(
    vehicles: Iterable[VehicleView] = MORNING_FLEET,
    alarms: Iterable[Alarm] = (),
    commands: Iterable[CommandProgress] = (),
    **changes: object,
) -> RangePicture:
    made = RangePicture(
        utc=MORNING,
        range_id="twente",
        simulation=True,
        enforcement=True,
        watch_age_s=0.1,
        vehicles=tuple(vehicles),
        links=(LinkView("udpin:127.0.0.1:14550", up=True, detail="", messages_per_s=25.0, lost_percent=0.0),),
        alarms=tuple(alarms),
        commands=tuple(commands),
        sky=SkyView("230/08G12kt", "sunset", MORNING.replace(hour=15, minute=34, second=0)),
    )
    return replace(made, **changes)


def _line(seq: int, before_s: float, source: str, text: str) -> LogLine:
    return LogLine(seq, MORNING - timedelta(seconds=before_s), source, text)


LOG = (
    _line(1, 410, "op1", "slot S12 approved for ACME"),
    _line(2, 371, "D07", "fence of S12 loaded: 6 items, read back equal"),
    _line(3, 334, "op1", "cleared S12"),
    _line(4, 301, "D07", "armed"),
    _line(5, 296, "D07", "mode AUTO"),
    _line(6, 240, "D03", "battery under reserve: 24 %"),
    _line(7, 88, "D11", "EKF3 IMU0 origin set"),
    _line(8, 16, "D07", "reached waypoint 6"),
)


def slot(
    number: int, company: str, volume: str, minutes: tuple[float, float], state: SlotState, **changes: object
) -> Slot:
    """minutes: when it starts and ends, from MORNING."""
    made = Slot(
        id=SlotId(f"S{number}"),
        version=3,
        company=company,
        volume=VolumeId(volume),
        starts=MORNING + timedelta(minutes=minutes[0]),
        ends=MORNING + timedelta(minutes=minutes[1]),
        sysid=Sysid(number - 5),
        callsign=f"D{number - 5:02}",
        airframe="survey-quad",
        contact=f"ch {number % 5 + 1}",
        plan=f"P-{number + 100}",
        state=state,
    )
    return replace(made, **changes)


SLOTS = (
    slot(12, "ACME", "EAST", (-12, 31), SlotState.ACTIVE),
    slot(8, "SAXION", "NORTH", (-29, 31), SlotState.ACTIVE),
    slot(10, "FIRE", "WEST", (-20, 31), SlotState.ACTIVE),
    slot(16, "FIRE", "SOUTH", (-1, 31), SlotState.BRIEFED),
    slot(17, "SAXION", "NORTH", (48, 93), SlotState.REQUESTED),
    slot(18, "ACME", "EAST", (50, 80), SlotState.REFUSED, reason="overlaps S14 by 12 min", plan=None),
)


def day(of: date) -> DayView:
    """Midnight to midnight in Enschede, in winter time."""
    starts = datetime(of.year, of.month, of.day, tzinfo=UTC) - timedelta(hours=1)
    light = (starts + timedelta(hours=7, minutes=38), starts + timedelta(hours=17, minutes=11))
    return DayView(of, starts, starts + timedelta(days=1), *light, (), ())


CLEARANCE = ClearanceView(
    SlotId("S16"),
    SlotState.BRIEFED,
    cleared=False,
    missing=("fence not verified on the vehicle", "GCS failsafe not armed"),
)

_PASSED = tuple(
    PlanCheck(code, passed=True, title=title)
    for code, title in (
        ("GEO-01", "inside the range"),
        ("GEO-02", "clear of prohibited zones"),
        ("ALT-01", "under the ceiling"),
        ("TIME-01", "inside the slot"),
        ("BAT-01", "battery reserve at landing"),
        ("RTL-01", "way home is clear"),
    )
)


def _route(*points: tuple[float, float]) -> tuple[PlanPoint, ...]:
    """From home, along the axis of the runway and to its left, back home; metres from the range's origin."""
    sin, cos = math.sin(math.radians(53)), math.cos(math.radians(53))
    places = [place(u * sin - v * cos, u * cos + v * sin) for u, v in points]
    route = [PlanPoint(n, *at, 95.0) for n, at in enumerate(places)]
    return (*route, replace(route[0], waypoint=len(route)))


_SURVEY = [(500.0, -400.0), (400.0, -290.0), (400.0, -520.0), (500.0, -520.0), (500.0, -290.0), (620.0, -290.0)]
_REV_1 = _route(*_SURVEY, (620.0, -520.0), (888.0, -470.0), (760.0, -290.0))
_REV_2 = _route(*_SURVEY, (620.0, -520.0), (800.0, -470.0), (760.0, -290.0))
PLANS = (
    PlanView(
        id="P-112",
        name="dam inspection",
        revision=1,
        company="ACME",
        volume="EAST",
        airframe="inspection-quad",
        file_name="dam.plan",
        sha256="9f3c" * 16,
        submitted_utc=MORNING - timedelta(minutes=95),
        verdict="refused",
        checks=(
            PlanCheck(
                "GEO-03",
                passed=False,
                title="inside the flight geography",
                what="Waypoint 7 is 38 m outside the volume's east edge.",
                fix="Move waypoint 7 at least 38 m west, or ask for a volume that holds it.",
                waypoint=7,
                latitude_deg=_REV_1[7].latitude_deg,
                longitude_deg=_REV_1[7].longitude_deg,
                distance_m=38.0,
            ),
            *_PASSED,
        ),
        path=_REV_1,
    ),
    PlanView(
        id="P-112",
        name="dam inspection",
        revision=2,
        company="ACME",
        volume="EAST",
        airframe="inspection-quad",
        file_name="dam.plan",
        sha256="41aa" * 16,
        submitted_utc=MORNING - timedelta(minutes=80),
        verdict="passed",
        checks=(PlanCheck("GEO-03", passed=True, title="inside the flight geography"), *_PASSED),
        path=_REV_2,
    ),
)

_OPENED = MORNING - timedelta(seconds=48)
INCIDENT = IncidentView(
    id="INC-2026-0007",
    title="D07 would have left East",
    state="open",
    sysid=Sysid(7),
    callsign="D07",
    company="ACME",
    slot="S12",
    opened_utc=_OPENED,
    ended_utc=None,
    timeline=tuple(
        TimelineItem(_OPENED + timedelta(seconds=after_s), kind, text, 412 + number)
        for number, (after_s, kind, text) in enumerate(
            (
                (0, "alarm", "P1 leaves East: east edge, 18 s"),
                (3, "command", "hold by policy: sent"),
                (3, "command", "hold: acknowledged after 0.31 s"),
                (4, "mode", "D07 mode BRAKE, commanded"),
                (6, "command", "hold: seen after 2.4 s"),
                (11, "command", "rtl by policy: sent"),
                (12, "mode", "D07 mode RTL, commanded"),
            )
        )
    ),
)


ME = MeView(
    "op1", "Olga Pieters", ("operator", "range-safety-officer"), "", read_only=False, signed_in=True, has_password=True
)
DUTY = (
    DutyView("operator", "operator", "op1", "Olga Pieters", NOW.utc - timedelta(hours=1), "", "", 1),
    DutyView("range-safety-officer", "range safety officer", "rita", "Rita de Wit", NOW.utc, "", "", 1),
)

CONTACTS = (
    Contact("Amsterdam FIC", "flight information", "124.300"),
    Contact("Twente airport", "aerodrome", "+31 53 555 0101"),
    Contact("Twente Safety Campus", "fire service", "+31 53 555 0112"),
)
RANGE = replace(RANGE, sectors=("EAST", "NORTH-WEST", "WHOLE RANGE"), contacts=CONTACTS)
WAY_HOME = WayHomeView(
    Sysid(7), (), 216.0, 92.0, 48.0, battery_on_arrival_percent=48.4, battery_on_landing_percent=55.2, no_landing=()
)
MEMBERS = (
    SectorMember(Sysid(7), "D07", "ch 3", "in it", 1240.0),
    SectorMember(Sysid(3), "D03", "ch 4", "in it", 1630.0),
    SectorMember(Sysid(5), "D05", "ch 1", "where it is isn't known, its volume touches it"),
)
SECTOR = SectorView("EAST", MEMBERS, CONTACTS)


def _of_the_act(number: int, of: VehicleView, stage: CommandStage, **changes: object) -> CommandProgress:
    order = CommandOrder(CommandId(f"A41-{number}"), of.sysid, CommandKind.HOLD, "op1", "clear sector EAST", act="A41")
    return replace(CommandProgress(order, stage, sent_utc=MORNING, attempts=1), **changes)


ACT_BEGUN = tuple(
    _of_the_act(number, of, CommandStage.QUEUED, sent_utc=None)
    for number, of in enumerate((EAST, NORTH, WEST), start=1)
)
ACT_GOES_ON = (
    _of_the_act(1, EAST, CommandStage.SEEN, ack_after_s=0.31, seen_after_s=2.4),
    _of_the_act(2, NORTH, CommandStage.ACKED, ack_after_s=0.28),
    _of_the_act(3, WEST, CommandStage.NO_ACK, detail="no answer in 3 s; sending goes on"),
)
SECTOR_CLEARED = SectorCleared(
    "A41", "EAST", "hold", "op1", "helicopter inbound", MORNING, MEMBERS, ACT_BEGUN, CONTACTS
)
CALL = CallView(Call(CallWord.HOLD, "D07", "pilot of D07", "ch 3", "drifts", "op1", MORNING, answered=True), 512)
REVIEWS = ReviewsView(
    (
        ReviewView(
            "7-1-2",
            command(CommandKind.RTL, EAST, CommandStage.SEEN, by="policy", ack_after_s=0.3, seen_after_s=1.1),
            MORNING - timedelta(seconds=37),
            "D07",
            "ACME",
            "S12",
        ),
        ReviewView(
            "7-1-1",
            command(CommandKind.HOLD, EAST, CommandStage.SEEN, by="policy", ack_after_s=0.31, seen_after_s=2.4),
            MORNING - timedelta(seconds=45),
            "D07",
            "ACME",
            "S12",
            Verdict.RIGHT,
            "it would have left in 3 s",
            "rso1",
            MORNING - timedelta(seconds=5),
        ),
    ),
    ReviewCounts(right=1, open=1),
    (("after hold", ReviewCounts(open=1)), ("forecast exit", ReviewCounts(right=1))),
)


def coming(view: VehicleView, command: CommandKind | None, in_s: float = 4.0, **changes: object) -> VehicleView:
    """A vehicle that the range is about to do something with."""
    act = replace(NextAct(command, in_s, "after hold", Rung.FORECAST_EXIT), **changes)
    return replace(view, next_act=act)
