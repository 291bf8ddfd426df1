"""`rangeops invitation`: somebody is to become a user, and chooses his name and his password himself."""

from typing import Annotated

import typer

from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, print_table, say, with_client
from rangeops.cli.secret import ask_password

app = typer.Typer(help="Invitations to become a user.", no_args_is_help=True)


@app.command("list")
def list_(context: typer.Context, *, json: Json = False) -> None:
    """Those that can still be accepted, of a kind that you may make."""
    found = with_client(settings_of(context), lambda client: client.invitations())
    if json:
        print_json(found)
        return
    print_table(
        ("ID", "FOR", "AS", "COMPANY", "MAIL", "BY", "UNTIL"),
        (
            (
                each.id, each.full_name, ", ".join(each.roles), each.company, each.mail, each.by,
                f"{each.expires_utc:%Y-%m-%d %H:%M}",
            )
            for each in found
        ),
    )  # fmt: skip


@app.command()
def add(
    context: typer.Context,
    full_name: Annotated[str, typer.Argument(help="Whom it is for, as people call him.")],
    *,
    role: Annotated[
        list[str],
        typer.Option(
            help="operator, range-safety-officer, observer, company-member or admin; may be repeated. "
            "Operators invite company-members, admins anybody."
        ),
    ],
    company: Annotated[str, typer.Option(help="Whose member a company-member is.", show_default=False)] = "",
    mail: Annotated[
        str, typer.Option(help="Where the code is sent; without it: tell it him.", show_default=False)
    ] = "",
    json: Json = False,
) -> None:
    """Make one: a code, good once, for seven days. It is told this once. Asks for your own password."""
    confirm = ask_password("Your own password")
    made = with_client(
        settings_of(context),
        lambda client: client.invite(full_name, roles=role, company=company, mail=mail, confirm=confirm),
    )
    if json:
        print_json(made)
        return
    typer.echo(made.code)
    sent = f", and is on its way to {made.about.mail}" if made.mailed else ""
    say(f"{made.about.id} for {made.about.full_name} is good until {made.about.expires_utc:%Y-%m-%d %H:%M} UTC{sent}")


@app.command()
def withdraw(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="As `rangeops invitation list` has it.")],  # noqa: A002  # the word of the help
) -> None:
    """Its code is good for nothing from now on."""
    with_client(settings_of(context), lambda client: client.withdraw_invitation(id))
    say(f"{id} is withdrawn")
