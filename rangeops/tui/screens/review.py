"""5 Review: incidents, what happened in each, and its report."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from rangeops.client.actions import Noun, Target
from rangeops.tui.bindings import Place
from rangeops.tui.board import Scene
from rangeops.tui.ink import Line
from rangeops.tui.language import tr, tr_later
from rangeops.tui.panels.incidents import incident_detail, incident_head, incident_rows
from rangeops.tui.screens.base import bindings
from rangeops.tui.screens.lists import ListScreen


class ReviewScreen(ListScreen):
    number = "5"
    title_word = tr_later("REVIEW")
    place = Place.REVIEW
    list_title = tr_later("Incidents · newest first")
    detail_title = tr_later("Timeline")
    opens_first = True
    empty = tr_later("No incidents.")
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.REVIEW)

    def keys(self) -> Sequence[tuple[str, str]]:
        return (
            ("j k", tr("choose")),
            ("t", tr("take up")),
            ("p", tr("write the report")),
            ("J", tr("judge automation")),
        )

    def chose(self) -> None:
        self.shared.records.chosen_incident = self.chosen

    def target(self, noun: Noun) -> Target | None:
        if noun is Noun.INCIDENT:
            return None if self.chosen is None else Target(incident=self.chosen)
        return super().target(noun)

    def head(self, width: int) -> Line:
        return incident_head(width)

    def rows(self, scene: Scene, width: int) -> list[tuple[str, Line]]:
        return incident_rows(self.shared.records, scene, width)

    def detail(self, scene: Scene, width: int) -> Sequence[Line]:  # noqa: ARG002  # every list's signature
        return incident_detail(self.shared.records, self.chosen, width)
