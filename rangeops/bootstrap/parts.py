"""What every builder needs: the clock, the data folder, the log, how processes are started and told to end."""

import errno
import getpass
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Invalid, Unavailable
from rangeops.domain.now import Now
from rangeops.settings import Settings


def clock() -> Now:
    """The one place where the time comes from."""
    return Now(time.monotonic(), datetime.now(UTC))


def shell_actor() -> Actor:
    """The person at this machine's shell, as the record names them: no user of the range is known here."""
    return Actor(getpass.getuser(), "shell")


def require_endpoint(uri: str) -> None:
    """Raises Invalid with what is wrong in the URI of a link or a traffic feed."""
    from rangeops.adapters.mavlink.endpoints import ENDPOINTS, parse_uri
    from rangeops.adapters.traffic.feeds import FEEDS, feed_of

    kind, _, rest = uri.partition(":")
    if not rest or kind not in {*ENDPOINTS, *FEEDS}:
        raise Invalid(
            f"{uri!r:.60} is no endpoint",
            where="link",
            do=f"Use {', '.join(sorted([*ENDPOINTS, *FEEDS]))}, e.g. udpin:0.0.0.0:14550 or serial:/dev/ttyUSB0:57600.",
        )
    if kind in FEEDS:
        feed_of(uri)
    else:
        parse_uri(uri)


def prepare_data_folder(settings: Settings) -> None:
    """Make it, for its owner alone. Raises Unavailable where it can't be used."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings.run_folder.mkdir(exist_ok=True, mode=0o700)
        why, do = why_unusable(settings.data)
    except OSError as error:
        why, do = error.strerror or str(error), _do_about(error.errno)
    if why:
        raise Unavailable(f"the data folder can't be used ({why})", where=str(settings.data), do=do)


def why_unusable(folder: Path) -> tuple[str, str]:
    """Why nothing can be written in a folder that is there, and what to do; "" twice where it can."""
    if not folder.is_dir():
        number = errno.ENOTDIR
    elif os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return "", ""
    else:
        number = errno.EROFS if os.statvfs(folder).f_flag & os.ST_RDONLY else errno.EACCES
    return os.strerror(number), _do_about(number)


def _do_about(number: int | None) -> str:
    """One sentence for an error number of a folder."""
    return {
        errno.EROFS: "Mount its disk to be written, or give another folder with --data.",
        errno.ENOSPC: "Make room on its disk, or give another folder with --data.",
        errno.EDQUOT: "Make room in your quota, or give another folder with --data.",
        errno.EEXIST: "A file has its name: move that away, or give another folder with --data.",
        errno.ENOTDIR: "A file has its name: move that away, or give another folder with --data.",
    }.get(number or 0, "Make it readable and writable for you, or give another with --data.")


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
