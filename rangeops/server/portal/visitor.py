"""Who looks at a page: his session, his language, and the mark that his forms carry."""

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Forbidden, Invalid
from rangeops.domain.permissions_of_roles import NOBODY, Act, may
from rangeops.domain.sessions import Caller
from rangeops.server.credentials import credentials_of, csrf_of, is_csrf
from rangeops.server.operations import Operations
from rangeops.server.portal.language import language_of, said

SEE_OTHER: Final = 303
THEMES: Final = ("auto", "light", "dark")
THEME_COOKIE: Final = "theme"
ENROLLING: Final = "/account/second-factor"
"""All that is shown to who must set up a second factor first."""
_LONGEST_NEXT: Final = 500
_FORM_TYPES: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


class MustSignIn(Exception):
    """Nobody is signed in, and the page is for somebody."""


class MustEnrol(Exception):
    """All that whoever is signed in may do is to set up a second factor."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """caller: None for nobody. csrf: goes into every form, "" for nobody. theme: one of THEMES."""

    caller: Caller | None
    language: str
    theme: str
    csrf: str

    @property
    def actor(self) -> Actor:
        return NOBODY if self.caller is None else self.caller.actor

    @property
    def company(self) -> str:
        """Whose member he is; "" for the range's own people, and for nobody."""
        return self.actor.company

    def may(self, act: Act) -> bool:
        return may(self.actor, act, company=self.company or None)

    def tr(self, text: str, /, **figures: object) -> str:
        """The text in his language. figures: what stands in its {braces}."""
        words = said(text, self.language)
        return words.format(**figures) if figures else words


def visitor_of(request: Request) -> Visitor:
    caller: Caller | None = getattr(request.state, "caller", None)
    token = credentials_of(request.scope).token
    theme = request.cookies.get(THEME_COOKIE, "")
    return Visitor(
        caller,
        language_of(request.cookies, request.headers.get("accept-language", "")),
        theme if theme in THEMES else THEMES[0],
        "" if caller is None else csrf_of(token),
    )


def signed_in(request: Request) -> Visitor:
    """For every page that isn't open: raises MustSignIn; MustEnrol for who must set up a second factor first.

    Through a read-only session no form is taken, as the guard takes nothing of it for the API: raises Forbidden.
    """
    visitor = visitor_of(request)
    if visitor.caller is None:
        raise MustSignIn
    if visitor.caller.enrolling and not request.url.path.startswith(ENROLLING):
        raise MustEnrol
    if visitor.caller.read_only and request.method not in ("GET", "HEAD"):
        raise Forbidden("this screen is read-only", where=request.url.path, do="Sign in at another one.")
    return visitor


def _operations(request: Request) -> Operations:
    operations: Operations = request.app.state.operations
    return operations.acting_as(visitor_of(request).actor)


async def open_form(request: Request) -> FormData:
    """What a form of ours sent, of whatever session. Raises Forbidden for one that isn't ours, Invalid for what is no form."""
    where = request.url.path
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _FORM_TYPES:
        raise Invalid("that is no form", where=where, do="Send it from the page.")
    if request.headers.get("origin") is None and request.headers.get("sec-fetch-site") != "same-origin":
        # The guard has turned away every origin but ours; a browser that tells none is older than what we support.
        raise Forbidden("no browser says which page sent this", where=where, do="Send it from the page.")
    return await request.form(max_files=4, max_fields=200)


async def form_of(request: Request) -> FormData:
    """Likewise, of this very session. Raises Forbidden for another's."""
    form = await open_form(request)
    if visitor_of(request).caller is not None and not is_csrf(
        str(form.get("csrf", "")), credentials_of(request.scope).token
    ):
        raise Forbidden("this form is of another session", where=request.url.path, do="Load the page again.")
    return form


Ops = Annotated[Operations, Depends(_operations)]
"""In the visitor's name."""

Visiting = Annotated[Visitor, Depends(visitor_of)]
OpenForm = Annotated[FormData, Depends(open_form)]
"""Of a POST that nobody need be signed in for."""

Form = Annotated[FormData, Depends(form_of)]
"""Of a POST: checked to be one of our own pages', of this very session."""


def to_sign_in(request: Request) -> RedirectResponse:
    """And back to where he wanted to go, where that was to look at something."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    after = f"?next={quote(wanted, safe='/')}" if request.method == "GET" and wanted != "/" else ""
    return RedirectResponse(f"/sign-in{after}", SEE_OTHER)


def local_path(wanted: str) -> str:
    """Where to go afterwards: a path of this very site, whatever was asked for; else the start page."""
    parts = urlsplit(wanted[:_LONGEST_NEXT])
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return wanted[:_LONGEST_NEXT] if ours and wanted.isprintable() and "\\" not in wanted else "/"
