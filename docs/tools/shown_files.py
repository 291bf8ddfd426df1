"""Files that a page shows: a link to one, a colon, and a fenced block, which `make docs` fills with what the file says."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_SHOWN: Final = re.compile(r"(^\[[^\]]+\]\((examples/[^)]+)\):\n\n(`{3,})\w*\n)(.*?)(^\3$)", re.MULTILINE | re.DOTALL)
PAGES: Final = ("extending.md",)


def filled(docs: Path) -> Iterator[tuple[Path, str]]:
    for name in PAGES:
        page = docs / name
        yield (
            page,
            _SHOWN.sub(lambda found: f"{found[1]}{_text(docs / found[2])}{found[5]}", page.read_text(encoding="utf-8")),
        )


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8").rstrip("\n") + "\n"
