"""The plan checker's findings in English: what, where, and the smallest fix."""

from collections.abc import Mapping
from typing import Final

from rangeops.domain.geodesy import compass_point
from rangeops.domain.plan_findings import Code, Finding, Outcome, Reason, RuleAnswer, Verdict
from rangeops.domain.plan_fixes import (
    AppendReturn,
    DropExtras,
    Fix,
    MoveSlot,
    MoveWaypoint,
    RemoveItem,
    SetAltitude,
    SetHomeAltitude,
    SetRepeats,
    SetSpeed,
)
from rangeops.wire.api import PlanCheck

TITLES: Final[Mapping[Code, str]] = {
    Code.FMT_01: "Everything in the file can be checked",
    Code.FMT_02: "The file carries only a mission",
    Code.FMT_03: "The plan is for this range",
    Code.CMD_01: "Only commands that have a place here",
    Code.CMD_02: "Jumps and loiters end",
    Code.CMD_03: "Starts with a take-off and ends on the ground",
    Code.GEO_01: "Every leg is inside the volume",
    Code.GEO_02: "Home is inside the volume",
    Code.GEO_03: "Every leg is clear of closed zones",
    Code.GEO_04: "The way home is clear from every leg",
    Code.GEO_05: "The contingency volume and ground-risk buffer fit the range",
    Code.GEO_06: "Room to stop before every edge",
    Code.GEO_07: "A plane's circles fit",
    Code.GEO_08: "Nothing lands where none may, and a safe landing area is in reach",
    Code.GEO_09: "Every leg is clear of other slots' volumes",
    Code.ALT_01: "Under the volume's ceiling",
    Code.ALT_02: "At most 120 m above ground",
    Code.ALT_03: "Above the floor and clear of the ground",
    Code.ALT_04: "Home's altitude is the ground's",
    Code.ALT_05: "Room to level off under the ceiling and over the floor",
    Code.LINK_01: "The command link reaches everywhere",
    Code.LINK_02: "Nothing hides the vehicle",
    Code.SPD_01: "Speed within the limits",
    Code.ENE_01: "The battery lasts, with its reserve",
    Code.TIME_01: "The mission fits the slot",
    Code.TIME_02: "The slot is in daylight",
    Code.TIME_03: "The range is open",
    Code.REG_01: "Aircraft, pilot and insurance are current",
}

_WHAT: Final[Mapping[Reason, str]] = {
    Reason.UNEXPANDABLE: "the file holds a {kind} without the waypoints that it stands for",
    Reason.NO_HOME: "the file gives no home position",
    Reason.TERRAIN_FRAME: "{wp}'s altitude is above terrain, and the ground there isn't known",
    Reason.UNKNOWN_FRAME: "{wp}'s frame doesn't say what its altitude counts from",
    Reason.NO_COURSE: "{wp} is a plane's take-off without a place, so its course isn't told",
    Reason.GROUND_UNKNOWN: "the route leaves the ground that the range's terrain grid tells",
    Reason.VEHICLE_CLASS: "how {airframe} flies isn't known: it is no copter, plane or rover",
    Reason.CARRIES_EXTRAS: "the file carries its own {extras}; the range loads the fence, and the way home is home",
    Reason.FENCE_DIFFERS: "the file's geofence lets the vehicle out of the {volume} volume",
    Reason.FAR_AWAY: "{wp} at {place} is over {farthest_km:.0f} km from the range's origin "
    "(so for {places:.0f} places in all)",
    Reason.UNKNOWN_COMMAND: "{wp} is command {command:.0f}{command_name}, which has no place on this range",
    Reason.JUMP_NO_TARGET: "{wp} jumps to an item that isn't there",
    Reason.JUMP_ENDLESS: "{wp} jumps back for ever",
    Reason.MISSION_TOO_LONG: "the mission visits more than 50,000 items before {wp}",
    Reason.NEVER_ENDS: "{wp} loiters without an end",
    Reason.NO_TAKE_OFF: "the mission has no take-off",
    Reason.NO_LANDING: "the mission ends in the air",
    Reason.OUTSIDE: "{wp} is {distance_m:.0f} m outside the {volume} volume's {edge} at {place}",
    Reason.TOO_CLOSE: "{wp} is {distance_m:.1f} m inside the {volume} volume's {edge} at {place}; "
    "{path_margin_m:.0f} m are needed",
    Reason.LEG_LEAVES: "the leg from {from_wp} to {wp} is {margin} the {volume} volume's {edge} at {place}",
    Reason.CIRCLE_LEAVES: "the circle of {radius_m:.0f} m at {wp} is {margin} the {volume} volume's {edge} at {place}",
    Reason.SPLINE_LEAVES: "the curve from {from_wp} to {wp} may come to {margin} the {volume} volume's {edge} at {place}",
    Reason.CORNER_LEAVES: "the turn at {wp} swings out to {margin} the {volume} volume's {edge} at {place}",
    Reason.ENTERS_ZONE: "the way to {wp} enters {zone} ({name}) at {place}, for {inside_m:.0f} m",
    Reason.RETURN_LEAVES: "the way home from the leg {from_wp} to {wp} leaves the contingency volume by "
    "{distance_m:.0f} m at {place}",
    Reason.RETURN_TOO_HIGH: "the RTL altitude of {rtl_altitude_m:.0f} m above home is over the limit of {limit_m:.0f} m",
    Reason.RETURN_TOO_LOW: "on the way home from the leg to {wp} the RTL altitude of {rtl_altitude_m:.0f} m above home "
    "isn't clear of the ground; {limit_m:.0f} m are needed",
    Reason.RETURN_ENTERS_ZONE: "the way home from the leg to {wp} enters {zone} ({name}) at {place}",
    Reason.VOLUME_LEAVES_RANGE: "this airframe's volumes leave the range by {out_m:.0f} m, and by {up_m:.0f} m upwards",
    Reason.VOLUME_TOUCHES_ZONE: "this airframe's ground-risk buffer touches {zone} ({name})",
    Reason.NO_ROOM: "beyond {wp} the leg from {from_wp} has {room_m:.0f} m to the {volume} volume's {edge}, at {place}; at "
    "{speed_mps:.1f} m/s the range's forecast stops the flight there unless {needed_m:.0f} m are left",
    Reason.HOLD_LEAVES: "a hold on the leg from {from_wp} to {wp} circles with {radius_m:.0f} m, and leaves the "
    "contingency volume by {distance_m:.0f} m at {place}",
    Reason.RTL_CIRCLE_LEAVES: "the circle of {radius_m:.0f} m over home leaves the {volume} volume by {distance_m:.0f} m "
    "at {place}",
    Reason.LANDING_FORBIDDEN: "{wp} at {place} is a landing where none may be",
    Reason.LANDING_UNSAFE: "no safe landing area is within this airframe's contingency volume",
    Reason.LANDING_FAR: "{wp} at {place} is {distance_m:.0f} m from the nearest safe landing area; the battery's reserve "
    "carries it {reach_m:.0f} m",
    Reason.OVER_NO_LANDING: "the way to {wp} passes over ground where none may land, at {place}",
    Reason.ENTERS_OTHER_SLOT: "the way to {wp} enters the volume of {zone} ({name}) at {place}",
    Reason.ABOVE_CEILING: "{wp} is at {altitude_amsl_m:.1f} m AMSL at {place}, {distance_m:.1f} m over the limit of "
    "{limit_amsl_m:.1f} m under the ceiling of {ceiling_amsl_m:.0f} m",
    Reason.ABOVE_120_M: "{wp} is at {altitude_amsl_m:.1f} m AMSL at {place}, {distance_m:.1f} m over 120 m above ground",
    Reason.TOO_LOW: "{wp} is at {altitude_amsl_m:.1f} m AMSL at {place}, {distance_m:.1f} m under the lowest of "
    "{limit_amsl_m:.1f} m",
    Reason.HOME_ALTITUDE: "home is planned at {altitude_amsl_m:.0f} m AMSL at {place}, {distance_m:.0f} m off the ground "
    "of {ground_amsl_m:.0f} m",
    Reason.NO_ROOM_ABOVE: "the climb to {wp} ends at {altitude_amsl_m:.1f} m AMSL at {place}; it needs {room_m:.1f} m under "
    "the ceiling, or the range's forecast stops it",
    Reason.NO_ROOM_BELOW: "the descent to {wp} ends at {altitude_amsl_m:.1f} m AMSL at {place}; it needs {room_m:.1f} m over "
    "the floor, or the range's forecast stops it",
    Reason.LINK_UNKNOWN: "how far the link of {airframe} reaches isn't known",
    Reason.OUT_OF_RANGE: "{wp} at {place} is {distance_m:.0f} m from the ground station; the link was tested to "
    "{limit_m:.0f} m",
    Reason.HIDDEN: "the ground hides the leg from {from_wp} to {wp} from the ground station, at {place}",
    Reason.OUT_OF_SIGHT: "{wp} at {place} is {distance_m:.0f} m from the pilot, who can see it to {limit_m:.0f} m",
    Reason.CRUISES_TOO_FAST: "the airframe cruises at {speed_mps:.1f} m/s, over {whose} limit of {limit_mps:.1f} m/s",
    Reason.TOO_FAST: "{wp} sets {speed_mps:.1f} m/s, over {whose} limit of {limit_mps:.1f} m/s",
    Reason.ENERGY: "the mission draws {needed_mah:.0f} mAh in {wind_mps:.0f} m/s of wind; {available_mah:.0f} mAh are "
    "there above the reserve of {reserve_percent:.0f} %",
    Reason.SLOT_TOO_SHORT: "the mission takes {flight_min:.0f} min, the slot has {slot_min:.0f} min",
    Reason.DARK: "part of the slot is in the dark: civil twilight begins at {dawn} and ends at {dusk} UTC",
    Reason.DAYLIGHT_UNKNOWN: "when it is light at this range isn't known",
    Reason.RANGE_SHUT: "the range isn't open all the time from {starts} to {ends} UTC",
    Reason.EXPIRED: "{paper} expired on {until}",
    Reason.NEVER_SHOWN: "{paper} was never shown",
}

_REFUSED_COMMANDS: Final[Mapping[int, str]] = {
    92: "guided by a companion computer",
    94: "put down a payload",
    176: "change mode",
    179: "set home",
    181: "a relay",
    183: "a servo",
    185: "terminate the flight",
    192: "fly somewhere else",
    207: "the fence on or off",
    208: "the parachute",
    209: "test a motor",
    211: "a gripper",
    212: "tune the autopilot",
    400: "arm or disarm",
    42702: "a script",
}
"""MAV_CMDs that people do put into plans, by what they would do here; any other is told by its number."""

_WITHOUT_FIX: Final[Mapping[Reason, str]] = {
    Reason.UNEXPANDABLE: "Open it in QGroundControl, let it compute the pattern, and save it again.",
    Reason.NO_HOME: "Set the home position and save it again.",
    Reason.TERRAIN_FRAME: "Give the altitude above home or AMSL.",
    Reason.UNKNOWN_FRAME: "Give the altitude above home or AMSL.",
    Reason.NO_COURSE: "Give the take-off a place along the runway.",
    Reason.GROUND_UNKNOWN: "Stay where the range's ground is told, or ask range control for a larger grid.",
    Reason.VEHICLE_CLASS: "Ask range control to check the plan by hand.",
    Reason.FAR_AWAY: "Check that the plan is for this range, and that latitude and longitude aren't swapped.",
    Reason.NEVER_ENDS: "Give it a time (LOITER_TIME).",
    Reason.MISSION_TOO_LONG: "Let it repeat less often.",
    Reason.NO_LANDING: "End the mission with a landing.",
    Reason.NO_TAKE_OFF: "Begin the mission with a take-off.",
    Reason.RETURN_LEAVES: "Move home or the leg so that the straight line between them stays inside.",
    Reason.RETURN_ENTERS_ZONE: "Move home or the leg so that the straight line between them passes the zone.",
    Reason.RETURN_TOO_LOW: "Ask for a higher RTL altitude.",
    Reason.NO_ROOM: "Leave that much room beyond the waypoint, or fly there slower.",
    Reason.HOLD_LEAVES: "Keep that far from the edge, or ask for a larger volume.",
    Reason.RTL_CIRCLE_LEAVES: "Move home further in, or ask for a larger volume.",
    Reason.LANDING_FORBIDDEN: "Land elsewhere.",
    Reason.LANDING_UNSAFE: "Ask for another volume.",
    Reason.LANDING_FAR: "Stay nearer to a safe landing area.",
    Reason.OVER_NO_LANDING: "Fly around it.",
    Reason.ENTERS_OTHER_SLOT: "Keep out of it, or ask for other minutes.",
    Reason.ENTERS_ZONE: "Fly around it.",
    Reason.NO_ROOM_ABOVE: "Lower what leads there.",
    Reason.NO_ROOM_BELOW: "Raise what leads there.",
    Reason.LINK_UNKNOWN: "Put the tested range into the airframe's file ([link] range_m).",
    Reason.OUT_OF_RANGE: "Stay nearer, or bring a link that was tested farther.",
    Reason.HIDDEN: "Fly higher, or elsewhere.",
    Reason.OUT_OF_SIGHT: "Stay nearer to the pilot, or ask for observers.",
    Reason.CRUISES_TOO_FAST: "Set a lower speed before the first waypoint.",
    Reason.DARK: "Ask for a slot in daylight, or bring an aircraft with lights for the dark.",
    Reason.DAYLIGHT_UNKNOWN: "Ask range control.",
    Reason.RANGE_SHUT: "Ask for a slot in the opening hours.",
    Reason.EXPIRED: "Renew it, and show it to range control.",
    Reason.NEVER_SHOWN: "Show it to range control.",
    Reason.RETURN_TOO_HIGH: "Ask for a lower RTL altitude.",
    Reason.VOLUME_LEAVES_RANGE: "Ask for another volume, or fly a slower airframe.",
    Reason.VOLUME_TOUCHES_ZONE: "Ask for another volume, or for an authorisation of the zone.",
    Reason.ABOVE_CEILING: "Lower what leads there.",
    Reason.ABOVE_120_M: "Lower what leads there.",
    Reason.TOO_LOW: "Raise what leads there.",
    Reason.ENERGY: "Shorten the mission.",
    Reason.SLOT_TOO_SHORT: "Shorten the mission, or ask for a longer slot.",
}


def checks_of(verdict: Verdict, volume: str) -> tuple[PlanCheck, ...]:
    """One line a finding, findings first; one a rule that passed or couldn't be judged."""
    failed = [_failed(finding, volume) for answer in verdict.answers for finding in answer.findings]
    rest = [_without_finding(answer) for answer in verdict.answers if not answer.findings]
    return (*failed, *rest)


def _without_finding(answer: RuleAnswer) -> PlanCheck:
    if answer.judged:
        return PlanCheck(answer.code.value, passed=True, title=TITLES[answer.code])
    what = f"Cannot check {answer.code.value}: the route isn't known."
    return PlanCheck(answer.code.value, passed=False, title=TITLES[answer.code], what=what)


def _failed(finding: Finding, volume: str) -> PlanCheck:
    distance = finding.params.get("distance_m")
    return PlanCheck(
        code=finding.code.value,
        passed=False,
        title=TITLES[finding.code],
        what=what_text(finding, volume),
        fix=fix_text(finding),
        waypoint=finding.waypoint,
        latitude_deg=finding.latitude_deg,
        longitude_deg=finding.longitude_deg,
        distance_m=distance if isinstance(distance, float) else None,
    )


def what_text(finding: Finding, volume: str) -> str:
    """One sentence: "WP 5 is 38 m outside the EAST volume's south-east edge at 52.27012,6.90441."."""
    figures = dict(finding.params)
    margin = figures.get("margin_m", 0.0)
    words = {
        "wp": _waypoint(finding.waypoint),
        "from_wp": _waypoint(figures.get("from")),
        "place": _place(finding.latitude_deg, finding.longitude_deg),
        "volume": volume,
        "margin": _margin(margin if isinstance(margin, float) else 0.0),
        "command_name": _command_name(figures.get("command")),
        "flight_min": _minutes(figures.get("flight_s")),
        "slot_min": _minutes(figures.get("slot_s")),
    }
    text = _WHAT[finding.reason].format(**{**figures, **words})
    start = "Cannot check: " if finding.outcome is Outcome.CANNOT_CHECK else ""
    return f"{start}{text}." if start else f"{text[0].upper()}{text[1:]}."


def fix_text(finding: Finding) -> str:
    """One sentence, or "" where nothing is known to help."""
    if finding.fix is None:
        return _WITHOUT_FIX.get(finding.reason, "Plan this part anew inside the volume.")
    return _fix_text(finding.fix)


def _fix_text(fix: Fix) -> str:
    match fix:
        case MoveWaypoint():
            what = "home" if fix.number == 0 else "it"
            place = f"{fix.latitude_deg:.6f},{fix.longitude_deg:.6f}"
            text = f"Move {what} {fix.distance_m:.0f} m {compass_point(fix.bearing_deg)} to {place}."
        case SetAltitude():
            verb = "Raise" if fix.change_m > 0 else "Lower"
            text = f"{verb} it by {abs(fix.change_m):.1f} m to {fix.shown_m:.1f} m {fix.datum.value}."
        case SetHomeAltitude(altitude):
            text = f"Set home's altitude to {altitude:.0f} m AMSL."
        case SetSpeed(_, speed):
            text = f"Set it to {speed:.1f} m/s."
        case SetRepeats(number, repeats):
            text = f"Let WP {number} repeat {repeats} times."
        case RemoveItem(number):
            text = f"Remove WP {number}."
        case AppendReturn():
            text = "End the mission with a return to launch."
        case MoveSlot(starts, ends):
            text = f"Ask for {starts:%Y-%m-%d %H:%M}-{ends:%H:%M} UTC instead."
        case DropExtras():
            text = "Save the plan with its mission alone."
    return text


def waypoint_name(number: int) -> str:
    """As ground stations number them: 0 is home."""
    return "home" if number == 0 else f"WP {number}"


def _waypoint(number: object) -> str:
    return waypoint_name(int(number)) if isinstance(number, int | float) else "the mission"


def _command_name(number: object) -> str:
    name = _REFUSED_COMMANDS.get(int(number)) if isinstance(number, float) else None
    return f" ({name})" if name else ""


def _place(latitude_deg: float | None, longitude_deg: float | None) -> str:
    return f"{latitude_deg:.5f},{longitude_deg:.5f}" if latitude_deg is not None else ""


def _margin(margin_m: float) -> str:
    return f"{-margin_m:.0f} m outside" if margin_m < 0 else f"only {margin_m:.1f} m inside"


def _minutes(seconds: object) -> float:
    return seconds / 60 if isinstance(seconds, float) else 0.0
