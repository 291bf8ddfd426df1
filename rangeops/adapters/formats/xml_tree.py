"""XML from outside as a small tree. DOCTYPE, and with it every entity, is refused; depth and size are bounded.

expat's own handlers rather than a library's tree: the reader stops at the first element too many, and holds no more.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from rangeops.adapters.formats.reading import Reading
from rangeops.adapters.formats.text_lines import require_utf8
from rangeops.domain.errors import Invalid

DEEPEST: Final = 32
MOST_ELEMENTS: Final = 100_000
_MOST_ATTRIBUTES: Final = 200_000
_CHUNK: Final = 65_536


@dataclass(slots=True)
class Element:
    """tag, and the keys of attributes: without a namespace's prefix."""

    tag: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.pieces).strip()

    def all(self, tag: str) -> Iterator["Element"]:
        """Its children of that tag."""
        return (child for child in self.children if child.tag == tag)

    def first(self, tag: str) -> "Element | None":
        return next(self.all(tag), None)

    def said(self, tag: str) -> str:
        """The text of its first child of that tag; "" where there is none."""
        child = self.first(tag)
        return "" if child is None else child.text

    def every(self) -> Iterator["Element"]:
        """Itself and all below, in the file's order."""
        stack = [self]
        while stack:
            element = stack.pop()
            yield element
            stack += reversed(element.children)


@dataclass(slots=True)
class _Builder:
    reading: Reading
    stack: list[Element]
    count: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > MOST_ELEMENTS:
            raise self.reading.refused(f"it has more than {MOST_ELEMENTS} elements", "Simplify it.")
        if len(self.stack) > DEEPEST:
            raise self.reading.refused(f"it is nested deeper than {DEEPEST} levels")
        element = Element(_local(name), {_local(key): value for key, value in attributes.items()})
        self.stack[-1].children.append(element)
        self.stack.append(element)

    def end(self, _name: str) -> None:
        self.stack.pop()

    def data(self, text: str) -> None:
        self.stack[-1].pieces.append(text)

    def doctype(self, *_: object) -> None:
        raise self.reading.refused("it has a DOCTYPE, which may hide entities", "Save it without one.")


def read_xml(content: bytes, reading: Reading, *, largest_bytes: int) -> Element:
    """The root element. Raises Invalid: one sentence for whatever is wrong with it."""
    reading.require_size(content, largest_bytes)
    require_utf8(content, reading)
    if content.count(b"<") > 3 * MOST_ELEMENTS or content.count(b"=") > _MOST_ATTRIBUTES:
        raise reading.refused(f"it has more than {MOST_ELEMENTS} elements", "Simplify it.")
    builder = _Builder(reading, [Element("", {})])
    root = builder.stack[0]
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = builder.doctype
    try:
        for start in range(0, len(content), _CHUNK):
            parser.Parse(content[start : start + _CHUNK], False)  # noqa: FBT003  # expat's own signature
        parser.Parse(b"", True)  # noqa: FBT003
    except expat.ExpatError as e:
        raise _broken(e, reading) from e
    return root.children[0]


def _broken(error: expat.ExpatError, reading: Reading) -> Invalid:
    return reading.refused(f"it isn't XML: line {error.lineno}, column {error.offset + 1}")


def _local(name: str) -> str:
    return name.rpartition(":")[2]
