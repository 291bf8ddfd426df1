"""`rangeops call`: log a call that was made, in the fixed words; `rangeops calls` lists them."""

from typing import Annotated

import typer

from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, print_table, say, with_client


def call(
    context: typer.Context,
    words: Annotated[str, typer.Argument(help='What was said: "HOLD", "LAND", "CLEAR SECTOR" …')],
    about: Annotated[str, typer.Argument(help="The callsign or sector that it is about.")],
    *,
    to: Annotated[str, typer.Option(help="Who was called.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the record.")],
    via: Annotated[str, typer.Option(help="Channel or number.")] = "",
    answered: Annotated[
        bool | None, typer.Option("--answered/--no-answer", help="Whether he answered.", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """Log a call: rangeops call HOLD D07 --to "pilot of D07" --via "ch 3" --reason drifts --answered."""
    from rangeops.wire.enforcement import CallRequest  # --help loads no wire

    request = CallRequest(words, about, to, reason, via, answered)
    made = with_client(settings_of(context), lambda client: client.log_call(request))
    if json:
        print_json(made)
    else:
        say(f"entry {made.evidence}: {made.call.by} calls {made.call.to}: {made.call.words}")


def calls(
    context: typer.Context,
    *,
    hours: Annotated[int, typer.Option(min=1, max=744, help="How far back.")] = 24,
    json: Json = False,
) -> None:
    """The calls that were logged, newest first; the last column is the entry of the record that proves the line."""
    made = with_client(settings_of(context), lambda client: client.calls(hours=hours))
    if json:
        print_json(made)
        return
    answered = {None: "-", True: "yes", False: "NO"}
    print_table(
        ("UTC", "BY", "TO", "VIA", "WORDS", "ANSWERED", "WHY", "RECORD"),
        (
            (
                f"{x.call.at_utc:%Y-%m-%d %H:%M:%SZ}",
                x.call.by,
                x.call.to,
                x.call.via or "-",
                x.call.words,
                answered[x.call.answered],
                x.call.reason,
                x.evidence,
            )
            for x in made
        ),
    )
