"""Style sheet, scripts and Leaflet's files: served by ourselves, each under an address that changes with its content."""

import hashlib
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

OWN: Final = Path(__file__).with_name("static")
_LEAFLET: Final = "leaflet/"
_ONE_YEAR: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"


@cache
def leaflet_folder() -> Path:
    """Without importing the package: its namespace needs setuptools' old ways."""
    return Path(str(distribution("xstatic-leaflet").locate_file("xstatic/pkg/leaflet/data")))


@cache
def address(name: str) -> str:
    """A file's address on the site, with its content's hash: `address("portal.css")`, `address("leaflet/leaflet.js")`."""
    path = leaflet_folder() / name.removeprefix(_LEAFLET) if name.startswith(_LEAFLET) else OWN / name
    return f"/static/{name}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"


class _Files(StaticFiles):
    """Kept for a year under an address with a hash, asked for again under one without."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        versioned = scope.get("query_string", b"").startswith(b"v=")
        response.headers["Cache-Control"] = _ONE_YEAR if versioned else _ASK_AGAIN
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


class _Both(_Files):
    """Leaflet's folder under leaflet/, our own beside it."""

    def __init__(self) -> None:
        super().__init__(directory=OWN)
        self._leaflet = _Files(directory=leaflet_folder())

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path.startswith(_LEAFLET):
            return await self._leaflet.get_response(path.removeprefix(_LEAFLET), scope)
        return await super().get_response(path, scope)


def files() -> StaticFiles:
    return _Both()
