"""What the HTTP API takes and gives about the review of incidents."""

from dataclasses import dataclass
from datetime import date, datetime

from rangeops.domain.incident_review import Deadline, Review
from rangeops.domain.persons import Details


@dataclass(frozen=True, slots=True)
class PersonView:
    """details: None once they are erased, and to whom they aren't shown. as_recorded: they are what the record holds a
    commitment to.
    """

    id: str
    details: Details | None
    commitment: str
    as_recorded: bool
    erased_utc: datetime | None


@dataclass(frozen=True, slots=True)
class ReviewedView:
    """The newest revision. sha256: what a signature is over. missing: before it can be signed. earlier: hashes of the signed
    revisions before it.
    """

    review: Review
    sha256: str
    deadlines: tuple[Deadline, ...]
    missing: tuple[str, ...]
    signers_needed: int
    persons: tuple[PersonView, ...]
    earlier: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FollowUpRequest:
    """An action with its owner and due date; with an id one that is there is changed. done: it is done."""

    what: str = ""
    owner: str = ""
    due: date | None = None
    id: str = ""
    done: bool = False


@dataclass(frozen=True, slots=True)
class ReviewChange:
    """What is to be another; None: as it is. Times: when it was told to whom, by `incident_review.Clocks`."""

    occurrence_class: str | None = None
    category: str | None = None
    mandatory: bool | None = None
    headline: str | None = None
    narrative: str | None = None
    cause: str | None = None
    person_aware_utc: datetime | None = None
    reported_utc: datetime | None = None
    notified_utc: datetime | None = None
    analysed_utc: datetime | None = None
    closed_utc: datetime | None = None
    board_utc: datetime | None = None
    follow_up: FollowUpRequest | None = None


@dataclass(frozen=True, slots=True)
class SignRequest:
    """password: re-entered. sha256: of the revision as it was shown."""

    password: str
    sha256: str


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident that no rule opened. sysid: the vehicle, or 0 for none. happened_utc: when."""

    title: str
    happened_utc: datetime
    sysid: int = 0
    slot: str = ""


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """A clock of an incident that runs out or was missed."""

    incident: str
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class WhyRequest:
    why: str
