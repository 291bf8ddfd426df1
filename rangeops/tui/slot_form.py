"""What a request for a slot is typed as, field by field, and read back. No Textual."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from rangeops.domain.errors import Invalid
from rangeops.domain.slots import Slot
from rangeops.domain.telemetry import Sysid
from rangeops.tui.language import tr, tr_later
from rangeops.wire.api import SlotRequest

_WHERE: Final = tr_later("the form")
_STEP_MINUTES: Final = 30


@dataclass(frozen=True, slots=True)
class Field:
    """name: of the value that is typed. hint: what it looks like."""

    name: str
    title: str
    hint: str


FIELDS: Final = (
    Field("volume", tr_later("Volume"), tr_later("one of the range's")),
    Field("starts", tr_later("From, local"), "10:30"),
    Field("minutes", tr_later("Minutes"), "45"),
    Field("company", tr_later("Company"), tr_later("as registered")),
    Field("callsign", tr_later("Call sign"), "D07"),
    Field("sysid", tr_later("Number"), tr_later("MAVLink system id, 1-255")),
    Field("airframe", tr_later("Airframe"), tr_later("of hardware/airframes")),
    Field("contact", tr_later("Call pilot"), tr_later("channel or telephone")),
    Field("plan", tr_later("Plan"), tr_later("of a plan that passed, or empty")),
)


def prefilled(like: Slot | None, now_local: datetime, *, today: bool) -> dict[str, str]:
    """As the chosen slot has it, at the next half hour (another day: at ten)."""
    step = timedelta(minutes=_STEP_MINUTES)
    midnight = now_local.replace(hour=0, minute=0, second=0, microsecond=0)
    following = midnight + (now_local - midnight) // step * step + step
    starts = f"{following:%H:%M}" if today else "10:00"
    if like is None:
        return {"starts": starts, "minutes": "45"}
    return {
        "volume": like.volume,
        "starts": starts,
        "minutes": f"{(like.ends - like.starts).total_seconds() / 60:.0f}",
        "company": like.company,
        "callsign": like.callsign,
        "sysid": str(like.sysid),
        "airframe": like.airframe,
        "contact": like.contact,
        "plan": "",
    }


def request_of(typed: Mapping[str, str], day: date, zone: tzinfo) -> SlotRequest:
    """Raises Invalid for what can't be read; what may not be, the server says."""
    text = {field.name: typed.get(field.name, "").strip() for field in FIELDS}
    for field in FIELDS:
        if not text[field.name] and field.name != "plan":
            raise Invalid(
                tr("{title} is empty", title=tr(field.title)),
                where=tr(_WHERE),
                do=tr("Fill it in: {hint}.", hint=tr(field.hint)),
            )
    try:
        at = time.fromisoformat(text["starts"])
    except ValueError as error:
        raise Invalid(
            tr("{typed!r:.20} is no time", typed=text["starts"]), where=tr(_WHERE), do=tr("Write it as 10:30.")
        ) from error
    if at.tzinfo is not None:
        raise Invalid(tr("the time has a zone"), where=tr(_WHERE), do=tr("Write the range's local time, as 10:30."))
    minutes, sysid = _whole(text["minutes"], tr("Minutes"), 24 * 60), _whole(text["sysid"], tr("Number"), 255)
    starts = datetime.combine(day, at, zone).astimezone(UTC)
    return SlotRequest(
        company=text["company"],
        volume=text["volume"],
        starts=starts,
        ends=starts + timedelta(minutes=minutes),
        sysid=Sysid(sysid),
        callsign=text["callsign"],
        airframe=text["airframe"],
        contact=text["contact"],
        plan=text["plan"] or None,
    )


def _whole(text: str, title: str, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        raise Invalid(
            tr("{title} isn't a number from 1 to {most}", title=title, most=most),
            where=tr(_WHERE),
            do=tr("Correct it."),
        )
    return int(text)
