"""`rangeops store`: look after the database. No server is needed, and one may run meanwhile (docs/store.md)."""

from pathlib import Path
from typing import Annotated

import typer

from rangeops.cli.exits import ANSWER_IS_NO
from rangeops.cli.options import settings_of
from rangeops.cli.output import counted, say

app = typer.Typer(help="The database: backup, check, upgrade.", no_args_is_help=True)


@app.command()
def backup(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="A new file, as SQLite writes it.")]
) -> None:
    """Copy everything as it is at one moment; the range may work on meanwhile. The copy is checked."""
    from rangeops.storage import back_up  # --help loads no database

    back_up(settings_of(context), file)
    say(f"backup written and checked: {file}")


@app.command()
def restore(context: typer.Context, file: Annotated[Path, typer.Argument(help="What `backup` wrote.")]) -> None:
    """Fill an empty database from a backup, whichever kind it was made from. No server may run."""
    from rangeops.storage import restore as fill  # likewise

    fill(settings_of(context), file)
    say(f"restored from {file}")


@app.command()
def check(context: typer.Context) -> None:
    """Look for damage: pages and indexes, keys, the chain of the record, airspace held twice. Exit 1 if there is any."""
    from rangeops.storage import check as look  # likewise

    if not look(settings_of(context), typer.echo):
        raise typer.Exit(ANSWER_IS_NO)
    say("no fault was found")


@app.command()
def upgrade(context: typer.Context) -> None:
    """Bring the schema up to this release, as the server does when it starts. Make a backup first."""
    from rangeops.storage import upgrade as bring_up  # likewise

    before, after = bring_up(settings_of(context))
    say(f"the schema is {after}" if before == after else f"the schema went from {before or 'nothing'} to {after}")


@app.command()
def rebuild(context: typer.Context) -> None:
    """Restore rows of slots, alarms, incidents and users that differ from the record. Stop the server first."""
    from rangeops.auditing import verify  # likewise
    from rangeops.storage import rebuild as write

    settings = settings_of(context)
    if faults := verify(settings, keys=[], kept=[]).findings.faults:
        say(f"nothing was changed, since the record doesn't hold: {faults[0].why}. Run `rangeops audit verify`")
        raise typer.Exit(ANSWER_IS_NO)
    found = write(settings)
    for each in found:
        typer.echo(each)
    say(f"{counted(len(found), 'difference')} found and restored" if found else "no difference was found")
