"""Which of a person's actions the server would refuse for his role: so that a screen can say it before a key is pressed.

It is the services that refuse. What isn't known here is offered, and refused there.
"""

from collections.abc import Mapping
from typing import Final

from rangeops.client.action import Action, Noun
from rangeops.domain.audit import Actor
from rangeops.domain.errors import Forbidden
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.wire.duty import MeView

_BY_NOUN: Final[Mapping[Noun, Act]] = {
    Noun.VEHICLE: Act.COMMAND,
    Noun.ALARM: Act.ACKNOWLEDGE_ALARM,
    Noun.SLOT: Act.DECIDE_SLOT,
    Noun.DAY: Act.DECIDE_SLOT,
    Noun.INCIDENT: Act.WRITE_REPORT,
    Noun.HANDOVER: Act.HAND_OVER,
    Noun.RANGE: Act.COMMAND,
    Noun.NEXT_ACT: Act.COMMAND,
}
_BY_NAME: Final[Mapping[str, Act]] = {
    "alarm.shelve": Act.SHELVE_ALARM,
    "alarm.unshelve": Act.SHELVE_ALARM,
    "alarm.note": Act.NOTE_ALARM,
    "alarm.out-of-service": Act.TAKE_ALARM_OUT,
    "alarm.back-in-service": Act.TAKE_ALARM_OUT,
    "slot.book": Act.REQUEST_SLOT,
    "slot.cancel": Act.CANCEL_SLOT,
    "slot.calendar": Act.SEE_RANGE,
    "slot.heard": Act.ACKNOWLEDGE_NOTICE,
    "slot.go": Act.SAY_GO,
    "slot.no-go": Act.SAY_GO,
    "slot.word": Act.SAFETY_WORD,
    "slot.check-parameters": Act.CLEAR,
    "slot.check-zones": Act.CLEAR,
    "slot.clear": Act.CLEAR,
    "slot.withdraw": Act.CLEAR,
    "incident.take-up": Act.REVIEW_INCIDENT,
    "incident.classify": Act.REVIEW_INCIDENT,
    "incident.narrate": Act.REVIEW_INCIDENT,
    "incident.clocks": Act.REVIEW_INCIDENT,
    "incident.sign": Act.SIGN_INCIDENT,
    "incident.export": Act.EXPORT_EVIDENCE,
    "incident.reopen": Act.REVIEW_INCIDENT,
    "handover.print": Act.SEE_RANGE,
    "call.log": Act.LOG_CALL,
    "review.judge": Act.JUDGE_AUTOMATION,
    "duty.take": Act.STAND_DUTY,
    "duty.leave": Act.STAND_DUTY,
}


READ_ONLY: Final = "This screen is read-only: sign in at another one."


def act_of(action: Action) -> Act | None:
    """What it is in the table of roles; None where that isn't known here."""
    return _BY_NAME.get(action.name) or _BY_NOUN.get(action.noun)


def refusal(action: Action, me: MeView | None) -> str:
    """Why this person may not do it, in a sentence; "" where he may, or where it isn't known who he is."""
    act = act_of(action)
    if me is None or act is None:
        return ""
    if me.read_only and act is not Act.SEE_RANGE:
        return READ_ONLY
    try:
        require(Actor(me.user, ", ".join(me.roles), me.company), act, where=action.title)
    except Forbidden as error:
        return str(error)
    return ""
