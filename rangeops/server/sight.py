"""Which answers a company's member may ask for at all, and that what his request names is his: asked before every route.

What isn't in the table here is for the range's people alone, a route that is new too. Of what is in it, the services show
him his own (rangeops.services.sight).
"""

from collections.abc import Callable, Mapping
from typing import Final

from fastapi import WebSocketException, status
from starlette.requests import HTTPConnection

from rangeops.domain.api_tokens import Scope
from rangeops.domain.audit import Actor
from rangeops.domain.errors import Forbidden
from rangeops.domain.permissions_of_roles import Act, in_scope, is_member, may
from rangeops.domain.slots import SlotId
from rangeops.server.operations import Operations
from rangeops.services.sight import Sight

OWN_ACCOUNT: Final = frozenset(["/me", "/sessions", "/tokens", "/second-factor"])
"""What everybody may read who is signed in: about himself, and nothing else is in it."""

COMPANY_READS: Final = frozenset(
    [
        "/status",
        "/range",
        "/free-busy",
        "/plans",
        "/plans/{plan}",
        "/slots",
        "/slots/{slot}",
        "/slots/{slot}/alternatives",
        "/slots/{slot}/permissions",
        "/slots/{slot}/clearance",
        "/slots/{slot}/briefing",
        "/slots/{slot}/sheet",
        "/slots/{slot}/wishes",
        "/wishes",
        "/slots/{slot}/writes",
        "/days/{day}",
        "/closures",
        "/closures/{closure}",
        "/weather",
        "/events",
        "/positions.geojson",
        "/work",
        "/work/{work}",
        "/calendars/company/{company}.ics",
        "/incidents",
        "/incidents/{incident}",
        "/incidents/{incident}/report",
        "/registers",
        "/registers/expiries",
        "/registers/{kind}/csv",
        "/registers/{kind}/{entry:path}",
    ]
)
"""What a company's member may read, by the route's own path. Each shows him his own, or what everybody must know."""

_LOOK: Final[Mapping[str, Callable[[Sight, str, Actor], object]]] = {
    "slot": lambda sight, slot, actor: sight.slot(SlotId(slot), actor),
    "plan": lambda sight, plan, actor: sight.plan(plan, actor),
    "incident": lambda sight, incident, actor: sight.require_released(incident, actor),
}
"""By the name of a path's parameter: raises NotFound for what isn't there, or isn't his."""


async def in_sight(connection: HTTPConnection, operations: Operations) -> None:
    """Raises Forbidden for a read that is the range's own, NotFound for what the caller's company doesn't have.

    So another company's slot and one that doesn't exist are the same to him, whatever he wants to do with it.
    """
    actor, path = operations.user, _path_of(connection)
    if (
        path not in OWN_ACCOUNT
        and _reads(connection)
        and not (may(actor, Act.SEE_RANGE) or _is_for_members(actor, path))
    ):
        _refuse(connection, actor, path)
    if not is_member(actor):
        return
    for noun, look in _LOOK.items():
        if (named := connection.path_params.get(noun)) is not None:
            await operations.run(look, operations.services.sight, str(named), actor)


def _is_for_members(actor: Actor, path: str) -> bool:
    return is_member(actor) and in_scope(actor, Scope.READ) and path in COMPANY_READS


def _reads(connection: HTTPConnection) -> bool:
    return connection.scope["type"] == "websocket" or connection.scope["method"] in ("GET", "HEAD")


def _path_of(connection: HTTPConnection) -> str:
    """As its router names it, with the parameters' names in it."""
    path: str = connection.scope["route"].path
    return path.removeprefix("/api/v1")


def _refuse(connection: HTTPConnection, actor: Actor, path: str) -> None:
    told = Forbidden(f"{actor.name} may not read this", where=path, do="Ask the range.")
    if connection.scope["type"] == "websocket":
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION, told.what)
    raise told
