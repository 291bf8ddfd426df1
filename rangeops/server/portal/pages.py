"""A page: template, visitor, and the headers that hold it to itself: no other host, no script but our own files."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import jinja2
from fastapi import Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from rangeops import __version__
from rangeops.adapters.reports.pages import shown
from rangeops.server.operations import Operations
from rangeops.server.portal.language import LANGUAGES, dated
from rangeops.server.portal.nav import current, entries
from rangeops.server.portal.static import address
from rangeops.server.portal.visitor import THEMES, Visitor

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:{tiles}; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)
HEADERS: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(self)",
    "Cache-Control": "no-store",  # what a page shows is somebody's own, and of this moment
}


@jinja2.pass_context
def _translated(context: jinja2.runtime.Context, text: str) -> str:
    visitor: Visitor = context["visitor"]
    return visitor.tr(text)


@jinja2.pass_context
def _word(context: jinja2.runtime.Context, value: object) -> str:
    """An enum's own word, or a text, in the visitor's language: `slot.state | word`."""
    visitor: Visitor = context["visitor"]
    return visitor.tr(str(value.value if isinstance(value, Enum) else value))


@jinja2.pass_context
def _local(context: jinja2.runtime.Context, moment: datetime, form: str = "%a %d %b %Y %H:%M") -> str:
    """In the range's own time, by names of the visitor's language."""
    visitor: Visitor = context["visitor"]
    zone: ZoneInfo = context["zone"]
    return dated(moment.astimezone(zone), form, visitor.language)


def _time(moment: datetime, text: str) -> Markup:
    """<time> with the exact UTC moment: for machines, and for whoever points at it."""
    return Markup('<time datetime="{0:%Y-%m-%dT%H:%M:%SZ}" title="{0:%Y-%m-%d %H:%M:%S} UTC">{1}</time>').format(
        moment, text
    )


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("rangeops.server.portal"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=shown,
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        _translated, _plural, newstyle=True
    )
    environment.filters.update(word=_word, local=_local, time=_time)
    environment.globals.update(static=address, languages=LANGUAGES, themes=THEMES, version=__version__)
    return environment


@jinja2.pass_context
def _plural(context: jinja2.runtime.Context, one: str, many: str, count: int) -> str:
    return _translated(context, one if count == 1 else many)


ENVIRONMENT: Final = _environment()


def page(
    request: Request, visitor: Visitor, template: str, status: int = HTTPStatus.OK, /, **context: Any
) -> HTMLResponse:
    """A whole page or, for portal.js's `data-into`, a part of one: any template of the portal.

    Every template has: visitor, zone (the range's), range_name, simulation, nav, here (of its entries), path, site (its address),
    tiles (a URL template or ""), the functions
    static() and _(), the filters word, local, time.
    """
    operations: Operations = request.app.state.operations
    tiles: str = request.app.state.tiles
    definition, shown_entries = operations.services.definition, entries(visitor)
    content = ENVIRONMENT.get_template(template).render(
        visitor=visitor,
        zone=ZoneInfo(definition.timezone),
        range_name=definition.name,
        simulation=operations.live.simulation,
        nav=shown_entries,
        here=current(shown_entries, request.url.path),
        path=request.url.path,
        site=f"{request.url.scheme}://{request.url.netloc}",
        tiles=tiles,
        **context,
    )
    policy = _POLICY.format(tiles=f" {_origin(tiles)}" if tiles else "")
    return HTMLResponse(content, status_code=status, headers={**HEADERS, "Content-Security-Policy": policy})


def _origin(tiles: str) -> str:
    """Of a tile server's URL template: the one other host that a page may ask, where the range has set one."""
    parts = urlsplit(tiles)
    return f"{parts.scheme}://{parts.netloc}".replace("{s}", "*")
