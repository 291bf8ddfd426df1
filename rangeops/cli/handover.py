"""`rangeops handover`: what whoever takes over must know, read, printed and written on."""

from pathlib import Path
from typing import Annotated

import typer

from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, say, with_client
from rangeops.domain.errors import Invalid
from rangeops.files import write_whole

app = typer.Typer(help="The hand-over page: what flies, stands and is due. With no words it prints it.")


@app.callback(invoke_without_command=True)
def page(
    context: typer.Context,
    *,
    pdf: Annotated[Path | None, typer.Option(help="Write it there as PDF, to be printed.", show_default=False)] = None,
    text: Annotated[bool, typer.Option("--text", help="As text; that is the default.")] = False,
    json: Json = False,
) -> None:
    if context.invoked_subcommand is not None:
        return
    if (pdf is not None) + text + json > 1:
        raise Invalid("--pdf, --text and --json exclude each other", where="handover", do="Give one of them.")
    if pdf is not None:
        write_whole(pdf, with_client(settings_of(context), lambda client: client.handover_pdf()))
        say(f"{pdf}: the hand-over page")
        return
    view = with_client(settings_of(context), lambda client: client.handover())
    if json:
        print_json(view)
        return
    from zoneinfo import ZoneInfo

    from rangeops.wire.handover_page import page_text  # --help loads no wire

    for line in page_text(view, ZoneInfo(view.timezone)):
        typer.echo(line)


@app.command()
def note(context: typer.Context, text: Annotated[str, typer.Argument(help="In a few words.")]) -> None:
    """Leave a note for whoever comes next. It stands until it is done."""
    made = with_client(settings_of(context), lambda client: client.add_note(text))
    typer.echo(f"note {made.number} stands on the hand-over page")


@app.command()
def done(context: typer.Context, number: Annotated[int, typer.Argument(help="As the page numbers it.")]) -> None:
    """A note is no longer needed."""
    made = with_client(settings_of(context), lambda client: client.finish_note(number))
    typer.echo(f"note {made.number} is done")
