"""What a process says of its work, one line an event: for people on stderr, or as JSON lines for a collector.

Secrets have no business in a log: a field that is named for one is left out, and an address or a header in a text loses
its password. That nobody logs them in the first place is tested (tests/integration/test_logs.py).
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from enum import Enum
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final

import structlog
from structlog.typing import Processor

_LARGEST_BYTES: Final = 20 * 1024 * 1024
_KEPT: Final = 5  # older files beside the one that is written
_SECRET_NAMES: Final = re.compile(r"token|password|secret|authorization|cookie|csrf|passphrase", re.IGNORECASE)
_IN_ADDRESS: Final = re.compile(r"(://[^\s:/@]*):[^\s@/]+@")
_IN_HEADER: Final = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+", re.IGNORECASE)
_HIDDEN: Final = "[hidden]"
_LOUD: Final = (
    "httpx",
    "httpcore",
    "uvicorn.error",
    "uvicorn.access",
    "websockets",
)  # each tells addresses with queries


class LogForm(Enum):
    """text: for people, on stderr. json: a JSON object a line, there. json-file: likewise, in the log folder."""

    TEXT = "text"
    JSON = "json"
    JSON_FILE = "json-file"


def start_logging(form: LogForm, folder: Path, process: str) -> None:
    """folder: where json-file writes `PROCESS.jsonl`; the five last of 20 MB are kept."""
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_secrets,
    ]
    if form is LogForm.TEXT:
        line = structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"], repr_native_str=False)
        structlog.configure(processors=[*common, line], logger_factory=structlog.WriteLoggerFactory(file=sys.stderr))
        return
    handler = _handler(form, folder, process)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*common[:-1], without_secrets],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _of(process),
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers, root.level = [handler], logging.INFO
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*common, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _handler(form: LogForm, folder: Path, process: str) -> logging.Handler:
    if form is LogForm.JSON:
        return logging.StreamHandler(sys.stderr)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return RotatingFileHandler(
        folder / f"{process}.jsonl", maxBytes=_LARGEST_BYTES, backupCount=_KEPT, encoding="utf-8", delay=True
    )


def _of(process: str) -> Processor:
    def add(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["process"] = process
        return event

    return add


def without_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog's processor: by a field's name, and by what a text looks like."""
    for name, value in event.items():
        if _SECRET_NAMES.search(name):
            event[name] = _HIDDEN
        elif isinstance(value, str):
            event[name] = hidden(value)
    return event


def hidden(text: str) -> str:
    return _IN_HEADER.sub(rf"\1 {_HIDDEN}", _IN_ADDRESS.sub(rf"\1:{_HIDDEN}@", text))
