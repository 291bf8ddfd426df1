"""What a report shows, what writes it, and where it lies."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from rangeops.domain.alarms import AlarmId
from rangeops.domain.audit import AuditEntry
from rangeops.domain.checkpoints import SignedCheckpoint
from rangeops.domain.events import Event
from rangeops.domain.incident_review import Deadline, Review
from rangeops.domain.incidents import IncidentState
from rangeops.domain.volumes import OperationalVolumes
from rangeops.services.ports.store import Evidence
from rangeops.wire.api import IncidentView, RangeView
from rangeops.wire.handover import HandoverView
from rangeops.wire.reports import DayReport, MonthReport, ReportForm


@dataclass(frozen=True, slots=True)
class AlarmShown:
    """An alarm stood on a control room's screen for the first time in this state. utc: by the server's clock.

    entry: of the record, that proves it.
    """

    utc: datetime
    alarm: AlarmId
    state: str
    place: str
    room: str
    user: str
    entry: int


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """Everything that a report of one incident shows. volumes: what the vehicle was held against, if anything.

    events: what the watch told, each with its place in the record. revision_sha256: of the review, what a signature is
    over. checkpoint: the newest that was signed; None where none was. for_company: it went through `redaction.redacted`.
    """

    incident: IncidentView
    range: RangeView
    volumes: OperationalVolumes | None
    simulation: bool
    events: tuple[tuple[int, datetime, Event], ...]
    evidence: tuple[Evidence, ...]
    head: AuditEntry
    written_utc: datetime
    review: Review
    revision_sha256: str
    deadlines: tuple[Deadline, ...]
    shown: tuple[AlarmShown, ...] = ()
    checkpoint: SignedCheckpoint | None = None
    for_company: bool = False

    @property
    def is_draft(self) -> bool:
        return self.review.state is not IncidentState.SIGNED


ReportWriter = Callable[[ReportFacts], str]
"""One self-contained HTML page."""


PrintReport = Callable[[ReportFacts], bytes]
"""The same as PDF/A. Raises Unavailable where nothing can print it."""


PrintRangeReport = Callable[[DayReport | MonthReport, ReportForm], bytes]
"""The range's day or month. Raises Unavailable where nothing can print it."""


PrintHandover = Callable[[HandoverView], bytes]
"""The hand-over page as PDF. Raises Unavailable where nothing can print it."""


class ReportShelf(Protocol):
    """Where written reports lie."""

    def path(self, name: str) -> Path: ...
    def put(self, name: str, content: bytes) -> Path: ...
    def get(self, name: str) -> bytes:
        """Raises NotFound."""
