"""A range with one of everything that the API can name: a company's own, and another's."""

from datetime import UTC, datetime, timedelta

from desk import D07, OPERATOR, check_plan
from released import incident_of, release

from rangeops.domain.users import Role, User
from rangeops.services.build import Services
from rangeops.services.ports.world import Clock
from rangeops.services.submission import PlanRequest
from rangeops.wire.api import ClosureRequest, SlotRequest

SECRET = "correct horse battery"
OWN = {
    "slot": "S1", "plan": "P1", "company": "ACME", "entry": "ACME", "closure": "C1", "number": "1", "sysid": "7",
    "item": "R1", "person": "W1", "position": "operator", "day": "2026-01-01", "month": "2026-01", "code": "x",
    "volume": "NORTH", "session": "x", "token": "x", "work": "x", "invitation": "x", "incident": "INC-2026-0001",
    "kind": "company",
}  # fmt: skip
OTHERS = {"slot": "S2", "plan": "P2", "company": "SAXN", "entry": "SAXN", "incident": "INC-2026-0002"}
ABSENT = {"slot": "S9", "plan": "P9", "company": "NONE", "entry": "NONE", "incident": "INC-2026-0009"}


def one_of_everything(services: Services, clock: Clock, roles: dict[str, str]) -> None:
    """A slot, a plan and a released incident of ACME's, and the same of SAXN's; a closure; a user for each role."""
    now = clock()
    with services.store.write() as work:
        for role in roles.values():
            company = "ACME" if role == "company-member" else ""
            work.users.add(User(role, role, frozenset([Role(role)]), company, password_hash=f"plain:{SECRET}"))
        work.users.add(User("victim", "V", frozenset([Role.OBSERVER])))
    for company, volume, sysid in (("ACME", "NORTH", D07), ("SAXN", "WEST", 8)):
        request = PlanRequest(b"inside", "a.plan", "SURVEY", company, volume, "survey-quad")
        checked = check_plan(services.submission.prepare(request, OPERATOR))
        plan = services.submission.store(request, checked, now, OPERATOR)
        ends = now.utc + timedelta(minutes=30)
        asked = SlotRequest(company, volume, now.utc, ends, sysid, f"D{sysid:02}", "survey-quad", "ch 2", plan.id)
        slot = services.booking.request(asked, now, OPERATOR)
        release(services, incident_of(services, slot, datetime(2026, 5, 1, 12, tzinfo=UTC)), now)
    starts = now.utc + timedelta(days=3)
    services.closures.add(ClosureRequest("traffic", "guests", starts, starts + timedelta(hours=1)), now, OPERATOR)
