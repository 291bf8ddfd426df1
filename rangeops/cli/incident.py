"""`rangeops incident`: what happened, and the report of it."""

from pathlib import Path
from typing import Annotated

import typer

from rangeops.cli import incident_review
from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import counted, print_json, print_table, say, with_client

app = typer.Typer(help="Incidents and their reports.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="For example INC-2026-0001.")]


@app.command("list")
def list_(context: typer.Context, *, json: Json = False) -> None:
    """All incidents, newest first."""
    incidents = with_client(settings_of(context), lambda client: client.incidents())
    if json:
        print_json(incidents)
        return
    print_table(
        ("INCIDENT", "STATE", "OPENED", "VEHICLE", "COMPANY", "SLOT", "TITLE"),
        (
            (x.id, x.state, f"{x.opened_utc:%Y-%m-%d %H:%M:%SZ}", x.callsign, x.company, x.slot, x.title)
            for x in incidents
        ),
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
) -> None:
    """Write its evidence as one zip that anybody can check without rangeops; a README in it says how. Needs no server."""
    from rangeops.exporting import export_incident  # --help loads no store

    written = export_incident(settings_of(context), incident, file, whole=whole)
    say(
        f"{written.entries} entries of the record, {counted(written.recordings, 'recording')} and"
        f" {counted(written.reports, 'report')} written to {file}"
    )
    for remark in written.remarks:
        say(f"- {remark}")


app.command("open")(incident_review.open_)
app.command()(incident_review.review)
app.command()(incident_review.action)
app.command()(incident_review.sign)
app.command()(incident_review.reopen)
app.command()(incident_review.person)
app.command()(incident_review.clocks)
