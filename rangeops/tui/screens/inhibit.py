"""i: hold automation back. What comes next goes on counting down above the reason; nothing is held back before Enter."""

from collections.abc import Sequence

from rangeops.domain.episodes import INHIBIT_S
from rangeops.tui.board import Scene
from rangeops.tui.ink import Ink, Line, Span
from rangeops.tui.language import tr
from rangeops.tui.panels.next_act import next_act_line
from rangeops.tui.panels.vehicles import name_of
from rangeops.tui.screens.steering import SteeringDialog


class InhibitDialog(SteeringDialog):
    def facts(self, scene: Scene) -> Sequence[Line]:
        vehicle = scene.vehicle(self._target.sysid)
        name = (
            tr("vehicle {sysid}", sysid=self._target.sysid)
            if vehicle is None
            else f"{name_of(vehicle)} {vehicle.view.company}"
        )
        coming = next_act_line(vehicle, keys=False) or (Span(tr("nothing comes next by itself any more"), Ink.P2),)
        return (
            (Span(f" {name}  ", Ink.BRIGHT), *coming),
            (
                Span(
                    " "
                    + tr(
                        "For {inhibit_s:g} s at most, once for this. It ends sooner if things get worse.",
                        inhibit_s=INHIBIT_S,
                    ),
                    Ink.DIM,
                ),
            ),
        )
