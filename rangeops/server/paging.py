"""Pages of lists over HTTP: `limit` and `cursor` in the query, and a Link header (RFC 8288) to what follows.

The body stays the list itself: who doesn't page reads its first page as before.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from rangeops.server.routes.answers import as_json
from rangeops.services.paging import LONGEST_CURSOR, MOST, USUAL, Asked, Page

LONGEST_LOG: Final = 5000

Cursor = Annotated[str, Query(max_length=LONGEST_CURSOR, description="of a Link header; without it the beginning")]


@dataclass(frozen=True, slots=True)
class Paging:
    """What the request asks for, and how the next page is asked for."""

    asked: Asked
    request: Request

    def answer(self, page: Page[Any], body: Any = None) -> Response:
        """body: what is told of the page, where that is more than its items."""
        response = as_json(page.items if body is None else body)
        if page.cursor:
            response.headers["Link"] = f'<{self._next(page.cursor)}>; rel="next"'
        return response

    def _next(self, cursor: str) -> str:
        query = [(name, value) for name, value in self.request.query_params.multi_items() if name != "cursor"]
        return f"{self.request.url.path}?{urlencode([*query, ('cursor', cursor)])}"


def _paging(request: Request, limit: Annotated[int, Query(ge=1, le=MOST)] = USUAL, cursor: Cursor = "") -> Paging:
    return Paging(Asked(limit, cursor), request)


def _of_the_log(
    request: Request, limit: Annotated[int, Query(ge=1, le=LONGEST_LOG)] = USUAL, cursor: Cursor = ""
) -> Paging:
    return Paging(Asked(limit, cursor), request)


Paged = Annotated[Paging, Depends(_paging)]
PagedLog = Annotated[Paging, Depends(_of_the_log)]
