"""What crosses between server and watch: an order as bytes, and records that older versions wrote."""

import msgspec
import pytest

from rangeops.domain.commands import CommandId, CommandKind, CommandOrder, CommandProgress, CommandTarget
from rangeops.domain.errors import Damaged
from rangeops.domain.telemetry import Sysid
from rangeops.wire.enforcement import ActOrdered, EpisodeAsk, EpisodeAsked
from rangeops.wire.messages import decode, encode
from rangeops.wire.questions import About, Answer, Question

GOTO = CommandOrder(
    CommandId("C7"), Sysid(7), CommandKind.GOTO, "op1", "look",
    CommandTarget(latitude_deg=52.25, longitude_deg=6.875, altitude_amsl_m=60.0),
)  # fmt: skip
TERMINATE = CommandOrder(CommandId("C8"), Sysid(7), CommandKind.TERMINATE, "op1", "out of hand", None, "op2")


@pytest.mark.parametrize("order", [GOTO, TERMINATE])
def test_an_order_comes_out_as_it_went_in(order):
    assert decode(encode(order)) == order


def test_an_orders_bytes_are_these():
    """A change here is a change of the wire: the kind's number in its name must grow with it."""
    assert msgspec.msgpack.decode(encode(TERMINATE)) == [
        "command.4",
        {
            "id": "C8",
            "sysid": 7,
            "kind": "terminate",
            "by": "op1",
            "reason": "out of hand",
            "target": None,
            "second": "op2",
            "lease": 0,
            "not_after_s": None,
            "act": "",
        },
    ]


def test_an_order_of_the_older_kind_is_not_misread():
    with pytest.raises(Damaged, match="can't read"):
        decode(
            msgspec.msgpack.encode(("command.1", {"id": "C1", "sysid": 7, "kind": "hold", "by": "a", "reason": "b"}))
        )


def test_a_record_from_before_commands_had_targets_still_reads():
    old = b'{"order":{"id":"C1","sysid":7,"kind":"hold","by":"op1","reason":"drifts"},"stage":"seen","attempts":1}'
    progress = msgspec.json.decode(old, type=CommandProgress)
    assert (progress.order.target, progress.order.second) == (None, "")


ACT = ActOrdered(
    "A41", (CommandOrder(CommandId("A41-1"), Sysid(7), CommandKind.HOLD, "op1", "clear sector EAST", act="A41"),)
)
INHIBIT = EpisodeAsked("Q1", Sysid(7), EpisodeAsk.INHIBIT, "op1", "its pilot turns")


@pytest.mark.parametrize(
    "message", [ACT, INHIBIT, Answer("Q1", Sysid(7), failure="no"), Question("Q2", Sysid(7), About.WAY_HOME)]
)
def test_what_people_steer_comes_out_as_it_went_in(message):
    assert decode(encode(message)) == message


def test_the_bytes_of_what_people_steer_are_these():
    assert msgspec.msgpack.decode(encode(INHIBIT)) == [
        "episode.1",
        {"id": "Q1", "sysid": 7, "ask": "inhibit", "by": "op1", "reason": "its pilot turns"},
    ]
    kind, body = msgspec.msgpack.decode(encode(ACT))
    assert (kind, body["id"], [order["act"] for order in body["orders"]]) == ("act.1", "A41", ["A41"])
    assert msgspec.msgpack.decode(encode(Question("Q2", Sysid(7), About.WAY_HOME))) == [
        "question.2",
        {"id": "Q2", "sysid": 7, "about": "way-home", "names": []},
    ]
