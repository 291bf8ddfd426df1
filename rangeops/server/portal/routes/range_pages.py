"""The pages for safety officers and the range's people, in the order in which their addresses are looked for."""

from typing import Final

from rangeops.server.portal.routes import (
    board,
    incidents,
    incidents_map,
    incidents_papers,
    incidents_review,
    live,
    range_home,
    registers,
    replay,
    reports,
)

ROUTERS: Final = (
    range_home.router,
    live.router,
    board.router,
    incidents_papers.verification,
    incidents.router,
    incidents_map.router,
    incidents_review.router,
    incidents_papers.router,
    replay.router,
    reports.router,
    registers.router,
)
