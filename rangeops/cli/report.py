"""`rangeops report`: the range's daily log and its monthly safety statistics."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, say, with_client
from rangeops.domain.errors import Invalid
from rangeops.files import write_whole

if TYPE_CHECKING:
    from rangeops.client.api import Client
    from rangeops.wire.reports import DayReport, MonthReport, ReportForm

app = typer.Typer(help="The range's daily log and its monthly safety statistics.", no_args_is_help=True)

Pdf = Annotated[Path | None, typer.Option(help="Write it there as PDF/A, to be printed and kept.", show_default=False)]
Html = Annotated[Path | None, typer.Option(help="Write it there as one HTML file.", show_default=False)]


@app.command()
def day(
    context: typer.Context,
    date: Annotated[str, typer.Argument(metavar="DATE", help="As 2026-11-24, of the range's own calendar.")],
    *,
    pdf: Pdf = None,
    html: Html = None,
    json: Json = False,
) -> None:
    """Slots flown, clearances, alarms, commands, incidents, duty, weather and minutes lost of a day."""
    _report(
        context,
        lambda client: client.day_report(date),
        lambda client, form: client.day_page(date, form),
        pdf=pdf,
        html=html,
        json=json,
    )


@app.command()
def month(
    context: typer.Context,
    month: Annotated[str, typer.Argument(metavar="MONTH", help="As 2026-11.")],
    *,
    pdf: Pdf = None,
    html: Html = None,
    json: Json = False,
) -> None:
    """Flights, hours, incidents by company and zone and per 100 flight hours, alarms, verdicts and minutes lost of a month."""
    _report(
        context,
        lambda client: client.month_report(month),
        lambda client, form: client.month_page(month, form),
        pdf=pdf,
        html=html,
        json=json,
    )


def _report(
    context: typer.Context,
    read: "Callable[[Client], Awaitable[DayReport | MonthReport]]",
    page: "Callable[[Client, ReportForm], Awaitable[bytes]]",
    *,
    pdf: Path | None,
    html: Path | None,
    json: bool,
) -> None:
    from rangeops.wire.report_pages import page_of, page_text  # --help loads no wire
    from rangeops.wire.reports import ReportForm

    if (pdf is not None) + (html is not None) + json > 1:
        raise Invalid("--pdf, --html and --json exclude each other", where="report", do="Give one of them.")
    settings = settings_of(context)
    for path, form in ((pdf, ReportForm.PDF), (html, ReportForm.HTML)):
        if path is not None:
            write_whole(path, with_client(settings, lambda client, form=form: page(client, form)))  # type: ignore[misc]
            say(f"{path}: the report")
            return
    report = with_client(settings, read)
    if json:
        print_json(report)
        return
    for line in page_text(page_of(report)):
        typer.echo(line)
