"""An app that wears one of our themes and speaks one of our languages, both changed while it runs."""

from collections.abc import Iterable
from typing import Any

from textual.screen import Screen

from rangeops.tui import language, palette
from rangeops.tui.keys_in_turn import KeysInTurn
from rangeops.tui.widgets.lines import strip_of


class Themed(KeysInTurn):
    _worn = palette.DEFAULT

    def wear(self, theme: str, screens: Iterable[Screen[None]] = ()) -> None:
        """From now on; what stands on these screens already is drawn anew."""
        self._worn = theme
        palette.use(theme)
        strip_of.cache_clear()
        if not self.ansi_color:  # under NO_COLOR there is none to choose
            self.theme = "textual-dark" if palette.THEMES[theme].is_dark else "textual-light"
        if not self.is_running:
            return
        self.refresh_css(animate=False)
        for screen in screens:
            for widget in screen.walk_children():
                if callable(restyle := getattr(widget, "restyle", None)):
                    restyle()

    def speak(self, code: str, screens: Iterable[Screen[Any]] = ()) -> None:
        """From now on: titles that stand on these screens are set anew, all else is said in it when it is next drawn."""
        language.use(code)
        for screen in screens:
            if callable(relabel := getattr(screen, "relabel", None)):
                relabel()

    def get_css_variables(self) -> dict[str, str]:
        return {**super().get_css_variables(), **palette.css_variables(self._worn)}
