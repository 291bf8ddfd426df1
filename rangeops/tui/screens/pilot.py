"""D: a pilot took his vehicle over from the range. One decision, recorded with its reason; after it people fly."""

from collections.abc import Sequence

from rangeops.tui.board import Scene
from rangeops.tui.ink import Ink, Line, Span
from rangeops.tui.language import tr
from rangeops.tui.panels.vehicles import name_of
from rangeops.tui.screens.steering import SteeringDialog


class PilotDialog(SteeringDialog):
    def facts(self, scene: Scene) -> Sequence[Line]:
        vehicle = scene.vehicle(self._target.sysid)
        if vehicle is None:
            return ((Span(" " + tr("Vehicle {sysid} is not in the picture.", sysid=self._target.sysid), Ink.P2),),)
        view = vehicle.view
        who: Line = (
            Span(
                f" {name_of(vehicle)} {view.company} · {vehicle.mode} · "
                + tr("pilot {contact}", contact=view.contact or "--"),
                Ink.BRIGHT,
            ),
        )
        has = (
            (Span(" " + tr("Its pilot took it over from the range. Call him."), Ink.P1),)
            if view.pilot_has_control
            else (Span(" " + tr("No pilot has taken it over from the range."), Ink.P2),)
        )
        return (
            who,
            has,
            (
                Span(" hold", Ink.KEY),
                Span(" · ", Ink.DIM),
                Span(f"rtl {view.sysid}", Ink.KEY),
                Span(" · ", Ink.DIM),
                Span("fly", Ink.KEY),
                Span(" " + tr("lets him fly.  After it nothing more is sent by itself."), Ink.DIM),
            ),
        )
