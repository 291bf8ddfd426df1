"""`rangeops slot ics|notam|mail`: what others are told of slots. Files and drafts; nothing is sent."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, say, with_client
from rangeops.domain.errors import Invalid
from rangeops.files import write_whole

if TYPE_CHECKING:
    from rangeops.wire.board import DraftView

Output = Annotated[Path | None, typer.Option("--output", "-o", help="Where to; else to the terminal.")]


def ics(
    context: typer.Context,
    *,
    company: Annotated[str | None, typer.Option(help="Of one company.", show_default=False)] = None,
    volume: Annotated[str | None, typer.Option(help="Of one volume.", show_default=False)] = None,
    output: Output = None,
) -> None:
    """Slots as an iCalendar file; the same as the feed, GET /calendars/company/ACME.ics."""
    if (company is None) == (volume is None):
        raise Invalid("one of --company and --volume is needed", where="slot ics", do="Give one of them.")
    kind, name = ("company", company) if company is not None else ("volume", volume)
    content = with_client(settings_of(context), lambda client: client.calendar(kind, name or ""))
    if output is None:
        sys.stdout.buffer.write(content)
        return
    write_whole(output, content)
    say(f"{output}: {content.count(b'BEGIN:VEVENT')} slots of {name}")


def notam(context: typer.Context, slot: str, *, output: Output = None, json: Json = False) -> None:
    """Draft a NOTAM's text for a slot. It is filed by the authority; what must be checked is told."""
    from rangeops.domain.slots import SlotId  # --help loads no domain

    draft = with_client(settings_of(context), lambda client: client.notam(SlotId(slot)))
    _show(draft, draft.text, output, json=json)


def mail(context: typer.Context, slot: str, *, output: Output = None, json: Json = False) -> None:
    """Draft a mail on a slot to those whom range.toml names: air traffic, aerodrome, neighbours. Nothing is sent."""
    from rangeops.domain.slots import SlotId

    draft = with_client(settings_of(context), lambda client: client.mail(SlotId(slot)))
    _show(draft, f"To: {', '.join(draft.to)}\nSubject: {draft.subject}\n\n{draft.text}", output, json=json)


def _show(draft: "DraftView", text: str, output: Path | None, *, json: bool) -> None:
    if json:
        print_json(draft)
        return
    if output is None:
        typer.echo(_printable(text))
    else:
        write_whole(output, f"{text}\n".encode())
    say(f"DRAFT of a {draft.kind} for slot {draft.slot}: nothing was sent. Check before you use it:")
    for check in draft.checks:
        say(f"- {check}")


def _printable(text: str) -> str:
    from rangeops.domain.text import safe_text

    return "\n".join(safe_text(line, limit=1000) for line in text.split("\n"))
