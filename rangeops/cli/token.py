"""`rangeops token`: by which other systems act for a user, each for some purposes and for a time."""

from pathlib import Path
from typing import Annotated

import typer

from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, print_table, say, with_client
from rangeops.cli.secret import ask_password, write_token

app = typer.Typer(help="API tokens: what other systems act by.", no_args_is_help=True)


@app.command("list")
def list_(
    context: typer.Context,
    *,
    everybodys: Annotated[bool, typer.Option("--all", help="Everybody's, for an admin.")] = False,
    json: Json = False,
) -> None:
    """Your own that are in force."""
    tokens = with_client(settings_of(context), lambda client: client.api_tokens(everybodys=everybodys))
    if json:
        print_json(tokens)
        return
    print_table(
        ("ID", "USER", "NAME", "FOR", "UNTIL", "LAST USED"),
        (
            (
                each.id, each.user, each.name, ", ".join(each.scopes), f"{each.expires_utc:%Y-%m-%d}",
                each.last_used or "never",
            )
            for each in tokens
        ),
    )  # fmt: skip


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What it is for: gis, dispatch.")],
    *,
    scope: Annotated[
        list[str],
        typer.Option(
            help="read, plans, slots, range, command, incidents, registers or admin; may be repeated. "
            "A token never has more than its user."
        ),
    ],
    days: Annotated[int, typer.Option(help="How long it lasts, 366 at most.")] = 90,
    user: Annotated[
        str, typer.Option(help="Whose, where an admin makes it for another; without it: your own.", show_default=False)
    ] = "",
    to: Annotated[
        Path | None, typer.Option(help="A file that only its owner reads; without it: on stdout.", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """Make one. It is told this once: only its hash is kept. Asks for your own password."""
    confirm = ask_password("Your own password")
    made = with_client(
        settings_of(context),
        lambda client: client.make_api_token(name, scopes=scope, days=days, user=user, confirm=confirm),
    )
    if json:
        print_json(made)
    elif to is None:
        typer.echo(made.token)
    else:
        write_token(to, made.token)
        typer.echo(str(to))
    about = made.about
    say(f"{about.id} acts for {about.user}: {', '.join(about.scopes)}, until {about.expires_utc:%Y-%m-%d}")


@app.command()
def end(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="As `rangeops token list` has it.")],  # noqa: A002  # the word of the help
) -> None:
    """It is worth nothing from now on. An admin ends anybody's."""
    with_client(settings_of(context), lambda client: client.revoke_api_token(id))
    say(f"{id} has ended")
