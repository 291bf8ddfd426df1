"""What the registers must hold before a scenario's companies get their slots: made up, and true of nobody."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from rangeops.domain.registers import DocumentKind, RegisterKind
from rangeops.rehearsal.script import Script

HOLDS: Final = timedelta(days=365)
_PAPERS: Final = (DocumentKind.INSURANCE, DocumentKind.AUTHORISATION)

Paper = tuple[RegisterKind, dict[str, str]]
"""An entry's register, and its texts by column."""


def papers_of(script: Script, today: date) -> dict[str, list[Paper]]:
    """For each company: itself, its insurance and authorisation, a pilot for each vehicle, and the vehicle."""
    companies = dict.fromkeys(booking.company for booking in script.bookings)
    return {company: list(_papers(company, script, today)) for company in companies}


def _papers(company: str, script: Script, today: date) -> Iterator[Paper]:
    until = (today + HOLDS).isoformat()
    yield RegisterKind.COMPANY, {"id": company, "name": f"{company} (rehearsal)"}
    for kind in _PAPERS:
        fields = {"id": f"{company}-{kind.value}", "company": company, "document": kind.value, "valid_until": until}
        yield RegisterKind.DOCUMENT, fields
    for booking in (each for each in script.bookings if each.company == company):
        yield (
            RegisterKind.AIRCRAFT,
            {
                "id": booking.callsign,
                "company": company,
                "airframe": booking.airframe,
                "serial": f"rehearsal {int(booking.sysid)}",
                "mtom_kg": "3.5",
                "sysid": str(int(booking.sysid)),
            },
        )
        pilot = {"id": f"pilot of {booking.callsign}", "company": company, "name": f"The pilot of {booking.callsign}"}
        yield RegisterKind.PILOT, {**pilot, "certificate": "A2", "certificate_until": until}
