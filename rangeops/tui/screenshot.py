"""A screenshot that asks nothing of anybody: the SVG that Textual makes names fonts on a server elsewhere."""

import re
from typing import Final

_FONT_FACE: Final = re.compile(r"@font-face\s*{.*?}\s*", re.DOTALL)


def local_fonts(svg: str) -> str:
    """The same picture in whatever fixed-width font the reader's machine has."""
    return _FONT_FACE.sub("", svg).replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")
