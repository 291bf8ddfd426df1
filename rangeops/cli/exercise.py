"""`rangeops drill exercise`: the yearly emergency exercise, its list, its findings, its signatures (docs/drills.md)."""

from datetime import date
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Final

import typer

from rangeops.cli.exits import ANSWER_IS_NO
from rangeops.cli.options import Json, require_terminal, settings_of
from rangeops.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from rangeops.domain.drills import Question
    from rangeops.domain.exercises import ExerciseResult
    from rangeops.rehearsal.exercise_file import Exercise
    from rangeops.settings import Settings

_WIDTH: Final = 78
_YEARLY: Final = "yearly"
_MANNERS: Final = ("ideal", "slow", "wrong", "absent")

ExerciseId = Annotated[str, typer.Argument(help="Its name in the list, or a part that tells it apart.")]

app = typer.Typer(
    help="The yearly emergency exercise: play it, fill the list, sign it. Without words: list those that were held.",
    invoke_without_command=True,
)


@app.callback()
def exercises(context: typer.Context, *, json: Json = False) -> None:
    if context.invoked_subcommand is not None:
        return
    from rangeops.exercise import history  # --help loads none of it

    found = history(settings_of(context)).all()
    if json:
        print_json(found)
        return
    rows = [
        (
            f"{each.began_utc:%Y-%m-%d %H:%M}Z",
            each.title + (f" (unattended, {each.manner})" if each.manner else ""),
            f"{sum(phase.score.passed for phase in each.phases)} of {len(each.phases)}",
            sum(action.done is None for action in each.actions),
            "signed" if each.signed_whole else "draft",
            each.id,
        )
        for each in found
    ]
    print_table(("HELD", "EXERCISE", "PASSED", "OPEN", "STATE", "ID"), rows)


@app.command()
def play(
    context: typer.Context,
    exercise: Annotated[str, typer.Argument(help="A shipped exercise, or a file.")] = _YEARLY,
    *,
    role: Annotated[
        list[str] | None,
        typer.Option(metavar="ROLE=PERSON", help="Who has which role, as observer=ann.", show_default=False),
    ] = None,
    pace: Annotated[float, typer.Option(help="How many times shorter the rests are.", min=1, max=60)] = 1.0,
    seed: Annotated[int, typer.Option(help="What isn't fixed is drawn by it.", min=0, max=999_999)] = 1,
    who: Annotated[
        str | None, typer.Option(help="The operator's account; else that of the settings.", show_default=False)
    ] = None,
    unattended: Annotated[bool, typer.Option("--unattended", help="No screen: an operator of ours plays it.")] = False,
    manner: Annotated[str, typer.Option("--as", help=f"How that operator plays: {', '.join(_MANNERS)}.")] = "ideal",
    keep: Annotated[bool, typer.Option("--keep", help="Leave the played range's data folder.")] = False,
    json: Json = False,
) -> None:
    """Several emergencies in a row, on a range of its own. q leaves; what was played by then counts. Exit 1: not all passed."""
    from rangeops.exercise import ExerciseAsked, exercise_named, history  # likewise
    from rangeops.exercise import play as play_it

    settings = settings_of(context)
    if manner not in _MANNERS:
        raise typer.BadParameter(f"Play it as {', '.join(_MANNERS)}.")
    persons = dict(_role(each) for each in role or [])
    chosen = exercise_named(exercise)
    if not unattended:
        require_terminal("Run it in one, or give --unattended.")
    asked = ExerciseAsked(
        exercise=chosen,
        seed=seed,
        pace=pace,
        who=who or settings.operator,
        roles=persons,
        manner=manner if unattended else "",
        keep=keep,
        narrate=say,
        brief=(lambda _folder: None) if unattended else (lambda folder: _brief(chosen, pace, folder)),
    )
    result = play_it(asked, settings, _ask)
    if result is None:
        say("left before an emergency was over: not kept")
        raise typer.Exit(ANSWER_IS_NO)
    _tell(settings, result, json=json)
    say(f"its page: {history(settings).page(result)}")
    if not result.passed:
        raise typer.Exit(ANSWER_IS_NO)


@app.command()
def show(context: typer.Context, exercise_id: ExerciseId, *, json: Json = False) -> None:
    """The report, as it stands."""
    from rangeops.exercise import history  # likewise

    settings = settings_of(context)
    _tell(settings, history(settings).get(exercise_id), json=json)


@app.command()
def report(
    context: typer.Context,
    exercise_id: ExerciseId,
    *,
    html: Annotated[Path | None, typer.Option(help="Write it there as one HTML file.", show_default=False)] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write it there as PDF/A.", show_default=False)] = None,
) -> None:
    """The report as a file."""
    from rangeops.exercise import history  # likewise
    from rangeops.exercise import report as made
    from rangeops.files import write_whole

    settings = settings_of(context)
    result = history(settings).get(exercise_id)
    if html is None and pdf is None:
        raise typer.BadParameter("Give --html FILE or --pdf FILE.")
    for path, as_pdf in ((html, False), (pdf, True)):
        if path is not None:
            write_whole(path, made(settings, result, pdf=as_pdf))
            say(f"{path}: the report of {result.id}")


@app.command()
def check(
    context: typer.Context,
    exercise_id: ExerciseId,
    point: Annotated[str, typer.Argument(help="Of the observer's list.")],
    *,
    met: Annotated[bool, typer.Option("--met/--not-met", help="Was it so?")],
    remark: Annotated[str, typer.Option(help="What was seen; needed where it wasn't met.")] = "",
) -> None:
    """The observer's word on a point of the list."""
    from rangeops.domain.exercises import answered  # likewise

    settings = settings_of(context)
    _changed(
        settings, exercise_id, lambda result: answered(result, point, met=met, remark=remark, by=settings.operator)
    )


@app.command()
def finding(
    context: typer.Context,
    exercise_id: ExerciseId,
    text: Annotated[str, typer.Argument(help="What is to be done.")],
    *,
    owner: Annotated[str, typer.Option(help="Who sees to it.")],
    due: Annotated[str, typer.Option(help="By when, as 2026-12-24.")],
) -> None:
    """A finding that asks for something: with an owner and a day."""
    from rangeops.domain.exercises import with_action  # likewise
    from rangeops.exercise import today

    settings = settings_of(context)
    day = _day(due)
    _changed(
        settings,
        exercise_id,
        lambda result: with_action(result, text, owner=owner, due=day, by=settings.operator, today=today()),
    )


@app.command()
def done(
    context: typer.Context,
    exercise_id: ExerciseId,
    number: Annotated[str, typer.Argument(help="Of the finding, as F1.")],
) -> None:
    """A finding was seen to."""
    from rangeops.domain.exercises import with_done  # likewise
    from rangeops.exercise import today

    _changed(settings_of(context), exercise_id, lambda result: with_done(result, number, today()))


@app.command()
def roles(
    context: typer.Context,
    exercise_id: ExerciseId,
    persons: Annotated[list[str], typer.Argument(metavar="ROLE=PERSON", help="As observer=ann.")],
) -> None:
    """Name who had which role."""
    from dataclasses import replace

    from rangeops.domain.exercises import named  # likewise

    settings = settings_of(context)
    given = dict(_role(each) for each in persons)

    def change(result: "ExerciseResult") -> "ExerciseResult":
        if result.signed:
            raise typer.BadParameter("It is signed: what was signed stays as it was.")
        return replace(result, roles=named(result.roles, given))

    _changed(settings, exercise_id, change)


@app.command()
def sign(
    context: typer.Context,
    exercise_id: ExerciseId,
    *,
    role: Annotated[str, typer.Option("--as", help="operator, or 'range safety officer'.")],
    person: Annotated[str, typer.Option(help="Who signs.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't show it and ask first.")] = False,
) -> None:
    """Sign the report: both roles do, two people. With the second it is sealed, and nothing in it changes any more."""
    from rangeops.exercise import history, signed_file  # likewise
    from rangeops.exercise import sign as sign_it

    settings = settings_of(context)
    result = history(settings).get(exercise_id)
    if not yes:
        _tell(settings, result, json=False)
        typer.confirm(f"\n{person} signs this as {role}?", abort=True)
    signed = sign_it(settings, result, role, person)
    say(f"signed as {role} by {person}")
    if signed.signed_whole:
        say(f"sealed: {signed_file(settings, signed)}")


@app.command()
def verify(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="The .signed.json of an exercise.")]
) -> None:
    """Hold a sealed exercise against its signature. Exit 6 where it was changed."""
    from rangeops.domain.verification import verification_code
    from rangeops.exercise import opened  # likewise
    from rangeops.files import read_file

    del context
    result, seal = opened(read_file(file), where=str(file))
    typer.echo(f"{result.id}: as it was signed")
    for each in result.signed:
        typer.echo(f"  {each.role}: {each.person}, {each.utc:%Y-%m-%d %H:%M:%S}Z")
    typer.echo(f"  code {verification_code(seal.sha256)}, SHA-256 {seal.sha256}")
    typer.echo(f"  key {seal.public_key}: compare it with the range's own")


@app.command("hand-in")
def hand_in(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="The .signed.json of an exercise.")]
) -> None:
    """Put an exercise that was held elsewhere into this range's data folder: `rangeops doctor` counts from it."""
    from rangeops.exercise import hand_in as taken  # likewise
    from rangeops.files import read_file

    result = taken(settings_of(context), read_file(file), where=str(file))
    say(f"{result.id} is this range's exercise of {result.began_utc:%d %B %Y}")


def _changed(settings: "Settings", exercise_id: str, change: "Callable[[ExerciseResult], ExerciseResult]") -> None:
    from rangeops.exercise import history, keep  # likewise

    result = change(history(settings).get(exercise_id))
    keep(settings, result)
    missing = _missing(result)
    say(f"noted on {result.id}" + (f"; before it can be signed: {missing}" if missing else ""))


def _missing(result: "ExerciseResult") -> str:
    from rangeops.domain.exercises import missing_for_signing

    return "; ".join(missing_for_signing(result))


def _tell(settings: "Settings", result: "ExerciseResult", *, json: bool) -> None:
    if json:
        print_json(result)
        return
    from rangeops.exercise import page_of
    from rangeops.wire.report_pages import page_text

    for line in page_text(page_of(settings, result)):
        typer.echo(line)


def _role(text: str) -> tuple[str, str]:
    role, _, person = text.partition("=")
    if not role.strip() or not person.strip():
        raise typer.BadParameter(f"{text!r:.40} isn't ROLE=PERSON, as observer=ann.")
    return role.strip(), person.strip()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r:.20} is no day: write it as 2026-12-24.") from error


def _brief(exercise: "Exercise", pace: float, folder: Path) -> None:
    """What everybody is told before the screen opens. Which emergencies come, nobody is."""
    typer.echo(f"EXERCISE · DRILL · SIMULATION\n\n{exercise.title}\n\n{fill(exercise.situation, _WIDTH)}\n")
    for each in exercise.roles:
        typer.echo(f"  {each.name:<22} {each.does}")
    how = (
        f"It lasts about {exercise.lasts_s(pace) / 60:.0f} minutes from when all fly. A call counts when it is logged (c). q leaves, "
        "and what was played by then counts."
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
