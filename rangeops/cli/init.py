"""`rangeops init`: everything that a range needs before its first day, once."""

from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli.options import settings_of
from rangeops.cli.output import say
from rangeops.cli.secret import ask_line, ask_password

if TYPE_CHECKING:
    from rangeops.settings import Settings


def init(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Option(help="The first admin's; without it: asked for.", show_default=False)] = "",
) -> None:
    """Make the data folder, its keys and the first admin, whose password is asked for (or read from stdin, a line).

    What is there already stays: said again, it changes nothing.
    """
    from rangeops.first_start import initialise  # --help loads no database

    def ask() -> tuple[str, str]:
        wanted = name or ask_line("Name of the first admin")
        return wanted.strip(), ask_password(f"Password of {wanted.strip()}", twice=True)

    settings = settings_of(context)
    begun = initialise(settings, ask)
    typer.echo(str(settings.data))
    if not begun.made:
        say(f"it is set up: {', '.join(begun.admins)} may manage users; nothing was changed")
        return
    for line in (
        f"{begun.made} is the first admin; its keys are made, and the range is {settings.range}",
        f"start it with `rangeops serve`; then sign in at the portal, {_portal(settings)}, and set up your second factor there",
        "invite others there; or here, after `rangeops user password`: `rangeops invitation add NAME --role ROLE`",
        f"commands and rooms on this machine act as {settings.operator}, by {settings.token_file}: keep that to yourself",
        "keep secrets.key, acceptance.key and record-keys/ with your backups, apart from the database",
    ):
        say(line)


def _portal(settings: "Settings") -> str:
    """Its address as a browser on this machine asks for it."""
    if settings.public_url:
        return settings.public_url
    host = "127.0.0.1" if settings.host in {"", "0.0.0.0", "::"} else settings.host  # noqa: S104  # compared, not listened on
    port = f":{settings.port}" if settings.port else ""
    return f"{'https' if settings.tls_cert else 'http'}://{f'[{host}]' if ':' in host else host}{port}/"
