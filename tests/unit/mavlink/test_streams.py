"""Asking for streams: what was refused is asked for again, ever later, until it is granted."""

from types import SimpleNamespace

from mavlink_world import instant

from rangeops.adapters.mavlink.messages import CommandAck, CommandLong
from rangeops.adapters.mavlink.streams import MOST_REFUSED_AGAIN_S, ONCE, RATES_HZ, REFUSED_AGAIN_S, Streams
from rangeops.domain.telemetry import Sysid

HOME = 242


class Vehicle:
    """Answers each request at once; has no home yet."""

    def __init__(self) -> None:
        self.streams = Streams(Sysid(21), 250)
        self.has_home = False
        self.now_s = 0.0
        self.asked: list[tuple[float, int]] = []

    def take(self, sends) -> None:
        while sends:
            (send,) = sends
            assert isinstance(send.message, CommandLong)
            message_id = round(send.message.param1)
            self.asked.append((self.now_s, message_id))
            denied = message_id == HOME and send.message.command == 512 and not self.has_home
            sends = self.streams.received(
                CommandAck(send.message.command, 4 if denied else 0, 0, 0, 250, 190), self.now
            )
            if denied:
                self.pass_s(0.4)  # its words are waited for
                return

    @property
    def now(self):
        return instant(self.now_s)

    def pass_s(self, seconds: float) -> None:
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.now_s += 0.1
            part = SimpleNamespace(at_s=self.now_s)
            state = SimpleNamespace(position=part, health=part, estimator=part)
            self.take(self.streams.timed_out(state, self.now))


def test_a_home_that_was_refused_early_is_had_later():
    vehicle = Vehicle()
    vehicle.take(vehicle.streams.ask(vehicle.now))
    assert vehicle.streams.refused.keys() == {HOME}
    assert len(vehicle.asked) == len(RATES_HZ) + len(ONCE)
    vehicle.asked.clear()
    vehicle.pass_s(REFUSED_AGAIN_S + 5)
    assert {message_id for _, message_id in vehicle.asked} == {HOME}  # and nothing that was granted
    vehicle.has_home = True
    vehicle.pass_s(2 * REFUSED_AGAIN_S + 5)
    assert vehicle.streams.refused == {}
    vehicle.asked.clear()
    vehicle.pass_s(2 * MOST_REFUSED_AGAIN_S)
    assert vehicle.asked == []


def test_what_is_never_granted_is_asked_for_ever_later_and_no_later_than_that():
    vehicle = Vehicle()
    vehicle.take(vehicle.streams.ask(vehicle.now))
    vehicle.pass_s(1200)
    asked_s = [at_s for at_s, message_id in vehicle.asked if message_id == HOME]
    gaps_s = [round(later - earlier) for earlier, later in zip(asked_s[1::2], asked_s[3::2], strict=False)]
    assert gaps_s == sorted(gaps_s)
    assert gaps_s[0] <= REFUSED_AGAIN_S + 4
    assert MOST_REFUSED_AGAIN_S <= gaps_s[-1] <= MOST_REFUSED_AGAIN_S + 4


def test_a_restarted_vehicle_is_asked_for_everything_soon_again():
    vehicle = Vehicle()
    vehicle.take(vehicle.streams.ask(vehicle.now))
    vehicle.pass_s(600)
    vehicle.asked.clear()
    vehicle.take(vehicle.streams.ask(vehicle.now))
    assert len(vehicle.asked) == len(RATES_HZ) + len(ONCE)
    vehicle.asked.clear()
    vehicle.pass_s(REFUSED_AGAIN_S + 5)
    assert vehicle.asked
