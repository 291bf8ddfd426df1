"""5 Review: incidents, what happened in each, its review and clocks, and what is written of it."""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.binding import BindingType
from textual.containers import Vertical
from textual.widget import Widget

from rangeops.client.action import Noun, Target
from rangeops.client.incident_deeds import prefilled
from rangeops.domain.incident_review import OccurrenceClass
from rangeops.domain.incident_search import KEYS, OVERDUE, IncidentQuery, words_of
from rangeops.domain.incidents import IncidentState
from rangeops.tui.bindings import Place
from rangeops.tui.board import Scene
from rangeops.tui.ink import Ink, Line, Span
from rangeops.tui.language import tr, tr_later
from rangeops.tui.panels.incidents import (
    chips,
    chosen_incident,
    incident_above,
    incident_head,
    incident_rows,
    timeline_lines,
)
from rangeops.tui.screens.base import bindings
from rangeops.tui.screens.lists import ListScreen
from rangeops.tui.widgets.lines import Lines
from rangeops.tui.witness import Shown

_ROOMY: Final = 8
_BEFORE: Final = {
    True: 3,
    False: 2,
}  # lines above the cause where there is room, and where there isn't; one says how many more
_LEAST: Final = 3  # lines of the timeline, whatever stands above it


class ReviewScreen(ListScreen):
    number = "5"
    title_word = tr_later("REVIEW")
    place = Place.REVIEW
    list_title = tr_later("Incidents · newest first")
    detail_title = tr_later("Timeline")
    opens_first = True
    empty = tr_later("No incidents.")
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.REVIEW)

    _at_cause = True  # until somebody turns its pages: what comes meanwhile doesn't move it
    _looked = False  # something else was looked for: what is chosen may not be among it

    def body(self) -> Sequence[Widget]:
        super().body()
        self._chips = Lines(id="chips")
        return (Vertical(self._chips, self._list, self.below(), classes="split"),)

    def keys(self) -> Sequence[tuple[str, str]]:
        found = (("esc", tr("all")),) if self.shared.records.query != IncidentQuery() else ()
        return (
            ("j k", tr("choose")),
            ("/", tr("find")),
            *found,
            ("R", tr("replay")),
            ("S", tr("sign")),
            ("t", tr("take up")),
            ("c", tr("classify")),
            ("e", tr("evidence")),
            ("C", tr("clocks")),
            ("n", tr("narrative")),
            ("p", tr("write the report")),
            ("J", tr("judge automation")),
        )

    def chose(self) -> None:
        self.shared.records.chosen_incident = self.chosen
        self._at_cause = True

    def page(self, step: int) -> None:
        self._at_cause = False
        super().page(step)

    def shown(self) -> Shown:
        zone = self.shared.board.zone
        return Shown(chosen=self.chosen or "", filter=" ".join(words_of(self.shared.records.query, zone)))

    def target(self, noun: Noun) -> Target | None:
        if noun is not Noun.INCIDENT:
            return super().target(noun)
        if self.chosen is None:
            return None
        records = self.shared.records
        if records.review is None or records.review.review.incident != self.chosen or self.scene is None:
            return Target(incident=self.chosen)
        words = prefilled(records.review.review, self.shared.board.zone, self.scene.now.utc)
        return Target(incident=self.chosen, words=words)

    def looked(self) -> None:
        """Something else is looked for: the first that fits is chosen, unless what is chosen does."""
        self._looked = True

    def find_words(self) -> Sequence[str]:
        """What a search may be made of, for the prompt."""
        companies = sorted({each.company for each in self.shared.records.incidents if each.company})
        volumes = sorted({each.volume for each in self.shared.records.incidents if each.volume})
        vehicles = sorted({each.callsign for each in self.shared.records.incidents if each.callsign})
        values = {
            "state": [each.value.replace(" ", "-") for each in IncidentState],
            "class": [*(each.value.replace(" ", "-") for each in OccurrenceClass), "unclassified"],
            "company": [f"'{each}'" if " " in each else each for each in companies],
            "at": [f"'{each}'" if " " in each else each for each in volumes],
            "vehicle": vehicles,
        }
        return [OVERDUE, *(f"{key}:{value}" for key in KEYS for value in values.get(key, [""]))]

    def head(self, width: int) -> Line:
        return incident_head(width)

    def rows(self, scene: Scene, width: int) -> list[tuple[str, Line]]:
        return incident_rows(self.shared.records, scene, width)

    def nothing(self) -> str:
        sought = self.shared.records.query != IncidentQuery()
        return tr("None fits: / changes what is looked for, esc shows all.") if sought else super().nothing()

    def draw_body(self, scene: Scene) -> None:
        records = self.shared.records
        self.set_class(records.query != IncidentQuery(), "-filtered")
        self._chips.show((chips(records, scene, self._chips.size.width),))
        if self._looked:
            rows = [key for key, _ in incident_rows(records, scene, self._list.size.width)]
            self._looked = not rows
            if rows and self.chosen not in rows:
                self.choose(rows[0])
        super().draw_body(scene)

    def detail(self, scene: Scene, width: int) -> Sequence[Line]:
        """Above the timeline, which is opened at its cause; what was before that is a page up."""
        records, height = self.shared.records, self._more.size.height
        incident = chosen_incident(records, self.chosen)
        above = incident_above(records, incident, scene, width)
        if incident is None:
            return above
        if not incident.timeline:
            reading = records.incident is None or records.incident.id != incident.id
            said = tr("Reading its timeline.") if reading else tr("Nothing is recorded of it.")
            return [*above, (Span(" " + said, Ink.DIM),)]
        above = above[: max(1, height - _LEAST)]
        lines, cause = timeline_lines(incident, width)
        room = max(1, height - len(above))
        if self._at_cause:
            self._from = cause - _BEFORE[room >= _ROOMY]
        return [*above, *self._part(lines, room)]

    def _part(self, lines: Sequence[Line], room: int) -> Sequence[Line]:
        """As much of the timeline as fits, and how much there is before and after it."""
        self._from = max(0, min(self._from, len(lines) - room))
        shown = list(lines[self._from : self._from + room])
        before, after = self._from, len(lines) - self._from - room
        if before > 0:
            shown[0] = (Span(" " + tr("↑ {before} earlier: page up", before=before + 1), Ink.DIM),)
        if after > 0 and len(shown) > 1:
            shown[-1] = (Span(" " + tr("… {below} more: page down", below=after + 1), Ink.DIM),)
        return shown

    def _window(self, lines: Sequence[Line], height: int) -> Sequence[Line]:
        """It is made to fit already."""
        return lines[:height]
