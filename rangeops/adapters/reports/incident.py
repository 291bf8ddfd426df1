"""An incident's report: one HTML file that loads nothing from anywhere, and prints well."""

from rangeops.adapters.reports.incident_page import incident_page
from rangeops.adapters.reports.pages import ENVIRONMENT
from rangeops.services.ports.reports import ReportFacts


def incident_html(facts: ReportFacts) -> str:
    return ENVIRONMENT.get_template("incident.html.j2").render(page=incident_page(facts))
