"""Which role may do what: the one table, asked by the services before every deed of a person."""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from rangeops.domain.api_tokens import Scope
from rangeops.domain.audit import Actor
from rangeops.domain.errors import Forbidden
from rangeops.domain.users import Role


class Act(Enum):
    SEE_RANGE = "see the whole range"
    HAND_IN_PLAN = "hand in a plan"
    REQUEST_SLOT = "ask for a slot"
    CANCEL_SLOT = "cancel a slot"
    ANSWER_OFFER = "answer an offer"
    ACKNOWLEDGE_NOTICE = "acknowledge a briefing or debrief"
    DECIDE_SLOT = "decide on a slot"
    CLOSE_AIRSPACE = "close airspace"
    AGREE_TO_WRITES = "record a word given to what is written to a vehicle"
    SAY_GO = "say go or no-go as the pilot"
    CLEAR = "clear a vehicle to fly"
    SAFETY_WORD = "give the range safety officer's word"
    COMMAND = "command a vehicle"
    CONFIRM_TERMINATE = "complete a termination"
    LOG_CALL = "log a call"
    JUDGE_AUTOMATION = "judge what the range did by itself"
    ACKNOWLEDGE_ALARM = "acknowledge an alarm"
    SHELVE_ALARM = "shelve an alarm"
    NOTE_ALARM = "write a note on an alarm"
    TAKE_ALARM_OUT = "take an alarm out of service"
    STAND_DUTY = "go on duty"
    CHANGE_LINKS = "change the links"
    WRITE_REPORT = "write a report"
    OPEN_INCIDENT = "open an incident"
    REVIEW_INCIDENT = "review an incident"
    SIGN_INCIDENT = "sign an incident's review"
    EXPORT_EVIDENCE = "export an incident's evidence"
    HAND_OVER = "write on the hand-over page"
    SEE_REGISTERS = "read the registers"
    CHANGE_REGISTERS = "change the registers"
    INVITE_MEMBER = "invite a company's member"
    MANAGE_USERS = "manage users"


_OPERATOR, _SAFETY, _OBSERVER, _COMPANY, _ADMIN = Role
_ON_DUTY: Final = frozenset([_OPERATOR, _SAFETY])
_OFFICE: Final = frozenset([_OPERATOR, _ADMIN])
_RANGE: Final = frozenset([_OPERATOR, _SAFETY, _OBSERVER, _ADMIN])
_CUSTOMERS: Final = frozenset([_OPERATOR, _COMPANY])

ALLOWED: Final[Mapping[Act, frozenset[Role]]] = {
    Act.SEE_RANGE: _RANGE,
    Act.HAND_IN_PLAN: _CUSTOMERS,
    Act.REQUEST_SLOT: _CUSTOMERS,
    Act.CANCEL_SLOT: _ON_DUTY | {_COMPANY},
    Act.ANSWER_OFFER: _CUSTOMERS,
    Act.ACKNOWLEDGE_NOTICE: _ON_DUTY | {_COMPANY},
    Act.DECIDE_SLOT: _ON_DUTY,
    Act.CLOSE_AIRSPACE: _ON_DUTY,
    Act.AGREE_TO_WRITES: _ON_DUTY | {_COMPANY},
    Act.SAY_GO: _ON_DUTY | {_COMPANY},
    Act.CLEAR: _ON_DUTY,
    Act.SAFETY_WORD: frozenset([_SAFETY]),
    Act.COMMAND: _ON_DUTY,
    Act.CONFIRM_TERMINATE: frozenset([_SAFETY]),
    Act.LOG_CALL: _ON_DUTY,
    Act.JUDGE_AUTOMATION: frozenset([_SAFETY]),
    Act.ACKNOWLEDGE_ALARM: _ON_DUTY,
    Act.SHELVE_ALARM: _ON_DUTY,
    Act.NOTE_ALARM: _ON_DUTY,
    Act.TAKE_ALARM_OUT: frozenset([_SAFETY, _ADMIN]),
    Act.STAND_DUTY: _ON_DUTY,
    Act.CHANGE_LINKS: _OFFICE,
    Act.WRITE_REPORT: _RANGE,
    Act.OPEN_INCIDENT: _ON_DUTY,
    Act.REVIEW_INCIDENT: frozenset([_SAFETY, _ADMIN]),
    Act.SIGN_INCIDENT: frozenset([_SAFETY]),
    Act.EXPORT_EVIDENCE: frozenset([_SAFETY, _ADMIN]),
    Act.HAND_OVER: _ON_DUTY,
    Act.SEE_REGISTERS: _RANGE | {_COMPANY},
    Act.CHANGE_REGISTERS: _OFFICE,
    Act.INVITE_MEMBER: _OFFICE,
    Act.MANAGE_USERS: frozenset([_ADMIN]),
}

SCOPE_OF: Final[Mapping[Act, Scope]] = {
    Act.SEE_RANGE: Scope.READ,
    Act.HAND_IN_PLAN: Scope.PLANS,
    Act.REQUEST_SLOT: Scope.SLOTS,
    Act.CANCEL_SLOT: Scope.SLOTS,
    Act.ANSWER_OFFER: Scope.SLOTS,
    Act.ACKNOWLEDGE_NOTICE: Scope.SLOTS,
    Act.DECIDE_SLOT: Scope.RANGE,
    Act.CLOSE_AIRSPACE: Scope.RANGE,
    Act.AGREE_TO_WRITES: Scope.SLOTS,
    Act.SAY_GO: Scope.SLOTS,
    Act.CLEAR: Scope.RANGE,
    Act.SAFETY_WORD: Scope.RANGE,
    Act.COMMAND: Scope.COMMAND,
    Act.CONFIRM_TERMINATE: Scope.COMMAND,
    Act.LOG_CALL: Scope.RANGE,
    Act.JUDGE_AUTOMATION: Scope.INCIDENTS,
    Act.ACKNOWLEDGE_ALARM: Scope.COMMAND,
    Act.SHELVE_ALARM: Scope.COMMAND,
    Act.NOTE_ALARM: Scope.COMMAND,
    Act.TAKE_ALARM_OUT: Scope.COMMAND,
    Act.STAND_DUTY: Scope.RANGE,
    Act.CHANGE_LINKS: Scope.ADMIN,
    Act.WRITE_REPORT: Scope.INCIDENTS,
    Act.OPEN_INCIDENT: Scope.INCIDENTS,
    Act.REVIEW_INCIDENT: Scope.INCIDENTS,
    Act.SIGN_INCIDENT: Scope.INCIDENTS,
    Act.EXPORT_EVIDENCE: Scope.INCIDENTS,
    Act.HAND_OVER: Scope.RANGE,
    Act.SEE_REGISTERS: Scope.READ,
    Act.CHANGE_REGISTERS: Scope.REGISTERS,
    Act.INVITE_MEMBER: Scope.ADMIN,
    Act.MANAGE_USERS: Scope.ADMIN,
}
"""For which a token must be, beside what its owner's roles allow."""

NOBODY: Final = Actor("nobody", "")
"""Whom nothing is allowed."""


def roles_of(actor: Actor) -> frozenset[Role]:
    """From his roles as the record names them; none for a watch, the server and nobody."""
    named = actor.role.split(", ")
    return frozenset(role for role in Role if role.value in named)


def may(actor: Actor, act: Act, *, company: str | None = None) -> bool:
    """company: whose slot, plan or entry it is about; a company's member may touch nobody else's, nor the range's own."""
    if not in_scope(actor, SCOPE_OF[act]):
        return False
    allowing = roles_of(actor) & ALLOWED[act]
    if allowing == {Role.COMPANY_MEMBER}:
        return company is not None and company == actor.company
    return bool(allowing)


def sees(actor: Actor, company: str) -> bool:
    """Whether what is this company's is his to see: the range's people see everything, a member his own company's.

    company: "" for what is the range's own.
    """
    return may(actor, Act.SEE_RANGE) or (is_member(actor) and company == actor.company != "")


def is_member(actor: Actor) -> bool:
    """Of a company, and so none of the range's people."""
    return roles_of(actor) == {Role.COMPANY_MEMBER}


def in_scope(actor: Actor, scope: Scope) -> bool:
    """Whether what he acts by is for this; whoever acts by no token with scopes does so by right of his roles."""
    return actor.scopes is None or scope.value in actor.scopes


def scopes_of(roles: frozenset[Role]) -> frozenset[Scope]:
    """What a token of somebody with these roles can be for at all."""
    return frozenset(SCOPE_OF[act] for act, allowed in ALLOWED.items() if allowed & roles)


def require_in_person(actor: Actor, *, where: str) -> None:
    """For what is about the account itself. Raises Forbidden for whoever acts by a token with scopes."""
    if actor.scopes is not None:
        raise Forbidden(f"an API token may not do this for {actor.name}", where=where, do="Sign in for it.")


def require(actor: Actor, act: Act, *, where: str, company: str | None = None) -> None:
    """Raises Forbidden, naming who may."""
    if may(actor, act, company=company):
        return
    scope = SCOPE_OF[act]
    if not in_scope(actor, scope):
        raise Forbidden(
            f"this token of {actor.name} may not {act.value}",
            where=where,
            do=f"Use one that is for {scope.value!r}.",
        )
    if roles_of(actor) & ALLOWED[act]:
        raise Forbidden(
            f"{actor.name} may {act.value} for {actor.company} alone",
            where=where,
            do="Have that company or an operator do it.",
        )
    who = " or ".join(role.value.replace("-", " ") for role in Role if role in ALLOWED[act])
    raise Forbidden(
        f"{actor.name} ({actor.role or 'no role'}) may not {act.value}",
        where=where,
        do=f"It takes a person who is {who}.",
    )
