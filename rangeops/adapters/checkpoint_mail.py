"""A checkpoint as the draft of a mail (RFC 5322, an .eml file), to whoever keeps it where the record isn't. Nothing is sent.

The note stands in the text, to be read, and as an attachment, which mail programs leave as it is byte for byte.
"""

from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from rangeops.domain.checkpoints import SignedCheckpoint
from rangeops.domain.notices import Recipient
from rangeops.domain.text import safe_text

_TEXT: Final = """\
This is where the record of {range} stood
at {utc:%d %b %Y %H:%M:%S} UTC: {size} entries, signed.

Please keep this mail. Nobody can change or cut one of these entries
afterwards without it showing against what you keep. You need do nothing
else with it. Whoever verifies the record asks you for the attachment,
and runs

    rangeops audit verify --kept {file}

The same as text:

{note}"""


def mail_draft(
    signed: SignedCheckpoint, *, range_name: str, sender: str, keepers: Sequence[Recipient], now_utc: datetime
) -> bytes:
    """sender: a mail address. keepers: at least one."""
    point = signed.checkpoint
    file = f"checkpoint-{point.size}.txt"
    mail = EmailMessage(policy=SMTP)
    named = safe_text(range_name, limit=80)
    mail["From"] = Address(named, addr_spec=sender)
    mail["To"] = [Address(safe_text(each.name, limit=80), addr_spec=each.address) for each in keepers]
    mail["Subject"] = f"Record of {named}: checkpoint of {point.size} entries, {point.utc:%d %b %Y %H:%M} UTC"
    mail["Date"] = now_utc
    mail["X-Unsent"] = "1"  # mail programs that know it open the file as a draft
    mail.set_content(_TEXT.format(range=named, utc=point.utc, size=point.size, file=file, note=signed.text()))
    note, charset = signed.text().encode(), {"charset": "utf-8"}
    mail.add_attachment(note, maintype="text", subtype="plain", filename=file, cte="base64", params=charset)
    return mail.as_bytes()
