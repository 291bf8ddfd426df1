"""The range's log: newest last."""

from rangeops.tui.board import Scene
from rangeops.tui.ink import Ink, Line, Span, fit, wrapped
from rangeops.wire.picture import LogLine

_BEFORE_TEXT = 21


def log_lines(scene: Scene, width: int, height: int) -> tuple[Line, ...]:
    """The newest that fit, each whole: what doesn't fit in a row goes on in the next."""
    lines: list[Line] = []
    for entry in reversed(scene.log[-height:]):
        lines = [*_entry(entry, width), *lines]
        if len(lines) >= height:
            break
    return tuple(lines[-height:])


def _entry(entry: LogLine, width: int) -> list[Line]:
    parts = wrapped(entry.text, max(10, width - _BEFORE_TEXT - 1)) or [""]
    first: Line = (
        Span(f" {entry.utc:%H:%M:%S}Z ", Ink.DIM),
        Span(fit(entry.source, 9)),
        Span(f" {parts[0]}"),
    )
    return [first, *((Span(" " * _BEFORE_TEXT + part),) for part in parts[1:])]
