"""What a half-typed `:` command or `/` search may go on as. No Textual."""

from collections.abc import Callable, Iterable, Sequence

from rangeops.client.action import Noun
from rangeops.client.actions import ACTION
from rangeops.tui.bindings import name_typed
from rangeops.tui.board import Scene
from rangeops.tui.panels.vehicles import name_of
from rangeops.tui.shared import Records

Arguments = Callable[[str], Sequence[str]]
"""The words that may follow a command's name."""


def completed(text: str, names: Iterable[str], arguments: Arguments) -> str | None:
    """The whole line as it may be meant; None where nothing begins so. What is typed stays as it is typed."""
    first, space, rest = text.partition(" ")
    if not space:
        return _continued(text, names)
    if not rest or " " in rest.strip():
        return None
    found = _continued(rest, arguments(first))
    return None if found is None else f"{first} {found}"


def _continued(text: str, words: Iterable[str]) -> str | None:
    """The first of the words that begins with the text, in the text's own letters as far as it goes."""
    if not text:
        return None
    wanted = text.casefold()
    found = next((word for word in words if word.casefold().startswith(wanted) and len(word) > len(text)), None)
    return None if found is None else text + found[len(text) :]


def arguments_of(scene: Scene, records: Records) -> Arguments:
    """What a command can be done to, by what it is done to."""

    def words(command: str) -> Sequence[str]:
        name = name_typed(command)
        action = None if name is None else ACTION.get(name)
        match None if action is None else action.noun:
            case Noun.VEHICLE | Noun.NEXT_ACT:
                return [name_of(vehicle) for vehicle in scene.vehicles]
            case Noun.SLOT:
                return [slot.id for slot in records.slots]
            case Noun.INCIDENT:
                return [incident.id for incident in records.incidents]
            case _:
                return ()

    return words
