"""The states that an alarm can be in after ISA-18.2, and the tables in which every pair of state and event is decided.

Two things a board does by these tables in one step: whoever is let out of shelf, suppression or service is NORMAL, and
raised anew at once where its condition holds.
"""

from enum import Enum
from itertools import product
from typing import Final


class AlarmState(Enum):
    """ISA-18.2 states that an alarm of ours can be in; NORMAL ends it."""

    NORMAL = "normal"
    UNACKED = "unacknowledged"
    ACKED = "acknowledged"
    RETURNED = "returned-unacknowledged"
    LATCHED = "latched"  # acknowledged and returned, but held until reset
    SHELVED = "shelved"  # by a person, for a time, for a reason
    SUPPRESSED = "suppressed"  # by design: another alarm or the vehicle's state says all that it could say
    OUT_OF_SERVICE = "out-of-service"  # taken out by a safety officer or an admin, for a reason


class AlarmEvent(Enum):
    RAISED = "raised"
    RECURRED = "recurred"  # raised again so soon that it is the same alarm
    RETURNED = "returned"
    ACKNOWLEDGED = "acknowledged"
    RESET = "reset"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"  # by hand, or its time is over
    SUPPRESSED = "suppressed"
    UNSUPPRESSED = "unsuppressed"
    TAKEN_OUT = "taken-out-of-service"
    PUT_BACK = "put-back-in-service"


REMOVED: Final = frozenset([AlarmState.SHELVED, AlarmState.SUPPRESSED, AlarmState.OUT_OF_SERVICE])
"""Listed apart: it asks for nobody's attention."""

STANDS: Final = frozenset([AlarmState.UNACKED, AlarmState.ACKED])
"""In which the condition holds, and says so."""

_S, _E = AlarmState, AlarmEvent

NEXT: Final = {
    (_S.NORMAL, _E.RAISED): _S.UNACKED,
    (_S.NORMAL, _E.RECURRED): _S.ACKED,  # somebody has just acknowledged this very alarm
    (_S.NORMAL, _E.SUPPRESSED): _S.SUPPRESSED,
    (_S.NORMAL, _E.TAKEN_OUT): _S.OUT_OF_SERVICE,
    (_S.UNACKED, _E.ACKNOWLEDGED): _S.ACKED,
    (_S.UNACKED, _E.RETURNED): _S.RETURNED,
    (_S.UNACKED, _E.SHELVED): _S.SHELVED,
    (_S.UNACKED, _E.SUPPRESSED): _S.SUPPRESSED,
    (_S.UNACKED, _E.TAKEN_OUT): _S.OUT_OF_SERVICE,
    (_S.ACKED, _E.RETURNED): _S.NORMAL,
    (_S.ACKED, _E.SHELVED): _S.SHELVED,
    (_S.ACKED, _E.SUPPRESSED): _S.SUPPRESSED,
    (_S.ACKED, _E.TAKEN_OUT): _S.OUT_OF_SERVICE,
    (_S.RETURNED, _E.RAISED): _S.UNACKED,
    (_S.RETURNED, _E.RECURRED): _S.UNACKED,
    (_S.RETURNED, _E.ACKNOWLEDGED): _S.NORMAL,
    (_S.RETURNED, _E.SHELVED): _S.SHELVED,  # what chatters is mostly found so
    (_S.RETURNED, _E.TAKEN_OUT): _S.OUT_OF_SERVICE,
    (_S.SHELVED, _E.RAISED): _S.SHELVED,
    (_S.SHELVED, _E.RETURNED): _S.SHELVED,
    (_S.SHELVED, _E.UNSHELVED): _S.NORMAL,
    (_S.SHELVED, _E.TAKEN_OUT): _S.OUT_OF_SERVICE,
    (_S.SUPPRESSED, _E.RETURNED): _S.NORMAL,
    (_S.SUPPRESSED, _E.UNSUPPRESSED): _S.NORMAL,
    (_S.SUPPRESSED, _E.TAKEN_OUT): _S.OUT_OF_SERVICE,
    (_S.OUT_OF_SERVICE, _E.RAISED): _S.OUT_OF_SERVICE,
    (_S.OUT_OF_SERVICE, _E.RETURNED): _S.OUT_OF_SERVICE,
    (_S.OUT_OF_SERVICE, _E.PUT_BACK): _S.NORMAL,
}
NEXT_LATCHING: Final = {
    **NEXT,
    (_S.ACKED, _E.RETURNED): _S.LATCHED,
    (_S.RETURNED, _E.ACKNOWLEDGED): _S.LATCHED,
    (_S.LATCHED, _E.RAISED): _S.UNACKED,
    (_S.LATCHED, _E.RECURRED): _S.UNACKED,
    (_S.LATCHED, _E.RESET): _S.NORMAL,
    (_S.LATCHED, _E.TAKEN_OUT): _S.OUT_OF_SERVICE,
}
REFUSED: Final = frozenset(set(product(_S, _E)) - NEXT.keys())
REFUSED_LATCHING: Final = frozenset(set(product(_S, _E)) - NEXT_LATCHING.keys())
