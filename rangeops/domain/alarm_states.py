"""The states that an alarm can be in after ISA-18.2, and the tables in which every pair of state and event is decided."""

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
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out-of-service"


class AlarmEvent(Enum):
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"


_S, _E = AlarmState, AlarmEvent

NEXT: Final = {
    (_S.NORMAL, _E.RAISED): _S.UNACKED,
    (_S.UNACKED, _E.ACKNOWLEDGED): _S.ACKED,
    (_S.UNACKED, _E.RETURNED): _S.RETURNED,
    (_S.ACKED, _E.RETURNED): _S.NORMAL,
    (_S.RETURNED, _E.RAISED): _S.UNACKED,
    (_S.RETURNED, _E.ACKNOWLEDGED): _S.NORMAL,
}
NEXT_LATCHING: Final = {
    **NEXT,
    (_S.ACKED, _E.RETURNED): _S.LATCHED,
    (_S.RETURNED, _E.ACKNOWLEDGED): _S.LATCHED,
    (_S.LATCHED, _E.RAISED): _S.UNACKED,
    (_S.LATCHED, _E.ACKNOWLEDGED): _S.NORMAL,  # acknowledged a second time: the operator lets it go
}
REFUSED: Final = frozenset(set(product(_S, _E)) - NEXT.keys())
REFUSED_LATCHING: Final = frozenset(set(product(_S, _E)) - NEXT_LATCHING.keys())
