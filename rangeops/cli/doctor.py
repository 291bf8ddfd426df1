"""`rangeops doctor`: what is missing for what, and what to do about it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from rangeops.cli.exits import ANSWER_IS_NO
from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import counted, print_json, say
from rangeops.domain.text import safe_text

if TYPE_CHECKING:
    from rangeops.doctor.finding import Finding


def doctor(context: typer.Context, *, json: Json = False) -> None:
    """Look at this machine: what is missing, for what, and what to do. Exit 1 if rangeops can't run."""
    from rangeops.doctor.looking import findings  # --help loads none of it

    found = tuple(findings(settings_of(context)))
    if json:
        print_json(found)
    else:
        _print(found)
    if any(each.needed and not each.ok for each in found):
        raise typer.Exit(ANSWER_IS_NO)


def _print(found: "Sequence[Finding]") -> None:
    """A line for what is there, three for what isn't: it fits a small terminal."""
    for each in found:
        typer.echo(safe_text(f"{'✓' if each.ok else '✗' if each.needed else '·'} {each.check}"))
        if not each.ok:
            typer.echo(safe_text(f"    for {each.for_what}", limit=1000))
            typer.echo(safe_text(f"    {each.do}", limit=1000))
    needed = sum(each.needed and not each.ok for each in found)
    others = sum(not each.needed and not each.ok for each in found)
    runs = f"rangeops can't run: {counted(needed, 'fault')} (✗)" if needed else "rangeops runs here"
    say(f"{runs}; {counted(others, 'thing')} that you may want (·)" if others else runs)
