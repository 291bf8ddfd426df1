"""The pre-flight board: how far each slot of today is from its clearance, and what the chosen one still lacks."""

from collections.abc import Iterator, Sequence
from typing import Final

from rangeops.domain.slots import Slot
from rangeops.tui.board import Scene
from rangeops.tui.ink import Ink, Line, Span, fit, wrapped
from rangeops.tui.language import told, tr
from rangeops.tui.shared import Records
from rangeops.wire.clearance import ClearanceItem, ClearanceView

_SIGN: Final = {"ok": ("✓", Ink.OK), "missing": ("✗", Ink.P2), "unknown": ("?", Ink.P3), "waived": ("-", Ink.DIM)}
_ROOMY: Final = 100
_ITEM: Final = 13
_BAR: Final = 17


def head(width: int) -> Line:
    wide = "  " + tr("NEXT") if width >= _ROOMY else ""
    return (
        Span(
            f"   {fit(tr('SLOT'), 5)} {fit(tr('TIME'), 11)} {fit(tr('ID'), 8)} {fit(tr('CO'), 7)} {fit(tr('HOLDS'), _BAR)}{wide}",
            Ink.DIM,
        ),
    )


def rows(records: Records, scene: Scene, width: int) -> list[tuple[str, Line]]:
    slots: dict[str, Slot] = {slot.id: slot for slot in records.slots}
    return [(each.slot, _row(each, slots[each.slot], scene, width)) for each in records.preflight if each.slot in slots]


def _row(clearance: ClearanceView, slot: Slot, scene: Scene, width: int) -> Line:
    starts, ends = slot.starts.astimezone(scene.zone), slot.ends.astimezone(scene.zone)
    sign, ink = _standing(clearance)
    spans: list[Span] = [
        Span(f" {sign} ", ink),
        Span(f"{fit(slot.id, 5)} {starts:%H:%M}-{ends:%H:%M} {fit(slot.callsign, 8)} {fit(slot.company, 7)} "),
        Span(fit(progress(clearance), _BAR), ink),
    ]
    if width >= _ROOMY:
        lacking = lacks(clearance)
        spans.append(Span(f"  {_next(clearance, lacking)}", Ink.TEXT if lacking else Ink.DIM))
    return tuple(spans)


def _standing(clearance: ClearanceView) -> tuple[str, Ink]:
    if clearance.cleared:
        return "▶", Ink.OK
    if clearance.withdrawn:
        return "■", Ink.P1
    return ("●", Ink.BRIGHT) if not clearance.missing else ("○", Ink.P3)


def progress(clearance: ClearanceView) -> str:
    """How many items hold, as a bar and as figures."""
    asked = [item for item in clearance.items if item.state != "waived"]
    held = sum(item.state == "ok" for item in asked)
    filled = round(10 * held / len(asked)) if asked else 0
    return f"{'█' * filled}{'·' * (10 - filled)} {held}/{len(asked)}"


def lacks(clearance: ClearanceView) -> list[ClearanceItem]:
    return [item for item in clearance.items if item.state in ("missing", "unknown")]


def _next(clearance: ClearanceView, lacking: Sequence[ClearanceItem]) -> str:
    if clearance.cleared:
        return tr("cleared to fly")
    if not lacking:
        return tr("complete: clear it")
    first = lacking[0]
    return f"{tr(first.item)}: {told(first.value)}" + (f" ({told(first.who)})" if first.who else "")


def detail(records: Records, chosen: str | None, width: int) -> tuple[Line, ...]:
    """Every item: what lacks comes first, with who can supply it."""
    clearance = next((each for each in records.preflight if each.slot == chosen), None)
    if clearance is None:
        return ((Span(" " + tr("j k choose a slot"), Ink.DIM),),)
    return tuple(_detail(clearance, records.refusal, width))


def _detail(clearance: ClearanceView, refusal: str, width: int) -> Iterator[Line]:
    for part in wrapped(refusal, width - 2):
        yield (Span(f" {part}", Ink.P2),)
    if clearance.withdrawn:
        yield (Span(" " + tr("WITHDRAWN: who flies on is brought back as the policy says"), Ink.P1),)
    if clearance.flights:
        yield (Span(" " + tr("flights under this slot so far: {flights}", flights=clearance.flights), Ink.DIM),)
    lacking = lacks(clearance)
    rest = [item for item in clearance.items if item not in lacking]
    for item in (*lacking, *rest):
        yield from _item(item, width)


def _item(item: ClearanceItem, width: int) -> Iterator[Line]:
    sign, ink = _SIGN.get(item.state, ("?", Ink.P3))
    says = f"{told(item.value)}  ← {told(item.who)}" if item.who else told(item.value)
    lines = wrapped(says, width - _ITEM - 5) or [""]
    for number, part in enumerate(lines):
        if number == 0:
            yield (Span(f" {sign} ", ink), Span(f"{fit(tr(item.item), _ITEM)} ", Ink.TITLE), Span(part))
        else:
            yield (Span(" " * (_ITEM + 4)), Span(part))
