"""What the command palette finds beside the actions: vehicles, slots, alarms. Loaded when it is first opened.

Names come from outside: they are shown as text, never as markup.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from textual.command import Hit, Hits, Provider

from rangeops.client.action import Noun
from rangeops.tui.board import Scene
from rangeops.tui.ink import SHAPE
from rangeops.tui.language import dated, tr
from rangeops.tui.panels.vehicles import name_of
from rangeops.tui.shared import Records


@dataclass(frozen=True, slots=True)
class Find:
    """Something that is there now, and the key under which its screen has it."""

    noun: Noun
    key: str
    title: str
    help: str


def finds(scene: Scene, records: Records) -> Iterator[Find]:
    """In the order in which they matter: alarms, vehicles, slots, incidents."""
    for alarm in scene.alarms:
        title = tr(
            "Alarm {shape} {source}: {title}", shape=SHAPE[alarm.priority], source=alarm.source, title=alarm.title
        )
        yield Find(Noun.ALARM, alarm.id, title, alarm.action)
    for vehicle in scene.vehicles:
        view = vehicle.view
        title = tr("Vehicle {vehicle} {company}", vehicle=name_of(vehicle), company=view.company)
        yield Find(
            Noun.VEHICLE,
            str(view.sysid),
            title,
            tr("sysid {sysid}, {slot}", sysid=view.sysid, slot=view.slot or tr("no slot")),
        )
    for slot in records.slots:
        starts = slot.starts.astimezone(scene.zone)
        title = tr("Slot {id} {callsign} {company}", id=slot.id, callsign=slot.callsign, company=slot.company)
        yield Find(Noun.SLOT, slot.id, title, f"{slot.volume}, {dated(starts, '%d %b %H:%M')}, {tr(slot.state.value)}")
    for incident in records.incidents:
        yield Find(
            Noun.INCIDENT,
            incident.id,
            tr("Incident {id}: {title}", id=incident.id, title=incident.title),
            tr(incident.state),
        )


class RangeFinds(Provider):
    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        show: Callable[[Find], None] = self.app.moves.show_find  # type: ignore[attr-defined]  # the control room's
        scene, records = self.app.palette_sees()  # type: ignore[attr-defined]
        for find in finds(scene, records):
            as_text = find.help.replace("[", "\\[")  # Textual reads a help as markup
            if (score := matcher.match(find.title)) > 0:
                yield Hit(
                    score, matcher.highlight(find.title), lambda find=find: show(find), text=find.title, help=as_text
                )
