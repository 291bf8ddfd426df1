"""What is typed into the prompt, understood."""

from rangeops.client.action import Noun, Target
from rangeops.client.actions import ACTION
from rangeops.domain.errors import Invalid, NotFound
from rangeops.domain.telemetry import Sysid
from rangeops.tui.bindings import name_typed
from rangeops.tui.board import Scene
from rangeops.tui.language import tr, tr_later
from rangeops.tui.panels.next_act import next_act_target
from rangeops.tui.shared import Records

_WHERE = tr_later("the prompt")


def find_vehicle(text: str, scene: Scene) -> Sysid:
    """By number or callsign whole, else by the start of a callsign or company. Raises NotFound."""
    wanted = text.strip().casefold()
    views = [vehicle.view for vehicle in scene.vehicles]
    for view in views:
        if wanted in (str(view.sysid), view.callsign.casefold()):
            return view.sysid
    for view in views:
        if view.callsign.casefold().startswith(wanted) or view.company.casefold().startswith(wanted):
            return view.sysid
    raise NotFound(
        tr("no vehicle is called {text!r}", text=text),
        where=tr(_WHERE),
        do=tr("Type a callsign, a number or a company."),
    )


def parse_command(text: str, scene: Scene, records: Records) -> tuple[str, Target | None]:
    """`hold D07` → its name and target; without a target, what is chosen on the screen is meant. Raises RangeopsError."""
    word, *rest = text.split()
    name = name_typed(word)
    if name is None:
        raise NotFound(tr("there is no command {word!r}", word=word), where=tr(_WHERE), do=tr("Press ? for the names."))
    if not rest:
        return name, None
    action = ACTION.get(name)
    if action is None or len(rest) > 1:
        raise Invalid(
            tr("{word} takes {words} after it", word=word, words=tr("one word") if action else tr("nothing")),
            where=tr(_WHERE),
            do=tr("Type it again."),
        )
    return name, _target(action.noun, rest[0], scene, records)


def _target(noun: Noun, word: str, scene: Scene, records: Records) -> Target:
    found: list[Target] = []
    match noun:
        case Noun.VEHICLE | Noun.NEXT_ACT:
            for view in (vehicle.view for vehicle in scene.vehicles):
                if word.casefold() in (str(view.sysid), view.callsign.casefold()):
                    next_ = next_act_target(scene, view.sysid, None) if noun is Noun.NEXT_ACT else None
                    found.append(next_ or Target(sysid=view.sysid))
        case Noun.SLOT:
            called = (slot for slot in records.slots if slot.id.casefold() == word.casefold())
            found += (Target(slot=slot.id, slot_version=slot.version) for slot in called)
        case Noun.INCIDENT:
            called_ = (each for each in records.incidents if each.id.casefold() == word.casefold())
            found += (Target(incident=incident.id) for incident in called_)
        case Noun.RANGE:
            raise Invalid(tr("it is asked for in its dialog"), where=tr(_WHERE), do=tr("Type it alone."))
        case Noun.DAY | Noun.ALARM:
            do = tr("Press a on its row.") if noun is Noun.ALARM else tr("Type it alone, on the slots screen.")
            raise Invalid(tr("it is done where it is read"), where=tr(_WHERE), do=do)
    if len(found) == 1:
        return found[0]
    raise NotFound(
        tr("there is no {noun} {word!r}, or more than one", noun=tr(noun.value), word=word),
        where=tr(_WHERE),
        do=tr("Look at its list."),
    )
