"""The registers: looked through, an entry read, added, changed, retired; and a whole register by CSV both ways."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import partial
from http import HTTPStatus
from types import UnionType
from typing import Annotated, Any, Final, get_args, get_type_hints
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse

from rangeops.adapters.formats.register_csv import read_register, write_register
from rangeops.domain.errors import Conflict, Invalid, RangeopsError
from rangeops.domain.permissions_of_roles import Act
from rangeops.domain.register_texts import columns, kind_of, required, texts_of
from rangeops.domain.registers import BODIES, Entry, RegisterKind
from rangeops.domain.text import safe_text
from rangeops.server.operations import Operations
from rangeops.server.portal.pages import page
from rangeops.server.portal.range_people import for_act, number_in, range_people, text_of
from rangeops.server.portal.visitor import SEE_OTHER, Form, Ops, Visiting, Visitor
from rangeops.server.problems import STATUS
from rangeops.services.paging import LONGEST_CURSOR, Asked, cut
from rangeops.wire.people import RegisterRequest, Retirement

router = APIRouter(dependencies=[Depends(range_people)])

_CHANGING: Final = [for_act(Act.CHANGE_REGISTERS)]
_ON_A_PAGE: Final = 100
_COLUMNS_SHOWN: Final = 4  # of an entry in a list, beside id, company and expiry
SAID: Final = {
    "added": "It is added.", "changed": "It is changed.", "retired": "It is retired.", "back": "It is brought back."
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One column as a form asks for it. type: text, date, choice. choices: with "" where it may be left out."""

    name: str
    type: str
    required: bool
    choices: tuple[str, ...] = ()


def fields_of(kind: RegisterKind) -> tuple[Field, ...]:
    hints = get_type_hints(BODIES[kind])
    return tuple(_field(name, hints[name], name in required(kind)) for name in columns(kind))


def _field(name: str, hint: Any, needed: bool) -> Field:  # noqa: FBT001
    if isinstance(hint, UnionType):
        hint = next(each for each in get_args(hint) if each is not type(None))
    if hint is date:
        return Field(name, "date", needed)
    if hint is bool:
        return Field(name, "choice", needed, ("no", "yes"))
    if issubclass(hint, Enum):
        members = tuple(str(member.value) for member in hint)
        return Field(name, "choice", needed, members if needed else ("", *members))
    return Field(name, "text", needed)


@router.get("/registers")
async def registers(  # noqa: PLR0917  # a parameter each
    request: Request,
    ops: Ops,
    visitor: Visiting,
    kind: str = "",
    text: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[str, Query(max_length=LONGEST_CURSOR)] = "",
    done: str = "",
    *,
    expiring: bool = False,
    retired: bool = False,
) -> Response:
    """text: words that all occur in an entry. expiring: what has lapsed or will within 30 days."""
    found = await ops.run(ops.services.registry.entries, kind, ops.user)
    lapse = {
        (each.entry.kind, each.entry.id): each
        for each in reversed(await ops.run(ops.services.registry.expiries, ops.clock(), ops.user))
    }
    fitting = (
        entry
        for entry in found
        if (retired or not entry.retired) and (not expiring or (entry.kind, entry.id) in lapse) and _has(entry, text)
    )
    shown = cut(fitting, Asked(_ON_A_PAGE, cursor), "registers", lambda entry: (entry.kind.value, entry.id), (str, str))
    asked = {"kind": kind, "text": text, "expiring": "true" * expiring, "retired": "true" * retired}
    return page(
        request,
        visitor,
        "registers.html",
        rows=tuple((entry, _summary(entry), lapse.get((entry.kind, entry.id))) for entry in shown.items),
        kinds=tuple(each.value for each in RegisterKind),
        asked={**asked, "text": safe_text(text)},
        more=f"/registers?{urlencode([*_given(asked), ('cursor', shown.cursor)])}" if shown.cursor else "",
        may_change=visitor.may(Act.CHANGE_REGISTERS),
        by_hand=kind != "" and kind_of(kind, where="registers") is not RegisterKind.ACCEPTANCE,
        imported=done.split(",") if re.fullmatch(r"\d{1,6},\d{1,6},\d{1,6}", done) else (),
        said=SAID.get(done, ""),
    )


@router.get("/registers/{kind}/export.csv")
async def export(ops: Ops, kind: str) -> Response:
    wanted = kind_of(kind, where="export")
    content = write_register(wanted, await ops.run(ops.services.registry.entries, kind, ops.user))
    headers = {
        "Content-Disposition": f'attachment; filename="{wanted.value}.csv"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/registers/{kind}/import", dependencies=_CHANGING)
async def import_form(request: Request, visitor: Visiting, kind: str) -> Response:
    return _import_page(request, visitor, kind_of(kind, where="import"), None, "")


@router.post("/registers/{kind}/import", dependencies=_CHANGING)
async def import_(request: Request, ops: Ops, visitor: Visiting, form: Form, kind: str) -> Response:
    """All of the file is taken or, where one line is wrong, nothing. An acceptance comes as its certificate."""
    wanted, reason = kind_of(kind, where="import"), text_of(form, "reason")
    try:
        name, content = await _file_in(form)
        if wanted is RegisterKind.ACCEPTANCE:
            await ops.run(
                ops.services.registry.import_certificate,
                content,
                text_of(form, "company"),
                text_of(form, "aircraft"),
                ops.clock(),
                ops.user,
            )
            said = "added"
        else:
            reading = partial(read_register, wanted, name=name)
            where = safe_text(name, limit=60)
            rows = await ops.confined(reading, content, list[tuple[str, Mapping[str, str]]], where=where)
            view = await ops.run(ops.services.registry.import_rows, kind, rows, reason, ops.clock(), ops.user)
            said = f"{view.added},{view.changed},{view.unchanged}"
    except RangeopsError as error:
        return _import_page(request, visitor, wanted, error, reason)
    return RedirectResponse(f"/registers?kind={wanted.value}&done={said}", SEE_OTHER)


@router.get("/registers/{kind}/new", dependencies=_CHANGING)
async def new(request: Request, ops: Ops, visitor: Visiting, kind: str) -> Response:
    return await _entry_page(request, ops, visitor, kind_of(kind, where="register"), "")


@router.post("/registers/{kind}/new", dependencies=_CHANGING)
async def add(request: Request, ops: Ops, visitor: Visiting, form: Form, kind: str) -> Response:
    wanted = kind_of(kind, where="register")
    typed = _typed(form, wanted)
    try:
        request_ = RegisterRequest(typed, None, text_of(form, "reason"))
        entry = await ops.run(ops.services.registry.add, kind, request_, ops.clock(), ops.user)
    except RangeopsError as error:
        return await _entry_page(request, ops, visitor, wanted, "", (error, typed, text_of(form, "reason")))
    return RedirectResponse(_entry_path(wanted, entry.id, "added"), SEE_OTHER)


@router.get("/registers/{kind}/entry")
async def one(  # noqa: PLR0917  # a parameter each
    request: Request,
    ops: Ops,
    visitor: Visiting,
    kind: str,
    id: str,  # noqa: A002  # the query's name
    done: str = "",
) -> Response:
    return await _entry_page(request, ops, visitor, kind_of(kind, where="register"), id, done=done)


@router.post("/registers/{kind}/entry", dependencies=_CHANGING)
async def change(  # noqa: PLR0917  # a parameter each
    request: Request,
    ops: Ops,
    visitor: Visiting,
    form: Form,
    kind: str,
    id: str,  # noqa: A002  # the query's name
) -> Response:
    """409 where somebody else changed it since the page was shown: both stand beside each other then."""
    wanted = kind_of(kind, where="register")
    typed, reason = _typed(form, wanted), text_of(form, "reason")
    try:
        request_ = RegisterRequest(typed, number_in(form, "version"), reason)
        await ops.run(ops.services.registry.change, kind, id, request_, ops.clock(), ops.user)
    except RangeopsError as error:
        return await _entry_page(request, ops, visitor, wanted, id, (error, typed, reason))
    return RedirectResponse(_entry_path(wanted, id, "changed"), SEE_OTHER)


@router.post("/registers/{kind}/retire", dependencies=_CHANGING)
async def retire(  # noqa: PLR0917  # a parameter each
    request: Request,
    ops: Ops,
    visitor: Visiting,
    form: Form,
    kind: str,
    id: str,  # noqa: A002  # the query's name
) -> Response:
    """Counts as not there, or is there again; nothing is deleted."""
    wanted, reason = kind_of(kind, where="register"), text_of(form, "reason")
    retired = text_of(form, "retired") == "yes"
    try:
        retirement = Retirement(number_in(form, "version"), reason, retired)
        await ops.run(ops.services.registry.retire, kind, id, retirement, ops.clock(), ops.user)
    except RangeopsError as error:
        return await _entry_page(request, ops, visitor, wanted, id, (error, None, reason))
    return RedirectResponse(_entry_path(wanted, id, "retired" if retired else "back"), SEE_OTHER)


async def _entry_page(  # noqa: PLR0917  # what every form of this page has
    request: Request,
    ops: Operations,
    visitor: Visitor,
    kind: RegisterKind,
    entry_id: str,
    came: tuple[RangeopsError, dict[str, str] | None, str] | None = None,
    *,
    done: str = "",
) -> Response:
    """entry_id: "" for a new one. came: why a form came back, what was typed into it, and the reason."""
    entry = await ops.run(ops.services.registry.get, kind.value, entry_id, ops.user) if entry_id else None
    kept = {} if entry is None else texts_of(entry.body)
    error, typed, reason = came or (None, None, "")
    return page(
        request,
        visitor,
        "register_entry.html",
        HTTPStatus.OK if error is None else STATUS[error.kind],
        kind=kind.value,
        entry=entry,
        fields=fields_of(kind),
        kept=kept,
        typed={**dict.fromkeys(columns(kind), ""), **kept, **(typed or {})},
        reason=reason,
        trouble=error,
        is_conflict=isinstance(error, Conflict) and typed is not None,
        said=SAID.get(done, ""),
        may_change=visitor.may(Act.CHANGE_REGISTERS) and kind is not RegisterKind.ACCEPTANCE,
        may_retire=visitor.may(Act.CHANGE_REGISTERS) and entry is not None,
        address="" if entry is None else f"id={quote(entry.id, safe='')}",
    )


def _import_page(
    request: Request, visitor: Visitor, kind: RegisterKind, trouble: RangeopsError | None, reason: str
) -> Response:
    return page(
        request,
        visitor,
        "register_import.html",
        HTTPStatus.OK if trouble is None else STATUS[trouble.kind],
        kind=kind.value,
        is_certificate=kind is RegisterKind.ACCEPTANCE,
        columns=columns(kind),
        required=required(kind),
        trouble=trouble,
        reason=reason,
    )


def _typed(form: FormData, kind: RegisterKind) -> dict[str, str]:
    return {name: text_of(form, name) for name in columns(kind) if name in form}


async def _file_in(form: FormData) -> tuple[str, bytes]:
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise Invalid("no file was chosen", where="import", do="Choose one.")
    try:
        return safe_text(file.filename, limit=60), await file.read()
    finally:
        await file.close()


def _entry_path(kind: RegisterKind, entry_id: str, done: str) -> str:
    return f"/registers/{kind.value}/entry?id={quote(entry_id, safe='')}&done={done}"


def _has(entry: Entry, text: str) -> bool:
    said = " ".join(texts_of(entry.body).values()).casefold()
    return all(word in said for word in text.casefold().split())


def _summary(entry: Entry) -> tuple[tuple[str, str], ...]:
    """The first of its columns that say something."""
    given = ((name, text) for name, text in texts_of(entry.body).items() if text and name not in ("id", "company"))
    return tuple(given)[:_COLUMNS_SHOWN]


def _given(asked: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in asked.items() if value]
