"""What a slot is about beside volume and time: who flies, on which frequencies, under whose authorisation, in which phases.

Ids are the registers' where a register has the thing (domain.registers), hardware/radios' for kinds of radio.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

LOWEST_PRIORITY: Final = 1
HIGHEST_PRIORITY: Final = 9


class Authorisation(Enum):
    """Under whose authorisation a slot is flown."""

    OWN = "own"  # the company's operational authorisation, LUC or declaration
    OPEN = "open"  # the open category: none is needed
    TEST_PRIVILEGE = "test-privilege"  # of another, who may test, experiment and demonstrate


class StopReason(Enum):
    """Why a slot's clock stands, and whose the lost minutes are."""

    CLIENT = "client"  # its one time-out
    RANGE = "range"
    WEATHER = "weather"
    TRAFFIC = "traffic"


class Notice(Enum):
    """What a slot's people are told and must acknowledge, each under his name."""

    BRIEFING = "briefing"
    DEBRIEF = "debrief"


@dataclass(frozen=True, slots=True)
class Emission:
    """A part of the spectrum that a slot uses. radio: an id of hardware/radios; radio_set: the register's id of the very set.

    power_mw: radiated, by the measure of the radio's kind (ERP or EIRP). duty_percent: of any hour.
    """

    radio: str
    low_mhz: float
    high_mhz: float
    power_mw: float
    duty_percent: float = 100.0
    radio_set: str = ""


@dataclass(frozen=True, slots=True)
class Jamming:
    """GNSS is jammed or spoofed while the slot is flown. permit: of the spectrum authority, without which it is a crime.

    reach_m: from the edge of the slot's volume, where GNSS must still be counted as denied. grace_minutes: before and
    after, in which nobody relies on it either.
    """

    permit: str
    reach_m: float
    grace_minutes: int


@dataclass(frozen=True, slots=True)
class Permit:
    """A permission that must be asked for ahead (range.toml [[lead_time]]). reference: "" until it was given."""

    name: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """So much of something that the range lends. resource: an id of range.toml's [[resource]]."""

    resource: str
    amount: int = 1


@dataclass(frozen=True, slots=True)
class SlotTerms:
    """What a company asks and says when it books.

    aircraft: register id of the very airframe; "" where only its type is known. voice_channel, phones: what
    "call pilot" shows beside the slot's contact. authorisation_by: the holder of the privilege, if another's.
    accepts_gnss_denied: it flies on while somebody jams within reach, and then nothing automatic will act on it.
    dark_permission: of the authority, to fly in the dark; "" for none.
    set_up_minutes, clear_down_minutes: on the ground before and after its flight; the volume is held meanwhile.
    time_out_minutes: its one time-out; the volume is held that much longer until it is used.
    needs: of the range's crews and equipment, for as long as the volume is held.
    """

    priority: int = LOWEST_PRIORITY
    aircraft: str = ""
    pilots: tuple[str, ...] = ()
    spare_pilot: str = ""
    voice_channel: str = ""
    phones: tuple[str, ...] = ()
    authorisation: Authorisation = Authorisation.OWN
    authorisation_by: str = ""
    emissions: tuple[Emission, ...] = ()
    jamming: Jamming | None = None
    accepts_gnss_denied: bool = False
    permits: tuple[Permit, ...] = ()
    dark_permission: str = ""
    set_up_minutes: int = 0
    clear_down_minutes: int = 0
    time_out_minutes: int = 0
    needs: tuple[Need, ...] = ()

    @property
    def everybody(self) -> tuple[str, ...]:
        """All pilots, the spare one too."""
        return (*self.pilots, self.spare_pilot) if self.spare_pilot else self.pilots


@dataclass(frozen=True, slots=True)
class ClockStop:
    """The slot's clock stood. ended: None while it stands. moved_s: by how much its flight's end moved for it."""

    reason: StopReason
    began: datetime
    ended: datetime | None = None
    moved_s: float = 0.0
    by: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody has read, or heard, what stands in a notice."""

    notice: Notice
    who: str
    utc: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """A freed time is kept for a waitlisted slot until `until`. freed_by: the slot that went."""

    until: datetime
    freed_by: str
