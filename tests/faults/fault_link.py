"""Links that are cut, that come and go, that lose, delay, reorder and repeat."""

import itertools
import time
from collections.abc import Mapping
from typing import Any

from fault_air import Air, air, inside, margin_m
from fault_proxy import Weather
from mavlink_meddler import Meddler
from promised import Promised

from rangeops.domain.alarms import Condition
from rangeops.domain.commands import CommandId, CommandKind
from rangeops.domain.containment import Standing
from rangeops.domain.events import StandingChanged, VehicleRebooted
from rangeops.domain.telemetry import POSITION_LOST_S, POSITION_STALE_S

CUT_S = 10.0
OVER = ("seen", "refused", "no-ack", "not-obeyed")  # stages that end an order
LOOKED_AT_S = 0.5  # a vehicle that sends nothing is looked at again within this
HEARTBEAT_S = 1.0  # the last one may be that old when the link is cut
STALE_WITHIN_S = POSITION_STALE_S + LOOKED_AT_S
LOST_WITHIN_S = POSITION_LOST_S + LOOKED_AT_S
NO_ACK_WITHIN_S = 3.0 + LOOKED_AT_S
BACK_WITHIN_S = 3.0  # from the first packet to a trusted position: the estimator's report comes twice a second
OVER_WITHIN_S = 10.0  # from then to a stop that is seen, and to alarms that have ended


def link_cut() -> tuple[str, bool]:
    with air(pilots=[1]) as range_:
        range_.ready()
        range_.fly_to(inside(150.0, 150.0), 20.0)
        range_.until(lambda: abs(range_.truth()["ve"]) > 3, 10, "on its way")
        cut_s = range_.cut()
        hold = range_.order(CommandKind.HOLD)
        arm = range_.order(CommandKind.ARM)  # intent that is stale when the link is back
        unknown_s = range_.unknown_after_s(cut_s, STALE_WITHIN_S)
        stale_s = range_.alarm_after_s(Condition.TELEMETRY_STALE, cut_s, STALE_WITHIN_S)
        unanswered_s = range_.alarm_after_s(Condition.COMMAND_NOT_ACKED, cut_s, NO_ACK_WITHIN_S)
        lost_s = range_.alarm_after_s(Condition.LINK_LOST, cut_s, LOST_WITHIN_S)
        range_.wait(cut_s + CUT_S - time.monotonic())
        inside_s = seen_inside(range_, cut_s + STALE_WITHIN_S)
        back_s = _settled(range_, range_.clear())
        held_s = range_.until(lambda: range_.stage(hold) == "seen", OVER_WITHIN_S, "the hold seen")
        calm_s = _calm(range_)
        by_itself, mode = range_.by_policy(), range_.truth()["mode"]
        armed = range_.stage(arm)
    measured = (
        f"UNKNOWN {unknown_s:.1f} s after the cut, alarms: stale {stale_s:.1f} s, no ack {unanswered_s:.1f} s, not heard {lost_s:.1f} s; "
        f"shown INSIDE {inside_s} times meanwhile; {len(by_itself)} commands by itself; {CUT_S:.0f} s later: position trusted "
        f"{back_s:.1f} s, the hold that was ordered seen {held_s:.1f} s ({mode}), alarms over {calm_s:.1f} s after it, the other order {armed}"
    )
    in_time = unknown_s <= STALE_WITHIN_S and stale_s <= STALE_WITHIN_S and unanswered_s <= NO_ACK_WITHIN_S
    held = mode == "BRAKE" and armed == "refused" and not by_itself and not inside_s
    return measured, in_time and lost_s <= LOST_WITHIN_S and held and back_s <= BACK_WITHIN_S


def seen_inside(range_: Air, since_s: float, until_s: float = float("inf"), sysid: int = 1) -> int:
    """How often screens had it anywhere but UNKNOWN."""
    views = range_.views(since_s, until_s, sysid)
    return sum(view.standing is not Standing.UNKNOWN for _, view in views)


def _settled(range_: Air, since_s: float) -> float:
    range_.until(range_.trusted, BACK_WITHIN_S + 5, "a trusted position")
    return next(at for at, view in range_.views(since_s) if view.trusted) - since_s


def _calm(range_: Air) -> float:
    """Until no alarm of a vehicle stands but the one of its fence, which was never loaded."""

    def over() -> bool:
        return all(a.sysid is None or a.condition is Condition.FENCE_NOT_VERIFIED for a in range_.standing())

    return range_.until(over, OVER_WITHIN_S, "the end of all alarms")


def dead_uplink() -> tuple[str, bool]:
    """Its own GCS failsafe is off, so that nothing but the range could stop it."""
    with air([inside(45.0)], pilots=[1], parameters={"FS_GCS_ENABLE": 0}) as range_:
        range_.ready()
        cut_s = range_.cut(down=False)
        range_.pilots[1].until = range_.until
        range_.pilots[1].command(178, 1, 2.0, -1)  # DO_CHANGE_SPEED: slowly
        range_.fly_to(inside(-25.0), 20.0)
        uplink_s = range_.alarm_after_s(Condition.UPLINK_LOST, cut_s, 9.0)
        range_.until(lambda: CommandKind.HOLD in range_.by_policy(cut_s), 60, "the range's hold")
        first_s = next(
            at for at, p in range_.moved(cut_s) if p.order.by == "policy" and p.order.kind is CommandKind.HOLD
        )
        unanswered_s = range_.alarm_after_s(Condition.COMMAND_NOT_ACKED, first_s, NO_ACK_WITHIN_S)
        range_.until(lambda: range_.margin_m() < -2.0, 60, "outside")
        range_.wait(3)
        told_dead = range_.by_policy(cut_s)
        range_.clear()
        seen_s = range_.until(
            lambda: any(p.stage.value == "seen" and p.order.kind is CommandKind.HOLD for _, p in range_.moved(first_s)),
            OVER_WITHIN_S, "the hold seen",
        )  # fmt: skip
        rtl_s = range_.until(lambda: CommandKind.RTL in range_.by_policy(cut_s), 15, "the return that follows the hold")
        told = range_.by_policy(cut_s)
    measured = (
        f"alarms: uplink lost {uplink_s:.1f} s after the cut, no ack {unanswered_s:.1f} s after the first sending; on the dead uplink "
        f"{[kind.value for kind in told_dead]}; after it {[kind.value for kind in told]}: held {seen_s:.1f} s, RTL {rtl_s:.1f} s later"
    )
    held = set(told_dead) == {CommandKind.HOLD} and told[-1] is CommandKind.RTL and CommandKind.LAND not in told
    return measured, held and uplink_s <= 8.5 and unanswered_s <= NO_ACK_WITHIN_S


def cut_mid_load() -> tuple[str, bool]:
    """With the third item of a fence on its way up, and with the third on its way back."""
    told = [_cut_at_third_item("up"), _cut_at_third_item("down")]
    return "; ".join(measured for measured, _ in told), all(true for _, true in told)


def _cut_at_third_item(way: str) -> tuple[str, bool]:
    """The cut is made where the third item passes: nobody who looks on from outside would be quick enough."""
    with air(airborne_m=None) as range_:
        range_.ready()
        cut_s: list[float] = []
        items = Meddler()

        def third_passes(message: Any) -> bool | None:
            if message.get_type() == "MISSION_ITEM_INT" and items.counted.get("MISSION_ITEM_INT", 0) == 2 and not cut_s:
                cut_s.append(range_.cut())
            return None

        items.change = third_passes
        (range_.proxy.up if way == "up" else range_.proxy.down).meddle = items
        load = range_.order(CommandKind.LOAD_FENCE)
        range_.until(lambda: cut_s, 15, f"three items {way}")
        range_.wait(CUT_S)
        during = range_.stage(load)
        range_.clear()
        took_s = range_.until(lambda: range_.stage(load) in OVER, 60, "the load's end")
        first = range_.stage(load)
        true = during != "seen" and _truly_held(range_, 1, first)
        range_.carried_out(CommandKind.LOAD_FENCE, within_s=40)
        true &= _truly_held(range_, 1, "seen")
        count = len(range_.held())
    measured = f"cut on the way {way}: {during} meanwhile, told {first} {took_s:.1f} s after the link was back; loaded again: equal, {count} items"
    return measured, true


def _truly_held(range_: Air, sysid: int, stage: str) -> bool:
    """What is called verified is on board, all of it; what isn't verified is said so in words."""
    loads = [p for _, p in range_.moved() if p.order.kind is CommandKind.LOAD_FENCE and p.order.sysid == sysid]
    if stage != "seen":
        return bool(loads[-1].detail) and not any(each.equal for each in range_.read_backs(sysid))
    done = sum(p.stage.value == "seen" for p in loads)
    range_.until(lambda: len(range_.read_backs(sysid)) >= done, 5, "the finding, which is told right after it")
    last = range_.read_backs(sysid)[-1]
    return last.equal and len(range_.held(sysid)) == last.items


def link_flap() -> tuple[str, bool]:
    """Ten times in a minute: 3.5 s gone, 2.5 s there, while hold and return are ordered in turns."""
    unknown_s: list[float] = []
    outcomes: list[str] = []
    with air() as range_:
        range_.ready()
        began_s = time.monotonic()
        orders = []
        for number in range(10):
            cut_s = range_.cut()
            orders.append(range_.order(CommandKind.HOLD if number % 2 == 0 else CommandKind.RTL))
            unknown_s.append(range_.unknown_after_s(cut_s, STALE_WITHIN_S))
            range_.wait(cut_s + 3.5 - time.monotonic())
            range_.clear()
            range_.wait(cut_s + 6.0 - time.monotonic())
        took_s = time.monotonic() - began_s
        back_s = range_.until(range_.trusted, BACK_WITHIN_S + 5, "a trusted position")
        range_.until(lambda: range_.stage(orders[-1]) == "seen", OVER_WITHIN_S, "the last command seen")
        outcomes = [range_.stage(order) for order in orders]
        calm_s = _calm(range_)
        raised = [alarm for _, alarm in range_.alarmed(Condition.TELEMETRY_STALE, began_s)]
        alarms, times = len({alarm.id for alarm in raised}), raised[-1].times
        by_itself = range_.by_policy()
    measured = (
        f"10 cuts in {took_s:.0f} s: UNKNOWN {min(unknown_s):.1f} to {max(unknown_s):.1f} s after each; telemetry stale: {alarms} alarm, "
        f"raised {times} times; outcomes {', '.join(sorted(set(outcomes)))} of {len(orders)} orders; {len(by_itself)} commands by itself; "
        f"trusted {back_s:.1f} s and no alarm {calm_s:.1f} s after the last"
    )
    known = set(outcomes) <= {"seen", "superseded", "no-ack", "refused"} and outcomes[-1] == "seen"
    return measured, max(
        unknown_s
    ) <= STALE_WITHIN_S and known and alarms == 1 and not by_itself and back_s <= BACK_WITHIN_S


RATES = (0.1, 0.3, 0.5)
JITTER_S = 0.3
MOST_LOADED = 0.3  # worse links load a fence in minutes: `make prove`
MODES = {CommandKind.HOLD: "BRAKE", CommandKind.RTL: "RTL"}


def link_bad() -> tuple[str, bool]:
    """Each rate of loss both ways, with 0 to 300 ms of jitter that reorders, and a tenth twice: four fences, eight commands."""
    told = [_at_rate(rate) for rate in RATES]
    wrong = [each for _, wrongs in told for each in wrongs]
    parts = "; ".join(part for part, _ in told)
    return f"{parts}; the others a stated failure; told wrong: {len(wrong)} {wrong[:3] or ''}".rstrip(), not wrong


def _at_rate(rate: float) -> tuple[str, list[str]]:
    """What was told at one rate, and what of it was wrong."""
    places = [inside(150.0, along_m) for along_m in (-90.0, -30.0, 30.0, 90.0)]
    sysids = range(1, len(places) + 1)
    wrong: list[str] = []
    fences, seen = "", 0
    with air(places, airborne_m=None, seed=round(rate * 1000)) as range_:
        range_.ready()
        range_.proxy.up.weather = range_.proxy.down.weather = Weather(loss=rate, jitter_s=JITTER_S, duplicates=0.1)
        if rate <= MOST_LOADED:
            stages = _all_over(range_, {s: range_.order(CommandKind.LOAD_FENCE, s) for s in sysids}, 120)
            wrong += [
                f"fence of #{s} at {rate:.0%}" for s, stage in stages.items() if not _truly_held(range_, s, stage)
            ]
            fences = f"{list(stages.values()).count('seen')} of 4 fences read back equal, "
        for kind, mode in MODES.items():
            range_.wait(2 * JITTER_S)  # a late copy of the one before could undo it: docs/limits.md
            stages = _all_over(range_, {s: range_.order(kind, s) for s in sysids}, 75)
            seen += list(stages.values()).count("seen")
            truly = {s: range_.truth(s)["mode"] for s in sysids}
            wrong += [
                f"{kind.value} of #{s} at {rate:.0%}: {stage}, and it is in {truly[s]}"
                for s, stage in stages.items()
                if stage != "no-ack" and (stage == "seen") != (truly[s] == mode)
            ]
    return f"{rate:.0%}: {fences}{seen} of 8 commands seen", wrong


def _all_over(range_: Air, orders: Mapping[int, CommandId], within_s: float) -> dict[int, str]:
    range_.until(
        lambda: all(range_.stage(order) in OVER for order in orders.values()), within_s, "the end of all orders"
    )
    return {sysid: range_.stage(order) for sysid, order in orders.items()}


def reordered() -> tuple[str, bool]:
    """Along the edge, 8 m inside, at 4 m/s, then slowly away from it: nothing but positions that overtake each other."""
    with air([inside(25.0, -140.0)], pilots=[1]) as range_:
        range_.ready()
        storm = Weather(loss=0.1, jitter_s=0.6, duplicates=0.3)
        range_.proxy.down.weather = storm
        began_s = time.monotonic()
        range_.pilots[1].until = range_.until
        range_.pilots[1].command(178, 1, 4.0, -1)
        range_.fly_to(inside(25.0, 100.0), 20.0)
        least_m = float("inf")

        def arrived() -> bool:
            nonlocal least_m
            least_m = min(least_m, range_.margin_m())
            truth = range_.truth()
            return margin_m(truth["lat"], truth["lon"]) > 20 and time.monotonic() - began_s > 20

        range_.until(arrived, 40, "the flight")
        wrong = [
            e.standing
            for _, e in range_.events(StandingChanged, began_s)
            if e.standing not in (Standing.INSIDE, Standing.UNKNOWN)
        ]
        restarts = len(range_.events(VehicleRebooted, began_s))
        false = [
            range_.alarmed(c, began_s)
            for c in (Condition.OUTSIDE_FLIGHT_GEOGRAPHY, Condition.SYSID_CLASH, Condition.VEHICLE_REBOOTED)
        ]
        backwards = _backwards(range_, began_s)
        by_itself = range_.by_policy(began_s)
        reports = len(range_.views(began_s))
    measured = (
        f"{reports} pictures in flight, {least_m:.0f} m inside at the least: {len(wrong)} misjudged, {backwards} in which it went "
        f"backwards, {restarts} taken for a restart, {sum(map(len, false))} false alarms, {len(by_itself)} commands by itself"
    )
    return measured, not wrong and not restarts and not any(false) and not by_itself and not backwards


def _backwards(range_: Air, since_s: float) -> int:
    """Pictures whose place lies behind the one before, by more than its position's noise."""
    places = [(v.latitude_deg, v.longitude_deg) for _, v in range_.views(since_s) if v.latitude_deg is not None]
    along = [place[0] for place in places]  # the edge leads north-east: latitude grows all the way
    return sum(b < a - 3e-6 for a, b in itertools.pairwise(along))


_BAD_LIMIT = "0 told done that isn't; every order ended in words"

FAULTS = (
    Promised(
        "link-cut",
        "A link that is cut is alarmed, nothing is believed that is too old, and it comes back by itself.",
        "both ways cut for 10 s under a vehicle at cruise, a hold and an arming ordered meanwhile; by real UDP to the real watch",
        f"UNKNOWN and stale within {STALE_WITHIN_S} s, not heard within {LOST_WITHIN_S} s; 0 shown INSIDE, 0 commands by itself; trusted {BACK_WITHIN_S:.0f} s after, the hold seen, the arming not sent",
        link_cut,
    ),
    Promised(
        "link-dead-uplink",
        "Where only the way up is dead, the same command is sent again and again, and no rung is climbed.",
        "the way up cut while its pilot leads it out of its volume at 2 m/s; then the way up is back",
        "alarmed within 8.5 s; nothing but hold on a dead uplink; hold, then RTL once it is back",
        dead_uplink,
    ),
    Promised(
        "link-cut-load",
        "A link that is cut while a fence is loaded leaves a fence that is whole, or a failure in words, and it can be loaded again.",
        "both ways cut for 10 s at the third item on its way up, and at the third on its way back",
        "0 called verified that aren't; the next load read back equal",
        cut_mid_load,
    ),
    Promised(
        "link-flap",
        "A link that comes and goes is alarmed once a minute at most, and costs no command its outcome.",
        "3.5 s gone and 2.5 s there, ten times in a minute, with a hold or a return ordered in each gap",
        f"UNKNOWN within {STALE_WITHIN_S} s each time; one alarm a minute, with a count; 10 of 10 outcomes known, the last seen",
        link_flap,
    ),
    Promised(
        "link-bad",
        "Loss, jitter and reordering never make a fence or a command count as done that isn't.",
        "four vehicles at 10, 30 and 50 % loss both ways with up to 300 ms of jitter and a tenth twice: fences (up to 30 %), holds, returns",
        _BAD_LIMIT,
        link_bad,
    ),
    Promised(
        "link-reorder",
        "Positions that overtake each other on the way make no breach, no restart and no second vehicle.",
        "a flight along the edge at 4 m/s, its reports up to 0.6 s late in any order, a third twice, a tenth lost",
        "0 misjudged, 0 backwards, 0 false alarms, 0 commands by itself",
        reordered,
    ),
)
