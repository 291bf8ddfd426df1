"""The log's own net under what nobody should have logged; and its lines, in each form."""

import json
import subprocess
import sys

import pytest

from rangeops.adapters.logs import LogForm, hidden, without_secrets

SAYS = """
import sys, logging, structlog
from pathlib import Path
from rangeops.adapters.logs import LogForm, start_logging
start_logging(LogForm(sys.argv[1]), Path(sys.argv[2]), "server")
log = structlog.get_logger("server")
log.info("done", sysid=7, token="abcdef")
try:
    raise ValueError("postgresql://me:secret@db/range is gone")
except ValueError:
    log.exception("failed")
logging.getLogger("uvicorn.error").error("from elsewhere with Bearer abcdef")
logging.getLogger("httpx").info("GET http://x/?token=abcdef")
"""


def run(form, folder):
    done = subprocess.run(
        [sys.executable, "-c", SAYS, form, str(folder)], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stderr, done.stdout


@pytest.mark.parametrize("form", ["json", "json-file"])
def test_each_event_is_one_json_object_with_its_process(form, tmp_path):
    stderr, stdout = run(form, tmp_path / "logs")
    text = stderr if form == "json" else (tmp_path / "logs" / "server.jsonl").read_text()
    assert stdout == ""
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line["event"].split(" with ")[0], line["level"], line["process"]) for line in lines] == [
        ("done", "info", "server"), ("failed", "error", "server"), ("from elsewhere", "error", "server"),
    ]  # fmt: skip
    assert lines[0]["sysid"] == 7
    assert "Traceback" in lines[1]["exception"]
    assert all(line["timestamp"].endswith("Z") for line in lines)
    assert "abcdef" not in text
    assert "secret" not in text


def test_for_people_it_is_a_line_of_text_without_secrets(tmp_path):
    stderr, _ = run("text", tmp_path)
    assert "event=done" in stderr
    assert "sysid=7" in stderr
    for secret in ("abcdef' ", "token=abcdef", "me:secret"):
        assert secret not in stderr


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("postgresql+psycopg://me:secret@db:5432/range", "postgresql+psycopg://me:[hidden]@db:5432/range"),
        ("Authorization: Bearer abc.DEF-1_2=", "Authorization: Bearer [hidden]"),
        ("udpin:127.0.0.1:14550 is open", "udpin:127.0.0.1:14550 is open"),
        ("http://127.0.0.1:8431/api at 12:30", "http://127.0.0.1:8431/api at 12:30"),
    ],
)
def test_a_text_loses_its_password_and_nothing_else(text, left):
    assert hidden(text) == left


def test_a_field_that_is_named_for_a_secret_is_left_out():
    event = {"event": "x", "session_token": "abc", "password": "p", "csrf": "c", "Cookie": "k", "sysid": 7}
    told = without_secrets(None, "info", event)
    assert told["sysid"] == 7
    assert {told[name] for name in ("session_token", "password", "csrf", "Cookie")} == {"[hidden]"}


def test_every_form_of_the_setting_is_one_of_the_log():
    from rangeops.settings import LOGS

    assert {form.value for form in LogForm} == set(LOGS)
