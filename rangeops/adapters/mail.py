"""Letters on their way: by SMTP, or as .eml files in a folder that a person or another program takes them from.

A letter that a server doesn't take is kept in that folder, and the log says so: none is lost, and nobody waits for one.
"""

import os
import smtplib
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from secrets import token_hex
from threading import BoundedSemaphore
from typing import Final
from urllib.parse import unquote, urlsplit

import structlog

from rangeops.domain.errors import Invalid, RangeopsError, Unavailable
from rangeops.domain.letters import Letter
from rangeops.domain.now import Now

SMTP_TIMEOUT_S: Final = 20.0  # for each step of the conversation
MOST_WAITING: Final = 200
_PORTS: Final = {"smtp": 587, "smtps": 465}
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outbox:
    """Each letter a file of its owner's alone, whole or not there. written_by: as the From field has it."""

    folder: Path
    written_by: str
    clock: Callable[[], Now]

    def send(self, letter: Letter) -> None:
        """Raises Unavailable."""
        name = f"{self.clock().utc:%Y%m%dT%H%M%S}-{token_hex(4)}.eml"
        content = self.message(letter).as_bytes(policy=SMTP)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = self.folder / f"{name}.new"
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.folder / name)
        except OSError as error:
            raise Unavailable(
                f"a letter can't be kept ({error.strerror})", where=str(self.folder), do="Make room, make it yours."
            ) from error

    def message(self, letter: Letter) -> EmailMessage:
        """Headers by the library, which lets nothing into them that would begin another."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.written_by, letter.to, letter.subject
        message["Date"] = format_datetime(self.clock().utc)
        message["Message-ID"] = f"<{token_hex(16)}@{self.written_by.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers it
        message.set_content(letter.text)
        return message


@dataclass(frozen=True, slots=True)
class Relay:
    """A mail server: TLS from the first byte (smtps), or STARTTLS; in clear only on this very machine."""

    host: str
    port: int
    tls: bool
    user: str = ""
    password: str = ""

    @property
    def is_here(self) -> bool:
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


@dataclass(frozen=True, slots=True)
class SmtpPost:
    relay: Relay
    outbox: Outbox
    timeout_s: float = SMTP_TIMEOUT_S

    def send(self, letter: Letter) -> None:
        """Raises Unavailable where the outbox can't take it either."""
        message = self.outbox.message(letter)
        try:
            with self._connected() as server:
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:  # ssl's are OSErrors
            _log.warning("letter not sent: it is in the outbox", relay=self.relay.host, reason=type(error).__name__)
            self.outbox.send(letter)

    def _connected(self) -> smtplib.SMTP:
        relay, context = self.relay, ssl.create_default_context()
        if relay.tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(relay.host, relay.port, timeout=self.timeout_s, context=context)
        else:
            server = smtplib.SMTP(relay.host, relay.port, timeout=self.timeout_s)
        try:
            if not relay.tls and not relay.is_here:
                server.starttls(context=context)  # raises where the server has none: nothing goes in clear
            if relay.user:
                server.login(relay.user, relay.password)
        except BaseException:
            server.close()
            raise
        return server


def relay_of(url: str, password: str = "") -> Relay:
    """smtps://user@host:465, or smtp://host:587. Raises Invalid."""
    where = "setting smtp (RANGEOPS_SMTP)"
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise Invalid("it is no mail server", where=where, do="Give smtps://USER@HOST or smtp://HOST:587.") from error
    if not parts.hostname or parts.path.strip("/") or parts.query:
        raise Invalid("it is no mail server", where=where, do="Give smtps://USER@HOST or smtp://HOST:587.")
    if parts.password:
        raise Invalid(
            "a password stands in it", where=where, do="Put it into a file, and name that in RANGEOPS_SMTP_PASSWORD."
        )
    return Relay(parts.hostname, port, parts.scheme == "smtps", unquote(parts.username or ""), password)


class OneByOne:
    """Has deeds done by a thread of its own, one after the other; with too many waiting, a further one is let go."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="letters")
        self._room = BoundedSemaphore(most)

    def __call__(self, deed: Callable[[], None]) -> None:
        if not self._room.acquire(blocking=False):
            _log.warning("too many letters are waiting: one was let go")
            return
        self._thread.submit(self._do, deed)

    def _do(self, deed: Callable[[], None]) -> None:
        try:
            deed()
        except RangeopsError as error:
            _log.error("letter not written", reason=str(error))
        except Exception:  # noqa: BLE001  # the thread's future is looked at by nobody: here is where it must be said
            _log.exception("letter not written")
        finally:
            self._room.release()

    def close(self) -> None:
        """What is under way ends; what waits is let go."""
        self._thread.shutdown(wait=True, cancel_futures=True)
