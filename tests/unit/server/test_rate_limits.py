"""How much one may ask: figures, and what is never counted."""

import pytest

from rangeops.server import rate_limits
from rangeops.server.rate_limits import Buckets, Rate, is_never_limited

SLOW = Rate(2.0, 4)


def take(buckets, now_s, caller="user anna"):
    return buckets.take(caller, SLOW, now_s)


def test_a_burst_is_answered_then_so_many_a_second():
    buckets = Buckets()
    assert [take(buckets, 0.0).wait_s for _ in range(5)] == [0, 0, 0, 0, 0.5]
    assert take(buckets, 0.4).wait_s == pytest.approx(0.1)
    assert take(buckets, 0.5).wait_s == 0
    assert take(buckets, 0.5).wait_s == pytest.approx(0.5)
    assert [take(buckets, 1000.0).wait_s for _ in range(5)][3:] == [0, 0.5], "no more than the burst is saved up"


def test_each_has_his_own():
    buckets = Buckets()
    for _ in range(5):
        take(buckets, 0.0)
    assert take(buckets, 0.0, "user bo").wait_s == 0


def test_it_is_told_how_much_is_left_and_when_to_come_back():
    buckets = Buckets()
    assert take(buckets, 0.0).headers() == {
        "RateLimit-Policy": '"caller";q=4;w=2',
        "RateLimit": '"caller";r=3;t=1',
    }
    for _ in range(3):
        take(buckets, 0.0)
    told = take(buckets, 0.0).headers()
    assert (told["RateLimit"], told["Retry-After"]) == ('"caller";r=0;t=2', "1")


def test_callers_that_are_gone_are_forgotten_first(monkeypatch):
    monkeypatch.setattr(rate_limits, "MOST_CALLERS", 2)
    buckets = Buckets()
    for caller in ("a", "b", "a", "c"):
        for _ in range(4):
            take(buckets, 0.0, caller)
    assert take(buckets, 0.0, "a").wait_s > 0
    assert take(buckets, 0.0, "b").wait_s == 0


@pytest.mark.parametrize(
    "path",
    [
        "vehicles/7/commands", "vehicles/7/inhibit", "vehicles/7/let-fly", "sectors/NORTH/clear", "withdrawals",
        "slots/S1/withdraw", "alarms/fence/D07/1/ack", "alarms/fence/D07/1/deeds", "closures",
    ],
)  # fmt: skip
def test_who_has_to_stop_a_vehicle_may_always_ask(path):
    assert is_never_limited("POST", f"/api/v1/{path}")
    assert not is_never_limited("GET", f"/api/v1/{path}")


@pytest.mark.parametrize(
    "path", ["slots", "plans", "slots/S1/clear", "closures/C1/remove", "vehicles/7/commands/x", "x"]
)
def test_everything_else_is_counted(path):
    assert not is_never_limited("POST", f"/api/v1/{path}")
