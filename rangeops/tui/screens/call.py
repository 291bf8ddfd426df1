"""c: log a call that was made, in the fixed words, with whom it went to and whether he answered."""

from collections.abc import Sequence
from dataclasses import replace

from rangeops.client.action import Target
from rangeops.domain.calls import CallWord
from rangeops.tui.board import Scene
from rangeops.tui.ink import Ink, Line, Span, wrapped
from rangeops.tui.panels.vehicles import name_of
from rangeops.tui.screens.steering import SteeringDialog

_WIDTH = 72


def prefilled(target: Target, scene: Scene) -> Target:
    """About the chosen vehicle, to its pilot, by his channel."""
    vehicle = scene.vehicle(target.sysid)
    if vehicle is None:
        return target
    words = {
        "about": name_of(vehicle),
        "to": f"pilot of {name_of(vehicle)}",
        "via": vehicle.view.contact,
    }
    return replace(target, words=words)


class CallDialog(SteeringDialog):
    def facts(self, scene: Scene) -> Sequence[Line]:  # noqa: ARG002  # every dialog's signature
        words = " · ".join(word.value for word in CallWord)
        site = self._shared.records.range_view
        return (
            *((Span(f" {line}", Ink.TEXT),) for line in wrapped(words, _WIDTH)),
            *(
                (Span(f" {contact.call}  ", Ink.BRIGHT), Span(f"{contact.name}, {contact.role}", Ink.DIM))
                for contact in (() if site is None else site.contacts)
            ),
        )
