"""`rangeops plan`: verdicts on flight plans, their fixes, and rehearsals, with no server needed (but to hand one in)."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rangeops.cli import plan_desk
from rangeops.cli.exits import ANSWER_IS_NO, EXIT_CODE
from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import counted, print_failed, print_json, print_table, say
from rangeops.domain.errors import Conflict, Invalid, RangeopsError
from rangeops.domain.text import safe_text
from rangeops.files import write_whole

if TYPE_CHECKING:
    from rangeops.offline import Against, Held, JudgedPlan, Mended
    from rangeops.rehearsal.solo import FlownPlan, Moment

app = typer.Typer(help="Flight plans.", no_args_is_help=True)
app.command()(plan_desk.submit)
app.command("list")(plan_desk.list_)

PlanFile = Annotated[Path, typer.Argument(help="A plan: QGroundControl .plan, QGC WPL 110 .waypoints, KML, GPX, CSV.")]
Volume = Annotated[str | None, typer.Option(help="The bookable volume it is to fly in.", show_default=False)]
AirframeName = Annotated[
    str | None, typer.Option(help="One of hardware/airframes, or a .toml file of your own.", show_default=False)
]
RangeId = Annotated[str | None, typer.Option("--range", help="Another range than the one set.", show_default=False)]
SlotFile = Annotated[
    Path | None,
    typer.Option(help="A slot sheet (`rangeops slot export`): volume, airframe, minutes.", show_default=False),
]
Key = Annotated[
    str | None, typer.Option(help="Trust only slot sheets signed with this public key (hex).", show_default=False)
]
Format = Annotated[
    str | None, typer.Option("--as", help="Read it as this format, where the file doesn't tell.", show_default=False)
]
AltitudeDatum = Annotated[
    str | None,
    typer.Option(
        help="amsl, home or terrain: what altitudes count from, where the file's format doesn't say (GPX, GeoJSON).",
        show_default=False,
    ),
]


@app.command()
def check(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Plans: .plan, .waypoints, KML, GPX, CSV.", metavar="FILE…")],
    *,
    volume: Volume = None,
    airframe: AirframeName = None,
    range_id: RangeId = None,
    slot: SlotFile = None,
    key: Key = None,
    altitude_datum: AltitudeDatum = None,
    as_format: Format = None,
    anywhere: Annotated[
        bool, typer.Option("--anywhere", help="Hold it against no range: format, commands and speeds alone.")
    ] = False,
    json: Json = False,
    sarif: Annotated[
        Path | None, typer.Option(help="Write the findings as SARIF 2.1.0, for code scanning.", show_default=False)
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a page with map, heights and fixes.", show_default=False)
    ] = None,
) -> None:
    """Check plans against the range's rules, offline.

    Exit 0: all passed; 1: one is refused or can't be checked; 2: a file isn't a plan, or an option is wrong; 4: a file,
    volume, airframe or range isn't there; 5: the zones here aren't the slot sheet's; 6: the sheet has another key;
    8: the sheet was changed.
    """
    from rangeops import offline  # --help loads no geometry

    basis = _against(context, offline.Held(volume, airframe, range_id, slot, key, anywhere, altitude_datum, as_format))
    judged, broken = _judge_all(files, basis)
    if json:
        answers = [_answer(plan) for plan in judged]
        print_json(answers[0] if len(files) == 1 else answers)
    else:
        for plan in judged:
            _print(plan)
    if sarif is not None:
        write_whole(sarif, offline.sarif_of(judged))
    if html is not None:
        write_whole(html, offline.html_of(judged))
    for error in broken:
        say(f"rangeops: {error}")
    if broken:
        raise typer.Exit(EXIT_CODE[broken[0].kind])
    if not all(plan.passed for plan in judged):
        raise typer.Exit(ANSWER_IS_NO)


@app.command()
def fix(
    context: typer.Context,
    file: PlanFile,
    *,
    volume: Volume = None,
    airframe: AirframeName = None,
    range_id: RangeId = None,
    slot: SlotFile = None,
    key: Key = None,
    altitude_datum: AltitudeDatum = None,
    as_format: Format = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where to; NAME.fixed.EXT beside it unless told.", show_default=False),
    ] = None,
    in_place: Annotated[bool, typer.Option("--in-place", help="Write over FILE itself.")] = False,
    json: Json = False,
) -> None:
    """Write the plan with every fix that the checker knows, and show what it changed; never over a file without --in-place.

    Exit 0: what was written passes (or the plan passed already, and nothing was written); 1: something is left that can't
    be fixed mechanically, and it is said; 5: the output exists; else as `plan check`.
    """
    from rangeops import offline  # --help loads no geometry

    if in_place and output is not None:
        raise Invalid("--in-place and --output exclude each other", where="plan fix", do="Give one of them.")
    target = file if in_place else output or file.with_name(f"{file.stem}.fixed{file.suffix}")
    if target.exists() and not in_place:
        raise Conflict("it exists", where=str(target), do="Name another with -o, or write over FILE with --in-place.")
    basis = _against(
        context, offline.Held(volume, airframe, range_id, slot, key, altitude_datum=altitude_datum, as_format=as_format)
    )
    mended = offline.mend(file, basis)
    if mended.changes:
        write_whole(target, mended.content)
    if json:
        print_json(_mended_answer(mended, target))
    else:
        _print_mended(mended, target)
    if not mended.after.passed:
        raise typer.Exit(ANSWER_IS_NO)


@app.command()
def volumes(
    context: typer.Context,
    *,
    airframe: AirframeName = None,
    volume: Volume = None,
    range_id: RangeId = None,
    height: Annotated[
        float | None, typer.Option(help="Flight height above ground in m, instead of a volume's.", min=1, max=5000)
    ] = None,
    speed: Annotated[float | None, typer.Option(help="Nobody flies faster than this, m/s.", min=0.1, max=120)] = None,
    wind: Annotated[float | None, typer.Option(help="Wind in m/s, for a parachute's drift.", min=0, max=40)] = None,
    json: Json = False,
) -> None:
    """The contingency volume and ground-risk buffer that airframes need, by SORA 2.5, with the formulas' sources."""
    from rangeops import offline  # --help loads no geometry

    rows = offline.volume_rows(
        settings_of(context), offline.Held(volume, airframe, range_id), height_m=height, speed_mps=speed, wind_mps=wind
    )
    if json:
        print_json(rows)
        return
    headings = ("VOLUME", "AIRFRAME", "BUFFER BY", "V0 m/s", "S_RZ", "S_CM", "S_CV", "H_RZ", "H_CM", "H_CV", "S_GRB")
    print_table(headings, (offline.volume_cells(row) for row in rows))
    for line in offline.VOLUME_SOURCES:
        say(line)


@app.command()
def fly(
    context: typer.Context,
    file: PlanFile,
    *,
    volume: Volume = None,
    airframe: AirframeName = None,
    range_id: RangeId = None,
    slot: SlotFile = None,
    key: Key = None,
    altitude_datum: AltitudeDatum = None,
    as_format: Format = None,
    speedup: Annotated[
        float | None, typer.Option(help="Times real time; as fast as it goes unless told.", min=1, show_default=False)
    ] = None,
    wind: Annotated[float, typer.Option(help="Steady wind in m/s.", min=0, max=40)] = 0.0,
    wind_from: Annotated[float, typer.Option(help="Where it comes from, degrees true.", min=0, max=360)] = 230.0,
    json: Json = False,
) -> None:
    """Fly a plan in the simulator under the range's own watch and policy, and tell what automation would do.

    It is flown whatever the checker says of it. Exit 0: nothing was alarmed and it landed by itself; 1: something was
    alarmed, the range took over, or it didn't fly to its end; else as `plan check`.
    """
    from rangeops import offline, trial  # --help loads no simulator

    basis = _against(
        context, offline.Held(volume, airframe, range_id, slot, key, altitude_datum=altitude_datum, as_format=as_format)
    )

    def told(moment: "Moment") -> None:
        if not json:
            mark = "!" if moment.alarming else " "
            typer.echo(safe_text(f"{mark} {moment.at_s:7.1f} s  {moment.kind:<8}  {moment.text}", limit=400))

    flown = trial.fly(file, basis, wind_mps=wind, wind_from_deg=wind_from, speedup=speedup, told=told)
    if json:
        print_json(flown)
    else:
        _print_flown(flown, file.name)
    if not flown.calm:
        raise typer.Exit(ANSWER_IS_NO)


def _judge_all(files: Sequence[Path], basis: "Against") -> "tuple[list[JudgedPlan], list[RangeopsError]]":
    """Every file's verdict, and what is wrong with those that can't be read; with one file alone that is raised."""
    from rangeops import offline  # --help loads no geometry

    judged, broken = [], []
    for file in files:
        try:
            judged.append(offline.judge(file, basis))
        except RangeopsError as error:
            if len(files) == 1:
                raise
            broken.append(error)
    return judged, broken


def _against(context: typer.Context, held: "Held") -> "Against":
    from rangeops import offline  # --help loads no geometry

    basis = offline.against(settings_of(context), held)
    if basis.sheet is not None:
        sheet = basis.sheet
        say(
            f"slot {sheet.slot} of {sheet.company}: {sheet.volume.id}, {sheet.starts:%Y-%m-%d %H:%MZ} to {sheet.ends:%H:%MZ}, "
            f"{sheet.airframe.id}, return at {sheet.rtl_altitude_m:g} m"
            + ("" if sheet.rtl_altitude_settled else " (the highest; not settled yet)")
        )
        say(f"signed with {basis.key}{'' if held.key else ' (not pinned: compare it, or give --key)'}")
        say(f"zones {sheet.zones_version}, sha256 {sheet.zones_sha256}")
    return basis


def _print(plan: "JudgedPlan") -> None:
    print_failed(plan.checks)
    passed = sum(found.passed for found in plan.checks)
    name = Path(plan.file).name
    say(f"{name}: {plan.verdict.outcome.value} ({passed} of {len(plan.checks)} checks passed)")
    if plan.anywhere:
        say(f"{name}: held against no range; where it flies was not judged")
    else:
        say(f"zones {plan.zones.name}, sha256 {plan.zones.sha256}")


def _answer(plan: "JudgedPlan") -> dict[str, Any]:
    return {
        "file": plan.file,
        "sha256": plan.sha256,
        "verdict": plan.verdict.outcome.value,
        "anywhere": plan.anywhere,
        "slot": plan.slot or None,
        "zones": None if plan.anywhere else plan.zones,
        "checks": plan.checks,
    }


def _mended_answer(mended: "Mended", target: Path) -> dict[str, Any]:
    return {
        "file": mended.before.file,
        "written": str(target) if mended.changes else None,
        "before": mended.before.verdict.outcome.value,
        "verdict": mended.after.verdict.outcome.value,
        "changes": mended.told,
        "lost": mended.lost,
        "difference": mended.difference,
        "remains": [found for found in mended.after.checks if not found.passed],
    }


def _print_mended(mended: "Mended", target: Path) -> None:
    name = Path(mended.before.file).name
    if not mended.changes:
        say(f"{name}: passed already" if mended.before.passed else f"{name}: nothing can be fixed mechanically")
    for line in mended.told:
        typer.echo(f"~ {line}")
    for line in mended.difference.splitlines():
        typer.echo(safe_text(line, limit=300))
    for lost in mended.lost:
        say(f"the format has no place for {lost}")
    if mended.changes:
        say(f"written: {target}")
    _print(mended.after)


def _print_flown(flown: "FlownPlan", name: str) -> None:
    if flown.closest_m is not None and flown.closest_at_s is not None:
        side = "inside" if flown.closest_m >= 0 else "OUTSIDE"
        where = f"{flown.closest_latitude_deg or 0.0:.5f},{flown.closest_longitude_deg or 0.0:.5f}"
        say(
            f"closest to an edge, floor or ceiling: {abs(flown.closest_m):.0f} m {side}, at {flown.closest_at_s:.0f} s, {where}"
        )
    if flown.failure:
        say(f"{name}: {flown.failure}")
    alarms = "nothing was alarmed" if not flown.alarms else counted(len(flown.alarms), "alarm")
    commands = (
        "the range commanded nothing"
        if not flown.commands
        else f"the range gave {counted(len(flown.commands), 'command')}"
    )
    say(f"{name}: flown for {flown.flight_s / 60:.1f} min; {alarms}; {commands}")
