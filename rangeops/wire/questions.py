"""What the server asks a watch about one vehicle, and its answer: read from the vehicle itself, nothing is written."""

from dataclasses import dataclass
from enum import Enum

from rangeops.domain.parameters import Parameter
from rangeops.domain.telemetry import Sysid
from rangeops.domain.writes import WriteDiff


class About(Enum):
    WRITES = "writes"  # what a LOAD_FENCE would change now
    PARAMETERS = "parameters"  # by name; without names all


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
