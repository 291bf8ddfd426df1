"""The registers kept: entries added, changed, retired, each with who, when and why; and asked before a slot is given.

The record names an entry and says what of it changed, never a person's name or number: those stand in the table alone,
where they can be corrected.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from rangeops.domain.absences import unregistered
from rangeops.domain.audit import Actor
from rangeops.domain.certificates import Certificate
from rangeops.domain.errors import Conflict, Invalid, NotFound, Refused
from rangeops.domain.missing import Missing
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require, sees
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.register_texts import body_from, kind_of, texts_of
from rangeops.domain.registers import (
    Acceptance,
    Aircraft,
    Company,
    Document,
    DocumentKind,
    Entry,
    Expiry,
    Radio,
    RegisterKind,
    SlotFacts,
    Staff,
    expiring,
    gate,
    lapsed,
)
from rangeops.domain.slot_terms import Authorisation
from rangeops.domain.slots import Slot
from rangeops.domain.text import reason_given, safe_text
from rangeops.services.changes import RANGE, SERVER, Change, Changes
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.ports.world import Airframes
from rangeops.wire.people import ImportView, RegisterRequest, Retirement

Row = tuple[str, Mapping[str, str]]
"""Where it stands ("pilots.csv line 3"), and its texts by column."""

OpenCertificate = Callable[[bytes, Now], Certificate]
"""The certificate in a file, which this range signed and which is in force. Raises Invalid, Damaged, Refused."""

_NEEDED: Final = {
    Authorisation.OWN: DocumentKind.AUTHORISATION,
    Authorisation.TEST_PRIVILEGE: DocumentKind.TEST_PRIVILEGE,
    Authorisation.OPEN: None,
}


_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def company_subject(company: str) -> str:
    return f"company:{company}"


def missing_papers(work: UnitOfWork, slot: Slot, definition: RangeDefinition) -> tuple[Missing, ...]:
    """What the registers lack for this slot on its last day; empty: they will do. Asked at booking and at clearance."""
    terms = slot.terms
    needed = _NEEDED[terms.authorisation]
    facts = SlotFacts(
        company=slot.company,
        airframe=slot.airframe,
        last_day=range_day(definition, slot.ends),
        aircraft=(terms.aircraft,) if terms.aircraft else (),
        pilots=terms.everybody,
        radios=tuple(each.radio_set for each in terms.emissions if each.radio_set),
        authorisation=needed,
        authorised_by=terms.authorisation_by if needed is DocumentKind.TEST_PRIVILEGE else "",
    )
    entries = work.registers.of_company(facts.company)
    if facts.authorised_by not in ("", facts.company):
        entries += work.registers.of_company(facts.authorised_by)
    return gate(facts, entries)


def require_papers(work: UnitOfWork, slot: Slot, definition: RangeDefinition, *, where: str) -> None:
    """Raises Refused with everything that the registers lack for it, and who can supply it."""
    if lacking := missing_papers(work, slot, definition):
        raise Refused("; ".join(map(str, lacking)), where=where, do="Supply what is missing, then ask again.")


def range_day(definition: RangeDefinition, moment: datetime) -> date:
    """The day of the range's own calendar."""
    return moment.astimezone(ZoneInfo(definition.timezone)).date()


class Registry:
    """Every method but `company_papers` raises Forbidden for whoever may not."""

    def __init__(
        self,
        changes: Changes,
        definition: RangeDefinition,
        airframes: Airframes,
        radio_types: Collection[str],
        open_certificate: OpenCertificate,
    ) -> None:
        self._changes = changes
        self._definition = definition
        self._airframes = airframes
        self._radio_types = radio_types
        self._open_certificate = open_certificate
        self._warned: date | None = None

    def entries(self, kind: str, actor: Actor) -> tuple[Entry, ...]:
        """Of one register, or of all with ""; a company's member sees his company's."""
        wanted = kind_of(kind, where="registers") if kind else None
        require(actor, Act.SEE_REGISTERS, where="registers", company=actor.company)
        with self._changes.store.read() as work:
            return tuple(entry for entry in work.registers.all(wanted) if sees(actor, entry.company))

    def get(self, kind: str, entry_id: str, actor: Actor) -> Entry:
        wanted = kind_of(kind, where=f"register entry {entry_id:.60}")
        with self._changes.store.read() as work:
            entry = work.registers.get(wanted, entry_id)
        require(actor, Act.SEE_REGISTERS, where=f"{kind} {entry_id}", company=actor.company)
        if not sees(actor, entry.company):
            raise unregistered(wanted, entry_id)
        return entry

    def expiries(self, now: Now, actor: Actor) -> tuple[Expiry, ...]:
        """What has lapsed, longest first, then what will within 30 days."""
        entries, today = self.entries("", actor), range_day(self._definition, now.utc)
        return lapsed(entries, today) + expiring(entries, today)

    def warn(self, now: Now) -> None:
        """Once a day of the range's, and after a change: what has come to 30, 7 or 1 days before its end goes to the log."""
        today = range_day(self._definition, now.utc)
        if self._warned == today:
            return
        with self._changes.begin(now, SERVER) as change:
            entries = change.work.registers.all()
            for each in lapsed(entries, today) + expiring(entries, today):
                _warn_once(change, each)
        self._warned = today

    def add(self, kind: str, request: RegisterRequest, now: Now, actor: Actor) -> Entry:
        wanted = _by_hand(kind_of(kind, where="register"))
        require(actor, Act.CHANGE_REGISTERS, where=f"{kind} register")
        with self._changes.begin(now, actor) as change:
            return self._add(change, wanted, (f"new {kind}", request.fields), request.reason)

    def change(self, kind: str, entry_id: str, request: RegisterRequest, now: Now, actor: Actor) -> Entry:
        """A field that isn't named stays, and so does a retirement. Raises Conflict where somebody else changed it meanwhile."""
        wanted, where = _by_hand(kind_of(kind, where="register")), f"{kind} {entry_id:.60}"
        require(actor, Act.CHANGE_REGISTERS, where=where)
        with self._changes.begin(now, actor) as change:
            entry = change.work.registers.get(wanted, entry_id)
            _check_version(entry, request.version)
            texts = {**texts_of(entry.body), **request.fields}
            return self._change(change, entry, (where, texts), request.reason, retired=entry.retired)

    def retire(self, kind: str, entry_id: str, wanted: Retirement, now: Now, actor: Actor) -> Entry:
        """Counts as not there from now on, or, with retired False, as there again. Nothing is deleted."""
        where = f"{kind} {entry_id:.60}"
        require(actor, Act.CHANGE_REGISTERS, where=where)
        reason = reason_given(wanted.reason, where=where)
        with self._changes.begin(now, actor) as change:
            entry = change.work.registers.get(kind_of(kind, where=where), entry_id)
            _check_version(entry, wanted.version)
            changed = replace(entry, retired=wanted.retired, version=entry.version + 1)
            change.work.registers.replace(changed)
            deed = "retired" if wanted.retired else "brought back"
            _record(change, "register.retire", changed, f"{_named(changed)} {deed} by {actor.name}", reason)
        return changed

    def import_rows(self, kind: str, rows: Iterable[Row], reason: str, now: Now, actor: Actor) -> ImportView:
        """All of them or, where one is wrong, none. A row whose id is known changes that entry, and brings it back."""
        wanted = _by_hand(kind_of(kind, where="import"))
        require(actor, Act.CHANGE_REGISTERS, where=f"{kind} register")
        added = changed = unchanged = 0
        with self._changes.begin(now, actor) as change:
            known = {entry.id: entry for entry in change.work.registers.all(wanted)}
            for where, texts in rows:
                entry = known.get(texts.get("id", "").strip())
                if entry is None:
                    self._add(change, wanted, (where, texts), reason, quiet=True)
                    added += 1
                elif body_from(wanted, texts, where=where) == entry.body and not entry.retired:
                    unchanged += 1
                else:
                    self._change(change, entry, (where, texts), reason, retired=False, quiet=True)
                    changed += 1
            view = ImportView(wanted.value, added, changed, unchanged)
            says = f"{actor.name} imported {kind} entries: {added} added, {changed} changed, {unchanged} as they were"
            change.record("register.import", f"register:{wanted.value}", says, view, about=[RANGE])
        return view

    def import_certificate(self, content: bytes, company: str, aircraft: str, now: Now, actor: Actor) -> Entry:
        """Register an acceptance certificate that this range signed. aircraft: the register's id of what it is about."""
        require(actor, Act.CHANGE_REGISTERS, where="acceptance register")
        certificate = self._open_certificate(content, now)
        where = f"certificate {certificate.id}"
        if certificate.range_id != self._definition.id:
            raise Refused(f"it was issued at {certificate.range_id}", where=where, do="Accept the aircraft here.")
        until = range_day(self._definition, certificate.valid_until_utc)
        body = Acceptance(
            certificate.id, company, aircraft, certificate.airframe, until, certificate.by, certificate.uid2,
            certificate.firmware, certificate.firmware_sha, certificate.table_sha256, certificate.parameters_sha256,
        )  # fmt: skip
        with self._changes.begin(now, actor) as change:
            registered = self._aircraft_of(change.work, body, where)
            if registered.airframe != certificate.airframe:
                raise Refused(
                    f"it is for {certificate.airframe}, and {aircraft} is registered as {registered.airframe}",
                    where=where,
                    do="Name the aircraft that was accepted, or correct the register.",
                )
            if registered.uid2 and registered.uid2.lower() != certificate.uid2.lower():
                raise Refused(
                    "it is another autopilot's than the register has", where=where, do="Name the aircraft it is about."
                )
            return self._add(change, RegisterKind.ACCEPTANCE, (where, texts_of(body)), f"certificate {certificate.id}")

    # -- one entry ------------------------------------------------------------------------------------------------

    def _add(self, change: Change, kind: RegisterKind, row: Row, reason: str, *, quiet: bool = False) -> Entry:
        where, texts = row
        entry = Entry(body_from(kind, texts, where=where))
        self._check_references(change.work, entry, where)
        change.work.registers.add(entry)
        self._warned = None  # of what is new, too
        says = "" if quiet else f"{_named(entry)} added by {change.actor.name}"
        _record(change, "register.add", entry, says, reason)
        return entry

    def _change(
        self, change: Change, entry: Entry, row: Row, reason: str, *, retired: bool, quiet: bool = False
    ) -> Entry:
        where, texts = row
        changed = Entry(body_from(entry.kind, texts, where=where), entry.version + 1, retired)
        if changed.id != entry.id:
            raise Invalid(f"its id stays {entry.id}", where=where, do="Add an entry with the new id, retire this one.")
        self._check_references(change.work, changed, where)
        change.work.registers.replace(changed)
        self._warned = None
        before, after = texts_of(entry.body), texts_of(changed.body)
        columns = [name for name in after if before[name] != after[name]]
        says = "" if quiet else f"{_named(changed)} changed by {change.actor.name}: {', '.join(columns) or 'nothing'}"
        _record(change, "register.change", changed, says, reason, columns=columns)
        return changed

    def _check_references(self, work: UnitOfWork, entry: Entry, where: str) -> None:
        """What an entry names must be there. Raises NotFound, Invalid."""
        if not isinstance(entry.body, Company | Staff):
            _registered(work, RegisterKind.COMPANY, entry.company, where)
        match entry.body:
            case Aircraft(airframe=airframe):
                self._airframes.get(airframe)
            case Radio(radio=radio) if radio not in self._radio_types:
                raise Invalid(
                    f"radio {radio!r:.40} is no type of radio known here",
                    where=where,
                    do=f"Use one of {', '.join(sorted(self._radio_types))}.",
                )
            case Document(subject=subject) if subject:
                _registered_subject(work, entry.company, subject, where)
            case Acceptance() as acceptance:
                self._aircraft_of(work, acceptance, where)

    def _aircraft_of(self, work: UnitOfWork, acceptance: Acceptance, where: str) -> Aircraft:
        body = _registered(work, RegisterKind.AIRCRAFT, acceptance.aircraft, where).body
        assert isinstance(body, Aircraft)
        if body.company != acceptance.company:
            raise Invalid(f"{body.id} is {body.company}'s", where=where, do="Correct the company.")
        return body


def _by_hand(kind: RegisterKind) -> RegisterKind:
    """Raises Refused for what must not be typed: a clearance rests on it."""
    if kind is RegisterKind.ACCEPTANCE:
        raise Refused(
            "an acceptance comes with its signed certificate",
            where="acceptance register",
            do="Use `rangeops register import-certificate FILE`.",
        )
    return kind


def _registered(work: UnitOfWork, kind: RegisterKind, entry_id: str, where: str) -> Entry:
    """Raises NotFound, at the place that names it."""
    try:
        entry = work.registers.get(kind, entry_id)
    except NotFound:
        entry = None
    if entry is None or entry.retired:
        raise NotFound(
            f"{kind.value} {entry_id:.60} is not in the register",
            where=where,
            do=f"Add it first: rangeops register add {kind.value} id=… .",
        )
    return entry


def _registered_subject(work: UnitOfWork, company: str, subject: str, where: str) -> None:
    kinds = (RegisterKind.AIRCRAFT, RegisterKind.PILOT)
    theirs = {entry.id for entry in work.registers.of_company(company) if entry.kind in kinds and not entry.retired}
    if subject not in theirs:
        raise NotFound(
            f"{subject:.60} is no aircraft or pilot of {company}",
            where=where,
            do="Add it first, or leave subject empty.",
        )


def _check_version(entry: Entry, seen: int | None) -> None:
    if entry.version != seen:
        raise Conflict(
            f"it was changed meanwhile (version {entry.version}, you saw {seen})",
            where=f"{entry.kind.value} {entry.id}",
            do="Look at it again and decide anew.",
        )


def _warn_once(change: Change, expiry: Expiry) -> None:
    """An entry of the record tells that it was said: of this paper, at this stage, with this last day."""
    subject = f"expiry:{expiry.entry.kind.value}:{expiry.entry.id}:{expiry.what}:{expiry.until}:{expiry.stage}"
    if change.work.record.about([subject], _EVER, change.now.utc):
        return
    target = f"{expiry.entry.kind.value}:{expiry.entry.id}"
    body = {"until": expiry.until.isoformat(), "stage": expiry.stage}
    change.record("register.expiry", target, str(expiry), body, about=[subject, *_about(expiry.entry)])


def _about(entry: Entry) -> list[str]:
    return [company_subject(entry.company)] if entry.company else [RANGE]


def _named(entry: Entry) -> str:
    whose = f" of {entry.company}" if entry.company not in ("", entry.id) else ""
    return f"{entry.kind.value} {entry.id}{whose}"


def _record(
    change: Change, action: str, entry: Entry, says: str, reason: str, *, columns: Collection[str] = ()
) -> None:
    reason = safe_text(reason.strip())
    until = None if entry.valid_until is None else entry.valid_until.isoformat()
    body = {
        "version": entry.version,
        "retired": entry.retired,
        "valid_until": until,
        "changed": list(columns),
        "reason": reason,
    }
    says = f"{says} ({reason})" if says and reason else says
    change.record(action, f"{entry.kind.value}:{entry.id}", says, body, about=_about(entry))
    change.changed("registers")
