"""The detail of one slot: all that is booked, what it waits for, and what stands in its way; and what lapses soon."""

from collections.abc import Iterator
from typing import Final

from rangeops.domain.slot_terms import Authorisation, SlotTerms
from rangeops.domain.slots import NEXT, Slot
from rangeops.tui.board import Scene
from rangeops.tui.ink import BLANK, Ink, Line, Span, fit, short, wrapped
from rangeops.tui.language import dated, told, tr
from rangeops.tui.panels.day import conflict_words
from rangeops.tui.shared import Records
from rangeops.wire.clearance import ClearanceView

_WORD_WIDTH: Final = 11


def slot_detail(records: Records, scene: Scene, chosen: str | None, width: int) -> tuple[Line, ...]:
    slot = next((slot for slot in records.slots if slot.id == chosen), None)
    if slot is None:
        return (BLANK, (Span(" " + tr("j k choose a slot   n asks for a new one   ← → another day"), Ink.DIM),))
    lines: list[Line] = [
        (Span(f" {slot.id}  {slot.company}  {slot.callsign} (sysid {slot.sysid})  {slot.airframe}", Ink.BRIGHT),)
    ]
    if records.refusal:
        lines += _text(tr("refused"), records.refusal, width, Ink.P2)
    lines += _in_the_way(records, scene, slot, width)
    for word, value in _facts(records, scene, slot):
        lines += _text(word, value, width)
    if records.clearance is not None and records.clearance.slot == slot.id:
        lines += _clearance(records.clearance, width)
    return tuple(lines)


def expiry_line(records: Records, width: int) -> Line:
    """What lapsed or lapses next; how many more there are."""
    if not records.expiries:
        return BLANK
    first, *others = records.expiries
    more = "   " + tr("+{count} more: rangeops register list --expiring", count=len(others)) if others else ""
    stage = " " + tr("lapsed") + " " if first.stage == 0 else " " + tr("within {stage} d", stage=first.stage) + " "
    ink = Ink.P3 if first.stage > 1 else Ink.P2
    return (
        Span(stage, ink),
        Span(short(first.says, max(10, width - len(stage) - len(more)))),
        Span(more, Ink.DIM),
    )


def _in_the_way(records: Records, scene: Scene, slot: Slot, width: int) -> Iterator[Line]:
    conflicts = () if records.day_view is None else records.day_view.conflicts
    for conflict in conflicts:
        if conflict.slot == slot.id and conflict.says not in slot.reason:
            yield from _text(tr("in its way"), conflict_words(conflict, scene), width, Ink.P2)


def _facts(records: Records, scene: Scene, slot: Slot) -> Iterator[tuple[str, str]]:
    """Word and value; only what there is to say."""
    starts, ends = slot.starts.astimezone(scene.local), slot.ends.astimezone(scene.local)
    can = ", ".join(tr(event.value) for state, event in NEXT if state is slot.state) or tr("nothing more")
    terms = slot.terms
    yield (
        tr("time"),
        tr(
            "{starts}-{ends:%H:%M} local   {starts_utc:%H:%M}-{ends_utc:%H:%M}Z",
            starts=dated(starts, "%a %d %b %H:%M"),
            ends=ends,
            starts_utc=slot.starts,
            ends_utc=slot.ends,
        ),
    )
    yield tr("volume"), _volume_name(records, slot.volume) + (" " + tr("(drawn)") if slot.drawn is not None else "")
    yield (
        tr("state"),
        tr("{state}, version {version}.  Next: {can}", state=tr(slot.state.value), version=slot.version, can=can),
    )
    yield tr("reason"), slot.reason
    yield tr("phases"), _phases(slot)
    yield tr("call"), slot.call or tr("no contact known")
    yield tr("pilots"), _pilots(terms)
    yield (
        tr("radio"),
        "; ".join(f"{e.radio} {e.low_mhz:g}-{e.high_mhz:g} MHz {e.power_mw:g} mW" for e in terms.emissions),
    )
    yield tr("needs"), ", ".join(f"{need.amount} {need.resource}" for need in terms.needs)
    yield tr("plan"), _plan(records, slot)
    if terms.jamming is not None:
        yield (
            tr("jamming"),
            tr(
                "GNSS, {reach_m:.0f} m around, {grace_minutes} min before and after",
                reach_m=terms.jamming.reach_m,
                grace_minutes=terms.jamming.grace_minutes,
            ),
        )
    if terms.authorisation is not Authorisation.OWN:
        yield tr("flies under"), f"{terms.authorisation.value} {terms.authorisation_by}".strip()
    yield tr("permits"), ", ".join(f"{p.name} {p.reference or tr('not given yet')}" for p in terms.permits)
    yield tr("heard"), ", ".join(f"{each.notice.value} {each.who}" for each in slot.acknowledged)
    yield tr("agreed to"), tr("range's writes, by {consent}", consent=slot.consent) if slot.consent else ""


def _phases(slot: Slot) -> str:
    terms = slot.terms
    named = (
        (tr("set-up"), terms.set_up_minutes),
        (tr("clear-down"), terms.clear_down_minutes),
        (tr("time-out"), terms.time_out_minutes),
    )
    parts = [f"{name} {minutes} min" for name, minutes in named if minutes]
    if terms.time_out_minutes and slot.time_out_taken:
        parts[-1] += " " + tr("(taken)")
    if slot.clock_stands:
        parts.append(
            tr(
                "CLOCK STANDS since {began:%H:%M}Z ({reason})",
                began=slot.stops[-1].began,
                reason=tr(slot.stops[-1].reason.value),
            )
        )
    return ", ".join(parts)


def _pilots(terms: SlotTerms) -> str:
    spare = " " + tr("(spare {spare_pilot})", spare_pilot=terms.spare_pilot) if terms.spare_pilot else ""
    return f"{', '.join(terms.pilots)}{spare}"


def _plan(records: Records, slot: Slot) -> str:
    if slot.plan is None:
        return tr("none")
    revisions = [plan for plan in records.plans if plan.id == slot.plan]
    plan = max(revisions, key=lambda plan: plan.revision, default=None)
    return f"{slot.plan}  {tr(plan.verdict) if plan else ''}"


def _volume_name(records: Records, volume: str) -> str:
    if records.range_view is None:
        return volume
    return next((bookable.name for bookable in records.range_view.volumes if bookable.id == volume), volume)


def _clearance(clearance: ClearanceView, width: int) -> Iterator[Line]:
    word = Span(f" {fit(tr('clearance'), _WORD_WIDTH)} ", Ink.DIM)
    if clearance.cleared:
        yield (word, Span(tr("CLEARED to fly"), Ink.OK))
        return
    held = sum(item.state == "ok" for item in clearance.items)
    of_all = "  " + tr("({held} of {count} hold)", held=held, count=len(clearance.items)) if clearance.items else ""
    yield (
        word,
        Span(tr("missing{of_all}:", of_all=of_all) if clearance.missing else tr("complete; not given yet"), Ink.P3),
    )
    lacking = [item for item in clearance.items if item.state in ("missing", "unknown")]
    for item in lacking:
        sign = "?" if item.state == "unknown" else "✗"
        who = f" ({told(item.who)})" if item.who else ""
        yield from _text(
            "", f"{sign} {tr(item.item)}: {told(item.value)}{who}", width, Ink.P3 if sign == "?" else Ink.TEXT
        )
    for missing in () if lacking else clearance.missing:
        yield (Span(" " * (_WORD_WIDTH + 2)), Span("✗ ", Ink.P3), Span(missing))


def _text(word: str, value: str, width: int, ink: Ink = Ink.TEXT) -> Iterator[Line]:
    """The word once, the value in as many lines as it needs; nothing for an empty one."""
    for number, part in enumerate(wrapped(value, width - _WORD_WIDTH - 3)):
        yield (Span(f" {fit(word if number == 0 else '', _WORD_WIDTH)} ", Ink.DIM), Span(part, ink))
