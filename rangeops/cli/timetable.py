"""`rangeops timetable`: who flies when, so that as much as can be is flown. docs/timetable.md."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, print_table, say, with_client
from rangeops.cli.times import time_of
from rangeops.domain.errors import Conflict, Invalid

if TYPE_CHECKING:
    from rangeops.offline import SolvedFile
    from rangeops.wire.timetable import ProposalView, ProposedChange

app = typer.Typer(help="Timetables: who flies when, so that as much as can be is flown.", no_args_is_help=True)

_LEAST_PREFIX = 8


@app.command()
def solve(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="Requests as JSON; no server is needed.", show_default=False)
    ] = None,
    *,
    starts: Annotated[
        str | None, typer.Option("--from", help="UTC: of slots that begin from here on.", show_default=False)
    ] = None,
    ends: Annotated[str | None, typer.Option("--to", help="UTC, up to here.", show_default=False)] = None,
    within: Annotated[int, typer.Option(min=0, max=720, help="Minutes by which a slot may be moved.")] = 120,
    every: Annotated[int, typer.Option(min=5, max=120, help="Moved flights begin at each so many minutes.")] = 30,
    seconds: Annotated[float, typer.Option(min=0.1, max=20, help="For the solver.")] = 10.0,
    json: Json = False,
) -> None:
    """Make a timetable of a file's requests, or propose one for the range's slots. Nothing is changed by it."""
    if file is not None:
        from rangeops import offline  # --help loads no solver

        solved = offline.solve_timetable(file, seconds)
        print_json(solved) if json else _show_file(solved)
        return
    if starts is None or ends is None:
        raise Invalid("which days?", where="timetable solve", do="Name a file, or give --from and --to.")
    from rangeops.wire.timetable import TimetableRequest  # --help loads no wire

    request = TimetableRequest(time_of(starts), time_of(ends), within, every, seconds)
    proposal = with_client(settings_of(context), lambda client: client.solve_timetable(request))
    print_json(proposal) if json else _show(proposal)


@app.command()
def diff(context: typer.Context, *, json: Json = False) -> None:
    """Show what the newest proposal would change."""
    proposal = with_client(settings_of(context), lambda client: client.timetable())
    print_json(proposal) if json else _show(proposal)


@app.command()
def accept(
    context: typer.Context,
    proposal: Annotated[str, typer.Argument(help="The proposal's name as `solve` and `diff` print it, or more of it.")],
    *,
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
    json: Json = False,
) -> None:
    """Carry out a proposal: all of it, or nothing where anything has moved meanwhile."""
    settings = settings_of(context)
    latest = with_client(settings, lambda client: client.timetable())
    if len(proposal) < _LEAST_PREFIX or not latest.sha256.startswith(proposal):
        raise Conflict(
            f"the newest proposal is {latest.sha256[:_LEAST_PREFIX]}", where="timetable accept", do="Look at it first."
        )
    slots = with_client(settings, lambda client: client.accept_timetable(latest.sha256, reason=reason))
    if json:
        print_json(slots)
        return
    say(f"accepted: {len(slots)} slots are approved or moved")


def _show(proposal: "ProposalView") -> None:
    rows = (_row(each) for each in proposal.changes)
    print_table(("SLOT", "CHANGE", "VOLUME", "COMPANY", "VEHICLE", "FROM", "TO", "WHY"), rows)
    say(f"{proposal.kept} approved slots stay where they are; {_quality(proposal)}")
    say(f"accept it with: rangeops timetable accept {proposal.sha256[:_LEAST_PREFIX]} --reason …")


def _row(each: "ProposedChange") -> tuple[object, ...]:
    was = f"{each.starts:%a %d %b %H:%MZ}"
    now = "-" if each.new_starts is None else "as asked" if each.new_starts == each.starts else ""
    if not now and each.new_starts is not None:
        now = f"{each.new_starts:%a %d %b %H:%MZ}"
    return each.slot, each.change, each.volume, each.company, each.callsign, was, now, each.why


def _show_file(solved: "SolvedFile") -> None:
    rows = sorted(solved.rows, key=lambda row: (row.starts.isoformat() if row.starts else "~", row.request))
    print_table(
        ("REQUEST", "CHANGE", "VOLUME", "FROM", "TO", "COMPANY", "WHY"),
        (
            (
                row.request,
                row.change,
                row.volume or "-",
                f"{row.starts:%a %d %b %H:%MZ}" if row.starts else "-",
                f"{row.ends:%H:%MZ}" if row.ends else "-",
                row.company,
                row.why,
            )
            for row in rows
        ),
    )
    say(
        f"{solved.placed} of {len(solved.rows)} placed (first come, first served: {solved.greedy_placed}); {_quality(solved)}"
    )


def _quality(solved: "ProposalView | SolvedFile") -> str:
    over = solved.worth / max(1, solved.greedy_worth)
    proof = (
        "how much better it could be is not known"
        if solved.gap is None
        else "no timetable is worth more"
        if solved.gap == 0
        else f"none is worth more than {solved.gap:.2%} more"
    )
    moves = "" if solved.fewest_moves else "; that fewer couldn't move is not proved"
    return f"worth {solved.worth}, {over:.3f} of first come, first served; {proof}{moves} ({solved.by}, {solved.seconds:.1f} s)"
