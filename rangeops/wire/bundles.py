"""What goes between client, server and the process that writes an incident's evidence bundle."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BundleOrder:
    """whole: recordings in full, not the incident's minutes alone."""

    incident: str
    whole: bool


@dataclass(frozen=True, slots=True)
class BundleView:
    """A bundle that was written: sha256 and size_bytes of the zip file, and what went into it.

    remarks: what didn't go in, and why.
    """

    incident: str
    sha256: str
    size_bytes: int
    entries: int
    recordings: int
    reports: int
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BundleMade:
    """path: of the server's own file, which goes when it was sent."""

    path: str
    view: BundleView


BUNDLE_HEADER = "Rangeops-Bundle"
"""Of the answer whose body is the zip: its BundleView, as JSON in ASCII."""
