"""A4 as PDF/A by typst, which needs nothing from anywhere else. What is on a page comes as data, never as markup."""

import json
import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from rangeops.domain.errors import Unavailable
from rangeops.domain.text import safe_text

_TEMPLATES: Final = Path(__file__).parent / "templates"
_PDF_STANDARD: Final = "a-2b"  # what it says stays readable: it is kept with the day's papers
_DRAWN: Final = re.compile(r"^\s*((?:svg|\.map|\.scale|\.north|\.badge|\.plot)[^{]*)\{([^}]*)\}", re.MULTILINE)
_VARIABLE: Final = re.compile(r"--([a-z]+): (#[0-9a-f]+)")
_UNPRINTABLE: Final = re.compile(
    "[^\n\u0020-\u007e\u00a0-\u024f\u0370-\u0377\u037a-\u037f\u0384-\u03ff\u0400-\u045f\u2010-\u2026\u2030\u20ac\u2190-\u2193\u2212\u2260\u2264\u2265\u2500\u2502\u2713\u2717\u25a0\u25b2\u25cf]"
)


def printed(template: str, page: Any, *, where: str, instead: str) -> bytes:
    """PDF/A-2b. where: what is printed; instead: what to use where typst isn't installed. Raises Unavailable there."""
    if find_spec("typst") is None:
        raise Unavailable(
            "printing needs typst, which isn't installed",
            where=where,
            do=f"Run `pip install 'rangeops[print]'`, or use {instead}.",
        )
    import typst

    content = typst.compile(
        str(_TEMPLATES / template),
        sys_inputs={"page": json.dumps(_printable(page))},
        pdf_standards=_PDF_STANDARD,
        ignore_system_fonts=True,  # typst's own alone: the page is the same wherever it is printed
    )
    assert isinstance(content, bytes)  # a list only where pages are asked for one by one
    return content


def picture(svg: str) -> str:
    """A figure of a page as a file of its own: with its styles, and names of its own for none of the page's variables."""
    opened = str(svg).strip().replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    start = opened.index(">") + 1
    return f"{opened[:start]}<style>{_styles()}</style>{opened[start:]}"


@lru_cache
def _styles() -> str:
    css = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
    values = dict(_VARIABLE.findall(css))
    rules = "\n".join(f"{selector.strip()} {{{body}}}" for selector, body in _DRAWN.findall(css))
    rules = re.sub(r"var\(--([a-z]+)\)", lambda found: values[found[1]], rules)
    return re.sub(r"font: 11px [^;]*;", 'font-size: 11px; font-family: "DejaVu Sans Mono";', rules)


def _printable(value: Any) -> Any:
    """What typst's own fonts can show: PDF/A allows no glyph that is missing. What they can't is told by its number."""
    match value:
        case str() if value.startswith("<svg "):
            return _shown(value)
        case str():
            return _shown(safe_text(value, limit=len(value) + 1) if "\n" not in value else _lines(value))
        case dict():
            return {key: _printable(each) for key, each in value.items()}
        case list() | tuple():
            return [_printable(each) for each in value]
    return value


def _lines(text: str) -> str:
    return "\n".join(safe_text(line, limit=len(line) + 1) for line in text.split("\n"))


def _shown(text: str) -> str:
    return _UNPRINTABLE.sub(lambda found: f"U+{ord(found[0]):04X}", text)
