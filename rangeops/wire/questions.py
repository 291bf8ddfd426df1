"""What the server asks a watch about one vehicle, and its answer: as it is now, nothing is written."""

from dataclasses import dataclass
from enum import Enum

from rangeops.domain.parameters import Parameter
from rangeops.domain.telemetry import Sysid
from rangeops.domain.writes import WriteDiff
from rangeops.wire.enforcement import WayHomeView


class About(Enum):
    WRITES = "writes"  # what a LOAD_FENCE would change now
    PARAMETERS = "parameters"  # by name; without names all
    WAY_HOME = "way-home"  # what an RTL would cross now, and what it would leave in the battery


@dataclass(frozen=True, slots=True)
class Question:
    """id: the server's, so that it knows the answer again."""

    id: str
    sysid: Sysid
    about: About
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """failure: why it isn't answered, for a person; "" where it is.

    missing: names the vehicle doesn't answer for. table_sha256: of firmware and all parameters, where all were asked for.
    """

    question: str
    sysid: Sysid
    failure: str = ""
    diff: WriteDiff | None = None
    parameters: tuple[Parameter, ...] = ()
    missing: tuple[str, ...] = ()
    firmware: str = ""
    table_sha256: str = ""
    way_home: WayHomeView | None = None
