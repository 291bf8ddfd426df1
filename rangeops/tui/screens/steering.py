"""The dialogs by which people steer enforcement: the fields of words.py, and above them what one must know, live."""

from collections.abc import Iterable, Sequence
from typing import Final

from textual.widget import Widget

from rangeops.client.action import Action, Target
from rangeops.client.api import Client
from rangeops.tui.board import Scene
from rangeops.tui.ink import Line
from rangeops.tui.screens.slot_dialogs import Answer
from rangeops.tui.screens.words import WordsDialog
from rangeops.tui.shared import Shared
from rangeops.tui.widgets.lines import Lines

_MOST_FACTS: Final = 12


class SteeringDialog(WordsDialog):
    """facts: drawn with each picture; the target is the one for which it was opened, whatever is chosen meanwhile."""

    def facts(self, scene: Scene) -> Sequence[Line]:
        raise NotImplementedError

    def head(self) -> Iterable[Widget]:
        yield Lines(id="facts")

    def draw_dialog(self, scene: Scene) -> None:
        super().draw_dialog(scene)
        lines = tuple(self.facts(scene))[:_MOST_FACTS]
        facts = self.query_one("#facts", Lines)
        facts.styles.height = max(1, len(lines))
        facts.show(lines)


def words_dialog(  # noqa: PLR0917  # what the dialogs need between them
    action: Action, target: Target, shared: Shared, answer: Answer, client: Client, scene: Scene
) -> WordsDialog:
    """The dialog of an action that asks for words. Loaded when it is asked for."""
    match action.name:
        case "vehicle.inhibit":
            from rangeops.tui.screens.inhibit import InhibitDialog

            return InhibitDialog(action, target, shared, answer)
        case "vehicle.decide":
            from rangeops.tui.screens.pilot import PilotDialog

            return PilotDialog(action, target, shared, answer)
        case "sector.clear":
            from rangeops.tui.screens.sector import SectorDialog

            return SectorDialog(action, target, shared, answer, client.sector)
        case "call.log":
            from rangeops.tui.screens.call import CallDialog, prefilled

            return CallDialog(action, prefilled(target, scene), shared, answer)
        case "review.judge":
            from rangeops.tui.screens.verdicts import VerdictDialog

            return VerdictDialog(action, target, shared, answer, client.reviews)
    alarm = next((each for each in (*scene.alarms, *scene.removed) if each.id == target.alarm), None)
    about = "" if alarm is None else f"{alarm.source}: {alarm.title}"
    return WordsDialog(action, target, shared, answer, about=about)
