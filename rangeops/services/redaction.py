"""A report for the company that flew: the same facts without persons, and without anything of other companies.

Every text of the facts goes through `redacted`, so that nothing is forgotten where a report gains a section: names are
taken out of whatever holds them, of the titles and reasons that people typed too.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import Any, Final

from rangeops.domain.alarms import DESIGN
from rangeops.domain.commands import POLICY
from rangeops.domain.incidents import Incident
from rangeops.domain.registers import Company, Pilot, Staff
from rangeops.services.ports.reports import ReportFacts
from rangeops.services.ports.store import Evidence, UnitOfWork

PERSON: Final = "[person]"
OTHERS: Final = "[another company]"
VEHICLE: Final = "[another vehicle]"
_PERSON_KEYS: Final = frozenset(
    ["by", "who", "second", "acked_by", "agreed_by", "consent", "owner", "reviewer", "done_by", "user"]
)
_NOT_THEIRS: Final = frozenset(["user", "register"])  # accounts and papers of the range and of others
_NOBODY: Final = frozenset([POLICY, DESIGN, "server", "range"])  # who acts and is no person


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a company isn't told, as it is spelt, and what stands in its place."""

    words: Mapping[str, str]

    def hider(self) -> Callable[[str], str]:
        """What takes them out of a text. Letters alone bound a name: "op1_" and "Ritas" are found, "Rita" in "rotating" not."""
        if not self.words:
            return lambda text: text
        instead = {word.casefold(): put for word, put in self.words.items()}
        # A capital may be two letters when it is small ("İ"): no flag of an expression's finds those.
        spelt = {each for word in self.words for each in (word, word.lower(), word.upper())}
        names = "|".join(re.escape(word) for word in sorted(spelt, key=len, reverse=True))
        find = re.compile(rf"(?<![^\W\d_])(?:{names})(?=s?(?:[\W\d_]|$))", re.IGNORECASE)
        return lambda text: find.sub(lambda found: instead.get(found[0].casefold(), PERSON), text)


def secrets_of(work: UnitOfWork, incident: Incident) -> Secrets:
    """Everybody by name, and every other company with its vehicles."""
    company, callsign = incident.company, incident.callsign
    words: dict[str, str] = {}

    def hide(names: Iterable[str], put: str) -> None:
        words.update((name.strip(), put) for name in names if len(name.strip()) > 1 and name not in _NOBODY)

    slots = work.slots.all()
    hide((slot.company for slot in slots if slot.company != company), OTHERS)
    hide((slot.callsign for slot in slots if slot.company != company and slot.callsign != callsign), VEHICLE)
    for entry in work.registers.all():
        known = entry.body
        if isinstance(known, Company) and known.id != company:
            hide((known.id, known.name), OTHERS)
        elif isinstance(known, Pilot | Staff):
            hide((known.name, known.phone), PERSON)
    for user in work.users.all():
        hide((user.name, user.full_name), PERSON)
        hide((user.company,) if user.company != company else (), OTHERS)
    for person in work.incident_persons.of(incident.id):
        if person.details is not None:
            hide((person.details.name, person.details.contact), PERSON)
    hide((each for slot in slots for each in (slot.contact, *slot.terms.phones) if any(map(str.isdigit, each))), PERSON)
    for own in (company, callsign):  # what is its own stands, though somebody is called so, too
        words.pop(own, None)
    return Secrets(words)


def redacted(facts: ReportFacts, secrets: Secrets) -> ReportFacts:
    """The facts as the company may have them. What proves them stays: hashes tell nothing of what they are of."""
    everybody = Secrets({**dict.fromkeys(_people(facts), PERSON), **secrets.words})
    hidden: ReportFacts = with_hidden(replace(facts, evidence=()), everybody.hider())
    rooms = list(dict.fromkeys(each.room for each in facts.shown))
    shown = tuple(
        replace(after, user=PERSON, room=f"room {1 + rooms.index(before.room)}")
        for before, after in zip(facts.shown, hidden.shown, strict=True)
    )
    review = replace(
        hidden.review,
        reviewer=_somebody(hidden.review.reviewer),
        signatures=tuple(replace(each, by=PERSON) for each in hidden.review.signatures),
        follow_ups=tuple(
            replace(each, owner=_somebody(each.owner), done_by=_somebody(each.done_by))
            for each in hidden.review.follow_ups
        ),
    )
    return replace(
        hidden,
        incident=replace(
            hidden.incident, timeline=tuple(each for each in hidden.incident.timeline if each.kind not in _NOT_THEIRS)
        ),
        evidence=tuple(Evidence(_bare(each.entry), each.happened) for each in facts.evidence),
        head=_bare(facts.head),
        checkpoint=facts.checkpoint,
        review=review,
        shown=shown,
        for_company=True,
    )


def with_hidden(value: Any, hide: Callable[[str], str]) -> Any:
    """The value with every text in it hidden; what isn't text stays."""
    match value:
        case Enum() | None:
            return value
        case str():
            return hide(value)
        case tuple() | list() | frozenset() | set():
            return type(value)(with_hidden(each, hide) for each in value)
        case Mapping():
            return {with_hidden(key, hide): with_hidden(each, hide) for key, each in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            changed = {}
            for field in fields(value):
                if not field.init:
                    continue
                before = getattr(value, field.name)
                after = with_hidden(before, hide)
                if after is not before and after != before:
                    changed[field.name] = after
            return replace(value, **changed) if changed else value
    return value


def _bare(entry: Any) -> Any:
    """Its place, kind and hashes. Who made it and what it says are the range's own."""
    return replace(entry, actor=PERSON, target="", payload="")


def _somebody(name: str) -> str:
    return PERSON if name else ""


def _people(facts: ReportFacts) -> set[str]:
    """Whoever the facts themselves name: who did what, acknowledged, ordered, reviewed, signed, sat before a screen."""
    names = {each.entry.actor for each in facts.evidence if each.entry.role not in ("watch", "server")}
    names |= {name for each in facts.evidence for name in _named(json.loads(each.entry.payload))}
    names |= {
        facts.review.reviewer,
        *(each.by for each in facts.review.signatures),
        *(each.user for each in facts.shown),
    }
    names |= {name for each in facts.review.follow_ups for name in (each.owner, each.done_by)}
    return {name for name in names if len(name) > 1} - _NOBODY


def _named(body: Any) -> Iterator[str]:
    """Whom a recorded value names, by the keys under which persons stand."""
    if isinstance(body, dict):
        for key, value in body.items():
            if key in _PERSON_KEYS and isinstance(value, str):
                yield value
            else:
                yield from _named(value)
    elif isinstance(body, list):
        for value in body:
            yield from _named(value)
