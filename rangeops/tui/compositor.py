"""Sends the cells that changed, and nothing beside them.

Textual's own (8.2) crops what it sends at the right only ("TODO: crop to x extents"): for one changed dot the map's whole row up
to it goes over the line. tests/bench measures the bytes; tests/tui/test_terminal.py looks at them.
"""

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor


class ExactUpdate(ChopsUpdate):
    def render_segments(self, console: Console) -> str:
        """Each span: to its place, and its cells."""
        written: list[str] = []
        for y, first, after in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                left, right = max(x, first), min(end, after)
                if strip is not None and left < right:
                    written += (Control.move_to(left, y).segment.text, strip.crop(left - x, right - x).render(console))
        return "".join(written)


class ExactCompositor(Compositor):
    def render_partial_update(self) -> ChopsUpdate | None:
        update = super().render_partial_update()
        return None if update is None else ExactUpdate(update.chops, update.spans, update.chop_ends)
