"""Vehicles that don't do what they are told, change what they hold, restart in flight, or don't know where they are."""

import asyncio
import math
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from fault_air import Air, air, inside
from fault_link import LOOKED_AT_S, seen_inside
from mavlink_meddler import Meddler
from morning import morning
from promised import Promised
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from rangeops.domain.alarms import Alarm, Condition
from rangeops.domain.commands import CommandKind, CommandStage
from rangeops.domain.containment import Standing
from rangeops.domain.errors import RangeopsError, Unavailable
from rangeops.domain.events import AlarmChanged, StandingChanged, VehicleRebooted

DEAF, LAZY, MUTE, STUBBORN = 1, 2, 3, 4
BRAKE, CIRCLE = 17, 7
OBEYED_WITHIN_S = 3.0 + 1.0  # of the acceptance, and a heartbeat that shows it
GOOD_FLAGS, BAD_FLAGS = 0x33F, 0x025
UNTRUSTED_WITHIN_S = 1.0  # of the estimator's word, which comes twice a second
UNTRUSTED_ALARM_S = UNTRUSTED_WITHIN_S + 1.0 + LOOKED_AT_S  # its on delay


def ignores() -> tuple[str, bool]:
    """Four vehicles whose pilots lead them out at 3 m/s: one that is deaf, one that only says yes, one that does it and
    says nothing, one that says yes and circles.
    """
    places = [inside(70.0, along_m) for along_m in (-150.0, -50.0, 50.0, 150.0)]
    with air(places, pilots=(DEAF, LAZY, MUTE, STUBBORN)) as range_:
        range_.ready()
        for sysid, along_m in zip((DEAF, LAZY, MUTE, STUBBORN), (-150.0, -50.0, 50.0, 150.0), strict=True):
            range_.pilots[sysid].until = range_.until
            range_.pilots[sysid].command(mavlink.MAV_CMD_DO_CHANGE_SPEED, 1, 3.0, -1)
            range_.fly_to(inside(-12.0, along_m), 20.0, sysid)
        began_s = range_.fault("ignore_commands", DEAF)
        range_.fault("ack_but_ignore", LAZY)
        range_.proxy.down.meddle = Meddler(
            lambda m: False if m.get_type() == "COMMAND_ACK" and m.get_srcSystem() == MUTE else None
        )
        range_.proxy.up.meddle = Meddler(_circles_instead)
        done = {DEAF: 1, LAZY: 2, MUTE: 2, STUBBORN: 2}
        range_.until(lambda: all(len(range_.by_policy(began_s, s)) >= n for s, n in done.items()), 60, "the ladder")
        range_.until(lambda: _stages(range_, LAZY, CommandKind.RTL, "not-obeyed"), 15, "the return not obeyed")
        range_.until(lambda: range_.margin_m(DEAF) < -5, 40, "the deaf one outside")
        range_.wait(5)
        told = {s: [kind.value for kind in range_.by_policy(began_s, s)] for s in done}
        silence_s = _after(range_, DEAF, CommandStage.SENT, CommandStage.NO_ACK)
        late_s = {s: _after(range_, s, CommandStage.ACKED, CommandStage.NOT_OBEYED) for s in (LAZY, STUBBORN)}
        mute_s = _after(range_, MUTE, CommandStage.SENT, CommandStage.SEEN)
        alarmed = {s: _conditions(range_, s, began_s) for s in done}
        modes = {s: range_.truth(s)["mode"] for s in done}
    measured = (
        f"deaf: {told[DEAF]}, no ack said {silence_s:.1f} s after the first sending; says yes only: {told[LAZY]}, not obeyed told "
        f"{late_s[LAZY]:.1f} s after its ack; does it without a word: {told[MUTE]}, hold seen {mute_s:.1f} s after it was sent; circles "
        f"instead: {told[STUBBORN]}, told {late_s[STUBBORN]:.1f} s after its ack, then {modes[STUBBORN]}"
    )
    climbed = told[DEAF] == ["hold"] and all(told[s] == ["hold", "rtl"] for s in (LAZY, MUTE, STUBBORN))
    said = (
        Condition.COMMAND_NOT_ACKED in alarmed[DEAF]
        and Condition.COMMAND_NOT_OBEYED not in alarmed[DEAF] | alarmed[MUTE]
    )
    said &= all(Condition.COMMAND_NOT_OBEYED in alarmed[s] for s in (LAZY, STUBBORN))
    in_time = silence_s <= 3.0 + LOOKED_AT_S and max(late_s.values()) <= OBEYED_WITHIN_S
    return measured, climbed and said and in_time and modes[STUBBORN] == modes[MUTE] == "RTL"


def _circles_instead(message: Any) -> bool | None:
    if message.get_type() != "COMMAND_LONG" or message.target_system != STUBBORN:
        return None
    if message.command != mavlink.MAV_CMD_DO_SET_MODE or message.param2 != BRAKE:
        return None
    message.param2 = CIRCLE
    return True


def _stages(range_: Air, sysid: int, kind: CommandKind, stage: str) -> list[float]:
    return [
        at for at, p in range_.moved() if p.order.sysid == sysid and p.order.kind is kind and p.stage.value == stage
    ]


def _after(range_: Air, sysid: int, first: CommandStage, then: CommandStage) -> float:
    """Between two stages of its hold."""
    (began_s, *_), (ended_s, *_) = (_stages(range_, sysid, CommandKind.HOLD, stage.value) for stage in (first, then))
    return ended_s - began_s


def _conditions(range_: Air, sysid: int, since_s: float) -> set[Condition]:
    return {event.alarm.condition for _, event in range_.events(AlarmChanged, since_s) if event.alarm.sysid == sysid}


# What it holds.


def fence_mismatch() -> tuple[str, bool]:
    missing, refused = asyncio.run(_clears_nobody())
    said = [_read_back_wrong(fault) for fault in ("moved", "dropped")]
    with air(airborne_m=None, pilots=[1]) as range_:
        range_.ready()
        range_.take_off(15.0)
        range_.wait(3)  # what arming had it read again
        assert range_.read_backs()[-1].equal
        assert not range_.stands(Condition.FENCE_NOT_VERIFIED)
        pilot = range_.pilots[1]
        raised_s = time.monotonic()
        pilot.link.mav.param_set_send(1, 1, b"FENCE_ALT_MAX", 119.0, mavlink.MAV_PARAM_TYPE_REAL32)
        ceiling_s = range_.alarm_after_s(Condition.FENCE_NOT_VERIFIED, raised_s, 2.0)
        found_s = range_.until(
            lambda: [r for r in range_.read_backs(since_s=raised_s) if not r.equal], 15, "the finding"
        )
        detail = [r for r in range_.read_backs(since_s=raised_s) if not r.equal][-1].detail
        still = range_.stands(Condition.FENCE_NOT_VERIFIED)
    measured = (
        f"clearance of a whole range lacks {len(missing)} items, its fence {'among them' if refused else 'NOT'}, and is refused; "
        f"{'; '.join(f'{what}: told {stage} ({detail})' for what, stage, detail, _ in said)}; ceiling raised in flight by its pilot: "
        f"alarmed {ceiling_s:.1f} s later, read again unequal after {found_s:.1f} s ({detail}), alarm {'stands' if still else 'gone'}"
    )
    return measured, refused and all(true for *_, true in said) and ceiling_s <= 2.0 and found_s <= 10.0 and still


async def _clears_nobody() -> tuple[tuple[str, ...], bool]:
    """What a whole range's clearance lacks after such a load; and whether its fence is among it, and the word refused."""
    with tempfile.TemporaryDirectory(prefix="rangeops-fence-") as folder:
        async with morning(Path(folder)) as range_:
            await range_.radio.ask({"fault": "wrong_fence_readback", "vehicle": 7})
            with suppress(Unavailable):  # "D07's fence read back did not come": the director waits for nothing else
                await range_.director.open_day()
            (slot,) = await range_.client.slots()
            missing = (await range_.client.clearance(slot.id)).missing
            try:
                await range_.client.clear(slot.id)
            except RangeopsError:
                return missing, any("fence" in each.lower() for each in missing)
    return missing, False


def _read_back_wrong(fault: str) -> tuple[str, str, str, bool]:
    """What is told of a load whose read-back differs by one corner, or lacks one; and whether that is all that is told."""
    with air(airborne_m=None) as range_:
        range_.ready()
        if fault == "moved":
            range_.fault("wrong_fence_readback")
        else:
            range_.proxy.down.meddle = Meddler(_one_less)
        load = range_.order(CommandKind.LOAD_FENCE)
        range_.until(lambda: range_.stage(load) in ("seen", "refused", "no-ack", "not-obeyed"), 60, "the load's end")
        progress, backs = range_.progress(load), range_.read_backs()
        assert progress is not None
        view = range_.view()
        verified = any(each.equal for each in backs) or (view is not None and view.fence == "active")
        return (
            fault,
            progress.stage.value,
            progress.detail,
            progress.stage.value != "seen" and not verified and bool(backs),
        )


def _one_less(message: Any) -> bool | None:
    if (
        message.get_type() != "MISSION_COUNT"
        or message.mission_type != mavlink.MAV_MISSION_TYPE_FENCE
        or not message.count
    ):
        return None
    message.count -= 1
    return True


# A restart in flight.


def reboot() -> tuple[str, bool]:
    with air(airborne_m=None) as range_:
        range_.ready()
        range_.take_off(30.0)
        range_.wait(3)
        assert range_.read_backs()[-1].equal
        struck_s = range_.fault("reboot")
        alarm_s = range_.alarm_after_s(Condition.VEHICLE_REBOOTED, struck_s, 8.0)
        told_s = range_.events(VehicleRebooted, struck_s)[0][0] - struck_s
        range_.until(lambda: range_.read_backs(since_s=struck_s), 40, "the fence read again")
        again = range_.read_backs(since_s=struck_s)[0]
        inside = _inside_untold(range_, struck_s)
        by_itself = range_.by_policy(struck_s)
        announced = range_.alarmed(Condition.VEHICLE_REBOOTED, struck_s)
    measured = (
        f"restart told {told_s:.1f} s after it, alarmed {alarm_s:.1f} s after it (dark for 1.5 s of it); fence read again: "
        f"{'equal' if again.equal else again.detail}; {inside} pictures INSIDE without a trusted position, {len(by_itself)} commands by itself"
    )
    return measured, alarm_s <= 6.0 and bool(announced) and not inside and not by_itself


def _inside_untold(range_: Air, since_s: float, sysid: int = 1) -> int:
    return sum(
        not view.trusted and view.standing is not Standing.UNKNOWN for _, view in range_.views(since_s, sysid=sysid)
    )


# Where it is.


def gps_lost() -> tuple[str, bool]:
    """One whose satellites are gone; and one whose filter alone says that its position is bad, led out by its pilot."""
    jammed, doubtful = 1, 2
    with air([inside(150.0), inside(40.0, 60.0)], pilots=(doubtful,)) as range_:
        range_.ready()
        words = _Words(range_)
        words.untrusted.add(doubtful)
        range_.until(lambda: doubtful in words.bad_s, 5, "the filter's word")
        range_.pilots[doubtful].until = range_.until
        range_.pilots[doubtful].command(mavlink.MAV_CMD_DO_CHANGE_SPEED, 1, 4.0, -1)
        range_.fly_to(inside(-12.0, 60.0), 20.0, doubtful)
        gone_s = range_.fault("gps_loss", jammed, for_s=14.0)
        range_.until(lambda: range_.margin_m(doubtful) < -8, 30, "outside")
        range_.until(lambda: jammed in words.bad_s, 30, "the filter's word of the jammed one")
        unknown = {s: range_.unknown_after_s(words.bad_s[s], UNTRUSTED_WITHIN_S, s) for s in (jammed, doubtful)}
        alarms = {s: _alarm_of(range_, s, Condition.POSITION_UNTRUSTED, words.bad_s[s]) for s in (jammed, doubtful)}
        range_.wait(3)
        by_itself = range_.by_policy(gone_s)
        shown = sum(seen_inside(range_, words.bad_s[s] + UNTRUSTED_WITHIN_S, sysid=s) for s in (jammed, doubtful))
        words.untrusted.clear()
        good_s = time.monotonic()
        range_.until(lambda: CommandKind.HOLD in range_.by_policy(good_s, doubtful), 5, "the hold of the one outside")
        held_s = time.monotonic() - good_s
        range_.until(lambda: range_.trusted(jammed), 40, "the satellites back")
        back_s = time.monotonic() - words.good_s[jammed]
    measured = (
        f"UNKNOWN {unknown[jammed]:.2f} and {unknown[doubtful]:.2f} s after the filter's word, alarms {alarms[jammed]:.1f} and "
        f"{alarms[doubtful]:.1f} s; shown elsewhere than UNKNOWN: {shown}; commands by itself meanwhile, one of them outside: "
        f"{len(by_itself)}; trusted {back_s:.1f} s after the filter's word, the one outside held {held_s:.1f} s after"
    )
    in_time = max(unknown.values()) <= UNTRUSTED_WITHIN_S and max(alarms.values()) <= UNTRUSTED_ALARM_S
    return measured, in_time and not shown and not by_itself and held_s <= 2.0 and back_s <= 2.0


def _alarm_of(range_: Air, sysid: int, condition: Condition, since_s: float) -> float:
    def told() -> list[tuple[float, Alarm]]:
        return [(at, alarm) for at, alarm in range_.alarmed(condition, since_s) if alarm.sysid == sysid]

    range_.until(told, 8, f"{condition.value} of #{sysid}")
    return told()[0][0] - since_s


class _Words:
    """What the filters say on their way down; of `untrusted` they say that the position is bad."""

    def __init__(self, range_: Air) -> None:
        self.untrusted: set[int] = set()
        self.bad_s: dict[int, float] = {}
        self.good_s: dict[int, float] = {}
        range_.proxy.down.meddle = Meddler(self._change)

    def _change(self, message: Any) -> bool | None:
        if message.get_type() != "EKF_STATUS_REPORT":
            return None
        sysid = message.get_srcSystem()
        changed = sysid in self.untrusted
        if changed:
            message.flags = BAD_FLAGS
        if message.flags != GOOD_FLAGS:
            self.bad_s.setdefault(sysid, time.monotonic())
            self.good_s.pop(sysid, None)
        else:
            self.good_s.setdefault(sysid, time.monotonic())
        return changed or None


class _Spoofer:
    """Moves reported positions east and north, with whatever the filter says left as good as it was."""

    def __init__(self, range_: Air) -> None:
        self.moved_m: Callable[[], tuple[float, float]] = lambda: (0.0, 0.0)
        self.velocity_mps = (0.0, 0.0)
        self.jumped_s: list[float] = []
        self.filter_s: list[float] = []
        range_.proxy.down.meddle = Meddler(self._change)

    def _change(self, message: Any) -> bool | None:
        if message.get_type() == "EKF_STATUS_REPORT":
            self.filter_s.append(time.monotonic())
        if message.get_type() != "GLOBAL_POSITION_INT":
            return None
        north_m, east_m = self.moved_m()
        if not (north_m or east_m):
            return None
        self.jumped_s.append(time.monotonic())
        message.lat += round(north_m / 111_195 * 1e7)
        message.lon += round(east_m / (111_195 * math.cos(math.radians(message.lat * 1e-7))) * 1e7)
        message.vx += round(self.velocity_mps[0] * 100)
        message.vy += round(self.velocity_mps[1] * 100)
        return True


_OUT = (-0.57, 0.82)  # north, east: by EAST's south-eastern edge


def gps_jump() -> tuple[str, bool]:
    """Five single reports 300 m off; then 300 m for good, with a filter that vouches for it."""
    with air([inside(150.0)]) as range_:
        range_.ready()
        spoofer = _Spoofer(range_)
        began_s = time.monotonic()
        for _ in range(5):
            spoofer.jumped_s.clear()
            spoofer.moved_m = lambda: tuple(300.0 * part for part in _OUT) if not spoofer.jumped_s else (0.0, 0.0)  # type: ignore[assignment,return-value]
            range_.until(lambda: spoofer.jumped_s, 5, "a report that jumps")
            range_.wait(2.0)
        glitches = [e.standing for _, e in range_.events(StandingChanged, began_s)]
        on_glitches = range_.by_policy(began_s)
        range_.until(range_.trusted, 5, "trusted again")
        spoofer.jumped_s.clear()
        spoofer.moved_m = lambda: (300.0 * _OUT[0], 300.0 * _OUT[1])
        range_.until(lambda: spoofer.jumped_s, 5, "the jump")
        jump_s = spoofer.jumped_s[0]
        range_.until(lambda: any(at > jump_s for at in spoofer.filter_s), 5, "the filter's next word")
        vouched_s = next(at for at in spoofer.filter_s if at > jump_s)
        range_.wait(2)
        before = [p for at, p in range_.moved(jump_s) if at < vouched_s and p.order.by == "policy"]
        after = range_.by_policy(jump_s)
        standings = [e.standing.value for _, e in range_.events(StandingChanged, jump_s)]
    misjudged = [each for each in glitches if each not in (Standing.UNKNOWN, Standing.INSIDE)]
    measured = (
        f"5 single reports 300 m outside: {glitches.count(Standing.UNKNOWN)} times UNKNOWN, {len(misjudged)} times held for outside, "
        f"{len(on_glitches)} commands; 300 m for good with the filter's word: {len(before)} commands before that word "
        f"({vouched_s - jump_s:.1f} s), then believed: {', '.join(standings)}; sent {[kind.value for kind in after]}"
    )
    told_unknown = glitches.count(Standing.UNKNOWN) >= 1 and standings[:1] == ["unknown"]
    return measured, not misjudged and not on_glitches and not before and told_unknown


def gps_drift() -> tuple[str, bool]:
    """2 m/s outwards by its reports, from 40 m inside, while it hovers: what the filter vouches for is believed."""
    with air([inside(40.0)], pilots=[1]) as range_:
        range_.ready()
        range_.fly_to(inside(40.0), 20.0)  # where it is: in GUIDED, and not told to hold yet
        spoofer = _Spoofer(range_)
        began_s = time.monotonic()
        spoofer.velocity_mps = (2.0 * _OUT[0], 2.0 * _OUT[1])
        spoofer.moved_m = lambda: tuple(2.0 * (time.monotonic() - began_s) * part for part in _OUT)  # type: ignore[assignment,return-value]
        alarm_s = range_.alarm_after_s(Condition.FORECAST_EXIT, began_s, 25.0)
        range_.until(lambda: CommandKind.HOLD in range_.by_policy(began_s), 25, "the hold")
        hold_s = time.monotonic() - began_s
        clashes = range_.alarmed(Condition.SYSID_CLASH, began_s)
        told = range_.by_policy(began_s)
    left_m = 40.0 - 2.0 * hold_s
    measured = (
        f"alarmed {40.0 - 2.0 * alarm_s:.0f} m, held {left_m:.0f} m inside by its reports, {alarm_s:.1f} and {hold_s:.1f} s after the drift "
        f"began; sent {[kind.value for kind in told]}"
    )
    return measured, left_m > 0 and told[:1] == [CommandKind.HOLD] and not clashes


FAULTS = (
    Promised(
        "vehicle-ignores",
        "A vehicle that acks a command and doesn't do it is alarmed, and the next rung follows; one that is silent is told the same again.",
        "four vehicles led out at 3 m/s: one deaf, one that acks and flies on, one that obeys without an ack, one that acks and circles",
        f"deaf: hold alone, no ack told within {3.0 + LOOKED_AT_S} s; acks only: told {OBEYED_WITHIN_S:.0f} s after the ack, then RTL and no LAND; silent but obedient: seen, no alarm",
        ignores,
    ),
    Promised(
        "fence-mismatch",
        "A fence that isn't read back equal is never called verified, and clears nobody; one that is changed in flight is alarmed.",
        "a read-back with a corner 11 m off (to a whole range, too, which is then asked for its clearance), one with a corner missing, and the ceiling raised in flight by its pilot's own ground station",
        "0 called verified, 0 cleared; in flight alarmed within 2 s and found unequal within 10 s",
        fence_mismatch,
    ),
    Promised(
        "vehicle-reboot",
        "A vehicle that reboots in flight is alarmed, and what was loaded counts as unknown until it is read back.",
        "an autopilot that restarts 30 m up with its fence verified; dark for 1.5 s",
        "alarmed within 6 s; fence read again; 0 pictures INSIDE without a trusted position; 0 commands by itself",
        reboot,
    ),
    Promised(
        "gps-lost",
        "A position that the EKF doesn't vouch for is UNKNOWN, never INSIDE, and nothing is sent on it.",
        "satellites gone for 14 s in flight; and a filter that says no while its pilot leads it out of its volume",
        f"UNKNOWN within {UNTRUSTED_WITHIN_S:.0f} s of the filter's word, alarm within {UNTRUSTED_ALARM_S} s; 0 commands meanwhile; trusted, and who is outside held, within 2 s of its return",
        gps_lost,
    ),
    Promised(
        "gps-jump",
        "A position that no vehicle can have flown to isn't believed until the EKF has spoken again, and then by its word.",
        "five single reports 300 m outside, then all of them, with a filter that vouches for every one",
        "0 held for outside by a single report; 0 commands before the filter's word",
        gps_jump,
    ),
    Promised(
        "gps-drift",
        "A drift that the EKF vouches for is believed: it is alarmed and held before its reported position leaves.",
        "reports that creep outwards at 2 m/s from a vehicle that hovers 40 m inside",
        "alarm and hold inside by its reports",
        gps_drift,
    ),
)
