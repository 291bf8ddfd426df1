"""The slot list and the detail of one slot."""

from typing import Final

from rangeops.domain.slots import NEXT, Slot, SlotState
from rangeops.tui.board import Scene
from rangeops.tui.ink import BLANK, Ink, Line, Span, fit, wrapped
from rangeops.tui.shared import Records

_STATE: Final = {
    SlotState.REQUESTED: ("?", Ink.P3),
    SlotState.APPROVED: ("✓", Ink.TEXT),
    SlotState.REFUSED: ("✗", Ink.P1),
    SlotState.WAITLISTED: ("…", Ink.TEXT),
    SlotState.OFFERED: ("!", Ink.P3),
    SlotState.BRIEFED: ("✓", Ink.BRIGHT),
    SlotState.ACTIVE: ("▶", Ink.OK),
    SlotState.CLOSED: ("■", Ink.DIM),
    SlotState.CANCELLED: ("-", Ink.DIM),
    SlotState.NO_SHOW: ("-", Ink.DIM),
}


def _volume_name(records: Records, volume: str) -> str:
    if records.range_view is None:
        return volume
    return next((bookable.name for bookable in records.range_view.volumes if bookable.id == volume), volume)


def _columns(width: int) -> tuple[int, int, int]:
    """volume, company, airframe: the airframe only where there is room."""
    return (22, 12, 18) if width >= 108 else (16, 9, 0)


def slot_head(width: int) -> Line:
    volume, company, airframe = _columns(width)
    text = f" {fit('VOLUME', volume)}  {fit('SLOT', 5)} {fit('STATE', 12)} {fit('LOCAL TIME', 18)} {fit('COMPANY', company)} VEHICLE "
    return (Span(f"{text} {fit('AIRFRAME', airframe)} PLAN" if airframe else text, Ink.DIM),)


def slot_rows(records: Records, scene: Scene, width: int) -> list[tuple[str, Line]]:
    rows: list[tuple[str, Line]] = []
    before = ""
    for slot in sorted(records.slots, key=lambda slot: (slot.volume, slot.starts, slot.id)):
        rows.append((slot.id, _row(records, slot, scene, width, named=slot.volume != before)))
        before = slot.volume
    return rows


def _row(records: Records, slot: Slot, scene: Scene, width: int, *, named: bool) -> Line:
    volume, company, airframe = _columns(width)
    sign, state_ink = _STATE[slot.state]
    over = slot.state in (SlotState.CLOSED, SlotState.CANCELLED, SlotState.NO_SHOW, SlotState.REFUSED)
    ink = Ink.DIM if over else Ink.TEXT
    starts, ends = slot.starts.astimezone(scene.zone), slot.ends.astimezone(scene.zone)
    tail = f" {fit(f'{starts:%d %b %H:%M}-{ends:%H:%M}', 18)} {fit(slot.company, company)} {fit(slot.callsign, 8)}"
    if airframe:
        tail += f" {fit(slot.airframe, airframe)} {slot.plan or '-'}"
    return (
        Span(" "),
        Span(fit(_volume_name(records, slot.volume) if named else "", volume), Ink.TITLE),
        Span(f"  {fit(slot.id, 5)} ", ink),
        Span(f"{sign} {fit(slot.state.value, 10)}", state_ink),
        Span(tail, ink),
    )


def slot_detail(records: Records, scene: Scene, chosen: str | None, width: int) -> tuple[Line, ...]:
    slot = next((slot for slot in records.slots if slot.id == chosen), None)
    if slot is None:
        return (BLANK, (Span(" j k choose a slot", Ink.DIM),))
    starts, ends = slot.starts.astimezone(scene.zone), slot.ends.astimezone(scene.zone)
    revisions = [plan for plan in records.plans if plan.id == slot.plan]
    plan = max(revisions, key=lambda plan: plan.revision, default=None)
    verdict = "no plan" if slot.plan is None else f"{slot.plan}  {plan.verdict if plan else ''}"
    can = ", ".join(event.value for state, event in NEXT if state is slot.state) or "nothing more"
    lines: list[Line] = [
        (Span(f" {slot.id}  {slot.company}  {slot.callsign} (sysid {slot.sysid})  {slot.airframe}", Ink.BRIGHT),),
        _fact("volume", _volume_name(records, slot.volume)),
        _fact("time", f"{starts:%a %d %b %H:%M}-{ends:%H:%M} local   {slot.starts:%H:%M}-{slot.ends:%H:%M}Z"),
        _fact("plan", verdict),
        _fact("pilot", slot.contact or "no contact known"),
        _fact("state", f"{slot.state.value}, version {slot.version}.  Next: {can}"),
    ]
    lines += [_fact("reason" if first else "", part) for first, part in _firsts(wrapped(slot.reason, width - 14))]
    clearance = records.clearance
    if clearance is not None and clearance.slot == slot.id:
        if clearance.cleared:
            lines.append((Span(" clearance  ", Ink.DIM), Span("CLEARED to fly", Ink.OK)))
        else:
            lines.append(
                (
                    Span(" clearance  ", Ink.DIM),
                    Span("missing:" if clearance.missing else "complete; not given yet", Ink.P3),
                )
            )
            lines += [(Span("            ✗ ", Ink.P3), Span(missing)) for missing in clearance.missing]
    return tuple(lines)


def _firsts(parts: list[str]) -> list[tuple[bool, str]]:
    return [(at == 0, part) for at, part in enumerate(parts)]


def _fact(word: str, value: str) -> Line:
    return (Span(f" {fit(word, 10)} ", Ink.DIM), Span(value))
