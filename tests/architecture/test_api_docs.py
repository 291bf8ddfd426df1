"""docs/api.md and docs/record.md say what is: every route, every status, and a verification that works."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from desk import OPERATOR, Desk
from fastapi import FastAPI

from rangeops.adapters.store.opening import open_store
from rangeops.server.app import PREFIX, ROUTERS
from rangeops.server.problems import STATUS

DOCS = Path(__file__).parents[2] / "docs"


def test_every_call_is_documented_and_no_other():
    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    served = {(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods}
    told = set(re.findall(r"^\| `(GET|POST|PUT|PATCH|DELETE) (/\S+)`", (DOCS / "api.md").read_text(), re.MULTILINE))
    assert {(method, path.replace(":path", "")) for method, path in served} == told


def test_every_kind_of_error_is_documented_with_its_status():
    told = dict(re.findall(r"^\| ([a-z-]+) \| (\d{3})", (DOCS / "api.md").read_text(), re.MULTILINE))
    assert told == {kind.value: str(status.value) for kind, status in STATUS.items()}


@pytest.fixture
def database(tmp_path):
    desk = Desk(open_store(f"sqlite:///{tmp_path / 'range.db'}"))
    desk.cleared(company="ACME ✈")
    desk.at(0.5)
    desk.services.links.add("udpin:127.0.0.1:14550", desk.now, OPERATOR)
    yield desk
    desk.store.close()


def verify(database):
    """As docs/record.md tells a stranger to: its own lines, without rangeops."""
    (script,) = re.findall(r"```python\n(.*?)```", (DOCS / "record.md").read_text(), re.DOTALL)
    return subprocess.run(
        [sys.executable, "-I", "-c", script, database.store.engine.url.database],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_documented_verification_agrees(database):
    head = database.services.audit_head()
    assert verify(database).stdout == f"{head.seq} {head.hash}\n"


@pytest.mark.parametrize(
    ("tampering", "bad"),
    [
        ("UPDATE audit SET payload = replace(payload, 'NORTH', 'SOUTH') WHERE seq = 2", 2),
        ("UPDATE audit SET actor = 'nobody' WHERE seq = 3", 3),
        ("UPDATE audit SET utc = '2026-11-24 12:00:00.000001' WHERE seq = 4", 4),
        ("DELETE FROM audit_subject; DELETE FROM audit WHERE seq = 2", 2),
    ],
)
def test_the_documented_verification_finds_the_first_bad_entry(database, tampering, bad):
    with database.store.engine.begin() as connection:
        for statement in tampering.split("; "):
            connection.exec_driver_sql(statement)
    assert verify(database).stderr == f"the first bad entry is {bad}\n"
