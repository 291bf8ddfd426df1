"""The detail of one slot: all that is booked, what it waits for, and what stands in its way; and what lapses soon."""

from collections.abc import Iterator
from typing import Final

from rangeops.domain.slot_terms import Authorisation, SlotTerms
from rangeops.domain.slots import NEXT, Slot
from rangeops.tui.board import Scene
from rangeops.tui.ink import BLANK, Ink, Line, Span, fit, short, wrapped
from rangeops.tui.panels.day import conflict_words
from rangeops.tui.shared import Records
from rangeops.wire.clearance import ClearanceView

_WORD_WIDTH: Final = 11


def slot_detail(records: Records, scene: Scene, chosen: str | None, width: int) -> tuple[Line, ...]:
    slot = next((slot for slot in records.slots if slot.id == chosen), None)
    if slot is None:
        return (BLANK, (Span(" j k choose a slot   n asks for a new one   ← → another day", Ink.DIM),))
    lines: list[Line] = [
        (Span(f" {slot.id}  {slot.company}  {slot.callsign} (sysid {slot.sysid})  {slot.airframe}", Ink.BRIGHT),)
    ]
    if records.refusal:
        lines += _text("refused", records.refusal, width, Ink.P2)
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
    more = f"   +{len(others)} more: rangeops register list --expiring" if others else ""
    stage = " lapsed " if first.stage == 0 else f" within {first.stage} d "
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
            yield from _text("in its way", conflict_words(conflict, scene), width, Ink.P2)


def _facts(records: Records, scene: Scene, slot: Slot) -> Iterator[tuple[str, str]]:
    """Word and value; only what there is to say."""
    starts, ends = slot.starts.astimezone(scene.zone), slot.ends.astimezone(scene.zone)
    can = ", ".join(event.value for state, event in NEXT if state is slot.state) or "nothing more"
    terms = slot.terms
    yield "time", f"{starts:%a %d %b %H:%M}-{ends:%H:%M} local   {slot.starts:%H:%M}-{slot.ends:%H:%M}Z"
    yield "volume", _volume_name(records, slot.volume) + (" (drawn)" if slot.drawn is not None else "")
    yield "state", f"{slot.state.value}, version {slot.version}.  Next: {can}"
    yield "reason", slot.reason
    yield "phases", _phases(slot)
    yield "call", slot.call or "no contact known"
    yield "pilots", _pilots(terms)
    yield "radio", "; ".join(f"{e.radio} {e.low_mhz:g}-{e.high_mhz:g} MHz {e.power_mw:g} mW" for e in terms.emissions)
    yield "needs", ", ".join(f"{need.amount} {need.resource}" for need in terms.needs)
    yield "plan", _plan(records, slot)
    if terms.jamming is not None:
        yield (
            "jamming",
            f"GNSS, {terms.jamming.reach_m:.0f} m around, {terms.jamming.grace_minutes} min before and after",
        )
    if terms.authorisation is not Authorisation.OWN:
        yield "flies under", f"{terms.authorisation.value} {terms.authorisation_by}".strip()
    yield "permits", ", ".join(f"{p.name} {p.reference or 'not given yet'}" for p in terms.permits)
    yield "heard", ", ".join(f"{each.notice.value} {each.who}" for each in slot.acknowledged)
    yield "agreed to", f"range's writes, by {slot.consent}" if slot.consent else ""


def _phases(slot: Slot) -> str:
    terms = slot.terms
    named = (
        ("set-up", terms.set_up_minutes),
        ("clear-down", terms.clear_down_minutes),
        ("time-out", terms.time_out_minutes),
    )
    parts = [f"{name} {minutes} min" for name, minutes in named if minutes]
    if terms.time_out_minutes and slot.time_out_taken:
        parts[-1] += " (taken)"
    if slot.clock_stands:
        parts.append(f"CLOCK STANDS since {slot.stops[-1].began:%H:%M}Z ({slot.stops[-1].reason.value})")
    return ", ".join(parts)


def _pilots(terms: SlotTerms) -> str:
    spare = f" (spare {terms.spare_pilot})" if terms.spare_pilot else ""
    return f"{', '.join(terms.pilots)}{spare}"


def _plan(records: Records, slot: Slot) -> str:
    if slot.plan is None:
        return "none"
    revisions = [plan for plan in records.plans if plan.id == slot.plan]
    plan = max(revisions, key=lambda plan: plan.revision, default=None)
    return f"{slot.plan}  {plan.verdict if plan else ''}"


def _volume_name(records: Records, volume: str) -> str:
    if records.range_view is None:
        return volume
    return next((bookable.name for bookable in records.range_view.volumes if bookable.id == volume), volume)


def _clearance(clearance: ClearanceView, width: int) -> Iterator[Line]:
    word = Span(f" {fit('clearance', _WORD_WIDTH)} ", Ink.DIM)
    if clearance.cleared:
        yield (word, Span("CLEARED to fly", Ink.OK))
        return
    held = sum(item.state == "ok" for item in clearance.items)
    of_all = f"  ({held} of {len(clearance.items)} hold)" if clearance.items else ""
    yield (word, Span(f"missing{of_all}:" if clearance.missing else "complete; not given yet", Ink.P3))
    lacking = [item for item in clearance.items if item.state in ("missing", "unknown")]
    for item in lacking:
        sign = "?" if item.state == "unknown" else "✗"
        who = f" ({item.who})" if item.who else ""
        yield from _text("", f"{sign} {item.item}: {item.value}{who}", width, Ink.P3 if sign == "?" else Ink.TEXT)
    for missing in () if lacking else clearance.missing:
        yield (Span(" " * (_WORD_WIDTH + 2)), Span("✗ ", Ink.P3), Span(missing))


def _text(word: str, value: str, width: int, ink: Ink = Ink.TEXT) -> Iterator[Line]:
    """The word once, the value in as many lines as it needs; nothing for an empty one."""
    for number, part in enumerate(wrapped(value, width - _WORD_WIDTH - 3)):
        yield (Span(f" {fit(word if number == 0 else '', _WORD_WIDTH)} ", Ink.DIM), Span(part, ink))
