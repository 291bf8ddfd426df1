"""Answers that a client may keep, and ask for again only where they have changed. Source: RFC 9110, 8.8 and 13; RFC 9111."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus

from fastapi import Response
from starlette.datastructures import Headers


@dataclass(frozen=True, slots=True)
class Kept:
    """sha256: of the content. max_age_s: for how long nobody need ask again. changed: to the second."""

    content: bytes
    media_type: str
    sha256: str
    changed: datetime
    max_age_s: int

    @property
    def etag(self) -> str:
        return f'"{self.sha256[:32]}"'

    def answer(self, headers: Headers) -> Response:
        """Whole, or 304 for a client that has it."""
        shared = {
            "ETag": self.etag,
            "Last-Modified": format_datetime(self.changed, usegmt=True),
            "Cache-Control": f"public, max-age={self.max_age_s}",
            "X-Content-Type-Options": "nosniff",
        }
        if self._is_known(headers):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=shared)
        return Response(self.content, media_type=self.media_type, headers=shared)

    def _is_known(self, headers: Headers) -> bool:
        """If-None-Match decides alone where it is sent."""
        if wanted := headers.getlist("if-none-match"):
            tags = [tag.strip().removeprefix("W/") for tag in ",".join(wanted).split(",")]
            return "*" in tags or self.etag in tags
        since = headers.get("if-modified-since", "")
        try:
            return bool(since) and self.changed <= parsedate_to_datetime(since)
        except (TypeError, ValueError):
            return False
