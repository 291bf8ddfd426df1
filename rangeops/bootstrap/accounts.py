"""What accounts need: passwords, second factors, and the post that brings their letters."""

from pathlib import Path
from typing import TYPE_CHECKING

from rangeops.bootstrap.parts import clock
from rangeops.domain.errors import Unavailable
from rangeops.settings import Settings

if TYPE_CHECKING:
    from rangeops.adapters.mail import OneByOne
    from rangeops.services.account_parts import AccountParts
    from rangeops.services.invitations import Post


def account_parts(settings: Settings, range_name: str, letters: "OneByOne") -> "AccountParts":
    from rangeops.adapters.one_time_codes import TimedCodes
    from rangeops.adapters.passwords import Argon2Passwords
    from rangeops.adapters.secret_box import KeyedBox, secret_key
    from rangeops.domain.second_factor import RequiredOf
    from rangeops.services.account_parts import AccountParts

    return AccountParts(
        passwords=Argon2Passwords(),
        codes=TimedCodes(f"rangeops {range_name}"),
        box=KeyedBox(secret_key(settings.secret_key_file)),
        second_factor_of=RequiredOf(settings.second_factor),
        post=_post(settings),
        later=letters,
        public_url=settings.public_url,
    )


def _post(settings: Settings) -> "Post":
    """The mail server that is set, or the outbox alone. Raises Invalid, Unavailable."""
    import socket

    from rangeops.adapters.mail import Outbox, SmtpPost, relay_of
    from rangeops.domain.invitations import check_mail

    where = "setting mail_from (RANGEOPS_MAIL_FROM)"
    written_by = check_mail(settings.mail_from, where=where) or f"rangeops@{socket.gethostname() or 'localhost'}"
    outbox = Outbox(settings.outbox_folder, written_by, clock)
    if not settings.smtp:
        return outbox
    password = ""
    if settings.smtp_password:
        try:
            password = Path(settings.smtp_password).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise Unavailable(
                "the mail server's password can't be read", where=settings.smtp_password, do="Name its file."
            ) from error
    return SmtpPost(relay_of(settings.smtp, password), outbox)
