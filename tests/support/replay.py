"""Captures replayed into simulated vehicles: what the real one said, what ours says, and how the two are compared."""

import re
import struct
from pathlib import Path

from rangeops.sim.channel import mavlink
from rangeops.sim.lockstep import Heard

CAPTURES = Path(__file__).parents[1] / "data" / "captures"
GROUND = 250


def read_tlog(path):
    """Its records as (seconds since the first, message)."""
    data = path.read_bytes()
    codec = mavlink.MAVLink(None)
    records, at = [], 0
    while at < len(data):
        (stamp_us,) = struct.unpack_from(">Q", data, at)
        length = data[at + 9] + 12
        (message,) = codec.parse_buffer(data[at + 8 : at + 8 + length])
        records.append((stamp_us / 1e6, message))
        at += 8 + length
    return [(stamp - records[0][0], message) for stamp, message in records]


LANDS_WITHIN_S = 10.0  # after the real one had, at most


class Replay:
    """What the real vehicle said, and what ours says to the same ground."""

    def __init__(self, lockstep, name, starts_s=0.0, *, ends_disarmed=True):
        records = read_tlog(CAPTURES / f"{name}.tlog")
        starts_s = self.starts_s = max(starts_s, lockstep.at_s)
        self.real = [Heard(at, m) for at, m in records if m.get_srcSystem() != GROUND]
        first = len(lockstep.log)
        for at, message in records:
            if message.get_srcSystem() == GROUND:
                lockstep.run_until(starts_s + at)
                lockstep.send_bytes(bytes(message.get_msgbuf()))
        lockstep.run_until(starts_s + records[-1][0])
        if ends_disarmed and lockstep.vehicle.armed:
            assert lockstep.wait(lambda: not lockstep.vehicle.armed, LANDS_WITHIN_S)
            lockstep.run(1.0)
        self.ours = [Heard(h.at_s - starts_s, h.message) for h in lockstep.log[first:]]
        self.asked = [at for at, m in records if m.get_srcSystem() == GROUND and m.get_type() != "HEARTBEAT"]

    def both(self, extract):
        return extract(self.ours), extract(self.real)


def acks(heard):
    return [(h.message.command, h.message.result) for h in heard if h.type == "COMMAND_ACK"]


def transfers(heard):
    """The vehicle's side of every mission and fence transfer."""
    out = []
    for h in heard:
        m = h.message
        match h.type:
            case "MISSION_REQUEST":
                out.append(("request", m.mission_type, m.seq))
            case "MISSION_ACK":
                out.append(("ack", m.mission_type, m.type))
            case "MISSION_COUNT":
                out.append(("count", m.mission_type, m.count))
            case "MISSION_ITEM_INT":
                place = (round(m.x / 50), round(m.y / 50), round(m.z)) if m.seq or m.mission_type else ()
                out.append(("item", m.mission_type, m.seq, m.frame, m.command, m.autocontinue, m.param1, *place))
    return out


OWN_TEXTS = re.compile(r"y08d2021fbdd6f894fde550c98aff54d|rangeops simulated vehicle")
NUMBERED = re.compile(r"IMU[01]")


def texts(heard):
    """Texts in their order; the two filters' lines count once, and a touchdown's speed isn't compared."""
    said = [(h.message.severity, h.message.text) for h in heard if h.type == "STATUSTEXT"]
    said = [(s, "SIM Hit ground" if t.startswith("SIM Hit ground") else NUMBERED.sub("IMUn", t)) for s, t in said]
    said = [(s, t) for s, t in said if not OWN_TEXTS.search(t)]
    return [entry for i, entry in enumerate(said) if i == 0 or said[i - 1] != entry]


def states(kind, state):
    """The changes of what one message says: [(at, state)]."""

    def extract(heard):
        changes = []
        for h in heard:
            if h.type == kind and (not changes or changes[-1][1] != state(h.message)):
                changes.append((h.at_s, state(h.message)))
        return changes

    return extract


SENSORS = states(
    "SYS_STATUS",
    lambda m: (
        hex(m.onboard_control_sensors_present),
        hex(m.onboard_control_sensors_enabled),
        hex(m.onboard_control_sensors_health),
    ),
)
STATES = {
    "mode": states("HEARTBEAT", lambda m: (m.base_mode, m.custom_mode, m.system_status)),
    "landed": states("EXTENDED_SYS_STATE", lambda m: m.landed_state),
    "fence": states("FENCE_STATUS", lambda m: (m.breach_status, m.breach_count, m.breach_type, m.breach_mitigation)),
    "sensors": SENSORS,
    "position": states("EKF_STATUS_REPORT", lambda m: hex(m.flags)),
    "satellites": states("GPS_RAW_INT", lambda m: (m.fix_type, m.satellites_visible, m.lat != 0)),
    "filled": states("GLOBAL_POSITION_INT", lambda m: m.lat != 0),
}


MISSED_S = 1.6  # a state that lasts no longer may fall between two messages of either side


def _with_durations(changes):
    ends = [at for at, _ in changes[1:]] + [1e9]
    return [(at, said, end - at) for (at, said), end in zip(changes, ends, strict=False)]


def matched(ours, real):
    """Pairs of the same change on both sides; a short one may be missing. Fails where the order differs."""
    left, right = [_with_durations(changes) for changes in (ours, real)]
    pairs = []
    while left and right:
        if left[0][1] == right[0][1]:
            pairs.append((left.pop(0), right.pop(0)))
        elif left[0][2] < MISSED_S:
            left.pop(0)
        elif right[0][2] < MISSED_S:
            right.pop(0)
        else:
            break
    assert [c[1] for c in left] == [c[1] for c in right] == []
    return pairs


def unasked_parameters(heard):
    """Values that were set, and those that the vehicle changes and tells by itself."""
    statistics = re.compile(r"STAT_|BARO|INS_|COMPASS_|MOT_THST_HOVER|EK3_|MNT1_|CAM1_|RELAY1_|ESC_")
    return [
        (m.param_id, m.param_value, m.param_type)
        for m in (h.message for h in heard if h.type == "PARAM_VALUE" and h.message.param_index == 65535)
        if not statistics.match(m.param_id)
    ]


def assert_in_time(ours, real, asked):
    """Within a factor of 2 of the time since the ground last asked for something, give or take a telemetry period."""
    for (our_s, said, _), (real_s, _, _) in matched(ours, real):
        cause_s = max([at for at in asked if at < real_s - 0.001], default=0.0)
        took_s, slack_s = real_s - cause_s, 1.1
        assert took_s / 2 - slack_s <= our_s - cause_s <= took_s * 2 + slack_s, (our_s, real_s, said)
