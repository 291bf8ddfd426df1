"""`rangeops incident`: what happened, and the report of it."""

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli import incident_review
from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import counted, print_json, print_table, say, with_client

if TYPE_CHECKING:
    from rangeops.domain.incident_review import Deadline

app = typer.Typer(help="Incidents and their reports.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="For example INC-2026-0001.")]


@app.command("list")
def list_(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(help="Words that all occur in it: title, review, alarms.", show_default=False),
    ] = None,
    *,
    state: Annotated[list[str] | None, typer.Option(help='open, "under review" or signed.', show_default=False)] = None,
    class_: Annotated[
        list[str] | None,
        typer.Option("--class", help="As its review has it, or unclassified.", show_default=False),
    ] = None,
    company: Annotated[str, typer.Option(help="A part of its name.", show_default=False)] = "",
    at: Annotated[str, typer.Option(help="In a volume or prohibited zone of this name.", show_default=False)] = "",
    vehicle: Annotated[str, typer.Option(help="Callsign or number.", show_default=False)] = "",
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Opened then or later: a day (UTC) or a time.", show_default=False)
    ] = "",
    until: Annotated[
        str, typer.Option(metavar="TIME", help="Opened before; a day is taken whole.", show_default=False)
    ] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="A clock of 376/2014 was missed.")] = False,
    json: Json = False,
) -> None:
    """Incidents, newest first, each with the clock of 376/2014 that ends first; with options only those that fit all."""
    from rangeops.domain.incident_search import moment_of, nearest, query_of  # --help loads no geometry

    query = query_of(
        text=" ".join(words or ()),
        states=state or (),
        classes=class_ or (),
        company=company,
        place=at,
        vehicle=vehicle,
        since=moment_of(since, UTC, whole_day=False),
        until=moment_of(until, UTC, whole_day=True),
        overdue=overdue,
    )
    incidents = with_client(settings_of(context), lambda client: client.incidents(query))
    if json:
        print_json(incidents)
        return
    print_table(
        ("INCIDENT", "STATE", "CLASS", "OPENED", "VEHICLE", "COMPANY", "SLOT", "CLOCK", "TITLE"),
        (
            (
                x.id,
                x.state,
                x.occurrence_class or "-",
                f"{x.opened_utc:%Y-%m-%d %H:%M:%SZ}",
                x.callsign,
                x.company,
                x.slot,
                _clock(nearest(x.deadlines)),
                x.title,
            )
            for x in incidents
        ),
    )


def _clock(deadline: "Deadline | None") -> str:
    if deadline is None:
        return "-"
    return (
        f"{deadline.name} {'OVERDUE since' if deadline.state == 'missed' else 'by'} {deadline.due_utc:%Y-%m-%d %H:%MZ}"
    )


@app.command()
def show(context: typer.Context, incident: Id, *, json: Json = False) -> None:
    """One incident with its timeline; the last column is the entry of the record that proves the line."""
    found = with_client(settings_of(context), lambda client: client.incident(incident))
    if json:
        print_json(found)
        return
    say(f"{found.id}  {found.title}  ({found.state}; {found.callsign}, {found.company}, slot {found.slot})")
    print_table(
        ("UTC", "KIND", "WHAT", "RECORD"),
        ((f"{x.utc:%H:%M:%S.%f}"[:-3], x.kind, x.text, x.evidence) for x in found.timeline),
    )


@app.command()
def report(
    context: typer.Context,
    incident: Id,
    *,
    pdf: Annotated[bool, typer.Option("--pdf", help="As PDF/A, to be printed and kept.")] = False,
    company: Annotated[bool, typer.Option("--company", help="Without persons and other companies.")] = False,
    json: Json = False,
) -> None:
    """Write the report: one self-contained HTML file, or a PDF. A signed revision's is written once."""
    from rangeops.wire.reports import Audience, ReportForm  # --help loads no wire

    form = ReportForm.PDF if pdf else ReportForm.HTML
    audience = Audience.COMPANY if company else Audience.RANGE
    written = with_client(settings_of(context), lambda client: client.write_report(incident, form, audience))
    if json:
        print_json(written)
    else:
        typer.echo(written.path)
        say(f"sha256 {written.sha256}")


@app.command("verify-code")
def verify_code(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help="As it stands on the report: 7Q2K-0XZD-9M4T.")],
    *,
    json: Json = False,
) -> None:
    """Of which incident and revision a report is, who signed it, and the hashes of the files that were written."""
    found = with_client(settings_of(context), lambda client: client.report_of_code(code))
    if json:
        print_json(found)
        return
    later = "" if found.newest else "; A LATER REVISION HAS TAKEN ITS PLACE"
    say(f"{found.code}: {found.incident} revision {found.revision}, {found.state}{later}")
    say(f"headline {found.headline or '--'}")
    say(f"sha256 of the revision {found.sha256}")
    for each in found.signatures:
        say(f"signed by {each.by} ({each.role}) {each.signed_utc:%Y-%m-%d %H:%MZ}")
    if not found.signatures:
        say("nobody has signed it: a draft")
    print_table(
        ("REPORT", "WRITTEN", "SHA-256", "RECORD"),
        ((x.name, f"{x.written_utc:%Y-%m-%d %H:%M:%SZ}", x.sha256, x.entry) for x in found.reports),
    )


@app.command()
def eccairs(context: typer.Context, incident: Id) -> None:
    """A draft of the occurrence report to the authority, as JSON with the fields of 376/2014 Annex I; codes are left open."""
    print_json(with_client(settings_of(context), lambda client: client.eccairs(incident)))


@app.command()
def export(
    context: typer.Context,
    incident: Id,
    file: Annotated[Path, typer.Argument(help="The zip file to write.")],
    *,
    whole: Annotated[
        bool, typer.Option("--whole", help="Recordings in full, not the incident's minutes alone.")
    ] = False,
    offline: Annotated[
        bool,
        typer.Option(
            "--offline", help="From the data folder itself, where no server runs; the record has no word of it."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Write its evidence as one signed zip, to be verified without rangeops; a README in it says how.

    It takes a range safety officer or an admin, and the record keeps who took it.
    """
    settings = settings_of(context)
    if offline:
        from rangeops.exporting import export_view  # --help loads no store

        written = export_view(settings, incident, file, whole=whole)
    else:
        written = with_client(settings, lambda client: client.export_incident(incident, file, whole=whole))
    if json:
        print_json(written)
        return
    say(
        f"{written.entries} entries of the record, {counted(written.recordings, 'recording')} and"
        f" {counted(written.reports, 'report')} written to {file}: {written.size_bytes / 1e6:.1f} MB"
    )
    say(f"sha256 {written.sha256}")
    for remark in written.remarks:
        say(f"- {remark}")
    say("check it with `python3 -I check.py` and the range's key (docs/verify-by-hand.md); do not unpack it")


app.command("open")(incident_review.open_)
app.command()(incident_review.review)
app.command()(incident_review.action)
app.command()(incident_review.sign)
app.command()(incident_review.reopen)
app.command()(incident_review.person)
app.command()(incident_review.clocks)
