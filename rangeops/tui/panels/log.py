"""The range's log: newest last."""

from rangeops.tui.board import Scene
from rangeops.tui.ink import Ink, Line, Span, fit


def log_lines(scene: Scene, height: int) -> tuple[Line, ...]:
    """The newest that fit."""
    return tuple(
        (Span(f" {line.utc:%H:%M:%S}Z ", Ink.DIM), Span(fit(line.source, 9), Ink.TEXT), Span(f" {line.text}", Ink.TEXT))
        for line in scene.log[-height:]
    )
