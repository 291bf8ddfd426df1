"""`rangeops register`: companies, pilots, aircraft, radios, documents, acceptance certificates, the range's own people."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, print_table, say, with_client
from rangeops.domain.errors import Invalid
from rangeops.files import read_file, write_whole

if TYPE_CHECKING:
    from rangeops.wire.people import RegisterView

app = typer.Typer(help="The range's registers, and what of them lapses.", no_args_is_help=True)

Kind = Annotated[
    str, typer.Argument(help="company, pilot, aircraft, radio, document, acceptance or staff.", show_default=False)
]
Id = Annotated[str, typer.Argument(help="The entry's id.")]
Fields = Annotated[list[str], typer.Argument(metavar="COLUMN=TEXT…", help="For example certificate_until=2027-03-01.")]
Reason = Annotated[str, typer.Option(help="Why; it goes into the record.")]


@app.command("list")
def list_(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="One register; without it all.", show_default=False)] = "",
    *,
    expiring: Annotated[bool, typer.Option("--expiring", help="Only what has lapsed, or will within 30 days.")] = False,
    retired: Annotated[bool, typer.Option("--retired", help="Retired entries too.")] = False,
    json: Json = False,
) -> None:
    """What the registers hold."""
    if expiring:
        _list_expiries(context, kind, json=json)
        return
    entries = with_client(settings_of(context), lambda client: client.registers(kind))
    entries = tuple(entry for entry in entries if retired or not entry.retired)
    if json:
        print_json(entries)
        return
    print_table(
        ("REGISTER", "ID", "COMPANY", "HOLDS UNTIL", "VERSION", "WHAT"),
        ((each.kind, each.id, each.company, each.valid_until or "", each.version, _summary(each)) for each in entries),
    )


def _list_expiries(context: typer.Context, kind: str, *, json: bool) -> None:
    found = with_client(settings_of(context), lambda client: client.expiries())
    found = tuple(each for each in found if kind in ("", each.kind))
    if json:
        print_json(found)
        return
    print_table(
        ("REGISTER", "ID", "COMPANY", "WHAT", "HOLDS UNTIL", "DAYS LEFT"),
        ((each.kind, each.id, each.company, each.what, each.until, _left(each.days_left)) for each in found),
    )


@app.command()
def show(context: typer.Context, kind: Kind, entry: Id, *, json: Json = False) -> None:
    """One entry, all of it."""
    _show(with_client(settings_of(context), lambda client: client.register_entry(kind, entry)), json=json)


@app.command()
def add(context: typer.Context, kind: Kind, fields: Fields, *, reason: Reason = "", json: Json = False) -> None:
    """Add an entry: `rangeops register add company id=ACME name='Acme Aerials'`."""
    texts = _texts(fields)
    _show(with_client(settings_of(context), lambda client: client.register(kind, texts, reason=reason)), json=json)


@app.command()
def change(
    context: typer.Context, kind: Kind, entry: Id, fields: Fields, *, reason: Reason = "", json: Json = False
) -> None:
    """Change what is named; the rest stays."""
    texts, settings = _texts(fields), settings_of(context)
    seen = with_client(settings, lambda client: client.register_entry(kind, entry))
    changed = with_client(
        settings, lambda client: client.change_entry(kind, entry, texts, version=seen.version, reason=reason)
    )
    _show(changed, json=json)


@app.command()
def retire(
    context: typer.Context,
    kind: Kind,
    entry: Id,
    *,
    reason: Reason,
    back: Annotated[bool, typer.Option("--back", help="Bring it back.")] = False,
    json: Json = False,
) -> None:
    """From now on it counts as not there; nothing is deleted."""
    settings = settings_of(context)
    seen = with_client(settings, lambda client: client.register_entry(kind, entry))
    retired = with_client(
        settings,
        lambda client: client.retire_entry(kind, entry, version=seen.version, reason=reason, retired=not back),
    )
    _show(retired, json=json)


@app.command("import")
def import_(context: typer.Context, kind: Kind, file: Path, *, reason: Reason = "", json: Json = False) -> None:
    """Take a CSV file: all of its entries or, where one is wrong, none. A known id changes that entry."""
    content = read_file(file)
    done = with_client(
        settings_of(context), lambda client: client.import_register(kind, content, name=file.name, reason=reason)
    )
    if json:
        print_json(done)
    else:
        say(f"{kind}: {done.added} added, {done.changed} changed, {done.unchanged} as they were")


@app.command()
def export(
    context: typer.Context,
    kind: Kind,
    *,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to; without it stdout.")] = None,
) -> None:
    """Give one register as CSV, retired entries left out. What a spreadsheet would run has an apostrophe before it."""
    content = with_client(settings_of(context), lambda client: client.export_register(kind))
    if output is None:
        sys.stdout.buffer.write(content)
    else:
        write_whole(output, content)
        say(f"{kind} register written to {output}")


@app.command("import-certificate")
def import_certificate(
    context: typer.Context,
    file: Path,
    *,
    company: Annotated[str, typer.Option(help="Whose aircraft it is.")],
    aircraft: Annotated[str, typer.Option(help="The aircraft's id in the register.")],
    json: Json = False,
) -> None:
    """Register an acceptance certificate of `rangeops hardware accept`. Its signature must be this range's."""
    content = read_file(file)
    entry = with_client(
        settings_of(context), lambda client: client.import_certificate(content, company=company, aircraft=aircraft)
    )
    _show(entry, json=json)


def _texts(fields: list[str]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for field in fields:
        column, equals, text = field.partition("=")
        if not equals or not column.strip() or column.strip() in texts:
            raise Invalid(f"{field!r:.60} is no COLUMN=TEXT", where="register", do="Write id=ACME, each column once.")
        texts[column.strip()] = text
    return texts


def _show(entry: "RegisterView", *, json: bool) -> None:
    if json:
        print_json(entry)
        return
    print_table(("COLUMN", "TEXT"), entry.fields.items())
    say(f"{entry.kind} {entry.id}, version {entry.version}{', retired' if entry.retired else ''}")


def _summary(entry: "RegisterView") -> str:
    said = ("id", "company")
    texts = ", ".join(f"{column} {text}" for column, text in entry.fields.items() if text and column not in said)
    return f"RETIRED {texts}" if entry.retired else texts


def _left(days: int) -> str:
    return "lapsed" if days < 0 else str(days)
