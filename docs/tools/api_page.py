"""docs/api-routes.md: every route of the API, from its own description, with who may call it, from the table of rights."""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI

from rangeops.server.app import PREFIX, ROUTERS
from rangeops.server.description import describe

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))

from permission_table import ACTS, DEEDS, FOR_NOBODY, LOOKING, NOT_BY_ROLE, ROLES, rows

_HEAD: Final = """\
# Every route

Printed by `make docs`; don't edit by hand. What stands here is what the server serves: its OpenAPI description (`GET /api/v1/openapi.json`,
with every field of every answer) and the table of rights that the tests hold against it. What holds for all of them, and how to call: [the API](api.md).

O operator, S range safety officer, V observer, A admin, C a company's member for his own company. **all**: whoever has a token,
for what is his own. **open**: without a token. What isn't the caller's is 404.
"""


def page() -> str:
    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    told = describe(app, PREFIX)
    by_noun: dict[str, list[str]] = defaultdict(list)
    for method, path, operation in _operations(told):
        by_noun[re.split(r"[/.]", path)[1]].append(_row(method, path, operation))
    lines = [_HEAD, f"{sum(map(len, by_noun.values()))} routes under `{PREFIX}`.", ""]
    for noun in sorted(by_noun):
        lines += [f"## {noun}", "", "| route | who | asks for | answers |", "|---|---|---|---|", *by_noun[noun], ""]
    lines += ["## Who may do what", "", f"| | {' | '.join(ROLES)} |", f"|---|{'---|' * len(ROLES)}"]
    for act, roles in rows(ACTS):
        marks = ("✓" if role in roles else "" for role in ROLES.values())
        lines.append(f"| {act} | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"


def _operations(told: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path.removeprefix(PREFIX), operation


def _row(method: str, path: str, operation: Mapping[str, Any]) -> str:
    asked = [
        f"`{each['name']}`" + ("" if each.get("required") else "?")
        for each in operation.get("parameters", ())
        if each["in"] in ("query", "header")
    ]
    if body := operation.get("requestBody"):
        asked.insert(0, f"body: {_kind(body['content'])}")
    good = {code: answer for code, answer in operation["responses"].items() if code.startswith("2")}
    answers = [f"{code} {_kind(answer.get('content', {}))}".strip() for code, answer in good.items()]
    return f"| `{method} {path}` | {_who(method, path)} | {', '.join(asked)} | {', '.join(answers)} |"


def _kind(content: Mapping[str, Any]) -> str:
    if schema := content.get("application/json", {}).get("schema"):
        many = schema.get("type") == "array"
        name = (schema.get("items", {}) if many else schema).get("$ref", "").rpartition("/")[2]
        return f"{'list of ' if many else ''}{name or schema.get('type', 'JSON')}"
    return " or ".join(content)


_RIGHTS: Final = {
    tuple(left.split()): " ".join(mark for mark, role in ROLES.items() if role in roles)
    for table in (DEEDS, LOOKING)
    for left, roles in rows(table)
}


def _who(method: str, path: str) -> str:
    key = (method, path.replace(":path", ""))
    if key in FOR_NOBODY:
        return "open"
    if key in NOT_BY_ROLE:
        return "all"
    return _RIGHTS[key]
