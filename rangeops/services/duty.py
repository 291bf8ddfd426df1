"""Going on duty, taking over from another, going off: each an entry of the record."""

from datetime import timedelta

from rangeops.domain.audit import Actor
from rangeops.domain.duty import LONGEST_HANDOVER, Duty, Position, can_hold, position_of
from rangeops.domain.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require, roles_of
from rangeops.domain.text import safe_text
from rangeops.domain.users import User
from rangeops.services.changes import RANGE, Change, Changes
from rangeops.services.ports.store import UnitOfWork
from rangeops.wire.duty import DutyRequest, DutyView

DUTY = "duty"  # the subject under which the record finds who was on duty when


class DutyDesk:
    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def all(self) -> tuple[DutyView, ...]:
        """Every position, held or not."""
        with self._changes.store.read() as work:
            return tuple(_view(work, position) for position in Position)

    def take(self, name: str, request: DutyRequest, now: Now, actor: Actor) -> DutyView:
        """The position is the caller's from now on. From whoever holds it, only with the hand-over page acknowledged.

        Raises Forbidden without its role, Conflict where it has changed hands since the caller looked, Refused.
        """
        position = position_of(name)
        where = f"position {position.title}"
        require(actor, Act.STAND_DUTY, where=where)
        if position.role not in roles_of(actor):
            raise Forbidden(
                f"{actor.name} ({actor.role}) is no {position.title}",
                where=where,
                do=f"It takes a person with the role {position.value}.",
            )
        handover = _handover_of(request, where)
        with self._changes.begin(now, actor) as change:
            held = _held(change.work, position)
            _same(held, request, where)
            if held.user == actor.name:
                raise Refused(f"{actor.name} is on duty as {position.title} already", where=where, do="Go on.")
            if held.user and not handover:
                raise Refused(
                    f"{held.user} is on duty, and the hand-over page was not acknowledged",
                    where=where,
                    do="Read the hand-over page (key 7) with whoever goes, and take over there.",
                )
            taken = Duty(position, actor.name, now.utc, held.user, handover, _version(change.work, position) + 1)
            change.work.duties.put(taken)
            says = (
                f"{actor.name} takes over as {position.title} from {held.user}, who had it for {_since(held, now)}"
                if held.user
                else f"{actor.name} goes on duty as {position.title}"
            )
            _record(change, "duty.take", taken, says, request.note)
            return _view(change.work, position)

    def leave(self, name: str, request: DutyRequest, now: Now, actor: Actor) -> DutyView:
        """Nobody holds the position from now on. Raises Forbidden where another has it, Conflict."""
        position = position_of(name)
        where = f"position {position.title}"
        require(actor, Act.STAND_DUTY, where=where)
        with self._changes.begin(now, actor) as change:
            held = _held(change.work, position)
            _same(held, request, where)
            if held.user != actor.name:
                raise Forbidden(
                    f"{held.user or 'nobody'} is on duty, not {actor.name}", where=where, do="Take it over first."
                )
            left = Duty(position, version=held.version + 1, taken_from=held.user, since_utc=now.utc)
            change.work.duties.put(left)
            says = f"{actor.name} goes off duty as {position.title} after {_since(held, now)}; nobody holds it now"
            _record(change, "duty.leave", left, says, request.note)
            return _view(change.work, position)


def _held(work: UnitOfWork, position: Position) -> Duty:
    """As stored, but by nobody where who took it may not hold it any more."""
    duty = work.duties.get(position) or Duty(position)
    if duty.user and not can_hold(_user(work, duty.user), position):
        return Duty(position, version=duty.version)
    return duty


def _version(work: UnitOfWork, position: Position) -> int:
    duty = work.duties.get(position)
    return 0 if duty is None else duty.version


def _user(work: UnitOfWork, name: str) -> User | None:
    try:
        return work.users.get(name)
    except NotFound:
        return None


def _view(work: UnitOfWork, position: Position) -> DutyView:
    duty = _held(work, position)
    user = _user(work, duty.user) if duty.user else None
    return DutyView(
        position.value, position.title, duty.user, user.full_name if user else "", duty.since_utc, duty.taken_from,
        duty.handover, duty.version,
    )  # fmt: skip


def _same(held: Duty, request: DutyRequest, where: str) -> None:
    if held.version != request.version:
        who = f"{held.user} has it now" if held.user else "nobody has it now"
        raise Conflict(f"it changed hands meanwhile: {who}", where=where, do="Look again, and speak with him.")


def _handover_of(request: DutyRequest, where: str) -> str:
    handover = request.handover.strip()
    if len(handover) > LONGEST_HANDOVER or not handover.isascii():
        raise Invalid("it names no hand-over page", where=where, do="Give the hash that the page shows.")
    return safe_text(handover)


def _since(held: Duty, now: Now) -> str:
    """How long he has had it."""
    lasted = timedelta(0) if held.since_utc is None else max(timedelta(0), now.utc - held.since_utc)
    hours, minutes = divmod(int(lasted.total_seconds() // 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def _record(change: Change, action: str, duty: Duty, says: str, note: str) -> None:
    note = safe_text(note.strip(), limit=400)
    full = f"{says}{'; hand-over page ' + duty.handover[:12] + ' acknowledged' if duty.handover else ''}"
    body = {"duty": duty, "note": note}
    change.record(
        action, f"duty:{duty.position.value}", f"{full}{': ' if note else ''}{note}", body, about=[RANGE, DUTY]
    )
    change.changed("duty")
