"""Printing: tables for people, JSON for programs, one sentence for an error. What came from outside is made safe."""

import io
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from rangeops.domain.text import safe_text
from rangeops.settings import Settings

if TYPE_CHECKING:
    from rangeops.client.api import Client
    from rangeops.wire.api import PlanCheck

T = TypeVar("T")


def print_json(value: Any) -> None:
    """UTF-8, whatever the terminal's encoding is: JSON has no other."""
    from rangeops.wire.messages import to_json  # --help loads no wire

    typer.echo(to_json(value))


def say_what_can_be_said() -> None:
    """A terminal that isn't UTF-8 shows ? for what it has no letter for; nothing ends by it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns as wide as their widest cell; the last one is not padded. A row that is wider than the terminal goes on below."""
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    cells = [tuple(headings), *(tuple(safe_text(str(cell)) for cell in row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        if 0 < room < len(line):
            line = fill("  ".join(cell for cell in row if cell), room, subsequent_indent="    ", break_on_hyphens=False)
        typer.echo(line)


def print_failed(checks: "Iterable[PlanCheck]") -> None:
    """A line for each that a plan failed, with what to do."""
    for found in checks:
        if not found.passed:
            typer.echo(safe_text(f"✗ {found.code}  {found.what}  {found.fix}", limit=1000).rstrip())


def counted(number: int, noun: str) -> str:
    """1 zone, 2 zones."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def say(text: str) -> None:
    """One line for a person, on stderr: stdout is for the answer."""
    typer.echo(safe_text(text, limit=1000), err=True)


def with_client(settings: Settings, use: "Callable[[Client], Awaitable[T]]") -> T:
    """Run `use` against this data folder's server. Raises Unavailable where none runs."""
    import asyncio

    from rangeops.client.api import Client  # --help loads no client

    async def call() -> T:
        async with Client.from_settings(settings) as client:
            return await use(client)

    return asyncio.run(call())
