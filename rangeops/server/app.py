"""The HTTP application: routes over Operations. No wiring: everything comes as an argument."""

from typing import Final

from fastapi import FastAPI

from rangeops import __version__
from rangeops.server import problems
from rangeops.server.guard import Guard
from rangeops.server.operations import Operations
from rangeops.server.routes import (
    alarms,
    board,
    calendars,
    clearance,
    day,
    duty,
    enforcement,
    feed,
    flight,
    handover,
    incidents,
    plans,
    range_,
    registers,
    reports,
    screens,
    sessions,
    slots,
    timetable,
    users,
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
    alarms.router,
    flight.router,
    enforcement.router,
    handover.router,
    incidents.router,
    reports.router,
    feed.router,
    registers.router,
    users.router,
    sessions.router,
    duty.router,
    screens.router,
)


def create_app(operations: Operations, *, host: str) -> FastAPI:
    """The API on one range. `rangeops.server.process.serve` starts and closes `operations`."""
    app = FastAPI(
        title="rangeops",
        version=__version__,
        docs_url=None,  # its page loads scripts from another host
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        redirect_slashes=False,
    )
    app.state.operations = operations
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    problems.install(app)
    app.add_middleware(
        Guard, identify=lambda token: operations.services.sessions.caller(token, operations.clock()), host=host
    )
    return app
