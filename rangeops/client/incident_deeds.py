"""What people do to an incident's review by the words that they typed: for actions.py, which gives each its key and name.

Fields come with what they were (`was NAME`): only what is another is sent, since any change takes signatures away.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Final

from rangeops.client.api import Client
from rangeops.domain.errors import Invalid
from rangeops.domain.incident_review import OccurrenceClass, Review
from rangeops.domain.incident_search import class_named
from rangeops.wire.bundles import BundleView
from rangeops.wire.incident_review import ReviewChange, ReviewedView

Words = Mapping[str, str]
MINUTES, WHOLE = "minutes", "whole"
"""What of the recordings goes into a bundle."""

_WAS: Final = "was "
_NOW: Final = "now"
_TEXTS: Final = ("category", "headline", "narrative", "cause")
_YES_NO: Final = {"yes": True, "y": True, "no": False, "n": False}
CLOCKS: Final[Mapping[str, str]] = {
    "aware": "person_aware_utc",
    "reported": "reported_utc",
    "notified": "notified_utc",
    "analysed": "analysed_utc",
    "closed": "closed_utc",
    "board": "board_utc",
}
"""As the command line calls the times of the clocks, and their fields."""


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence for the person; the review as it is now, or what was written."""

    text: str
    reviewed: ReviewedView | None = None
    bundle: BundleView | None = None


Deed = Callable[[Client, str, Words], Awaitable[Said]]


async def take_up(client: Client, incident: str, _: Words) -> Said:
    view = await client.take_up_incident(incident)
    return Said(f"{incident} is under review by {view.review.reviewer}", view)


async def reopen(client: Client, incident: str, words: Words) -> Said:
    view = await client.reopen_incident(incident, words.get("reason", ""))
    return Said(f"{incident} is reopened: revision {view.review.revision}", view)


async def sign(client: Client, incident: str, *, secret: str, sha256: str) -> Said:
    """sha256: of the revision as it was shown."""
    view = await client.sign_incident(incident, password=secret, sha256=sha256)
    by = " and ".join(each.by for each in view.review.signatures)
    return Said(f"{incident} revision {view.review.revision} is signed by {by}", view)


async def classify(client: Client, incident: str, words: Words) -> Said:
    """Class, category, whether the authority must be told, texts."""
    fresh = _fresh(words)
    texts = {name: fresh[name] for name in _TEXTS if name in fresh}
    change = ReviewChange(
        occurrence_class=_class_of(fresh["class"]) if "class" in fresh else None,
        mandatory=_yes(fresh["mandatory"], "mandatory") if "mandatory" in fresh else None,
        category=texts.get("category"),
        headline=texts.get("headline"),
        narrative=texts.get("narrative"),
        cause=texts.get("cause"),
    )
    return await _changed(client, incident, change)


async def tell(client: Client, incident: str, words: Words) -> Said:
    """Who was told when: the times of the clocks."""
    fresh, now = _fresh(words), words.get(_NOW, "")
    times = {CLOCKS[name]: _moment(text, name, now) for name, text in fresh.items() if name in CLOCKS and text}
    return await _changed(client, incident, ReviewChange(**times))  # type: ignore[arg-type]


async def export(client: Client, incident: str, words: Words) -> Said:
    """Its evidence as a zip on this machine."""
    recordings = words.get("recordings", "").strip().casefold() or MINUTES
    chosen = [each for each in (MINUTES, WHOLE) if each.startswith(recordings)]
    if not chosen:
        raise Invalid(f"{recordings!r:.20} is neither", where="recordings", do=f"Type {MINUTES} or {WHOLE}.")
    file = _file_of(words.get("file", "").strip() or bundle_name(incident))
    view = await client.export_incident(incident, file, whole=chosen == [WHOLE])
    return Said(f"{file}: {size_of(view.size_bytes)}, {view.entries} entries of the record", bundle=view)


def bundle_name(incident: str) -> str:
    """Of the file that it is written to where nobody says another; no path comes of an id."""
    return f"{''.join(c if c.isalnum() or c == '-' else '_' for c in incident)}-evidence.zip"


def size_of(size_bytes: int) -> str:
    if size_bytes < 1000:
        return f"{size_bytes} bytes"
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 100_000 else f"{size_bytes / 1e3:.1f} kB"


def prefilled(review: Review, zone: tzinfo, now_utc: datetime) -> Words:
    """The fields as they are, and as they were: what is typed is held against that. Times by `zone`. now_utc: for `now`."""
    clocks = review.clocks
    values = {
        "class": review.occurrence_class.value if review.occurrence_class else "",
        "mandatory": {None: "", True: "yes", False: "no"}[review.mandatory],
        **{name: getattr(review, name) for name in _TEXTS},
        **{name: _written(getattr(clocks, field), zone) for name, field in CLOCKS.items()},
    }
    were = {f"{_WAS}{name}": value for name, value in values.items()}
    return {**values, **were, _NOW: now_utc.replace(microsecond=0).isoformat()}


def _fresh(words: Words) -> Words:
    return {
        name: value
        for name, value in words.items()
        if not name.startswith(_WAS) and value != words.get(f"{_WAS}{name}", "")
    }


async def _changed(client: Client, incident: str, change: ReviewChange) -> Said:
    if change == ReviewChange():
        raise Invalid("nothing of it is another", where=f"incident {incident}", do="Type what is to be, or press esc.")
    view = await client.change_incident_review(incident, change)
    lacks = f"; before it can be signed it lacks {', '.join(view.missing)}" if view.missing else "; it can be signed"
    return Said(f"the review of {incident} is changed{lacks}", view)


def _class_of(word: str) -> str:
    found: OccurrenceClass | None = class_named(word)
    if found is None:
        raise Invalid("a class that was given can't be taken away", where="class", do="Give another.")
    return found.value


def _yes(word: str, where: str) -> bool:
    answer = _YES_NO.get(word.strip().casefold())
    if answer is None:
        raise Invalid(f"{word!r:.20} is neither", where=where, do="Type yes or no.")
    return answer


def _moment(text: str, where: str, now: str) -> datetime:
    """now: what `now` means, where that is known. Raises Invalid."""
    typed = text.strip()
    try:
        moment = datetime.fromisoformat(now if typed.casefold() == _NOW and now else typed)
    except ValueError as error:
        do = "Write it as 2026-11-24T08:00Z, or now."
        raise Invalid(f"{text!r:.40} is not a time", where=where, do=do) from error
    if moment.tzinfo is None:
        raise Invalid("the time has no zone", where=where, do="End it with Z for UTC, or an offset.")
    return moment.astimezone(UTC)


def _file_of(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _written(moment: datetime | None, zone: tzinfo) -> str:
    return "" if moment is None else moment.astimezone(zone).isoformat(timespec="minutes")
