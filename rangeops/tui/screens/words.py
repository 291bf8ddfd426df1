"""The dialog of an action that asks for a few words, field by field. A refusal stays in sight, whole."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from rangeops.client.action import Action, Target
from rangeops.tui.board import Scene
from rangeops.tui.ink import BLANK, Ink, Span
from rangeops.tui.language import tr, tr_later
from rangeops.tui.screens.slot_dialogs import Answer, AskingDialog
from rangeops.tui.shared import Shared
from rangeops.tui.slot_form import Field
from rangeops.tui.widgets.lines import Lines

_ROLE: Final = Field("role", tr_later("Role"), tr_later("as the range names it: pilot, operator"))
_SAID: Final = Field("who", tr_later("Who said it"), tr_later("a name; empty: you"))

FORMS: Final[Mapping[str, tuple[Field, ...]]] = {
    "alarm.shelve": (
        Field("minutes", tr_later("Minutes"), tr_later("5, 15 or 30; a P2 takes 15 at most, a P1 is never shelved")),
        Field("reason", tr_later("Reason"), tr_later("why nobody needs to see it now")),
    ),
    "alarm.note": (Field("reason", tr_later("Note"), tr_later("what was found or agreed")),),
    "alarm.out-of-service": (Field("reason", tr_later("Reason"), tr_later("what is being mended")),),
    "slot.heard": (Field("who", tr_later("Who heard it"), tr_later("a name")),),
    "slot.go": (_ROLE, _SAID),
    "slot.no-go": (_ROLE, _SAID, Field("why", tr_later("Why"), tr_later("in a few words"))),
    "handover.note": (Field("note", tr_later("Note"), tr_later("what whoever comes next must know")),),
    "vehicle.inhibit": (Field("reason", tr_later("Why"), tr_later("for the record, in a few words")),),
    "vehicle.decide": (
        Field("decision", tr_later("Decision"), tr_later("hold, rtl NUMBER, or fly")),
        Field("reason", tr_later("Why"), tr_later("for the record, in a few words")),
    ),
    "sector.clear": (
        Field("sector", tr_later("Sector"), tr_later("its name, typed whole")),
        Field("how", tr_later("By"), tr_later("hold or rtl")),
        Field("reason", tr_later("Why"), tr_later("crewed aircraft inbound")),
    ),
    "call.log": (
        Field("word", tr_later("Words"), tr_later("HOLD, LAND, RETURN, RESUME …")),
        Field("about", tr_later("About"), tr_later("a callsign, or a sector")),
        Field("to", tr_later("To whom"), tr_later("who was called")),
        Field("via", tr_later("By"), tr_later("channel or number")),
        Field("reason", tr_later("Why"), tr_later("in a few words")),
        Field("answered", tr_later("Answered"), tr_later("yes, no, or empty")),
    ),
    "review.judge": (
        Field("verdict", tr_later("Verdict"), tr_later("right, late or unneeded")),
        Field("note", tr_later("Note"), tr_later("what it rests on")),
    ),
    "incident.classify": (
        Field("class", tr_later("Class"), tr_later("accident, serious, incident or occurrence (no safety effect)")),
        Field("category", tr_later("Category"), tr_later("airspace, loss of control, link …")),
        Field("mandatory", tr_later("Authority"), tr_later("must it be told: yes or no")),
        Field("headline", tr_later("Headline"), tr_later("in a line")),
        Field("cause", tr_later("Cause"), tr_later("what was found, or empty")),
    ),
    "incident.clocks": (
        Field("aware", tr_later("Aware"), tr_later("a person knew of it: 2026-11-24T08:00Z, or now")),
        Field("reported", tr_later("Reported"), tr_later("the range knew")),
        Field("notified", tr_later("Notified"), tr_later("the authority was told")),
        Field("analysed", tr_later("Analysed"), tr_later("preliminary results went there")),
        Field("closed", tr_later("Closed"), tr_later("final results went there")),
        Field("board", tr_later("Safety board"), tr_later("it was told, of what is grave")),
    ),
    "incident.export": (
        Field("file", tr_later("File"), tr_later("a zip, in the folder this room was started in")),
        Field("recordings", tr_later("Recordings"), tr_later("minutes: of it alone; whole: in full")),
    ),
    "duty.take": (
        Field("position", tr_later("Position"), tr_later("operator or range-safety-officer")),
        Field("note", tr_later("Note"), tr_later("for the record, or empty")),
    ),
}
_NEEDED: Final = frozenset(
    [
        ("alarm.shelve", "reason"),
        ("alarm.note", "reason"),
        ("alarm.out-of-service", "reason"),
        ("slot.heard", "who"),
        ("slot.go", "role"),
        ("slot.no-go", "role"),
        ("slot.no-go", "why"),
    ]
)
_LONGEST: Final = 300


class WordsDialog(AskingDialog):
    """↑ ↓ go from field to field; Enter sends all of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "Next field"),
        Binding("up", "app.focus_previous", "Field before"),
    ]

    def __init__(self, action: Action, target: Target, shared: Shared, answer: Answer, *, about: str = "") -> None:
        """about: what it is done to, where that isn't the target's slot or incident."""
        super().__init__(action, shared, answer)
        self._target = target
        self._about = about or target.slot or target.incident or ""
        self._fields = FORMS[action.name]

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as box:
            box.border_title = Content(f"{tr(self._action.title)} {self._about}".rstrip())  # a str would be markup
            yield from self.head()
            for field in self._fields:
                with Horizontal(classes="field"):
                    yield Lines(id=f"title-{field.name}", classes="field-title")
                    entry = Input(
                        self._target.words.get(field.name, ""),
                        id=f"field-{field.name}",
                        placeholder=tr(field.hint),
                        max_length=_LONGEST,
                        compact=True,
                        select_on_focus=True,
                    )
                    entry.cursor_blink = False  # only alarm marks flash
                    yield entry
            yield Lines(id="trace")
            yield Lines(id="hint")

    def head(self) -> Iterable[Widget]:
        """What stands above the fields."""
        return ()

    def on_mount(self) -> None:
        self.composed = True
        empty = next((field for field in self._fields if not self._target.words.get(field.name)), self._fields[0])
        self.query_one(f"#field-{empty.name}", Input).focus()

    def draw_dialog(self, scene: Scene) -> None:  # noqa: ARG002  # every dialog's signature
        for field in self._fields:
            self.query_one(f"#title-{field.name}", Lines).show(((Span(f" {tr(field.title)}", Ink.DIM),),))
        self.query_one("#hint", Lines).show(
            ((Span(" " + tr("enter"), Ink.KEY), Span(" " + tr("does it   ↑ ↓ fields   esc cancels"), Ink.DIM)),)
        )
        self.query_one("#trace", Lines).show(self._said or (BLANK,))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        typed = {field.name: self.query_one(f"#field-{field.name}", Input).value.strip() for field in self._fields}
        lacking = next(
            (field for field in self._fields if (self._action.name, field.name) in _NEEDED and not typed[field.name]),
            None,
        )
        if lacking is not None:
            self.said(f"{tr(lacking.title)}: {tr(lacking.hint)}.", Ink.P2)
            self.query_one(f"#field-{lacking.name}", Input).focus()
            return
        self.send(replace(self._target, words={**self._target.words, **typed}))
