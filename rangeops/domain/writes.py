"""What the range may write to a company's vehicle at all, what one load would change, and who agreed to it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from rangeops.domain.errors import Refused
from rangeops.domain.kept import FENCE_ENABLE, Difference, FenceItem, OnBoard, differences
from rangeops.domain.telemetry import Sysid

WRITABLE: Final = frozenset(
    [
        FENCE_ENABLE,
        "FENCE_TYPE",
        "FENCE_ACTION",
        "FENCE_MARGIN",
        "FENCE_ALT_MAX",
        "RTL_ALT",  # copter, centimetres
        "RTL_ALT_M",  # copter from 4.7, metres
        "RTL_ALTITUDE",  # plane from 4.5, metres
        "ALT_HOLD_RTL",  # plane before, centimetres
    ]
)
"""Every parameter that the range may set, and the encoder makes a PARAM_SET for no other.

Stream rates aren't among them: they are asked for by SET_MESSAGE_INTERVAL, which a restart forgets.
"""


class ConsentKind(Enum):
    STANDING = "standing"  # a company's, given when it booked: for whatever is on the list, and for putting it back
    WORD = "word"  # of a pilot, to an operator who read him one diff


@dataclass(frozen=True, slots=True)
class Consent:
    """Who agreed. sha256: of the very diff; "" for a standing consent, which is for any within the list."""

    kind: ConsentKind
    who: str
    sha256: str = ""

    def __str__(self) -> str:
        return f"{self.who}, {'at booking' if self.kind is ConsentKind.STANDING else 'by word'}"


@dataclass(frozen=True, slots=True)
class WriteDiff:
    """What a LOAD_FENCE would change on one vehicle, for one slot.

    uid2: the autopilot's, hex. rates_hz: streams by name, asked for since it is heard and until it restarts.
    """

    sysid: Sysid
    slot: str
    uid2: str
    before: OnBoard
    after: OnBoard
    rates_hz: tuple[tuple[str, float], ...] = ()

    @property
    def sha256(self) -> str:
        """Over everything that is shown, one line each, in a form that anybody can write down again."""
        lines = [f"vehicle {self.sysid} {self.uid2 or '-'} slot {self.slot or '-'}"]
        for when, has in (("before", self.before), ("after", self.after)):
            lines += [f"{when} {_line(item)}" for item in has.items]
            lines += [f"{when} {name} {value!r}" for name, value in sorted(has.parameters)]
        lines += [f"rate {name} {hz!r}" for name, hz in self.rates_hz]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def differences(self) -> Iterator[Difference]:
        """What is read out to whoever is to agree."""
        yield from differences(self.before, self.after)
        for name, hz in self.rates_hz:
            yield Difference(f"rate of {name}", "its own", f"{hz:g} Hz until it restarts")


def check_consent(consent: Consent | None, diff: WriteDiff) -> None:
    """Raises Refused where nobody agreed to what would be written now."""
    where, agree = f"vehicle {diff.sysid}", f"`rangeops slot agree {diff.slot or 'SLOT'}`"
    if consent is None:
        raise Refused(
            "nobody has agreed to what would be written to it",
            where=where,
            do=f"Read the diff to its pilot, and record his word: {agree}.",
        )
    if consent.kind is ConsentKind.WORD and consent.sha256 != diff.sha256:
        raise Refused(
            f"what would be written now differs from what {consent.who} agreed to",
            where=where,
            do=f"Read him the diff as it is now: {agree}.",
        )


def check_writable(name: str) -> None:
    """Raises Refused for a parameter that the range doesn't write."""
    if name not in WRITABLE:
        raise Refused(
            f"{name:.20} is no parameter that the range writes",
            where="MAVLink encoder",
            do=f"Let its owner set it. The range writes {', '.join(sorted(WRITABLE))}.",
        )


def _line(item: FenceItem) -> str:
    return f"{item.command} {item.param1!r} {item.x} {item.y}"
