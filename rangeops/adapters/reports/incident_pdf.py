"""An incident's report on paper: A4 as PDF/A, the very page that the HTML shows."""

from dataclasses import asdict

from rangeops.adapters.reports.incident_page import incident_page
from rangeops.adapters.reports.printing import picture, printed
from rangeops.services.ports.reports import ReportFacts


def incident_pdf(facts: ReportFacts) -> bytes:
    """PDF/A-2b. Raises Unavailable where typst isn't installed."""
    made = incident_page(facts)
    page = asdict(made) | {"map": picture(made.map), "plots": [picture(plot) for plot in made.plots]}
    return printed(
        "incident.typ", page, where=f"the report of {made.id}", instead="`rangeops incident report` without --pdf"
    )
