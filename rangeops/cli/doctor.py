"""`rangeops doctor`: what is missing for what, and what to do about it."""

import typer

from rangeops.cli.exits import ANSWER_IS_NO
from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, print_table


def doctor(context: typer.Context, *, json: Json = False) -> None:
    """Look at this machine: what is missing, for what, and what to do. Exit 1 if rangeops can't run."""
    from rangeops.doctor.looking import findings  # --help loads none of it

    found = tuple(findings(settings_of(context)))
    if json:
        print_json(found)
    else:
        print_table(
            ("", "CHECK", "FOR", "DO"),
            (("✓" if x.ok else "✗" if x.needed else "·", x.check, x.for_what, "" if x.ok else x.do) for x in found),
        )
    if any(each.needed and not each.ok for each in found):
        raise typer.Exit(ANSWER_IS_NO)
