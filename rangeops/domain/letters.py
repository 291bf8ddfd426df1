"""What the range writes to somebody's mail, in both of its languages: short, plain, with nothing that must be loaded."""

from dataclasses import dataclass
from datetime import datetime

INVITATION_PAGE = "/invitation"
RESET_PAGE = "/reset"


@dataclass(frozen=True, slots=True)
class Letter:
    """to: one plain address."""

    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Sender:
    """range_name: as people know it. url: what browsers call the server by, without a slash at its end; "" where unknown."""

    range_name: str
    url: str = ""

    def where(self, page: str, code: str) -> tuple[str, str]:
        """Where the code is typed, in English and Dutch. It stands behind a #, so that no server and no log gets it."""
        if self.url:
            link = f"{self.url}{page}#{code}"
            return link, link
        return f"the range's portal, page {page}", f"het portaal van het terrein, pagina {page}"


def invitation(sender: Sender, to: str, full_name: str, code: str, expires_utc: datetime) -> Letter:
    english, dutch = sender.where(INVITATION_PAGE, code)
    until = f"{expires_utc:%Y-%m-%d %H:%M} UTC"
    return Letter(
        to,
        f"{sender.range_name}: your account / uw account",
        f"""{full_name},

{sender.range_name} invites you. Choose a name and a password at

    {english}

with this code, good once until {until}:

    {code}

{sender.range_name} nodigt u uit. Kies een naam en een wachtwoord op

    {dutch}

met deze code, eenmaal geldig tot {until}:

    {code}
""",
    )


def password_reset(sender: Sender, to: str, name: str, code: str, expires_utc: datetime) -> Letter:
    english, dutch = sender.where(RESET_PAGE, code)
    until = f"{expires_utc:%H:%M} UTC"
    return Letter(
        to,
        f"{sender.range_name}: a new password / een nieuw wachtwoord",
        f"""{name},

somebody, you perhaps, asked for a new password. Set it at

    {english}

with this code, good once until {until}:

    {code}

If it wasn't you, do nothing: your password is still the same.

Iemand, misschien u, vroeg om een nieuw wachtwoord. Stel het in op

    {dutch}

met deze code, eenmaal geldig tot {until}:

    {code}

Was u het niet, doe dan niets: uw wachtwoord is niet veranderd.
""",
    )
