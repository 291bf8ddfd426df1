"""The HTTP application: routes over Operations. No wiring: everything comes as an argument."""

from typing import Final

from fastapi import FastAPI
from starlette.routing import Match, Mount
from starlette.types import Scope

from rangeops import __version__
from rangeops.server import problems
from rangeops.server.description import describe
from rangeops.server.guard import API, Guard
from rangeops.server.metrics import Metrics
from rangeops.server.observing import Observing
from rangeops.server.operations import Operations
from rangeops.server.portal.app import create_portal
from rangeops.server.rate_limits import Rates
from rangeops.server.readiness import Readiness
from rangeops.server.routes import (
    alarms,
    board,
    calendars,
    clearance,
    day,
    duty,
    enforcement,
    events,
    feed,
    flight,
    handover,
    incidents,
    invitations,
    operating,
    plans,
    publications,
    range_,
    registers,
    reports,
    screens,
    second_factor,
    sessions,
    slots,
    timetable,
    tokens,
    users,
    wishes,
    work,
)

PREFIX: Final = "/api/v1"
ROUTERS: Final = (
    range_.router,
    plans.router,
    slots.router,
    timetable.router,
    board.router,
    calendars.router,
    clearance.router,
    day.router,
    wishes.router,
    alarms.router,
    flight.router,
    enforcement.router,
    handover.router,
    incidents.router,
    reports.router,
    feed.router,
    events.router,
    publications.router,
    operating.router,
    work.router,
    registers.router,
    users.router,
    sessions.router,
    tokens.router,
    second_factor.router,
    invitations.router,
    duty.router,
    screens.router,
)


class _Pages(Mount):
    """Everything but the API, whose unknown paths are problems and no pages."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if str(scope.get("path", "")).startswith(API):
            return Match.NONE, {}
        return super().matches(scope)


def create_app(
    operations: Operations,
    *,
    host: str,
    public_host: str = "",
    logs: bool = False,
    tiles: str = "",
    rates: Rates | None = None,
) -> FastAPI:
    """API and portal on one range. `rangeops.server.process.serve` starts and closes `operations`.

    public_host: another name that it is called by, through a proxy. logs: each request is a line of the log.
    tiles: of a map-tile server, for the portal's maps. rates: how much each caller may ask, where it isn't the usual.
    """
    app = FastAPI(
        title="rangeops",
        version=__version__,
        docs_url=None,  # its page loads scripts from another host
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        redirect_slashes=False,
    )
    app.state.operations = operations
    app.state.metrics = Metrics(operations)
    app.state.readiness = Readiness(operations)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    problems.install(app)
    app.openapi = lambda: describe(app, PREFIX)  # type: ignore[method-assign]  # as FastAPI has it replaced
    app.router.routes.append(_Pages("/", create_portal(operations, tiles=tiles)))
    app.add_middleware(
        Guard,
        identify=lambda token: operations.services.sessions.caller(token, operations.clock()),
        hosts=(host, public_host),
        clock=operations.clock,
        rates=rates,
    )
    app.add_middleware(Observing, metrics=app.state.metrics, clock=operations.clock, logs=logs)
    return app
