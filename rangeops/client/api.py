"""The typed client of the HTTP API: all that screens and commands know of the server."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from rangeops.domain.alarms import Alarm, AlarmId
from rangeops.domain.commands import CommandKind, CommandProgress, CommandTarget
from rangeops.domain.errors import (
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
from rangeops.domain.slots import Slot, SlotEvent, SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.settings import Settings
from rangeops.wire.api import (
    AffectedView,
    AuditHead,
    ClearanceView,
    CommandRequest,
    ConsentRequest,
    IncidentView,
    LinkRequest,
    ParametersView,
    PlanView,
    Problem,
    RangeView,
    ReportView,
    SlotChange,
    SlotRequest,
    Status,
    WritesView,
)
from rangeops.wire.picture import LinkView, LogLine

T = TypeVar("T")

ERRORS: Final[Mapping[Kind, type[RangeopsError]]] = {
    Kind.INVALID: Invalid,
    Kind.REFUSED: Refused,
    Kind.NOT_FOUND: NotFound,
    Kind.CONFLICT: Conflict,
    Kind.FORBIDDEN: Forbidden,
    Kind.UNAVAILABLE: Unavailable,
    Kind.DAMAGED: Damaged,
}
_REQUEST_TIMEOUT_S: Final = 15.0  # a plan check or a report takes seconds on a busy machine
_VEHICLE_TIMEOUT_S: Final = 200.0  # what is asked of a vehicle over a slow radio link
_START_ONE: Final = "Start one with `rangeops serve`."


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens, and the bearer token that it takes."""

    url: str
    token: str


def address_of(settings: Settings) -> Address:
    """The running server of this data folder. Raises Unavailable where none has said that it listens."""
    try:
        url = json.loads(settings.server_file.read_text(encoding="utf-8"))["url"]
        token = settings.token_file.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise Unavailable("no server is running", where=str(settings.data), do=_START_ONE) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unavailable(
            f"the server's address or token can't be read ({error})", where=str(settings.data), do=_START_ONE
        ) from error
    return Address(str(url), token)


class Client:
    """One server, over HTTP. Every method raises RangeopsError, of the kind that the server raised.

    locate is asked again after a connection broke: a restarted server may listen elsewhere.
    """

    def __init__(self, locate: Callable[[], Address], *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._locate = locate
        self._address: Address | None = None
        # trust_env off: a proxy of the environment has no business between here and the server.
        self._http = httpx.AsyncClient(timeout=_REQUEST_TIMEOUT_S, trust_env=False, transport=transport)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """A client of the server of this data folder. Raises Unavailable where none runs."""
        address_of(settings)
        return cls(lambda: address_of(settings))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    def address(self) -> Address:
        """Where the server listens, as last known."""
        if self._address is None:
            self._address = self._locate()
        return self._address

    def forget_address(self) -> None:
        """Ask again where the server is before the next call."""
        self._address = None

    async def status(self) -> Status:
        return await self._get("/status", Status)

    async def range_view(self) -> RangeView:
        return await self._get("/range", RangeView)

    async def slots(self) -> tuple[Slot, ...]:
        return await self._get("/slots", tuple[Slot, ...])

    async def affected(self) -> tuple[AffectedView, ...]:
        """What was approved against other zones than today's, and fares worse by these."""
        return await self._get("/slots/affected", tuple[AffectedView, ...])

    async def slot(self, slot: SlotId) -> Slot:
        return await self._get(f"/slots/{_part(slot)}", Slot)

    async def book(self, request: SlotRequest) -> Slot:
        """Ask for a slot; it is REQUESTED until the range approves it."""
        return await self._post("/slots", Slot, request)

    async def change_slot(self, slot: SlotId, event: SlotEvent, *, version: int, reason: str = "") -> Slot:
        """Move a slot on. version: of the slot as the caller saw it; Conflict where it has moved on meanwhile."""
        return await self._post(f"/slots/{_part(slot)}/change", Slot, SlotChange(event.value, version, reason))

    async def clearance(self, slot: SlotId) -> ClearanceView:
        return await self._get(f"/slots/{_part(slot)}/clearance", ClearanceView)

    async def clear(self, slot: SlotId) -> ClearanceView:
        """Give the range's word to fly. Refused while anything is missing."""
        return await self._post(f"/slots/{_part(slot)}/clear", ClearanceView)

    async def withdraw(self, slot: SlotId) -> ClearanceView:
        return await self._post(f"/slots/{_part(slot)}/withdraw", ClearanceView)

    async def slot_sheet(self, slot: SlotId) -> bytes:
        """What the slot grants, as a file signed with the range's key."""
        return (await self._send("GET", f"/slots/{_part(slot)}/sheet")).content

    async def writes(self, slot: SlotId) -> WritesView:
        """What loading its fence would change on the slot's vehicle, read from the vehicle now."""
        return await self._call("GET", f"/slots/{_part(slot)}/writes", WritesView, within_s=_VEHICLE_TIMEOUT_S)

    async def agree(self, slot: SlotId, *, who: str, sha256: str) -> WritesView:
        """Somebody agreed by word to the diff with this hash; Conflict where another was shown since."""
        return await self._post(f"/slots/{_part(slot)}/consent", WritesView, ConsentRequest(who, sha256))

    async def parameters(self, sysid: Sysid, names: Sequence[str] = ()) -> ParametersView:
        """A vehicle's parameters by name; without names all of them, read now."""
        path = f"/vehicles/{int(sysid)}/parameters"
        query = {"name": list(names)}
        return await self._call("GET", path, ParametersView, params=query, within_s=_VEHICLE_TIMEOUT_S)

    async def plans(self) -> tuple[PlanView, ...]:
        return await self._get("/plans", tuple[PlanView, ...])

    async def plan(self, plan: str) -> PlanView:
        return await self._get(f"/plans/{_part(plan)}", PlanView)

    async def submit_plan(
        self, content: bytes, *, file_name: str, name: str, company: str, volume: str, airframe: str
    ) -> PlanView:
        """Hand in a plan file; its verdict comes back. The same name again makes the company's next revision."""
        query = {"file_name": file_name, "name": name, "company": company, "volume": volume, "airframe": airframe}
        return await self._call("POST", "/plans", PlanView, content=content, params=query)

    async def links(self) -> tuple[LinkView, ...]:
        return await self._get("/links", tuple[LinkView, ...])

    async def add_link(self, uri: str) -> LinkView:
        return await self._post("/links", LinkView, LinkRequest(uri))

    async def remove_link(self, uri: str) -> None:
        await self._call("DELETE", "/links", None, params={"uri": uri})

    async def command(
        self, sysid: Sysid, kind: CommandKind, *, reason: str, typed: str = "", target: CommandTarget | None = None
    ) -> CommandProgress:
        """Tell a vehicle to do something. What comes back is QUEUED; the feed tells how far it gets.

        typed: the vehicle's number, as a person retyped it, for what the server wants it for. target: of TAKEOFF and GOTO.
        """
        request = CommandRequest(kind.value, reason, typed, target)
        return await self._post(f"/vehicles/{int(sysid)}/commands", CommandProgress, request)

    async def acknowledge(self, alarm: AlarmId) -> Alarm:
        return await self._post(f"/alarms/{_part(alarm)}/ack", Alarm)

    async def incidents(self) -> tuple[IncidentView, ...]:
        """All incidents, newest first, without their timelines."""
        return await self._get("/incidents", tuple[IncidentView, ...])

    async def incident(self, incident: str) -> IncidentView:
        return await self._get(f"/incidents/{_part(incident)}", IncidentView)

    async def write_report(self, incident: str) -> ReportView:
        return await self._post(f"/incidents/{_part(incident)}/report", ReportView)

    async def report_html(self, incident: str) -> str:
        """The report as it was last written."""
        return (await self._send("GET", f"/incidents/{_part(incident)}/report")).text

    async def log(self, *, limit: int = 200) -> tuple[LogLine, ...]:
        """The newest lines of the range's log, oldest first."""
        return await self._call("GET", "/log", tuple[LogLine, ...], params={"limit": str(limit)})

    async def audit_head(self) -> AuditHead:
        return await self._get("/audit/head", AuditHead)

    async def _get(self, path: str, answer: type[T]) -> T:
        return await self._call("GET", path, answer)

    async def _post(self, path: str, answer: type[T], body: Any = None) -> T:
        content = b"" if body is None else msgspec.json.encode(body)
        headers = {"Content-Type": "application/json"}
        return await self._call("POST", path, answer, content=content, headers=headers)

    async def _call(self, method: str, path: str, answer: type[T] | None, **request: Any) -> T:
        response = await self._send(method, path, **request)
        try:
            return msgspec.json.decode(response.content or b"null", type=answer)
        except msgspec.DecodeError as error:
            raise Damaged(
                f"an answer that this version can't read ({error})",
                where=f"{method} {path}",
                do="Run the same version of rangeops for server and client.",
            ) from error

    async def _send(
        self,
        method: str,
        path: str,
        *,
        content: bytes = b"",
        params: Mapping[str, str | list[str]] | None = None,
        headers: Mapping[str, str] | None = None,
        within_s: float = _REQUEST_TIMEOUT_S,
    ) -> httpx.Response:
        address = self.address()
        try:
            response = await self._http.request(
                method,
                f"{address.url}/api/v1{path}",
                content=content,
                params=params,
                timeout=within_s,
                headers={"Authorization": f"Bearer {address.token}", **(headers or {})},
            )
        except httpx.TimeoutException as error:
            raise Unavailable(
                f"the server did not answer in {within_s:g} s",
                where=address.url,
                do="Try again; if it stays so, see its log.",
            ) from error
        except httpx.HTTPError as error:
            self.forget_address()
            raise Unavailable(
                f"the server can't be reached ({str(error) or type(error).__name__})", where=address.url, do=_START_ONE
            ) from error
        if response.is_error:
            raise error_of(response)
        return response


def error_of(response: httpx.Response) -> RangeopsError:
    """The error that the server raised, from its problem+json; Unavailable for what isn't one of ours."""
    try:
        problem = msgspec.json.decode(response.content, type=Problem)
        error = ERRORS[Kind(problem.kind)]
    except (msgspec.DecodeError, ValueError):
        return Unavailable(
            f"the server answered {response.status_code}",
            where=str(response.url),
            do="See the server's log.",
        )
    return error(problem.what, where=problem.where, do=problem.do)


def _part(text: str) -> str:
    """One segment of a path: an id with a slash in it must not name another resource."""
    return quote(text, safe="")
