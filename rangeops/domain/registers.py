"""The range's registers: who and what is known here, until when, and whether that will do for a slot.

Dates are days of the range's own calendar, and a paper holds until the end of its last day. Nothing is ever removed: an
entry is retired, and then counts as not there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from rangeops.domain.missing import Missing

WARNED_DAYS_AHEAD: Final = (30, 7, 1)


class RegisterKind(Enum):
    COMPANY = "company"
    PILOT = "pilot"
    AIRCRAFT = "aircraft"
    RADIO = "radio"
    DOCUMENT = "document"
    ACCEPTANCE = "acceptance"
    STAFF = "staff"


class DocumentKind(Enum):
    INSURANCE = "insurance"
    AUTHORISATION = "authorisation"  # operational authorisation, PDRA, LUC
    TEST_PRIVILEGE = "test-privilege"  # to test, experiment, demonstrate; others may fly under it
    EXEMPTION = "exemption"
    CERTIFICATE = "certificate"


class UasClass(Enum):
    """Class label of Regulation (EU) 2019/945; NONE: privately built, or older than the labels."""

    C0 = "C0"
    C1 = "C1"
    C2 = "C2"
    C3 = "C3"
    C4 = "C4"
    C5 = "C5"
    C6 = "C6"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Company:
    """id: as its slots and plans name it. emergency_service: its flights displace others'."""

    id: str
    name: str
    operator_registration: str = ""
    contact: str = ""
    phone: str = ""
    email: str = ""
    emergency_service: bool = False


@dataclass(frozen=True, slots=True)
class Pilot:
    """certificate: its kind ("A2", "STS", "RPL"). medical_until: None where the certificate asks for none."""

    id: str
    company: str
    name: str
    certificate: str
    certificate_until: date
    certificate_number: str = ""
    medical_until: date | None = None
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Aircraft:
    """One airframe by its serial number. airframe: id of its figures (hardware/airframes). uid2: its autopilot's, hex."""

    id: str
    company: str
    airframe: str
    serial: str
    mtom_kg: float
    operator_registration: str = ""
    uas_class: UasClass = UasClass.NONE
    sysid: int | None = None
    uid2: str = ""


@dataclass(frozen=True, slots=True)
class Radio:
    """One set by its serial number. radio: id of its type (hardware/radios). company: its holder."""

    id: str
    company: str
    radio: str
    serial: str


@dataclass(frozen=True, slots=True)
class Document:
    """subject: id of the pilot or aircraft that it is about; "": the whole company."""

    id: str
    company: str
    document: DocumentKind
    valid_until: date
    name: str = ""
    number: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A signed acceptance certificate, which is the only way that one gets into the register.

    uid2, firmware, table_sha256: which aircraft, in which state, it is about; "" where the bench didn't learn it.
    """

    id: str
    company: str
    aircraft: str
    airframe: str
    valid_until: date
    by: str = ""
    uid2: str = ""
    firmware: str = ""
    firmware_sha: str = ""
    table_sha256: str = ""
    parameters_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody of the range's own. role: what the range calls it; user: his login, if he has one."""

    id: str
    name: str
    role: str
    phone: str = ""
    user: str = ""
    qualified_until: date | None = None


Body = Company | Pilot | Aircraft | Radio | Document | Acceptance | Staff

BODIES: Final[dict[RegisterKind, type[Body]]] = {
    RegisterKind.COMPANY: Company,
    RegisterKind.PILOT: Pilot,
    RegisterKind.AIRCRAFT: Aircraft,
    RegisterKind.RADIO: Radio,
    RegisterKind.DOCUMENT: Document,
    RegisterKind.ACCEPTANCE: Acceptance,
    RegisterKind.STAFF: Staff,
}
_KINDS: Final = {body: kind for kind, body in BODIES.items()}


@dataclass(frozen=True, slots=True)
class Entry:
    """What a register holds. version counts changes (optimistic locking)."""

    body: Body
    version: int = 1
    retired: bool = False

    @property
    def kind(self) -> RegisterKind:
        return _KINDS[type(self.body)]

    @property
    def id(self) -> str:
        return self.body.id

    @property
    def company(self) -> str:
        """Whose it is; "" for the range's own."""
        match self.body:
            case Company(id=company):
                return company
            case Staff():
                return ""
            case body:
                return body.company

    @property
    def valid_until(self) -> date | None:
        """The first of its last days; None where it has none."""
        return min((until for _, until in last_days(self.body)), default=None)


def last_days(body: Body) -> tuple[tuple[str, date], ...]:
    """What of it lapses, in words, and the last day on which it holds."""
    match body:
        case Pilot():
            certificate = (f"{body.certificate} certificate", body.certificate_until)
            return (certificate,) if body.medical_until is None else (certificate, ("medical", body.medical_until))
        case Document():
            return ((body.document.value.replace("-", " "), body.valid_until),)
        case Acceptance():
            return (("acceptance", body.valid_until),)
        case Staff(qualified_until=date() as until):
            return (("qualification", until),)
        case _:
            return ()


@dataclass(frozen=True, slots=True)
class Expiry:
    """What lapses, or has. days_left: to its last day; below zero it has lapsed. stage: 30, 7, 1; 0: lapsed."""

    entry: Entry
    what: str
    until: date
    days_left: int
    stage: int

    def __str__(self) -> str:
        of = f"{self.entry.kind.value} {self.entry.id}"
        whose = f" ({self.entry.company})" if self.entry.company not in ("", self.entry.id) else ""
        if self.stage == 0:
            return f"{of}{whose}: {self.what} lapsed, its last day was {self.until}"
        days = "1 day" if self.days_left == 1 else f"{self.days_left} days"
        return f"{of}{whose}: {self.what} holds until {self.until}, {days} from now"


def expiring(entries: Iterable[Entry], today: date) -> tuple[Expiry, ...]:
    """What lapses within 30 days, each with the nearest of the stages 30, 7 and 1 that it has reached, soonest first."""
    return tuple(each for each in _expiries(entries, today) if each.stage)


def lapsed(entries: Iterable[Entry], today: date) -> tuple[Expiry, ...]:
    """What doesn't hold any more today, longest lapsed first."""
    return tuple(each for each in _expiries(entries, today) if not each.stage)


def _expiries(entries: Iterable[Entry], today: date) -> list[Expiry]:
    found = []
    for entry in entries:
        for what, until in () if entry.retired else last_days(entry.body):
            left = (until - today).days
            if left <= max(WARNED_DAYS_AHEAD):
                stage = 0 if left < 0 else min(ahead for ahead in WARNED_DAYS_AHEAD if left <= ahead)
                found.append(Expiry(entry, what, until, left, stage))
    return sorted(found, key=lambda each: (each.until, each.entry.kind.value, each.entry.id))


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """What of a slot the registers have to answer for. last_day: its last day, in the range's calendar.

    aircraft, pilots, radios: ids. Where a slot names no aircraft or no pilot, the company must have one that would do.
    authorisation: the document under which it flies, if it needs one; authorised_by: whose, "" for the company's own.
    """

    company: str
    airframe: str
    last_day: date
    aircraft: tuple[str, ...] = ()
    pilots: tuple[str, ...] = ()
    radios: tuple[str, ...] = ()
    authorisation: DocumentKind | None = None
    authorised_by: str = ""


def gate(slot: SlotFacts, entries: Iterable[Entry]) -> tuple[Missing, ...]:
    """What the registers lack for this slot, and who can supply it; empty: they will do.

    entries: all of the company's and of whoever authorises it, or more.
    """
    return tuple(_Gate(slot, [entry for entry in entries if not entry.retired]).missing())


class _Gate:
    def __init__(self, slot: SlotFacts, entries: list[Entry]) -> None:
        self._slot = slot
        self._entries = entries
        self._bodies = [entry.body for entry in entries if entry.company == slot.company]

    def _supplier(self, kind: RegisterKind) -> str:
        return f"{self._slot.company}; operator: rangeops register add {kind.value} …"

    def missing(self) -> Iterator[Missing]:
        company = self._slot.company
        if not any(isinstance(body, Company) for body in self._bodies):
            how = f"operator: rangeops register add company id={_quoted(company)} name=…"
            yield Missing(f"company {company} is not in the register", how)
            return
        yield from self._insurance()
        yield from self._aircraft()
        yield from self._pilots()
        yield from self._radios()
        yield from self._authorisation()

    def _insurance(self) -> Iterator[Missing]:
        """One for the whole company, or for every aircraft that is named."""
        papers = [b for b in self._bodies if isinstance(b, Document) and b.document is DocumentKind.INSURANCE]
        for subject in self._slot.aircraft or ("",):
            fitting = [paper.valid_until for paper in papers if paper.subject in ("", subject)]
            whose = f"{self._slot.company}'s insurance" + (f" for {subject}" if subject else "")
            if not fitting:
                yield Missing(f"{whose} was never shown", self._supplier(RegisterKind.DOCUMENT))
            elif (until := max(fitting)) < self._slot.last_day:
                yield self._lapsed(whose, until)

    def _aircraft(self) -> Iterator[Missing]:
        known = {body.id: body for body in self._bodies if isinstance(body, Aircraft)}
        for identity in self._slot.aircraft:
            if (aircraft := known.get(identity)) is None:
                yield self._unregistered(f"aircraft {identity}", RegisterKind.AIRCRAFT)
            elif aircraft.airframe != self._slot.airframe:
                what = (
                    f"aircraft {identity} is registered as {aircraft.airframe}, the slot is for {self._slot.airframe}"
                )
                yield Missing(what, self._supplier(RegisterKind.AIRCRAFT))
        if not self._slot.aircraft and not any(each.airframe == self._slot.airframe for each in known.values()):
            yield self._unregistered(f"an aircraft of type {self._slot.airframe}", RegisterKind.AIRCRAFT)

    def _pilots(self) -> Iterator[Missing]:
        known = {body.id: body for body in self._bodies if isinstance(body, Pilot)}
        for identity in self._slot.pilots:
            if (pilot := known.get(identity)) is None:
                yield self._unregistered(f"pilot {identity}", RegisterKind.PILOT)
            else:
                yield from self._pilot_lapses(pilot)
        if self._slot.pilots:
            return
        if not known:
            yield self._unregistered("a pilot", RegisterKind.PILOT)
        elif all(lapses := [list(self._pilot_lapses(pilot)) for pilot in known.values()]):
            yield lapses[0][0]

    def _pilot_lapses(self, pilot: Pilot) -> Iterator[Missing]:
        for what, until in last_days(pilot):
            if until < self._slot.last_day:
                yield self._lapsed(f"pilot {pilot.id}'s {what}", until)

    def _radios(self) -> Iterator[Missing]:
        known = {body.id for body in self._bodies if isinstance(body, Radio)}
        for identity in self._slot.radios:
            if identity not in known:
                yield self._unregistered(f"radio {identity}", RegisterKind.RADIO)

    def _authorisation(self) -> Iterator[Missing]:
        if (kind := self._slot.authorisation) is None:
            return
        holder = self._slot.authorised_by or self._slot.company
        bodies = [entry.body for entry in self._entries if entry.company == holder]
        papers = [body.valid_until for body in bodies if isinstance(body, Document) and body.document is kind]
        what = f"{holder}'s {kind.value.replace('-', ' ')}"
        if not papers:
            yield Missing(f"{what} was never shown", self._supplier(RegisterKind.DOCUMENT))
        elif (until := max(papers)) < self._slot.last_day:
            yield self._lapsed(what, until)

    def _unregistered(self, what: str, kind: RegisterKind) -> Missing:
        return Missing(f"{what} is not in {self._slot.company}'s register", self._supplier(kind))

    def _lapsed(self, what: str, until: date) -> Missing:
        what = f"{what} holds until {until}, the slot is on {self._slot.last_day}"
        return Missing(what, f"{self._slot.company}; operator: rangeops register change …")


def _quoted(identity: str) -> str:
    return identity if identity.isalnum() else f"'{identity}'"
