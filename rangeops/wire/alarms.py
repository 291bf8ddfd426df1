"""What is asked about alarms over HTTP."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlarmDeedRequest:
    """kind: acknowledge, reset, shelve, unshelve, out-of-service, back-in-service or note. minutes: of shelve."""

    kind: str
    reason: str = ""
    minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class OutOfServiceRequest:
    """A condition at a source that needn't alarm just now. condition: as in the catalogue, "uplink-lost"."""

    condition: str
    source: str
    reason: str
