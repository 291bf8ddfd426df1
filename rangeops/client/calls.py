"""HTTP to one server: where it is, whose token is sent, and errors as the server raised them."""

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar
from urllib.parse import parse_qs, quote, urlsplit
from uuid import uuid4

import msgspec

from rangeops.client.retries import KEY, NEVER, USUAL, Retry, comes_back_in_s, may_repeat
from rangeops.domain.errors import (
    CodeWanted,
    Conflict,
    Damaged,
    Forbidden,
    Invalid,
    Kind,
    NotFound,
    RangeopsError,
    Refused,
    Unavailable,
)
from rangeops.settings import Settings
from rangeops.wire.api import Problem
from rangeops.wire.shapes import from_json

if TYPE_CHECKING:
    import ssl

    import httpx

T = TypeVar("T")

ERRORS: Final[Mapping[Kind, type[RangeopsError]]] = {
    Kind.INVALID: Invalid,
    Kind.REFUSED: Refused,
    Kind.NOT_FOUND: NotFound,
    Kind.CONFLICT: Conflict,
    Kind.FORBIDDEN: Forbidden,
    Kind.CODE_WANTED: CodeWanted,
    Kind.UNAVAILABLE: Unavailable,
    Kind.DAMAGED: Damaged,
}
REQUEST_TIMEOUT_S: Final = 15.0  # a plan check or a report takes seconds on a busy machine
VEHICLE_TIMEOUT_S: Final = 200.0  # what is asked of a vehicle: a whole parameter table over a slow radio link
LARGEST_PAGE: Final = 1000  # the most that the server gives at once
_PIECE_BYTES: Final = 1 << 20
_START_ONE: Final = "Start one with `rangeops serve`."
_COMES: Final = "It starts, or is started anew: ask again in some seconds."


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens, and the bearer token that it takes. certificate: its own, PEM, where it speaks TLS."""

    url: str
    token: str
    certificate: str = ""


def _is_starting(settings: Settings) -> bool:
    """Whether a range runs whose server isn't there yet, or anew."""
    from rangeops.background import lives, own_processes

    return any(lives(pid) for pid in own_processes(settings.run_folder))


def address_of(settings: Settings) -> Address:
    """The running server of this data folder. Raises Unavailable where none has said that it listens."""
    try:
        told = json.loads(settings.server_file.read_text(encoding="utf-8"))
        url, certificate = told["url"], told.get("certificate", "")
    except (FileNotFoundError, NotADirectoryError) as error:
        if _is_starting(settings):
            raise Unavailable("its server doesn't listen yet", where=str(settings.data), do=_COMES) from error
        raise Unavailable("no server is running", where=str(settings.data), do=_START_ONE) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unavailable(
            f"the server's address can't be read ({error})", where=str(settings.server_file), do=_START_ONE
        ) from error
    try:
        token = settings.callers_token_file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"the token can't be read ({getattr(error, 'strerror', None) or 'it is no text'})",
            where=str(settings.callers_token_file),
            do="Name the file of your token in RANGEOPS_TOKEN.",
        ) from error
    return Address(str(url), token, str(certificate))


class Calls:
    """One server, over HTTP. Every method raises RangeopsError, of the kind that the server raised.

    locate is asked again after a connection broke: a restarted server may listen elsewhere. retry: how calls that may be
    repeated are; pause: what waits in between.
    """

    def __init__(
        self,
        locate: Callable[[], Address],
        *,
        transport: "httpx.AsyncBaseTransport | None" = None,
        retry: Retry = NEVER,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._locate = locate
        self._address: Address | None = None
        self._session = ""  # token of whoever signed in, sent in place of the file's; in memory alone
        self._transport = transport
        self._retry = retry
        self._pause = pause

    @cached_property
    def _http(self) -> "httpx.AsyncClient":
        """Loaded with the first call: a control room shows the feed's first picture before it makes any.

        trust_env off: a proxy of the environment has no business between here and the server.
        """
        import httpx

        return httpx.AsyncClient(
            timeout=REQUEST_TIMEOUT_S, trust_env=False, transport=self._transport, verify=self._tls
        )

    @cached_property
    def _tls(self) -> "ssl.SSLContext":
        """What connections are held to: certificates are added to it as servers name them (`address`)."""
        from rangeops.client.trust import nobody_yet

        return nobody_yet()

    def tls(self) -> "ssl.SSLContext | None":
        """For another connection to the same server; None where it speaks plain HTTP."""
        return self._tls if self.address().certificate else None

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """A client of the server of this data folder. Raises Unavailable where none runs."""
        address_of(settings)
        return cls(lambda: address_of(settings))

    @classmethod
    def at(cls, url: str, token: str, *, certificate: str = "", retry: Retry = USUAL) -> Self:
        """A client of the server at an address, "https://range.example": for other systems.

        token: an API token. certificate: the server's own, PEM, where no authority vouches for it.
        """
        return cls(lambda: Address(url.rstrip("/"), token, certificate), retry=retry)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        if "_http" in self.__dict__:
            await self._http.aclose()

    def address(self) -> Address:
        """Where the server listens, as last known, and what is sent to it: a session's token where somebody signed in."""
        if self._address is None:
            self._address = self._locate()
            self._trust(self._address)
        return replace(self._address, token=self._session) if self._session else self._address

    def _trust(self, address: Address) -> None:
        if not address.certificate:
            return
        import ssl

        from rangeops.client.trust import trust

        try:
            trust(self._tls, address.certificate)
        except ssl.SSLError as error:
            raise Unavailable("its certificate can't be read", where=address.url, do="Restart the server.") from error

    def forget_address(self) -> None:
        """Ask again where the server is before the next call."""
        self._address = None

    async def _get(self, path: str, answer: type[T]) -> T:
        return await self._call("GET", path, answer)

    async def _post(self, path: str, answer: type[T], body: Any = None) -> T:
        return await self._with_body("POST", path, answer, body)

    async def _with_body(
        self,
        method: str,
        path: str,
        answer: type[T],
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        within_s: float = REQUEST_TIMEOUT_S,
    ) -> T:
        content = b"" if body is None else msgspec.json.encode(body)
        sent = {"Content-Type": "application/json", **(headers or {})}
        return await self._call(method, path, answer, content=content, headers=sent, within_s=within_s)

    async def _call(self, method: str, path: str, answer: type[T] | None, **request: Any) -> T:
        found: T = _decoded(await self._send(method, path, **request), answer, f"{method} {path}")
        return found

    async def _send(
        self,
        method: str,
        path: str,
        *,
        content: bytes = b"",
        params: Mapping[str, str | list[str]] | None = None,
        headers: Mapping[str, str] | None = None,
        within_s: float = REQUEST_TIMEOUT_S,
        token: str = "",
    ) -> "httpx.Response":
        """token: another than `address` gives."""
        import httpx

        waits_s = self._retry.waits_s() if may_repeat(method, headers or {}) else iter(())
        while True:
            address = self.address()
            try:
                response = await self._http.request(
                    method,
                    f"{address.url}/api/v1{path}",
                    content=content,
                    params=params,
                    timeout=within_s,
                    headers={"Authorization": f"Bearer {token or address.token}", **(headers or {})},
                )
            except httpx.HTTPError as error:
                unreached = self._unreached(error, address, within_s)
                if (wait_s := next(waits_s, None)) is None:
                    raise unreached from error
                await self._pause(wait_s)
                continue
            if not response.is_error:
                return response
            again_s = self._again_in_s(response, waits_s)
            if again_s is None:
                raise error_of(response) if token else self._refused(response)
            await self._pause(again_s)

    def _again_in_s(self, response: "httpx.Response", waits_s: Iterator[float]) -> float | None:
        """None: this is the answer."""
        again_s = comes_back_in_s(response.status_code, response.headers, 0.0)
        if again_s is None or again_s > self._retry.longest_s or (wait_s := next(waits_s, None)) is None:
            return None
        return max(wait_s, again_s)

    def _each(self, path: str, item: type[T], params: Mapping[str, str | list[str]] | None = None) -> AsyncIterator[T]:
        """Every item of a list, page by page: the next page is asked for when its first item is."""

        async def items() -> AsyncIterator[T]:
            asked: dict[str, str | list[str]] = dict(params or {})
            while True:
                response = await self._send("GET", path, params=asked)
                for each in _decoded(response, tuple[item, ...], f"GET {path}"):  # type: ignore[valid-type]  # a value
                    yield each
                if (following := response.links.get("next")) is None:
                    return
                asked["cursor"] = parse_qs(urlsplit(following["url"]).query)["cursor"][0]

        return items()

    async def _all(
        self, path: str, item: type[T], params: Mapping[str, str | list[str]] | None = None
    ) -> tuple[T, ...]:
        """The whole of a list, in as few pages as the server gives it."""
        asked = {"limit": str(LARGEST_PAGE), **(params or {})}
        return tuple([each async for each in self._each(path, item, asked)])

    async def _created(self, path: str, answer: type[T], body: Any = None, *, key: str = "", **request: Any) -> T:
        """What creates something, under a key: the caller's, or where calls are repeated, one of its own."""
        key = key or (str(uuid4()) if self._retry.tries > 1 else "")
        headers = {KEY: key} if key else {}
        if body is None:
            return await self._call("POST", path, answer, headers=headers, **request)
        return await self._with_body("POST", path, answer, body, headers=headers)

    def _unreached(self, error: "httpx.HTTPError", address: Address, within_s: float) -> Unavailable:
        import httpx

        if isinstance(error, httpx.TimeoutException):
            return Unavailable(
                f"the server did not answer in {within_s:g} s",
                where=address.url,
                do="Try again; if it stays so, see its log.",
            )
        self.forget_address()
        return Unavailable(
            f"the server can't be reached ({str(error) or type(error).__name__})", where=address.url, do=_START_ONE
        )

    def _refused(self, response: "httpx.Response") -> RangeopsError:
        """What it answered to this client's own token: a session that has ended is forgotten."""
        if response.status_code == HTTPStatus.UNAUTHORIZED and self._session:
            self._session = ""  # what the file's token may do is left
            return Forbidden(
                "the session at this screen has ended: it acts by its own token again",
                where="signed in",
                do="Sign in again.",
            )
        return error_of(response)

    async def _download(
        self,
        method: str,
        path: str,
        file: Path,
        accept: Callable[[Mapping[str, str], str], T],
        *,
        params: Mapping[str, str],
        within_s: float,
    ) -> T:
        """The answer's body into a file that is there whole or not at all, once `accept` has taken its headers and SHA-256.

        Raises what accept raises; Unavailable also where it can't be written.
        """
        fresh, digest = file.with_name(f".{file.name}.partial"), hashlib.sha256()
        try:
            with fresh.open("wb") as written:

                def take(piece: bytes) -> None:
                    digest.update(piece)
                    written.write(piece)

                headers = await self._streamed(method, path, take, params=params, within_s=within_s)
                accepted = accept(headers, digest.hexdigest())
                written.flush()
                os.fsync(written.fileno())
            fresh.replace(file)
        except OSError as error:
            raise Unavailable(
                f"it can't be written ({error.strerror or error})",
                where=str(file),
                do="Choose another place, or free space.",
            ) from error
        finally:
            with suppress(OSError):  # where it couldn't be made, it can't be removed
                fresh.unlink(missing_ok=True)
        return accepted

    async def _streamed(
        self, method: str, path: str, take: Callable[[bytes], None], *, params: Mapping[str, str], within_s: float
    ) -> "httpx.Headers":
        """Piece by piece, each written beside the event loop."""
        import httpx

        address = self.address()
        try:
            async with self._http.stream(
                method,
                f"{address.url}/api/v1{path}",
                params=params,
                timeout=within_s,
                headers={"Authorization": f"Bearer {address.token}"},
            ) as response:
                if response.is_error:
                    await response.aread()
                    raise self._refused(response)
                async for piece in response.aiter_bytes(_PIECE_BYTES):
                    await asyncio.to_thread(take, piece)
                return response.headers
        except httpx.HTTPError as error:
            raise self._unreached(error, address, within_s) from error


def _decoded(response: "httpx.Response", answer: Any, where: str) -> Any:
    """Raises Damaged."""
    try:
        return from_json(response.content or b"null", answer)
    except msgspec.DecodeError as error:
        raise Damaged(
            f"an answer that this version can't read ({error})",
            where=where,
            do="Run the same version of rangeops for server and client.",
        ) from error


def error_of(response: "httpx.Response") -> RangeopsError:
    """The error that the server raised, from its problem+json; Unavailable for what isn't one of ours."""
    try:
        problem = from_json(response.content, Problem)
        error = ERRORS[Kind(problem.kind)]
    except (msgspec.DecodeError, ValueError):
        return Unavailable(
            f"the server answered {response.status_code}",
            where=str(response.url),
            do="See the server's log.",
        )
    return error(problem.what, where=problem.where, do=problem.do)


def part(text: str) -> str:
    """One segment of a path: an id with a slash in it must not name another resource."""
    return quote(text, safe="")
