"""`rangeops drill`: an operator before a simulated emergency, and how he did (docs/drills.md)."""

from enum import Enum
from functools import partial
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperGroup

from rangeops.cli.exercise import app as exercise_app
from rangeops.cli.exits import ANSWER_IS_NO
from rangeops.cli.options import Json, require_terminal, settings_of
from rangeops.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from rangeops.domain.drills import DrillResult, Finding, Question
    from rangeops.rehearsal.drill_file import Drill

_ANY: Final = "any"
_WIDTH: Final = 78


class _Drills(TyperGroup):
    """`rangeops drill fly-away` is `rangeops drill play fly-away`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["play", *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_Drills,
    help="Play an emergency in a control room of its own, and be told how you did. Without words: list them.",
    invoke_without_command=True,
)


app.add_typer(exercise_app, name="exercise")


class As(Enum):
    IDEAL = "ideal"
    SLOW = "slow"
    WRONG = "wrong"
    ABSENT = "absent"


@app.callback()
def drills(context: typer.Context, *, json: Json = False) -> None:
    if context.invoked_subcommand is not None:
        return
    from rangeops.drill import shipped_drills  # --help loads none of it

    found = shipped_drills()
    if json:
        print_json([{"name": each.name, "title": each.title, "situation": each.situation} for each in found])
        return
    rows = [(each.name, each.title, f"{each.lasts_s:.0f} s") for each in found]
    print_table(("DRILL", "WHAT HAPPENS", "LASTS"), rows)
    say(f"play one by its name, or `{_ANY}` for one that you aren't told")


@app.command()
def play(
    context: typer.Context,
    drill: Annotated[str, typer.Argument(help=f"A drill's name or file; {_ANY}: one that you aren't told.")],
    *,
    seed: Annotated[
        int | None,
        typer.Option(help="Play the same again: who, when, where from.", min=0, max=999_999, show_default=False),
    ] = None,
    who: Annotated[
        str | None, typer.Option(help="Whose drill it is; else the operator of the settings.", show_default=False)
    ] = None,
    quiet_s: Annotated[
        float | None,
        typer.Option("--quiet", help="Seconds of quiet before it, in place of the seed's.", min=0, show_default=False),
    ] = None,
    unattended: Annotated[bool, typer.Option("--unattended", help="No screen: an operator of ours plays it.")] = False,
    manner: Annotated[As, typer.Option("--as", help="How that operator plays.")] = As.IDEAL,
    report: Annotated[Path | None, typer.Option(help="Write the debrief's page there too.", show_default=False)] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the played range's data folder.")] = False,
    json: Json = False,
) -> None:
    """A whole range is started in a folder of its own, flies, and meets an emergency. q leaves. Exit 1: not passed."""
    from rangeops.drill import Asked, write_page  # likewise
    from rangeops.drill import play as play_it

    settings = settings_of(context)
    seed = _any_seed() if seed is None else seed
    chosen = _chosen(drill, seed)
    person = _person(who or settings.operator)
    asked = Asked(
        drill=chosen,
        seed=seed,
        who=person,
        manner=manner.value if unattended else "",
        quiet_s=quiet_s,
        keep=keep,
        narrate=say,
        brief=partial(_nothing_to_say if unattended else _brief, chosen, hidden=drill == _ANY),
    )
    if not unattended:
        require_terminal("Run it in one, or give --unattended.")
    result = play_it(asked, settings, _ask)
    if result is None:
        say("left before anything happened: not kept")
        raise typer.Exit(ANSWER_IS_NO)
    if report is not None:
        write_page(result, report)
    _tell(result, settings.data / "drills" / f"{result.id}.html", json=json)
    if not result.score.passed:
        raise typer.Exit(ANSWER_IS_NO)


@app.command()
def history(
    context: typer.Context,
    *,
    who: Annotated[str, typer.Option(help="One person's.")] = "",
    drill: Annotated[str, typer.Option(help="One drill's.")] = "",
    json: Json = False,
) -> None:
    """Who has played what, and how it went: oldest first."""
    from rangeops.drill import history as kept  # likewise

    results = [
        each
        for each in kept(settings_of(context)).all()
        if (not who or each.who == who) and (not drill or each.drill == drill)
    ]
    if json:
        print_json(results)
        return
    before: dict[tuple[str, str, str], int] = {}
    rows = []
    for each in results:
        key = (each.who, each.drill, each.manner)
        change = each.score.percent - before[key] if key in before else None
        before[key] = each.score.percent
        rows.append(_row(each, change))
    print_table(("PLAYED", "WHO", "DRILL", "SEED", "SCORE", "SINCE LAST", "PASSED", "FIRST REACTION", "ID"), rows)


@app.command()
def show(
    context: typer.Context, drill_id: Annotated[str, typer.Argument(help="From `history`.")], *, json: Json = False
) -> None:
    """A drill's debrief again."""
    from rangeops.drill import history as kept  # likewise

    found = kept(settings_of(context))
    result = found.get(drill_id)
    _tell(result, found.page(result), json=json)


@app.command()
def note(
    context: typer.Context,
    drill_id: Annotated[str, typer.Argument(help="From `history`.")],
    text: Annotated[str, typer.Argument(help="What the instructor says.")],
) -> None:
    """Put an instructor's note on a drill: its debrief and its page have it from then on."""
    from rangeops.drill import add_note  # likewise

    result = add_note(settings_of(context), drill_id, text)
    say(f"noted on {result.id}")


def _row(result: "DrillResult", change: int | None) -> tuple[object, ...]:
    score = result.score
    return (
        f"{result.began_utc:%Y-%m-%d %H:%M}Z",
        result.who + (f" ({result.manner})" if result.manner else ""),
        result.drill,
        result.seed,
        f"{score.percent} %",
        "" if change is None else f"{change:+d}",
        "yes" if score.passed else "no" if score.sound else "unsound",
        _seconds(result.first_reaction_s),
        result.id,
    )


def _any_seed() -> int:
    import secrets

    return secrets.randbelow(1_000_000)


def _chosen(name: str, seed: int) -> "Drill":
    from rangeops.drill import drill_named, shipped_drills

    if name != _ANY:
        return drill_named(name)
    drills = shipped_drills()
    return drills[seed % len(drills)]


def _person(name: str) -> str:
    from rangeops.domain.errors import Invalid
    from rangeops.domain.users import is_name

    if not is_name(name):
        raise Invalid(f"{name!r:.40} is no user's name", where="--who", do="Give up to 40 letters and digits.")
    return name


def _nothing_to_say(drill: "Drill", folder: Path, *, hidden: bool) -> None:
    """Nobody sits there."""


def _brief(drill: "Drill", folder: Path, *, hidden: bool) -> None:
    """What the operator is told before the screen opens."""
    title = "Something will happen" if hidden else drill.title
    situation = (
        "Four copters of three companies fly, each in its own volume, all cleared." if hidden else drill.situation
    )
    typer.echo(f"DRILL · SIMULATION\n\n{title}\n\n{fill(situation, _WIDTH)}")
    how = (
        "The range opens and everybody takes off. Some time later it happens; "
        f"{drill.lasts_s:.0f} s after that it is over. Act as on duty: acknowledge, command, call. A call counts when it is "
        "logged (c). q leaves."
    )
    typer.echo(f"\n{fill(how, _WIDTH)}\n\nSecond screens and commands join with:\n  rangeops --data {folder}\n")
    typer.prompt("Enter begins", default="", show_default=False, prompt_suffix=" ")


def _ask(question: "Question") -> int:
    typer.echo(f"\n{question.text}")
    for number, answer in enumerate(question.answers, start=1):
        typer.echo(f"  {number}  {answer}")
    while not 1 <= (number := typer.prompt("Your answer", type=int)) <= len(question.answers):
        typer.echo(f"  1 to {len(question.answers)}")
    return int(number) - 1


def _tell(result: "DrillResult", page: Path, *, json: bool) -> None:
    """The debrief."""
    if json:
        print_json(result)
        return
    score = result.score
    outcome = (
        "PASSED" if score.passed else "NOT PASSED" if score.sound else "UNSOUND: an alarm that it waits for never came"
    )
    typer.echo(f"DRILL · SIMULATION  {result.title}  {result.who}  seed {result.seed}: {score.percent} %, {outcome}\n")
    findings = [
        (
            "✓" if not each.teach and each.verdict.value != "not asked" else "✗",
            each.text + (" (critical)" if each.critical else ""),
            _seconds(each.due_s),
            _seconds(each.done_s),
            each.who,
            each.verdict.value,
        )
        for each in score.findings
    ]
    print_table(("", "WHAT", "BY", "DONE", "WHO", "VERDICT"), findings)
    typer.echo("")
    alarms = [
        (
            f"P{each.priority} {each.source} {each.title}",
            _seconds(each.raised_s),
            _seconds(each.shown_s),
            _seconds(each.acked_s),
            _seconds(each.reaction_s),
            each.acked_by,
        )
        for each in result.alarms
    ]
    print_table(("ALARM", "RAISED", "SHOWN", "ACKED", "REACTION", "BY"), alarms)
    _lessons(result, [each for each in score.findings if each.teach])
    typer.echo(f"\nPage: {page}")


def _lessons(result: "DrillResult", findings: "list[Finding]") -> None:
    for each in findings:
        typer.echo(f"\n{each.text}.\n{fill(each.teach, _WIDTH, initial_indent='  ', subsequent_indent='  ')}")
    typer.echo(f"\n{fill(f'Instructor: {result.instructor}', _WIDTH)}")
    for each_note in result.notes:
        typer.echo(f"\n{each_note.by}, {each_note.utc:%Y-%m-%d %H:%M}Z: {each_note.text}")


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"
