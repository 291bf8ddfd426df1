"""The steps of bench acceptance, in the order in which they are gone through.

What a step changes on the vehicle it puts back, and reads back. Source of the numbers: MAVLink's enums.
"""

from typing import Final

from rangeops.domain.errors import Refused
from rangeops.domain.hardware import IdUse
from rangeops.services.acceptance import Examination, Skip, Step

MISSION_FENCE: Final = 1 << 14  # MAV_PROTOCOL_CAPABILITY
MISSION_INT: Final = 1 << 2
MAVLINK2: Final = 1 << 13
FLIGHT_TERMINATION: Final = 1 << 11
_NEEDED: Final = {MISSION_FENCE: "fence transfer", MISSION_INT: "whole-number items", MAVLINK2: "MAVLink 2"}
_OFFICIAL: Final = 255  # FIRMWARE_VERSION_TYPE


def _identity(examination: Examination, within_s: float) -> str:
    terms, where = examination.terms, examination.bench.where
    found = examination.bench.identify(within_s)
    if found.armed:
        raise Refused("it is armed", where=where, do="Disarm it; nothing is tried on an armed vehicle.")
    examination.identity = found
    if found.vehicle_class is not terms.airframe.vehicle_class:
        raise Refused(
            f"it says that it is a {found.vehicle_class.value}, the airframe is a {terms.airframe.vehicle_class.value}",
            where=where,
            do="Name the airframe that it is, or load the right firmware.",
        )
    block = next((block for block in terms.id_blocks if block.first <= found.sysid <= block.last), None)
    if block is None or block.use not in (IdUse.COMPANY, IdUse.RANGE):
        note = block.note if block else "The range hasn't given this number out."
        raise Refused(f"sysid {found.sysid} is no vehicle's of this range", where=where, do=note)
    examination.note("uid2", found.uid2 or "none")
    return f"{found.autopilot} {found.vehicle_class.value}, sysid {found.sysid}, uid2 {found.uid2 or 'none'}"


def _firmware(examination: Examination, _within_s: float) -> str:
    found, least = examination.known(), examination.terms.limits.firmware_at_least
    where = examination.bench.where
    if found.version < least:
        wanted = ".".join(map(str, least))
        raise Refused(f"firmware {found.firmware} is older than {wanted}", where=where, do=f"Load {wanted} or newer.")
    if found.version_type != _OFFICIAL:
        raise Refused(
            f"firmware {found.firmware} is no release", where=where, do="Load a released version, or ask for a waiver."
        )
    return f"{found.firmware}, build {found.firmware_sha or 'unknown'}"


def _capabilities(examination: Examination, _within_s: float) -> str:
    found = examination.known()
    lacking = [name for bit, name in _NEEDED.items() if not found.capabilities & bit]
    examination.note("capabilities", f"{found.capabilities:#x}")
    if lacking:
        raise Refused(
            f"it can't do {', '.join(lacking)}", where=examination.bench.where, do="Load a firmware that can."
        )
    can_terminate = "can" if found.capabilities & FLIGHT_TERMINATION else "can't"
    return f"{', '.join(_NEEDED.values())}; it {can_terminate} be terminated from the ground"


def _parameters(examination: Examination, within_s: float) -> str:
    terms = examination.terms
    rules = terms.limits.rules_for(examination.known().vehicle_class)
    values = examination.parameters = examination.bench.parameters([rule.names for rule in rules], within_s)
    wrong: list[str] = []
    remedies: list[str] = []
    for rule in rules:
        name = next((name for name in rule.names if name in values), None)
        if name is None:
            if not rule.may_lack:
                wrong.append(f"it has no {' or '.join(rule.names)}")
                remedies.append(rule.why)
        elif not rule.holds(values[name], terms.gcs_sysid):
            wrong.append(f"{name} is {values[name]:g}, not {rule.wanted(terms.gcs_sysid)}")
            remedies.append(f"{name}: {rule.why} {rule.do}")
    if wrong:
        raise Refused("; ".join(wrong), where=examination.bench.where, do=" ".join(remedies))
    return f"{len(values)} safety parameters are as the range wants them"


def _table(examination: Examination, within_s: float) -> str:
    """The whole parameter table: its hash says on the day whether this is still what was accepted."""
    examination.table = examination.bench.table(within_s)
    return f"{len(examination.table)} parameters read, their hash is in the certificate"


def _sensors(examination: Examination, within_s: float) -> str:
    if bad := examination.bench.unhealthy_sensors(within_s):
        raise Refused(
            f"not well: {', '.join(bad)}", where=examination.bench.where, do="Find out why before it flies anywhere."
        )
    return "every sensor that is present and enabled is well"


def _battery(examination: Examination, within_s: float) -> str:
    airframe, limits, where = examination.terms.airframe, examination.terms.limits, examination.bench.where
    battery = examination.bench.battery(within_s)
    if battery.voltage_v is None:
        raise Refused("it doesn't measure its battery's voltage", where=where, do="Set BATT_MONITOR, and calibrate it.")
    per_cell = battery.voltage_v / airframe.battery_cells
    examination.note("battery_v", f"{battery.voltage_v:.2f}")
    if per_cell < limits.cell_volts_at_least:
        raise Refused(
            f"{battery.voltage_v:.1f} V is {per_cell:.2f} V a cell of {airframe.battery_cells}, "
            f"under {limits.cell_volts_at_least:g} V",
            where=where,
            do="Charge it, or name the airframe with the right number of cells.",
        )
    if battery.remaining_percent is None or battery.remaining_percent < limits.battery_percent_at_least:
        shown = "unknown" if battery.remaining_percent is None else f"{battery.remaining_percent} %"
        raise Refused(
            f"what remains is {shown}, less than {limits.battery_percent_at_least} %",
            where=where,
            do="Charge it; set BATT_CAPACITY.",
        )
    return f"{battery.voltage_v:.1f} V, {per_cell:.2f} V a cell, {battery.remaining_percent} %"


def _gps(examination: Examination, within_s: float) -> str:
    limits, where = examination.terms.limits, examination.bench.where
    trusted = examination.bench.position_trusted(within_s)
    fix = examination.bench.gps(within_s)
    examination.note("satellites", fix.satellites)
    if fix.fix_type < 3 or (fix.satellites or 0) < limits.satellites_at_least:
        raise Refused(
            f"fix {fix.fix_type} with {fix.satellites} satellites; {limits.satellites_at_least} are wanted",
            where=where,
            do="Give it a view of the sky and some minutes.",
        )
    if fix.hdop is None or fix.hdop > limits.hdop_at_most:
        raise Refused(f"HDOP is {fix.hdop}, over {limits.hdop_at_most:g}", where=where, do="Give it a view of the sky.")
    if not trusted:
        raise Refused(
            "its own estimator doesn't vouch for the position",
            where=where,
            do="Wait for it to settle; calibrate the compass.",
        )
    return f"{fix.satellites} satellites, HDOP {fix.hdop:g}, the estimator vouches for the position"


def _fence(examination: Examination, within_s: float) -> str:
    """A fence goes up and comes back equal; then the one that was there before, likewise."""
    bench = examination.bench
    share_s = within_s / 5
    before = bench.fence(share_s)
    examination.fence_items = len(before)
    ours = bench.fence_here(share_s)
    try:
        bench.put_fence(ours, share_s)
        read = bench.fence(share_s)
    finally:
        bench.put_back(share_s * 2)
    if read != ours:
        raise Refused(
            "a fence reads back otherwise than it was sent", where=bench.where, do="Update the firmware; try it again."
        )
    return f"{len(ours)} items up and back equal; the {len(before)} that were on board are there again, read back"


def _arming(examination: Examination, within_s: float) -> str | Skip:
    if not examination.terms.allow_arming:
        return Skip(
            "arming was not asked for, so its refusal was not seen",
            "Take the propellers off and give --allow-arming.",
        )
    answer = examination.bench.ask_to_arm(within_s)
    where = examination.bench.where
    if not answer.disarmed:
        raise Refused("it is ARMED", where=where, do="Keep clear. Disarm it by radio control or cut its battery.")
    if not answer.refused:
        raise Refused(
            "it armed outside its own fence (and was disarmed again)",
            where=where,
            do="Set FENCE_TYPE and ARMING_CHECK so that the fence is checked before arming.",
        )
    return f"outside its fence it refused to arm: {answer.words}"


def _second(examination: Examination, within_s: float) -> str | Skip:
    if examination.second is None:
        return Skip("no second library is installed", "Install rangeops[acceptance].")
    examination.mode = examination.bench.mode(within_s / 4)
    examination.bench.close()
    sysid = examination.known().sysid
    sight = examination.second.look(sysid, tuple(examination.parameters), within_s * 3 / 4)
    wrong = [
        f"{name} is {sight.parameters.get(name)} instead of {value:g}"
        for name, value in examination.parameters.items()
        if sight.parameters.get(name) != value
    ]
    if sight.mode != examination.mode:
        wrong.append(f"the mode is {sight.mode} instead of {examination.mode}")
    if examination.fence_items is not None and sight.fence_items != examination.fence_items:
        wrong.append(f"{sight.fence_items} fence items instead of {examination.fence_items}")
    if wrong:
        raise Refused(
            f"{sight.library} sees another vehicle: {'; '.join(wrong)}",
            where=examination.bench.where,
            do="Make sure that one vehicle alone is on this link, and try again.",
        )
    armable = "armable" if sight.armable else "not armable"
    return (
        f"{sight.library} sees the same: mode {sight.mode}, {armable}, {len(sight.parameters)} parameters, "
        f"{sight.fence_items} fence items"
    )


STEPS: Final = (
    Step("identity", "Who it is", 20.0, _identity),
    Step("firmware", "Firmware", 1.0, _firmware),
    Step("capabilities", "What it can do", 1.0, _capabilities),
    Step("parameters", "Failsafe and fence parameters", 60.0, _parameters),
    Step("table", "The whole parameter table", 180.0, _table),
    Step("sensors", "Sensors", 10.0, _sensors),
    Step("battery", "Battery", 10.0, _battery),
    Step("gps", "Position", 60.0, _gps),
    Step("fence", "A fence up, back, and the old one again", 60.0, _fence),
    Step("arming", "Refusal to arm outside its fence", 30.0, _arming),
    Step("second", "A second library sees the same vehicle", 60.0, _second),
)
