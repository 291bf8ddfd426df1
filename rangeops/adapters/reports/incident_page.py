"""What an incident's report says, as headings, tables and pictures: the HTML and the PDF both show this, and nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

from rangeops import __version__
from rangeops.adapters.reports.figures import (
    MAP_HEIGHT,
    MAP_WIDTH,
    PLOT_HEIGHT,
    PLOT_WIDTH,
    PlotFigure,
    draw_map,
    draw_plot,
)
from rangeops.adapters.reports.pages import ENVIRONMENT
from rangeops.adapters.reports.track import Fix, Mark, commands_of, fixes_of, marks_of
from rangeops.domain.alarms import Alarm
from rangeops.domain.commands import POLICY
from rangeops.domain.events import AlarmChanged, ClockCompared
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.vehicle_clock import ClockReading
from rangeops.domain.verification import verification_code
from rangeops.services.ports.reports import ReportFacts

NONE: Final = "—"


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the summary. more: in small; bad: it is what went wrong."""

    name: str
    value: str
    more: str = ""
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """wide: the column that takes what the others leave. numbers: the columns of figures. strong: rows that stand out."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str
    wide: int = 0
    numbers: tuple[int, ...] = ()
    strong: tuple[bool, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """A line of the map's legend. kind: the style of its sign; sign: what stands in it, "" for a line."""

    kind: str
    sign: str
    what: str


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """watermark: on every page, "" for none. review: headings with what people wrote."""

    title: str
    kicker: str
    id: str
    state: str
    watermark: str
    simulation: bool
    notes: tuple[str, ...]
    summary: tuple[Fact, ...]
    review: tuple[tuple[str, str], ...]
    map: Markup
    legend: tuple[Key, ...]
    plots: tuple[Markup, ...]
    actions: Table
    clocks: Table
    alarms: Table
    shown: Table
    commands: Table
    timeline: Table
    vehicle_clocks: Table
    signatures: Table
    hashes: Table
    code: str
    revision_sha256: str
    head_seq: int
    head_hash: str
    checkpoint: str
    footer: str


def incident_page(facts: ReportFacts) -> IncidentPage:
    frame = SiteFrame(facts.range.origin_latitude_deg, facts.range.origin_longitude_deg)
    geography = None if facts.volumes is None else facts.volumes.flight_geography
    fixes = fixes_of(facts.events, frame, geography, ground_amsl_m=facts.range.elevation_amsl_m)
    marks = marks_of(facts.events)
    figures = ENVIRONMENT.get_template("figures.html.j2").module
    drawn = draw_map(facts.range, facts.volumes, fixes, marks)
    incident, review = facts.incident, facts.review
    return IncidentPage(
        title=incident.title,
        kicker=f"Incident report · {facts.range.name}" + (" · for the company" if facts.for_company else ""),
        id=incident.id,
        state=f"revision {review.revision}, {review.state.value}",
        watermark="DRAFT" if facts.is_draft else "",
        simulation=facts.simulation,
        notes=tuple(_notes(facts)),
        summary=tuple(_summary(facts, fixes)),
        review=_review(facts),
        map=figures.map(drawn, (MAP_WIDTH, MAP_HEIGHT)),  # type: ignore[attr-defined]  # the template's macros
        legend=tuple(_legend(facts, fixes, marks)),
        plots=tuple(figures.plot(plot, (PLOT_WIDTH, PLOT_HEIGHT)) for plot in _plots(facts, fixes, marks)),  # type: ignore[attr-defined]
        actions=_actions(facts),
        clocks=_clocks(facts),
        alarms=_alarms(facts),
        shown=_shown(facts),
        commands=_commands(facts),
        timeline=_timeline(facts),
        vehicle_clocks=_vehicle_clocks(facts),
        signatures=_signatures(facts),
        hashes=Table(
            "",
            ("Entry", "What", "Entry hash (SHA-256)"),
            tuple((str(each.entry.seq), each.entry.action, each.entry.entry_hash) for each in facts.evidence),
            "",
            wide=2,
            numbers=(0,),
        ),
        code=verification_code(facts.revision_sha256),
        revision_sha256=facts.revision_sha256,
        head_seq=facts.head.seq,
        head_hash=facts.head.entry_hash,
        checkpoint="" if facts.checkpoint is None else facts.checkpoint.text(),
        footer=f"Written {facts.written_utc:%d %b %Y %H:%M:%S} UTC by rangeops {__version__}.",
    )


def _notes(facts: ReportFacts) -> Iterable[str]:
    if facts.is_draft:
        yield "A draft: nobody has signed this revision, and it may change."
    if facts.for_company:
        yield (
            "For the company: persons, other companies and their vehicles were taken out of every text. What proves the "
            "lines, their entries and hashes, is as in the range's own report."
        )
    if facts.range.synthetic:
        yield "The boundary and volumes of this range are synthetic: invented, not surveyed."


def _summary(facts: ReportFacts, fixes: tuple[Fix, ...]) -> Iterable[Fact]:
    incident, review = facts.incident, facts.review
    zone = ZoneInfo(facts.range.timezone)
    yield Fact("Vehicle", incident.callsign, f"sysid {incident.sysid}" if incident.sysid else "")
    yield Fact("Company", incident.company or "not known")
    yield Fact("Slot", incident.slot or "none")
    opened = incident.opened_utc
    yield Fact("Opened", f"{opened:%d %b %Y %H:%M:%S} UTC", f"{opened.astimezone(zone):%H:%M:%S %Z}")
    if incident.ended_utc is None:
        yield Fact("Over", "not yet")
    else:
        lasted_s = (incident.ended_utc - opened).total_seconds()
        yield Fact("Over", f"{incident.ended_utc:%H:%M:%S} UTC", f"after {lasted_s:.0f} s")
    yield _closest(fixes)
    yield Fact("Class", review.occurrence_class.value if review.occurrence_class else "not classified", "376/2014")
    yield Fact("Category", review.category or "none yet")
    told = {None: "not decided", True: "yes", False: "no"}[review.mandatory]
    yield Fact("Reportable to the authority", told, "376/2014 Art 4(1)")


def _closest(fixes: tuple[Fix, ...]) -> Fact:
    closest_m = min((fix.margin_m for fix in fixes if fix.margin_m is not None), default=None)
    if closest_m is None:
        return Fact("Closest to the edge", "no trusted track")
    if closest_m >= 0:
        return Fact("Closest to the edge", f"{closest_m:.1f} m inside", "it never left")
    return Fact("Closest to the edge", f"{-closest_m:.1f} m outside", bad=True)


def _review(facts: ReportFacts) -> tuple[tuple[str, str], ...]:
    review = facts.review
    return (
        ("Headline", review.headline or "None was written yet."),
        ("Narrative", review.narrative or "None was written yet."),
        ("Cause", review.cause or "None was found or written yet."),
    )


def _legend(facts: ReportFacts, fixes: tuple[Fix, ...], marks: tuple[Mark, ...]) -> Iterable[Key]:
    if facts.volumes is not None:
        geography = facts.volumes.flight_geography
        heights = f"{geography.floor_amsl_m:.0f} to {geography.ceiling_amsl_m:.0f} m AMSL"
        yield Key("geography", "", f"flight geography, {heights}")
        yield Key("contingency", "", "contingency volume")
        yield Key("buffer", "", "ground-risk buffer")
    yield Key("boundary", "", "range")
    yield Key("track", "", "track" if fixes else "track: none was recorded")
    for mark in marks:
        yield Key(mark.kind, mark.sign, f"{mark.at_utc:%H:%M:%S} {mark.what}")


def _plots(facts: ReportFacts, fixes: tuple[Fix, ...], marks: tuple[Mark, ...]) -> list[PlotFigure]:
    band: list[tuple[float, str]] = []
    if facts.volumes is not None:
        geography = facts.volumes.flight_geography
        band = [(geography.ceiling_amsl_m, "ceiling"), (geography.floor_amsl_m, "floor")]
    drawn = (
        draw_plot("Altitude", "m AMSL", fixes, lambda fix: fix.altitude_amsl_m, marks, levels=band),
        draw_plot("Distance to the fence", "m", fixes, lambda fix: fix.margin_m, marks, zero_is_edge=True),
        draw_plot("Ground speed", "m/s", fixes, lambda fix: fix.ground_speed_mps, marks),
    )
    return [plot for plot in drawn if plot is not None]


def _actions(facts: ReportFacts) -> Table:
    rows = tuple(
        (
            each.id,
            each.what,
            each.owner,
            f"{each.due:%d %b %Y}",
            f"{each.done_utc:%d %b %Y}" if each.done_utc else "open",
        )
        for each in facts.review.follow_ups
    )
    return Table("Actions", ("No", "What", "Owner", "Due", "Done"), rows, "None was set.", wide=1)


def _clocks(facts: ReportFacts) -> Table:
    rows = tuple(
        (each.name, each.what, _minute(each.due_utc), _minute(each.done_utc) if each.done_utc else NONE, each.state)
        for each in facts.deadlines
    )
    return Table("Clocks", ("Clock", "To", "Due (UTC)", "Done (UTC)", "State"), rows, "None runs.", wide=1)


def _alarms(facts: ReportFacts) -> Table:
    """Each alarm once, with the entry that raised it and how it ended."""
    first: dict[str, int] = {}
    latest: dict[str, Alarm] = {}
    over: dict[str, datetime] = {}
    for seq, happened, event in facts.events:
        if isinstance(event, AlarmChanged):
            first.setdefault(event.alarm.id, seq)
            latest[event.alarm.id] = event.alarm
            if event.alarm.present:
                over.pop(event.alarm.id, None)
            else:
                over.setdefault(event.alarm.id, happened)
    rows = tuple(
        (
            _instant(alarm.raised_utc),
            f"P{alarm.priority.value}",
            alarm.title,
            f"{alarm.value} (limit {alarm.limit})" if alarm.limit else alarm.value,
            f"{_instant(alarm.acked_utc)} {alarm.acked_by}" if alarm.acked_utc else "by nobody",
            _instant(over.get(key)),
            str(first[key]),
        )
        for key, alarm in latest.items()
    )
    columns = ("Raised (UTC)", "Priority", "Alarm", "Value", "Acknowledged", "Over", "Entry")
    return Table("Alarms", columns, rows, "None was raised.", wide=2, numbers=(6,))


def _shown(facts: ReportFacts) -> Table:
    alarms = {event.alarm.id: event.alarm for _, _, event in facts.events if isinstance(event, AlarmChanged)}
    rows = tuple(
        (
            _instant(each.utc),
            f"{max((each.utc - alarms[each.alarm].raised_utc).total_seconds(), 0.0):.1f} s",
            alarms[each.alarm].title,
            each.state,
            each.place,
            f"{each.user} ({each.room})",
            str(each.entry),
        )
        for each in sorted(facts.shown, key=lambda shown: shown.utc)
    )
    return Table(
        "What was shown to whom",
        ("On screen (UTC)", "After", "Alarm", "As", "Where", "To (room)", "Entry"),
        rows,
        "No control room told that it showed one of them.",
        wide=2,
        numbers=(1, 6),
        note="The time is when the alarm's bytes were given to the room's terminal, put on the range's clock.",
    )


def _commands(facts: ReportFacts) -> Table:
    rows = tuple(
        (
            _instant(progress.sent_utc) if progress.sent_utc else NONE,
            progress.order.kind.value,
            "range policy" if progress.order.by == POLICY else progress.order.by,
            progress.order.reason,
            str(progress.attempts),
            _seconds(progress.ack_after_s),
            _seconds(progress.seen_after_s),
            progress.stage.value + (f": {progress.detail}" if progress.detail else ""),
            str(seq),
        )
        for seq, progress in commands_of(facts.events)
    )
    return Table(
        "Commands",
        ("Sent (UTC)", "Command", "By", "Reason", "Attempts", "Ack after", "Seen after", "Outcome", "Entry"),
        rows,
        "None was sent.",
        wide=3,
        numbers=(4, 5, 6, 8),
        note="An acknowledgement is the vehicle's word; seen means that trusted telemetry showed it doing so.",
    )


def _timeline(facts: ReportFacts) -> Table:
    items = facts.incident.timeline
    return Table(
        "Timeline",
        ("UTC", "Kind", "What", "Entry"),
        tuple((_instant(item.utc), item.kind, item.text, str(item.evidence)) for item in items),
        "Nothing is recorded around it.",
        wide=2,
        numbers=(3,),
        strong=tuple(item.kind in ("alarm", "command", "incident") for item in items),
    )


def _vehicle_clocks(facts: ReportFacts) -> Table:
    """How the times of the vehicle's own log are put on the range's clock."""
    rows = tuple(
        (
            _instant(happened),
            event.why.value + (f" ({event.jump_s:+.3f} s)" if event.jumps else ""),
            f"{event.boot_zero_utc:%d %b %H:%M:%S.%f}"[:-3],
            _known_to(event.boot),
            NONE if event.gps_ahead_s is None else f"{round(event.gps_ahead_s * 1000):+d} ms",
            NONE if event.gps is None else _known_to(event.gps),
            str(seq),
        )
        for seq, happened, event in facts.events
        if isinstance(event, ClockCompared)
    )
    return Table(
        "The vehicle's clocks",
        ("Compared (UTC)", "Why", "Boot time 0 is (UTC)", "Known to", "GPS time ahead by", "Known to", "Entry"),
        rows,
        "They were not compared with the range's: it told no time.",
        wide=1,
        numbers=(4, 6),
        note=(
            "Every time in this report is the range's. A boot time of the vehicle's own log, added to its zero, is the range's"
            " too; a GPS time less what it is ahead by. Drift is what the clock gains on the range's."
        ),
    )


def _known_to(reading: ClockReading) -> str:
    within = (
        "overheard: late by the link"
        if reading.uncertainty_s is None
        else f"± {max(reading.uncertainty_s * 1000, 1):.0f} ms"
    )
    if reading.drift_ppm is None or reading.drift_error_ppm is None:
        return within
    return f"{within}, drift {reading.drift_ppm:+.1f} ± {reading.drift_error_ppm:.1f} ppm"


def _signatures(facts: ReportFacts) -> Table:
    rows = tuple(
        (each.by, each.role, _minute(each.signed_utc), each.revision_sha256) for each in facts.review.signatures
    )
    return Table(
        "Signatures",
        ("Signed by", "As", "UTC", "Over the revision with SHA-256"),
        rows,
        "Nobody has signed this revision.",
        wide=3,
        note="Each was given with the signer's password again, and is an entry of the record.",
    )


def _instant(moment: datetime | None) -> str:
    return NONE if moment is None else f"{moment:%H:%M:%S.%f}"[:-3]


def _minute(moment: datetime) -> str:
    return f"{moment:%d %b %Y %H:%M}"


def _seconds(after_s: float | None) -> str:
    return NONE if after_s is None else f"{after_s:.2f} s"
