"""The first rows of every screen: what it is, the time, the day, what is in the air, the alarms; and SIMULATION, large."""

from collections.abc import Iterator
from typing import Final

from rangeops.domain.alarms import Priority
from rangeops.tui.board import OWN_ALARM, Scene
from rangeops.tui.ink import BLANK, Ink, Line, Span, marker, priority_ink, spread, width_of
from rangeops.tui.language import tr

_LOAD_MOST: Final = 2  # alarms in ten minutes that an operator can take well (EEMUA 191)
_MARGIN: Final = 6
_HATCH: Final = "\N{BOX DRAWINGS LIGHT DIAGONAL UPPER RIGHT TO LOWER LEFT}"


def header(scene: Scene, title: str, place: str, width: int) -> Line:
    """What must never be cut (time, counts, enforcement) always stands; the rest as far as there is room for it."""
    left = (Span(f" {title} ", Ink.LOUD), Span("  "), *_times(scene))
    counts = (*_alarm_counts(scene), _enforcing(scene))
    air = (Span(f"  {_air(scene)}  "),)
    room = width - width_of((*left, *air, *counts))
    loads = [load for load in _loads(scene) if width_of((load,)) <= room]
    room -= width_of(tuple(loads[:1]))
    day: list[Span] = []
    for span in _day(scene, place):
        if width_of((span,)) <= room:
            day.append(span)
            room -= width_of((span,))
    return spread((*left, *day), (*air, *loads[:1], *counts), width)


def _times(scene: Scene) -> Line:
    utc, local = scene.now.utc, scene.now.utc.astimezone(scene.local)
    waiting = (Span(tr("CONNECTING") + "  ", Ink.P3),) if scene.picture_age_s is None else ()
    return (*waiting, Span(f"{utc:%H:%M:%S}Z", Ink.BRIGHT), Span(f" {local:%H:%M}L", Ink.TEXT))


def _day(scene: Scene, place: str) -> Iterator[Span]:
    """Most needed first. In a simulation the row below says so; that it isn't one must be said here."""
    if scene.picture_age_s is not None and not scene.simulation:
        yield Span("  " + tr("OPERATE"), Ink.TITLE)
    if scene.sky is not None:
        if scene.sky.wind:
            yield Span("  " + tr("wind {wind}", wind=scene.sky.wind), Ink.TEXT)
        if scene.sky.turn_utc is not None:
            yield Span(f"  {tr(scene.sky.turn)} {scene.sky.turn_utc:%H:%M}Z", Ink.TEXT)
    if place:
        yield Span(f"  {place}", Ink.DIM)


def _air(scene: Scene) -> str:
    """Those of whom nobody knows any more stay in the air: they were when they were last heard."""
    airborne = sum(vehicle.view.airborne for vehicle in scene.vehicles)
    return tr("air {airborne}/{count}", airborne=airborne, count=len(scene.vehicles))


def _loads(scene: Scene) -> Iterator[Span]:
    """Alarms of the last ten minutes: in full, and ever shorter."""
    load = scene.load.now
    if scene.load.flood:
        yield Span(tr("FLOOD {load}/10min", load=load) + "  ", Ink.P1)
        yield Span(tr("FLOOD {load}", load=load) + "  ", Ink.P1)
        yield Span(tr("FLOOD") + "  ", Ink.P1)
        return
    ink = Ink.P2 if load > _LOAD_MOST else Ink.DIM
    yield Span(tr("load {load}/10min", load=load) + "  ", ink)
    yield Span(tr("load {load}", load=load) + "  ", ink)


def _alarm_counts(scene: Scene) -> Iterator[Span]:
    for priority in Priority:
        count = sum(alarm.priority is priority for alarm in scene.alarms)
        shape = marker(priority).text[0]
        yield Span(f"{shape}P{priority.value} {count}  ", priority_ink(priority) if count else Ink.DIM)


def _enforcing(scene: Scene) -> Span:
    if scene.enforcement:
        return Span(tr("ENFORCING") + " ", Ink.OK)
    waiting = scene.picture_age_s is None and not any(alarm.id == OWN_ALARM for alarm in scene.alarms)
    return Span("… ", Ink.DIM) if waiting else Span(tr("NOT ENFORCING") + " ", Ink.P1)


def simulation(scene: Scene, width: int) -> Line:
    if not scene.simulation:
        return BLANK
    return _hatched(_simulated(scene), width)


def replay(scene: Scene, what: str, width: int) -> Line:
    """What is shown is over; where the range itself is simulated, that too."""
    words = [f"{tr('R E P L A Y')}   {tr('not live')}   {what}", *([_simulated(scene)] if scene.simulation else [])]
    whole = "   ·   ".join(words)
    return _hatched(whole if len(whole) + _MARGIN <= width else words[0], width)


def _simulated(scene: Scene) -> str:
    return tr("D R I L L   S I M U L A T I O N") if scene.drill else tr("S I M U L A T I O N")


def _hatched(words: str, width: int) -> Line:
    word = f"   {words}   "
    side = max(0, (width - len(word)) // 2)
    return (Span(_HATCH * side, Ink.DIM), Span(word, Ink.LOUD), Span(_HATCH * (width - side - len(word)), Ink.DIM))
