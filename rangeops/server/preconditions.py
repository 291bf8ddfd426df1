"""Conditional requests (RFC 9110 §13): an ETag for what has a version, If-None-Match to read, If-Match to change."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends, Header, Response

from rangeops.domain.errors import Conflict, Invalid
from rangeops.server.problems import PreconditionFailed, PreconditionRequired
from rangeops.server.routes.answers import as_json

T = TypeVar("T")
V = TypeVar("V", int, str)

_TAG: Final = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_LONGEST: Final = 1000
_HEADERS: Final = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
"""Who asks decides what is shown: a cache in between keeps it for nobody else."""

Version = int | str
"""Another after each change: a number that counts up, or a hash of it all."""


def tag_of(version: Version) -> str:
    return f'"{version}"'


@dataclass(frozen=True, slots=True)
class Reading:
    none_match: str

    def answer(self, value: Any, version: Version, status: int = 200) -> Response:
        """The value with its ETag; 304 without a body where the caller has this version."""
        response = as_json(value, status)
        if self.none_match and _matches(self.none_match, version, weakly=True):
            response = Response(status_code=304)
        response.headers.update({"ETag": tag_of(version), **_HEADERS})
        return response


@dataclass(frozen=True, slots=True)
class Changing:
    match: str

    async def carry_out(
        self,
        current: Callable[[], Awaitable[V]],
        deed: Callable[[V | None], Awaitable[T]],
        seen: V | None,
        *,
        where: str,
        needed: bool = True,
    ) -> T:
        """The deed to the version that the caller saw, by his If-Match or else by `seen`, the version in his body.

        current: of what is to be changed. deed: takes the version, and raises Conflict where that has moved on, or is None where a version is needed.
        Raises PreconditionFailed where If-Match isn't so, PreconditionRequired where neither was given.
        """
        if not self.match:
            try:
                return await deed(seen)
            except Conflict as error:  # whoever may not do it, or what isn't there, is said first
                if seen is not None or not needed:
                    raise
                raise PreconditionRequired(
                    "which version it is about isn't said", where=where, do="Send If-Match, or version in the body."
                ) from error
        version = await current()
        if not _matches(self.match, version, weakly=False):
            raise _moved_on(version, where)
        try:
            return await deed(version if seen is None else seen)
        except Conflict:
            if (now := await current()) != version:
                raise _moved_on(now, where) from None
            raise


def _moved_on(version: Version, where: str) -> PreconditionFailed:
    return PreconditionFailed(
        f"it was changed meanwhile (its ETag is {tag_of(version)})", where=where, do="Read it again and decide anew."
    )


def _matches(header: str, version: Version, *, weakly: bool) -> bool:
    """Raises Invalid for what is no list of entity tags."""
    if header.strip() == "*":
        return True
    found = [(bool(each[1]), each[2]) for each in _TAG.finditer(header)]
    if _TAG.sub("", header).strip(" ,\t"):
        raise Invalid("that is no list of ETags", where="If-Match", do='Send the ETag as it was given: "3".')
    return any(tag == str(version) and (weakly or not weak) for weak, tag in found)


def _reading(
    if_none_match: Annotated[
        str, Header(max_length=_LONGEST, description="ETags that the caller has: 304 for one of them")
    ] = "",
) -> Reading:
    return Reading(if_none_match)


def _changing(
    if_match: Annotated[
        str, Header(max_length=_LONGEST, description="the ETag that was read: 412 where it is another by now")
    ] = "",
) -> Changing:
    return Changing(if_match)


ReadIf = Annotated[Reading, Depends(_reading)]
ChangeIf = Annotated[Changing, Depends(_changing)]
