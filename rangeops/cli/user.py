"""`rangeops user`: who may sign in, as what, and with which token."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, print_table, say, with_client
from rangeops.cli.secret import ask_line, ask_password, write_token
from rangeops.domain.errors import NotFound

if TYPE_CHECKING:
    from rangeops.wire.people import UserView

app = typer.Typer(help="Users, their roles, passwords and tokens.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The user's name.")]
Roles = Annotated[
    list[str],
    typer.Option("--role", help="operator, range-safety-officer, observer, company-member or admin; may be repeated."),
]
Company = Annotated[str | None, typer.Option(help="Whose member a company-member is.", show_default=False)]
_YOURS = "Your own password"


@app.command("list")
def list_(context: typer.Context, *, json: Json = False) -> None:
    """All users. A star marks who this command acts as."""
    settings = settings_of(context)
    users = with_client(settings, lambda client: client.users())
    if json:
        print_json(users)
        return
    me = with_client(settings, lambda client: client.status()).user
    print_table(
        ("", "USER", "NAME", "ROLES", "COMPANY", "STATE", "PASSWORD", "TOKEN"),
        (
            (
                "*" if user.name == me else "", user.name, user.full_name, ", ".join(user.roles), user.company,
                "disabled" if user.disabled else "enabled", _yes(user.has_password), _yes(user.has_token),
            )
            for user in users
        ),
    )  # fmt: skip


@app.command()
def add(
    context: typer.Context,
    name: Name,
    *,
    role: Roles,
    full_name: Annotated[str, typer.Option(help="As people call him.")] = "",
    company: Company = None,
    json: Json = False,
) -> None:
    """Add a user. Asks for your own password, as everything here does that changes a user."""
    confirm = ask_password(_YOURS)
    _tell(
        with_client(
            settings_of(context),
            lambda client: client.add_user(
                name, full_name=full_name or name, roles=role, company=company or "", confirm=confirm
            ),
        ),
        json=json,
    )


@app.command()
def role(
    context: typer.Context, name: Name, *, role: Roles, company: Company = None, reason: str = "", json: Json = False
) -> None:
    """Give a user these roles in place of those he has."""
    _change(context, name, json=json, roles=tuple(role), company=company or "", reason=reason)


@app.command()
def disable(
    context: typer.Context,
    name: Name,
    *,
    back: Annotated[bool, typer.Option("--back", help="Enable him again.")] = False,
    reason: str = "",
    json: Json = False,
) -> None:
    """Nothing is answered to this user any more, from his next request on."""
    _change(context, name, json=json, disabled=not back, reason=reason)


@app.command()
def password(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Without it: your own.", show_default=False)] = None,
    *,
    json: Json = False,
) -> None:
    """Set a password: your own, or as an admin anybody's. 12 characters or more."""
    settings = settings_of(context)
    me = with_client(settings, lambda client: client.status()).user
    user = _user(context, name or me)
    first = user.name == me and not user.has_password
    confirm = "" if first else ask_password(_YOURS)
    new = ask_password(f"New password of {user.name}", twice=True)
    _tell(with_client(settings, lambda client: client.set_password(user.name, new, confirm=confirm)), json=json)


@app.command()
def token(
    context: typer.Context,
    name: Name,
    *,
    to: Annotated[
        Path | None, typer.Option(help="Where to; without it: tokens/NAME in the data folder.", show_default=False)
    ] = None,
) -> None:
    """Make a person's own token, in a file that only its owner reads. RANGEOPS_TOKEN=FILE makes commands use it."""
    settings = settings_of(context)
    confirm = ask_password(_YOURS)
    made = with_client(settings, lambda client: client.new_token(name, confirm=confirm))
    path = to or settings.token_file_of(made.user)
    write_token(path, made.token)
    typer.echo(str(path))
    say(f"acts as {made.user}; the token he had before has ended")


@app.command()
def sessions(
    context: typer.Context,
    *,
    end: Annotated[str, typer.Option(help="End this one, by its ID.", show_default=False)] = "",
    end_others: Annotated[bool, typer.Option("--end-others", help="End all but the one this comes through.")] = False,
    json: Json = False,
) -> None:
    """Where you are signed in: rooms and browsers."""
    settings = settings_of(context)
    if end:
        with_client(settings, lambda client: client.end_session(end))
    if end_others:
        with_client(settings, lambda client: client.end_other_sessions())
    found = with_client(settings, lambda client: client.sessions())
    if json:
        print_json(found)
        return
    print_table(
        ("ID", "WHERE", "KIND", "SINCE", "ENDS UNLESS HEARD OF"),
        (
            (
                each.id, each.room, ("browser" if each.browser else "room") + (", read-only" if each.read_only else ""),
                f"{each.started_utc:%Y-%m-%d %H:%M}", f"{each.expires_utc:%Y-%m-%d %H:%M} UTC",
            )
            for each in found
        ),
    )  # fmt: skip


@app.command()
def mail(
    context: typer.Context,
    name: Name,
    address: Annotated[str, typer.Argument(help="As jan@acme.example; '' for none.")],
    *,
    json: Json = False,
) -> None:
    """Where a user gets a code by which he sets a password that he forgot."""
    _change(context, name, json=json, mail=address)


@app.command()
def reset_code(context: typer.Context, name: Name, *, json: Json = False) -> None:
    """Make a code by which a user sets a new password: tell it to him, and to nobody else. It is good for an hour, once."""
    confirm = ask_password(_YOURS)
    made = with_client(settings_of(context), lambda client: client.make_reset_code(name, confirm=confirm))
    if json:
        print_json(made)
        return
    typer.echo(made.code)
    say(f"{made.user} sets a new password with it until {made.expires_utc:%H:%M} UTC")


@app.command()
def second_factor(context: typer.Context) -> None:
    """Set up your own: a QR code for an authenticator, a first code, and recovery codes. A new one replaces the old."""
    import segno  # loaded where somebody sets one up

    settings = settings_of(context)
    before = with_client(settings, lambda client: client.second_factor())
    confirm = ask_password(_YOURS)
    old = ask_line("A code of the present one") if before.in_force else ""
    made = with_client(settings, lambda client: client.begin_second_factor(confirm=confirm, code=old))
    segno.make(made.uri, error="m").terminal(sys.stderr, compact=True)
    say(f"or type into the authenticator: {made.secret}")
    code = ask_line("The code that it shows")
    enrolled = with_client(settings, lambda client: client.confirm_second_factor(code))
    say("it is in force. Each of these is good once, without the device; keep them where you keep no device:")
    for each in enrolled.codes:
        typer.echo(each)


@app.command()
def no_second_factor(context: typer.Context, name: Name) -> None:
    """Take a user's away, for who has lost device and recovery codes. His sessions end; he sets up a new one."""
    confirm = ask_password(_YOURS)
    with_client(settings_of(context), lambda client: client.remove_second_factor_of(name, confirm=confirm))
    say(f"{name} has no second factor any more")


def _change(context: typer.Context, name: str, *, json: bool, **wanted: object) -> None:
    from rangeops.wire.people import UserChange  # --help loads no wire

    version = _user(context, name).version
    change = UserChange(version, confirm=ask_password(_YOURS), **wanted)  # type: ignore[arg-type]  # our own options
    _tell(with_client(settings_of(context), lambda client: client.change_user(name, change)), json=json)


def _user(context: typer.Context, name: str) -> "UserView":
    for user in with_client(settings_of(context), lambda client: client.users()):
        if user.name == name:
            return user
    raise NotFound("there is no such user", where=f"user {name:.40}", do="See `rangeops user list`.")


def _tell(user: "UserView", *, json: bool) -> None:
    if json:
        print_json(user)
        return
    of = f" of {user.company}" if user.company else ""
    say(f"{user.name} is {'disabled' if user.disabled else 'enabled'}, {', '.join(user.roles)}{of}")


def _yes(truth: bool) -> str:  # noqa: FBT001  # a cell of a table
    return "yes" if truth else "no"
