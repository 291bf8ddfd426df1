"""What the HTTP API takes and gives about clearances: items, words, votes, weather."""

from dataclasses import dataclass
from datetime import datetime

from rangeops.domain.slots import SlotState


@dataclass(frozen=True, slots=True)
class ClearanceItem:
    """One thing that clearance asks. state: ok, missing, unknown or waived. who: can supply it; "" where nothing lacks."""

    item: str
    state: str
    value: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class ClearanceView:
    """What clearance needs, and who can supply what is missing. flights: what its clearances came to so far."""

    slot: str
    state: SlotState
    cleared: bool
    missing: tuple[str, ...]
    items: tuple[ClearanceItem, ...] = ()
    withdrawn: bool = False
    flights: int = 0


@dataclass(frozen=True, slots=True)
class BriefingView:
    """acknowledged: by whom, in the order in which they did. version: the slot's."""

    slot: str
    version: int
    lines: tuple[str, ...]
    acknowledged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PollRequest:
    """One role's word. who: said it; "": whoever enters it. why: of a no-go."""

    role: str
    go: bool
    who: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawRequest:
    """Of every cleared slot in a volume, or, with everything, of all; one of the two is given."""

    reason: str
    volume: str = ""
    everything: bool = False


@dataclass(frozen=True, slots=True)
class WeatherRequest:
    """text: METAR, SPECI and TAF as they were issued, any number."""

    text: str


@dataclass(frozen=True, slots=True)
class WeatherView:
    kind: str
    station: str
    issued: datetime
    text: str
