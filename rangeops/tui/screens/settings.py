"""Settings: what one person has otherwise than it is shipped; kept in his own folder, at once."""

from collections.abc import Sequence
from dataclasses import fields
from typing import ClassVar, Final

from textual.binding import BindingType

from rangeops.tui.bindings import Place
from rangeops.tui.board import Scene
from rangeops.tui.ink import BLANK, Ink, Line, Span, fit, wrapped
from rangeops.tui.language import LANGUAGES, tr, tr_later
from rangeops.tui.preferences import KEYMAP_FILE, SETTINGS_FILE, Desktop, Preferences
from rangeops.tui.screens.base import bindings
from rangeops.tui.screens.lists import ListScreen

_TITLE: Final = {
    "theme": tr_later("Theme"),
    "times": tr_later("Times of slots, plans, incidents"),
    "bell_p1": tr_later("Bell for a new P1"),
    "bell_p2": tr_later("Bell for a new P2"),
    "bell_p3": tr_later("Bell for a new P3"),
    "language": tr_later("Language"),
}
_WORD: Final = {True: tr_later("on"), False: tr_later("off"), "local": tr_later("local"), "utc": "UTC"}
_HELP: Final = {
    "theme": tr_later(
        "dark, light or high-contrast: every pair of colours has the contrast of WCAG 2.2. NO_COLOR=1 takes all colour away."
    ),
    "times": tr_later("The header always has both clocks: UTC with a Z, local time with an L."),
    "bell_p1": tr_later("The terminal's own bell, at most once in 5 s, for an alarm that nobody has acknowledged."),
    "bell_p2": tr_later("The terminal's own bell, at most once in 5 s, for an alarm that nobody has acknowledged."),
    "bell_p3": tr_later("The terminal's own bell, at most once in 5 s, for an alarm that nobody has acknowledged."),
    "language": tr_later(
        "Of the screens' words. Call words, modes, callsigns, the log, and what the server answers stay as they are."
    ),
}
_NAME: Final = 36


class SettingsScreen(ListScreen):
    number = ","
    title_word = tr_later("SETTINGS")
    place = Place.SETTINGS
    list_title = tr_later("Settings of this person")
    detail_title = tr_later("About it")
    empty = ""
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.SETTINGS)

    def keys(self) -> Sequence[tuple[str, str]]:
        return (("j k", tr("choose")), ("← →", tr("change")))

    def on_mount(self) -> None:
        self._list.chosen = fields(Preferences)[0].name

    def head(self, width: int) -> Line:  # noqa: ARG002  # every list's signature
        return (Span(f" {fit(tr('SETTING'), _NAME)}{tr('VALUE')}", Ink.DIM),)

    def rows(self, scene: Scene, width: int) -> list[tuple[str, Line]]:  # noqa: ARG002
        preferences = self.shared.desktop.preferences
        return [
            (
                each.name,
                (Span(f" {fit(tr(_TITLE[each.name]), _NAME)}"), Span(_said(each.name, preferences), Ink.BRIGHT)),
            )
            for each in fields(Preferences)
        ]

    def detail(self, scene: Scene, width: int) -> Sequence[Line]:  # noqa: ARG002
        lines: list[Line] = [(Span(f" {part}"),) for part in wrapped(_help(self.chosen), width - 2)]
        return (*lines, BLANK, *files(self.shared.desktop, width))


def _help(name: str | None) -> str:
    return tr(_HELP[name]) if name in _HELP else ""


def _said(name: str, preferences: Preferences) -> str:
    value = getattr(preferences, name)
    return LANGUAGES[value] if name == "language" else tr(_WORD.get(value, str(value)))


def files(desktop: Desktop, width: int) -> list[Line]:
    """Where they are kept, which keys are this person's own, and what is wrong in them."""
    if desktop.folder is None:
        return [(Span(" " + tr("Nothing is kept: no folder is set."), Ink.DIM),)]
    lines: list[Line] = [
        (Span(" " + tr("Kept in {file}", file=desktop.folder / SETTINGS_FILE), Ink.DIM),),
        (
            Span(
                " "
                + tr(
                    "Keys in {file}: {count} of your own",
                    file=desktop.folder / KEYMAP_FILE,
                    count=len(desktop.keymap.own),
                ),
                Ink.DIM,
            ),
        ),
    ]
    lines += [
        (Span(f"   {fit(desktop.keymap.shown(name) or tr('no key'), 8)}", Ink.KEY), Span(name))
        for name in sorted(desktop.keymap.own)
    ]
    for fault in desktop.faults:
        lines += [(Span(f" {part}", Ink.P2),) for part in wrapped(fault, width - 2)]
    return lines
