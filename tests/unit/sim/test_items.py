"""Mission, fence and rally transfers: what is taken, what is refused and with which words."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rangeops.sim.channel import Channel, mavlink
from rangeops.sim.fence import fence_problem
from rangeops.sim.missions import Item

FENCE, MISSION, RALLY = 1, 0, 2
ACCEPTED, ERROR, BAD_FRAME, UNSUPPORTED, NO_SPACE, INVALID_SEQUENCE, DENIED, CANCELLED = 0, 1, 2, 3, 4, 13, 14, 15


def test_what_is_read_back_is_what_was_sent(flight, shapes):
    items = [*shapes.square(), shapes.circle(20, 20, 12.5, 5004)]
    assert flight.upload(items, FENCE) == ACCEPTED
    back = [(m.command, m.frame, m.param1, m.x, m.y, m.z, m.mission_type) for m in flight.download(FENCE)]
    assert back == [(c, 0, p[0], x, y, 0.0, FENCE) for c, _, p, x, y, _ in items]
    assert flight.v.parameters["FENCE_TOTAL"] == len(items) + 2
    assert flight.texts()[-1] == "Fence Indexed OK"


REFUSALS = [
    ([(5001, 0, (5, 0, 0, 0), 1, 1, 0)] * 4, ERROR, ["Incorrect item count", "Fence validation failed"]),
    ([(5001, 0, (2, 0, 0, 0), 1, 1, 0)] * 2, ERROR, ["Invalid vertex count (2)", "Fence validation failed"]),
    ([(5003, 0, (0, 0, 0, 0), 1, 1, 0)], ERROR, ["Non-positive circle radius", "Fence validation failed"]),
    ([(5000, 0, (0, 0, 0, 0), 1, 1, 0)] * 2, ERROR, ["Multiple return points", "Fence validation failed"]),
    ([(5001, 0, (4, 0, 0, 0), 950000000, 1, 0)] * 4, ERROR, ["Bad lat or lon", "Fence validation failed"]),
    ([(5001, 2, (4, 0, 0, 0), 1, 1, 0)] * 4, BAD_FRAME, []),
    ([(16, 0, (4, 0, 0, 0), 1, 1, 0)] * 4, UNSUPPORTED, []),
    ([(5001, 0, (4, 0, 0, 0), 1, 1, 0)] * 90, NO_SPACE, ["Only 70 items are supported"]),
    ([(5003, 0, (5, 0, 0, 0), 1, 1, 0)] * 43, ERROR, ["Fence exceeds storage size", "Fence validation failed"]),
]


@pytest.mark.parametrize(("items", "result", "texts"), REFUSALS)
def test_a_bad_fence_is_refused_with_its_words_and_the_old_one_kept(flight, shapes, items, result, texts):
    assert flight.upload(shapes.square(), FENCE) == ACCEPTED
    before = len(flight.texts())
    assert flight.upload(items, FENCE) == result
    assert flight.texts()[before:] == texts
    assert len(flight.download(FENCE)) == 4


def test_an_abandoned_upload_is_asked_for_every_second_and_given_up_after_eight(flight, shapes):
    assert flight.upload(shapes.square(), FENCE) == ACCEPTED
    flight.send(mavlink.MAVLink_mission_count_message(7, 1, 4, FENCE))
    began_s = flight.at_s
    flight.run(9)
    asked = [h.at_s - began_s for h in flight.log if h.type == "MISSION_REQUEST" and h.at_s >= began_s]
    assert len(asked[4:]) == 8  # the first four were the complete upload's
    assert all(b - a == pytest.approx(1.0, abs=0.05) for a, b in pairwise(asked[4:]))
    ack = [h for h in flight.log if h.type == "MISSION_ACK"][-1]
    assert (ack.message.type, ack.at_s - began_s) == (CANCELLED, pytest.approx(8.0, abs=0.1))
    assert "Fence upload timeout" in flight.texts()
    assert len(flight.download(FENCE)) == 4


def test_while_one_ground_uploads_every_other_is_denied(flight, shapes):
    flight.send(mavlink.MAVLink_mission_count_message(7, 1, 4, FENCE))
    other = Channel(251, 190)

    def asked_by_other(message):
        answers = flight.send_bytes(other.encode(message))
        return [(m.get_type(), m.type) for m in answers if m.get_type() == "MISSION_ACK"]

    denied = [("MISSION_ACK", DENIED)]
    assert asked_by_other(mavlink.MAVLink_mission_count_message(7, 1, 4, FENCE)) == denied
    assert asked_by_other(mavlink.MAVLink_mission_request_list_message(7, 1, FENCE)) == denied
    assert asked_by_other(mavlink.MAVLink_mission_request_int_message(7, 1, 0, FENCE)) == denied
    assert asked_by_other(mavlink.MAVLink_mission_write_partial_list_message(7, 1, 0, 0, FENCE)) == denied
    assert asked_by_other(flight.item(0, shapes.square()[0], FENCE)) == denied
    assert flight.upload(shapes.square(), FENCE) == ACCEPTED  # the same ground begins anew


def test_an_item_that_no_transfer_waits_for_is_answered(flight, shapes):
    for kind in (MISSION, FENCE, RALLY):
        (ack,) = flight.send(flight.item(0, shapes.square()[0], kind))
        assert (ack.get_type(), ack.type, ack.mission_type) == ("MISSION_ACK", ERROR, kind)


def test_who_asks_beyond_the_mission_is_told_its_size(flight):
    flight.upload([(16, 0, (0, 0, 0, 0), 1, 1, 0)])
    count, ack = flight.send(mavlink.MAVLink_mission_request_int_message(7, 1, 5, MISSION))
    assert (count.get_type(), count.count, ack.type) == ("MISSION_COUNT", 1, ERROR)


def test_an_item_out_of_turn_is_refused_and_the_transfer_goes_on(flight, shapes):
    items = shapes.square()
    flight.send(mavlink.MAVLink_mission_count_message(7, 1, 4, FENCE))
    (ack,) = flight.send(flight.item(2, items[2], FENCE))
    assert ack.type == INVALID_SEQUENCE
    for seq in range(3):
        (request,) = flight.send(flight.item(seq, items[seq], FENCE))
        assert (request.get_type(), request.seq) == ("MISSION_REQUEST", seq + 1)
    assert flight.send(flight.item(3, items[3], FENCE))[0].type == ACCEPTED


def test_the_ground_may_cancel_its_upload(flight):
    flight.send(mavlink.MAVLink_mission_count_message(7, 1, 4, FENCE))
    flight.send(mavlink.MAVLink_mission_ack_message(7, 1, CANCELLED, FENCE))
    first = len(flight.log)
    flight.run(3)
    assert not [h for h in flight.log[first:] if h.type == "MISSION_REQUEST"]


def waypoint(shapes, north_m, east_m):
    return (16, 3, (0, 0, 0, 0), *shapes.offset(north_m, east_m), 25.0)


def test_item_zero_of_a_mission_is_home(flight, shapes):
    flight.ready()
    assert flight.upload([waypoint(shapes, 900, 900), waypoint(shapes, 10, 10)], MISSION) == ACCEPTED
    first, second = flight.download(MISSION)
    assert (first.frame, first.x, first.y, first.z) == (0, 522758330, 68891670, 35.0)
    assert (second.frame, second.x, second.z) == (3, shapes.offset(10, 10)[0], 25.0)


def test_a_mission_command_that_it_does_not_know_is_unsupported(flight):
    assert flight.upload([(31999, 0, (0, 0, 0, 0), 0, 0, 0)], MISSION) == UNSUPPORTED


def test_part_of_a_mission_can_be_replaced(flight, shapes):
    flight.ready()
    flight.upload([waypoint(shapes, i * 10, 0) for i in range(4)], MISSION)
    (request,) = flight.send(mavlink.MAVLink_mission_write_partial_list_message(7, 1, 2, 2, MISSION))
    assert request.seq == 2
    assert flight.send(flight.item(2, waypoint(shapes, 77, 7)))[0].type == ACCEPTED
    assert [m.x for m in flight.download()][1:] == [shapes.offset(n, 0)[0] for n in (10, 77, 30)]
    refused = flight.send(mavlink.MAVLink_mission_write_partial_list_message(7, 1, 3, 9, MISSION))
    assert refused[0].type == ERROR


def test_a_count_of_zero_and_a_clear_empty_the_store(flight, shapes):
    flight.upload(shapes.square(), FENCE)
    assert flight.upload([], FENCE) == ACCEPTED
    assert flight.download(FENCE) == []
    flight.upload(shapes.square(), FENCE)
    (ack, *_) = flight.send(mavlink.MAVLink_mission_clear_all_message(7, 1, FENCE))
    assert ack.type == ACCEPTED
    assert flight.download(FENCE) == []
    flight.upload(shapes.square(), FENCE)
    (ack, *_) = flight.send(mavlink.MAVLink_mission_clear_all_message(7, 1, mavlink.MAV_MISSION_TYPE_ALL))
    assert (ack.type, ack.mission_type) == (ACCEPTED, mavlink.MAV_MISSION_TYPE_ALL)
    assert flight.download(FENCE) == []


def test_rally_points_go_up_and_down(flight, shapes):
    points = [(5100, 3, (0, 0, 0, 0), *shapes.offset(i, i), 30.0) for i in (10, 20)]
    assert flight.upload(points, RALLY) == ACCEPTED
    assert [(m.command, m.x, m.z) for m in flight.download(RALLY)] == [(5100, p[3], 30.0) for p in points]
    assert flight.upload([(16, 3, (0, 0, 0, 0), 1, 1, 0)], RALLY) == UNSUPPORTED


def test_a_fence_wants_mavlink_2(make_flight):
    flight = make_flight(parameters={"SERIAL0_PROTOCOL": 1})
    answers = flight.send(mavlink.MAVLink_mission_count_message(7, 1, 4, 0))
    assert [m.get_type() for m in answers] == ["MISSION_REQUEST"]
    assert answers[0].get_msgbuf()[0] == 0xFE
    assert flight.upload([], FENCE) == UNSUPPORTED
    assert "Need mavlink2 for item transfer" in flight.texts()


def test_a_fault_makes_the_read_back_differ(flight, shapes):
    flight.upload(shapes.square(), FENCE)
    flight.v.faults.wrong_fence_readback = True
    assert flight.download(FENCE)[0].x != shapes.square()[0][3]


items = st.builds(
    Item,
    st.sampled_from([5000, 5001, 5002, 5003, 5004]),
    param1=st.floats(-3, 20) | st.integers(-1, 6).map(float),
    x=st.integers(-(2**31), 2**31 - 1),
    y=st.integers(-(2**31), 2**31 - 1),
)


@settings(max_examples=200)
@given(st.lists(items, max_size=20))
def test_a_fence_that_passes_can_be_loaded(found):
    """Whatever the checks let through has whole polygons and circles with a radius."""
    if fence_problem(found, 560) is not None:
        return
    index = 0
    while index < len(found):
        if found[index].command in {5001, 5002}:
            count = int(found[index].param1)
            assert 3 <= count <= len(found) - index
            index += count
        else:
            assert found[index].command == 5000 or found[index].param1 > 0
            index += 1


def test_rtl_goes_to_the_nearest_rally_point_or_home(flight, shapes):
    flight.airborne(20)
    points = [(5100, 3, (0, 0, 0, 0), *shapes.offset(*place), 30.0) for place in ((60, 0), (2000, 0))]
    assert flight.upload(points, RALLY) == ACCEPTED
    flight.send_to(50, 20)
    flight.run(20)
    flight.mode(6)
    assert flight.wait(lambda: not flight.v.armed, 90)
    assert flight.v.motion.north_m == pytest.approx(60, abs=1)
