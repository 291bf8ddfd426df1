"""The registers: entries, what of them lapses, and both ways by CSV."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from rangeops.adapters.formats.register_csv import read_register, write_register
from rangeops.domain.register_texts import kind_of, texts_of
from rangeops.domain.registers import Entry, Expiry
from rangeops.domain.text import safe_text
from rangeops.server.once import Once
from rangeops.server.operations import Operations
from rangeops.server.paging import Paged
from rangeops.server.preconditions import ChangeIf, ReadIf, Reading
from rangeops.server.routes.answers import Ops, as_json
from rangeops.services.paging import cut
from rangeops.wire.people import ExpiryView, ImportView, RegisterRequest, RegisterView, Retirement

router = APIRouter()


@router.get("/registers", response_model=list[RegisterView])
async def entries(ops: Ops, paged: Paged, kind: str = "") -> Response:
    """Of one register, or of all; retired ones too."""
    found = [_view(entry) for entry in await ops.run(ops.services.registry.entries, kind, ops.user)]
    return paged.answer(cut(found, paged.asked, "registers", lambda entry: (entry.kind, entry.id), (str, str)))


@router.get("/registers/expiries", response_model=list[ExpiryView])
async def expiries(ops: Ops) -> Response:
    """What has lapsed, and what will within 30 days."""
    found = await ops.run(ops.services.registry.expiries, ops.clock(), ops.user)
    return as_json([_expiry_view(each) for each in found])


@router.get("/registers/{kind}/csv", response_class=Response)
async def export(ops: Ops, kind: str) -> Response:
    found = await ops.run(ops.services.registry.entries, kind, ops.user)
    content = write_register(kind_of(kind, where="export"), found)
    return Response(content, media_type="text/csv; charset=utf-8")


@router.post("/registers/{kind}/csv", response_model=ImportView)
async def import_(
    ops: Ops,
    once: Once,
    kind: str,
    request: Request,
    *,
    name: str = "the file",
    reason: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The body is the file. All of its entries are taken or, where one is wrong, none."""

    async def made() -> Response:
        reading = partial(read_register, kind_of(kind, where="import"), name=name)
        where = safe_text(name, limit=60)
        rows = await ops.confined(reading, await request.body(), list[tuple[str, Mapping[str, str]]], where=where)
        return as_json(await ops.run(ops.services.registry.import_rows, kind, rows, reason, ops.clock(), ops.user))

    return await once(made)


@router.post("/registers/acceptance/certificate", response_model=RegisterView, status_code=201)
async def import_certificate(ops: Ops, once: Once, request: Request, company: str, aircraft: str) -> Response:
    """The body is a certificate that this range signed for that aircraft."""

    async def made() -> Response:
        content = await request.body()
        registry = ops.services.registry
        entry = await ops.run(registry.import_certificate, content, company, aircraft, ops.clock(), ops.user)
        return as_json(_view(entry), 201)

    return await once(made)


@router.post("/registers/{kind}", response_model=RegisterView, status_code=201)
async def add(ops: Ops, once: Once, kind: str, request: RegisterRequest) -> Response:

    async def made() -> Response:
        return as_json(_view(await ops.run(ops.services.registry.add, kind, request, ops.clock(), ops.user)), 201)

    return await once(made)


@router.get("/registers/{kind}/{entry:path}", response_model=RegisterView)
async def one(ops: Ops, reading: ReadIf, kind: str, entry: str) -> Response:
    found = await ops.run(ops.services.registry.get, kind, entry, ops.user)
    return reading.answer(_view(found), found.version)


@router.patch("/registers/{kind}/{entry:path}", response_model=RegisterView)
async def change(ops: Ops, changing: ChangeIf, kind: str, entry: str, request: RegisterRequest) -> Response:
    """Fields that aren't named stay. 409 where somebody else changed it since `version`, 412 where since If-Match."""

    async def to(version: int | None) -> Entry:
        seen = replace(request, version=version)
        return await ops.run(ops.services.registry.change, kind, entry, seen, ops.clock(), ops.user)

    version = partial(_version_of, ops, kind, entry)
    return _tagged(await changing.carry_out(version, to, request.version, where=f"{kind:.20} {entry:.60}"))


@router.post("/registers/{kind}/{entry:path}/retire", response_model=RegisterView)
async def retire(ops: Ops, changing: ChangeIf, kind: str, entry: str, wanted: Retirement) -> Response:
    """Counts as not there, or is there again; nothing is deleted."""

    async def to(_: int | None) -> Entry:
        return await ops.run(ops.services.registry.retire, kind, entry, wanted, ops.clock(), ops.user)

    version = partial(_version_of, ops, kind, entry)
    return _tagged(await changing.carry_out(version, to, wanted.version, where=f"{kind:.20} {entry:.60}"))


async def _version_of(ops: Operations, kind: str, entry: str) -> int:
    return (await ops.run(ops.services.registry.get, kind, entry, ops.user)).version


def _tagged(entry: Entry) -> Response:
    """The entry, with the ETag that it has now."""
    return Reading("").answer(_view(entry), entry.version)


def _view(entry: Entry) -> RegisterView:
    return RegisterView(
        entry.kind.value, entry.id, entry.company, entry.version, entry.retired, entry.valid_until, texts_of(entry.body)
    )


def _expiry_view(each: Expiry) -> ExpiryView:
    entry = each.entry
    return ExpiryView(
        entry.kind.value, entry.id, entry.company, each.what, each.until, each.days_left, each.stage, str(each)
    )
