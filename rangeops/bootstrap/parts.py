"""What every builder needs: the clock, the data folder, the log, how processes are started and told to end."""

import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType

from rangeops.domain.errors import Unavailable
from rangeops.domain.now import Now
from rangeops.settings import Settings


def clock() -> Now:
    """The one place where the time comes from."""
    return Now(time.monotonic(), datetime.now(UTC))


def require_endpoint(uri: str) -> None:
    """Raises Invalid with what is wrong in the URI of a link or a traffic feed."""
    from rangeops.adapters.mavlink.endpoints import parse_uri
    from rangeops.adapters.traffic.feeds import feed_of, is_feed

    if is_feed(uri):
        feed_of(uri)
    else:
        parse_uri(uri)


def prepare_data_folder(settings: Settings) -> None:
    """Make it, for its owner alone. Raises Unavailable where it can't be used."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings.run_folder.mkdir(exist_ok=True, mode=0o700)
        readable = os.access(settings.data, os.R_OK | os.W_OK | os.X_OK)
    except OSError as error:
        raise _unusable(settings, error.strerror or str(error)) from error
    if not readable:
        raise _unusable(settings, "Permission denied")


def _unusable(settings: Settings, why: str) -> Unavailable:
    return Unavailable(
        f"the data folder can't be used ({why})",
        where=str(settings.data),
        do="Make it readable and writable for you, or give another with --data.",
    )


def process_command(name: str) -> list[str]:
    return [sys.executable, "-m", "rangeops", "process", name]


def process_environment(settings: Settings) -> dict[str, str]:
    """Ours, with the settings as a child process reads them."""
    return {**os.environ, **settings.environment()}


def signalled() -> Callable[[], bool]:
    """True once SIGINT or SIGTERM came."""
    asked: list[int] = []

    def on_signal(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    return lambda: bool(asked)


def start_log(settings: Settings, process: str) -> None:
    """One line an event, for the service manager's journal, a collector or a log file. Raises Unavailable."""
    from rangeops.adapters.logs import LogForm, start_logging

    try:
        start_logging(LogForm(settings.log), settings.log_folder, process)
    except OSError as error:
        raise Unavailable(
            f"the log can't be written ({error.strerror or error})",
            where=str(settings.log_folder),
            do="Make it writable for you, or set RANGEOPS_LOG=json.",
        ) from error
