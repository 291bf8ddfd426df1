"""Which of several ways to one vehicle is in use, and that a change of it loses, doubles and mistakes nothing."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mavlink_world import instant, order_of

from rangeops.adapters.mavlink.fleet import Fleet, Outgoing
from rangeops.adapters.mavlink.link import decode_frame
from rangeops.adapters.mavlink.messages import (
    CommandAck,
    CommandLong,
    GlobalPositionInt,
    Heartbeat,
    RadioStatus,
    Statustext,
    Timesync,
)
from rangeops.adapters.mavlink.routes import (
    BETTER_FOR_S,
    DWELL_S,
    ROUTE_SILENT_S,
    Choice,
    Standing,
    Way,
    radio_margin_db,
    rank,
)
from rangeops.adapters.mavlink.uplink import LOST_S, PROBE_S
from rangeops.domain.commands import CommandKind, CommandProgress, CommandStage
from rangeops.domain.events import StatusTextHeard, VehicleRebooted

A, B, C = (
    ("serial:/dev/ttyUSB0:57600", ("", 0)),
    ("udpin:127.0.0.1:14550", ("h", 1)),
    ("tcp:127.0.0.1:5760", ("t", 2)),
)
ROUTES = (A, B, C)


def way(
    *, heard_s: float = 100.0, answered_s: float | None = 100.0, loss: float = 0.0, trip_s: float = 0.1, vouched=False
) -> Way:
    made = Way(0.0, vouched=vouched)
    made.heard_s = heard_s
    if answered_s is not None:
        made.answered(answered_s, trip_s)
    made.counted(0, 0)
    made.counted(round(1000 * (1 - loss)), round(1000 * loss))
    return made


ways = st.builds(
    way,
    heard_s=st.floats(90, 100),
    answered_s=st.none() | st.floats(85, 100),
    loss=st.floats(0, 1),
    trip_s=st.floats(0, 3),
    vouched=st.booleans(),
)


def is_dead(each: Way, now_s: float) -> bool:
    return each.standing(now_s, silent_s=ROUTE_SILENT_S) in (Standing.SILENT, Standing.DEAF)


@given(st.lists(ways, min_size=2, max_size=3))
@example([way(heard_s=90.0), way(heard_s=97.0, answered_s=94.0), way(heard_s=99.0, answered_s=94.0, trip_s=1.0)])
def test_a_dead_route_is_never_kept_nor_taken_while_there_is_a_live_one(some):
    known = dict(zip(ROUTES, some, strict=False))
    chosen = Choice(0.0).of(A, known, 100.0)
    if any(not is_dead(each, 100.0) and each.standing(100.0) is Standing.LIVE for each in some):
        assert not is_dead(known[chosen], 100.0)


@given(st.permutations(ROUTES), st.lists(ways, min_size=3, max_size=3))
def test_the_order_is_total_and_the_same_whatever_came_first(order, some):
    named = dict(zip(ROUTES, some, strict=True))
    ranks = [rank(route, named[route], 100.0) for route in order]
    assert len(set(ranks)) == 3
    assert sorted(ranks) == sorted(rank(route, each, 100.0) for route, each in named.items())


@given(st.lists(st.tuples(st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0, 2), st.floats(0, 2)), max_size=80))
def test_two_live_routes_are_not_changed_twice_within_the_dwell_time(seconds):
    choice, current, moves = Choice(0.0), A, []
    for number, (loss_a, loss_b, trip_a, trip_b) in enumerate(seconds):
        now_s = float(number)
        both = {
            A: way(heard_s=now_s, answered_s=now_s, loss=loss_a, trip_s=trip_a),
            B: way(heard_s=now_s, answered_s=now_s, loss=loss_b, trip_s=trip_b),
        }
        chosen = choice.of(current, both, now_s)
        if chosen != current:
            assert both[chosen].delay_s < both[current].delay_s
            moves.append(now_s)
            current = chosen
    assert all(later - earlier >= DWELL_S for earlier, later in zip([0.0, *moves], moves, strict=False))


def seconds_until_moved(a: Callable[[float], Way], b: Callable[[float], Way], *, within_s: int = 60) -> int | None:
    choice = Choice(-DWELL_S)
    for second in range(within_s):
        if choice.of(A, {A: a(second), B: b(second)}, float(second)) == B:
            return second
    return None


def live(loss: float, trip_s: float) -> Callable[[float], Way]:
    return lambda now_s: way(heard_s=now_s, answered_s=now_s, loss=loss, trip_s=trip_s)


def test_a_route_that_is_clearly_better_is_taken_after_a_while_and_one_that_is_a_little_better_is_not():
    assert seconds_until_moved(live(0.3, 0.3), live(0.0, 0.1)) == BETTER_FOR_S
    assert seconds_until_moved(live(0.05, 0.11), live(0.05, 0.10)) is None
    assert (
        seconds_until_moved(live(0.0, 0.04), live(0.0, 0.001)) is None
    )  # forty times as fast, and nobody would notice
    assert seconds_until_moved(live(0.0, 0.1), live(0.3, 0.1)) is None


def test_another_peer_of_one_port_is_taken_for_silence_alone_unless_it_signs():
    """Without a key anybody may send in a vehicle's name, without loss and with quick answers."""
    stranger = (B[0], ("192.0.2.9", 9))
    bad, good = way(loss=0.5, trip_s=1.0), way()
    for vouched, moved in ((False, False), (True, True)):
        choice, now_s = Choice(0.0), 100.0
        good.vouched = vouched
        assert choice.of(B, {B: bad, stranger: good}, now_s) == B
        bad.heard_s = good.heard_s = now_s + BETTER_FOR_S
        assert (choice.of(B, {B: bad, stranger: good}, now_s + BETTER_FOR_S) == stranger) is moved
    bad.heard_s, good.vouched = 100.0, False
    assert Choice(0.0).of(B, {B: bad, stranger: good}, 103.0) == stranger


def test_what_nobody_signed_competes_with_no_route_that_is_signed():
    assert seconds_until_moved(
        lambda now_s: way(heard_s=now_s, answered_s=now_s, loss=0.5, vouched=True), live(0.0, 0.01)
    ) is None  # fmt: skip


def test_a_radio_that_fades_is_worse_before_it_loses_anything():
    near, far = way(), way()
    far.margin_db = 2.0
    assert far.delay_s > near.delay_s
    assert far.loss == near.loss == 0.0
    assert radio_margin_db(RadioStatus(0, 0, 190, 170, 90, 50, 60)) == pytest.approx((170 - 60) / 1.9)
    assert radio_margin_db(RadioStatus(0, 0, 255, 255, 90, 50, 60)) is None


def test_what_was_not_measured_is_not_better_than_what_was():
    assert Way(0.0).delay_s > way(loss=0.3, trip_s=0.5).delay_s
    assert Way(0.0).loss is None


def test_loss_is_that_of_the_last_seconds():
    measured = Way(0.0)
    measured.counted(0, 0)
    for second in range(1, 11):
        measured.counted(25 * second, 25 * second)
    assert measured.loss == pytest.approx(0.5)
    for second in range(1, 31):
        measured.counted(250 + 50 * second, 250)
    assert measured.loss < 0.02


class TwoLinks:
    """A vehicle that sends everything on two links; each answers our TIMESYNC after its own time."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.fleet = Fleet(250)
        self.fleet.counts_of = lambda route, sysid, compid: self.counts[route]
        self.counts = {A: (0, 0), B: (0, 0)}
        self.loss = {A: 0.0, B: 0.0}
        self.trip_s = {A: 0.1, B: 0.1}
        self.silent: set = set()
        self.deaf: set = set()
        self.answers: list[tuple[float, tuple, Timesync]] = []
        self.sent: list[Outgoing] = []
        self.told: list = []
        self.number = 0
        self.hear(A, Heartbeat(4, 2, 3, 217, 4, 3))

    @property
    def now(self):
        return instant(self.now_s)

    @property
    def vehicle(self):
        return self.fleet.vehicles[21]

    def hear(self, route, message, *, frame: bytes = b"", sysid: int = 21, compid: int = 1) -> None:
        self.number += 1
        packet = (sysid, compid, message, frame or b"packet %d" % self.number)
        self.take(self.fleet.received(*route, packet, self.now))

    def take(self, outputs) -> None:
        for output in outputs:
            if not isinstance(output, Outgoing):
                self.told.append(output)
                continue
            self.sent.append(output)
            route = (output.uri, output.peer)
            message = decode_frame(output.data)
            if isinstance(message, Timesync) and route not in self.deaf | self.silent:
                self.answers.append((self.now_s + self.trip_s[route], route, Timesync(tc1=5, ts1=message.ts1)))

    def run(self, for_s: float) -> None:
        end_s = self.now_s + for_s
        while self.now_s < end_s:
            self.now_s += 0.05
            for route in (A, B):
                if route not in self.silent and self.number % 5 == 0:
                    packets, lost = self.counts[route]
                    self.counts[route] = (packets + 100, lost + round(100 * self.loss[route] / (1 - self.loss[route])))
                if route not in self.silent:
                    self.hear(route, Heartbeat(4, 2, 3, 217, 4, 3))
            due = [each for each in self.answers if each[0] <= self.now_s]
            self.answers = [each for each in self.answers if each[0] > self.now_s]
            for _, route, answer in due:
                self.hear(route, answer)
            self.take(self.fleet.timed_out(self.now))

    def routes_of_commands(self, command: int) -> list:
        return [
            (each.uri, each.peer)
            for each in self.sent
            if isinstance(message := decode_frame(each.data), CommandLong) and message.command == command
        ]


@pytest.fixture
def links() -> TwoLinks:
    return TwoLinks()


def test_the_route_that_loses_a_third_is_left_for_the_one_that_loses_nothing_and_is_asked_for_streams(links):
    links.run(20)
    assert links.vehicle.route == A
    links.loss[A] = 0.33
    links.sent.clear()
    links.run(20)
    assert links.vehicle.route == B
    assert links.vehicle.state.link == B[0]
    assert B in links.routes_of_commands(511)
    links.loss = {A: 0.0, B: 0.02}
    links.run(60)
    assert links.vehicle.route == B  # no reason to go back


def test_a_slow_route_is_left_for_a_quick_one(links):
    links.trip_s[A] = 1.5
    links.run(30)
    assert links.vehicle.route == B
    assert links.vehicle.round_trip_s == pytest.approx(0.1, abs=0.06)


def test_a_radios_own_word_counts_for_the_routes_that_it_carries(links):
    links.run(20)
    for _ in range(20):
        links.hear(A, RadioStatus(0, 0, 60, 58, 90, 52, 50), sysid=51, compid=68)
        links.run(1)
    assert links.vehicle.paths.ways[A].margin_db == pytest.approx(8 / 1.9)
    assert links.vehicle.paths.ways[B].margin_db is None
    assert links.vehicle.route == B


def test_a_silent_route_is_left_at_once_and_a_deaf_one_as_soon_as_it_is_known(links):
    links.run(10)
    links.silent.add(A)
    links.run(ROUTE_SILENT_S + 0.2)
    assert links.vehicle.route == B
    links.silent.clear()
    links.deaf.add(B)
    links.run(LOST_S + PROBE_S + 0.5)
    assert links.vehicle.route == A


def test_a_stop_goes_out_on_every_live_route_and_any_of_them_may_answer(links):
    links.run(10)
    links.sent.clear()
    links.take(links.fleet.order(order_of(CommandKind.HOLD), links.now))
    assert set(links.routes_of_commands(176)) == {A, B}
    links.hear(B, CommandAck(176, 0, 0, 0, 250, 190))  # the way there on A had just died
    assert [each.stage for each in links.told if isinstance(each, CommandProgress)][-1] is CommandStage.ACKED


def test_a_stop_goes_out_on_no_route_that_is_deaf_slow_or_another_vehicles(links):
    links.run(10)
    for spoil in ("deaf", "slow", "clash"):
        way = links.vehicle.paths.ways[B]
        before = way.answered_s, way.round_trip_s
        if spoil == "deaf":
            way.answered_s = links.now_s - LOST_S - 1
        elif spoil == "slow":
            way.round_trip_s = 2.0
        else:
            links.vehicle.paths.clashed("test", links.now)
        links.sent.clear()
        links.take(links.fleet.order(order_of(CommandKind.RTL, name=spoil), links.now))
        assert set(links.routes_of_commands(176)) == {A}
        way.answered_s, way.round_trip_s = before


def test_what_is_no_stop_goes_out_on_one_route(links):
    links.run(10)
    assert set(links.routes_of_commands(511)) == {A}


def position(boot_ms: int) -> GlobalPositionInt:
    return GlobalPositionInt(boot_ms, 522758330, 68891670, 60000, 25000, 100, 0, 0, 65535)


def test_what_was_acted_on_is_not_acted_on_again_when_its_copy_comes_by_the_new_route(links):
    links.run(10)
    links.hear(A, Statustext(6, b"once", 0, 0), frame=b"the very frame")
    links.silent.add(A)
    links.run(ROUTE_SILENT_S + 0.2)
    assert links.vehicle.route == B
    before_s = links.vehicle.heard_s
    links.now_s += 0.01
    links.hear(B, Statustext(6, b"once", 0, 0), frame=b"the very frame")
    assert [each.text for each in links.told if isinstance(each, StatusTextHeard)] == ["once"]
    assert links.vehicle.heard_s == before_s  # nor is it life
    links.hear(B, Statustext(6, b"twice", 0, 0))
    assert [each.text for each in links.told if isinstance(each, StatusTextHeard)] == ["once", "twice"]


def test_a_route_that_lags_behind_the_one_before_is_no_restart(links):
    links.run(10)
    links.hear(A, position(50_000))
    links.silent.add(A)
    links.run(ROUTE_SILENT_S + 0.2)
    links.hear(B, position(48_500))
    assert links.vehicle.state.position.time_boot_ms == 50_000  # late, and told already
    links.hear(B, position(52_000))
    assert links.vehicle.state.position.time_boot_ms == 52_000
    assert not [each for each in links.told if isinstance(each, VehicleRebooted)]
    links.hear(B, position(1_500))
    assert [each for each in links.told if isinstance(each, VehicleRebooted)]
