"""Deeds to alarms, as tests do them."""

from rangeops.domain.alarms import Alarm, AlarmDeed, AlarmId, Condition, DeedKind


def acked(alarm_id, by="op1"):
    """Of whatever: for what only carries it."""
    return AlarmDeed(DeedKind.ACKNOWLEDGE, AlarmId(alarm_id), Condition.LINK_LOST, "D07", by)


def deed(kind: DeedKind, alarm: Alarm, by="op1", *, reason="", minutes=0.0):
    return AlarmDeed(kind, alarm.id, alarm.condition, alarm.source, by, reason, minutes * 60.0)


def ack(alarm: Alarm, by="op1"):
    return deed(DeedKind.ACKNOWLEDGE, alarm, by)
