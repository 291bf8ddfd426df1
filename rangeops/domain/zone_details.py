"""What a zone carries beside its shape and hours, kept so that a file read and written again has lost nothing."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Wording:
    """One text in one language. language: a BCP 47 tag ("nl-NL"), "" where the source gives none."""

    text: str
    language: str = ""


class Purpose(Enum):
    """What an authority is to be asked or told for."""

    AUTHORIZATION = "AUTHORIZATION"
    NOTIFICATION = "NOTIFICATION"
    INFORMATION = "INFORMATION"


class Variant(Enum):
    COMMON = "COMMON"
    CUSTOMIZED = "CUSTOMIZED"


@dataclass(frozen=True, slots=True)
class ZoneAuthority:
    """interval_before: an ISO 8601 duration, how long before a flight the authority is to be told."""

    purpose: Purpose | None  # ED-269 may leave it out
    names: tuple[Wording, ...] = ()
    services: tuple[Wording, ...] = ()
    contacts: tuple[Wording, ...] = ()
    site_url: str = ""
    email: str = ""
    phone: str = ""
    interval_before: str = ""


@dataclass(frozen=True, slots=True)
class DataSource:
    """created, updated: ISO 8601 as the source writes them."""

    created: str = ""
    updated: str = ""
    originator: Wording | None = None


@dataclass(frozen=True, slots=True)
class ZoneDetails:
    """country: ISO 3166 alpha-3. extended: the source's own JSON object, as text."""

    country: str = ""
    variant: Variant = Variant.COMMON
    authorities: tuple[ZoneAuthority, ...] = ()
    names: tuple[Wording, ...] = ()
    messages: tuple[Wording, ...] = ()
    other_reasons: tuple[Wording, ...] = ()
    restriction_conditions: str = ""
    region: int | None = None
    regulation_exemption: bool | None = None
    u_space_class: str = ""  # ED-269 alone has it
    data_source: DataSource | None = None
    extended: str = ""


NO_DETAILS = ZoneDetails()
