"""What people do with files (plans, timetables) and no server: the second composition root, for a company's own machine or CI.

Each function loads what it uses, so that a check starts in half a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rangeops import __version__
from rangeops.bootstrap.hardware import hardware_folder
from rangeops.bootstrap.ranges import load_range
from rangeops.domain.errors import Conflict, Invalid, NotFound
from rangeops.files import read_file
from rangeops.settings import Settings

if TYPE_CHECKING:
    from rangeops.adapters.hardware.profiles import AirframeFolder
    from rangeops.domain.aircraft import Airframe
    from rangeops.domain.plan_context import PlanContext
    from rangeops.domain.plan_fixing import Change
    from rangeops.domain.plans import AltitudeDatum, FlightPlan
    from rangeops.domain.ranges import RangeDefinition
    from rangeops.domain.slot_sheets import SlotSheet
    from rangeops.domain.volumes import BookableVolume
    from rangeops.services.plan_judging import JudgedPlan as JudgedPlan  # noqa: PLC0414  # cli has its name from here
    from rangeops.services.timetable_words import SolvedFile as SolvedFile  # noqa: PLC0414  # likewise
    from rangeops.services.volume_table import VolumeRow

LARGEST_PLAN_BYTES: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Held:
    """What plans are to be held against. slot: a signed sheet, which names volume and airframe; key: that it must have.

    range_id: a shipped range or one of the data folder's; None: the settings'. anywhere: no range at all.
    altitude_datum: what altitudes count from ("amsl", "home", "terrain") where a plan's format doesn't say.
    as_format: which format a plan's file is, where it doesn't tell.
    """

    volume: str | None = None
    airframe: str | None = None
    range_id: str | None = None
    slot: Path | None = None
    key: str | None = None
    anywhere: bool = False
    altitude_datum: str | None = None
    as_format: str | None = None


@dataclass(frozen=True, slots=True)
class Against:
    """The same, read. sheet, key: of the slot sheet, where there is one."""

    context: "PlanContext"
    anywhere: bool
    sheet: "SlotSheet | None" = None
    key: str = ""
    altitude_datum: "AltitudeDatum | None" = None
    as_format: str | None = None


@dataclass(frozen=True, slots=True)
class Mended:
    """A plan with every fix that helps, written in its own format. lost: what the format has no place for."""

    before: "JudgedPlan"
    after: "JudgedPlan"
    changes: "tuple[Change, ...]"
    content: bytes
    lost: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        from rangeops.services.plan_changes import change_lines

        return change_lines(self.changes)

    @property
    def difference(self) -> str:
        from rangeops.services.plan_changes import difference

        return difference(self.before.plan, self.after.plan)


def against(settings: Settings, held: Held) -> Against:
    """Raises NotFound, Invalid, Conflict; Damaged and Forbidden for a slot sheet that isn't what the range signed."""
    if held.range_id is not None:
        settings = replace(settings, range=held.range_id)
    if held.slot is not None:
        return _against_sheet(settings, held, held.slot)
    if held.airframe is None or (held.volume is None and not held.anywhere):
        raise Invalid(
            "neither a slot nor both a volume and an airframe are given",
            where="what to check against",
            do="Give --slot FILE, or --volume and --airframe, or --anywhere and --airframe.",
        )
    if held.anywhere and held.volume is not None:
        raise Invalid("--anywhere holds a plan against no volume", where="--volume", do="Leave out one of the two.")
    definition = load_range(settings)
    volume = definition.volumes[0] if held.volume is None else definition.volume(held.volume)
    context = _context(definition, volume, _airframe(settings, held.airframe))
    return Against(context, held.anywhere, altitude_datum=_datum(held), as_format=held.as_format)


def judge(file: Path, basis: Against) -> "JudgedPlan":
    """One file's verdict. Raises NotFound, Invalid."""
    from rangeops.services.plan_judging import judged

    content = read_bytes(file)
    plan = plan_of(file, content, basis)
    slot = "" if basis.sheet is None else basis.sheet.slot
    return judged(str(file), content, plan, basis.context, anywhere=basis.anywhere, slot=slot)


def plan_of(file: Path, content: bytes, basis: Against) -> "FlightPlan":
    """Raises Invalid."""
    from rangeops.adapters.formats.plan_files import read_plan

    return read_plan(file.name, content, as_format=basis.as_format, altitude_datum=basis.altitude_datum)


def sarif_of(judged: "Sequence[JudgedPlan]") -> bytes:
    """SARIF 2.1.0 of all files, with the lines on which findings stand."""
    from rangeops.adapters.formats.item_lines import item_lines
    from rangeops.adapters.reports.plan_sarif import sarif

    def line_of(plan: "JudgedPlan") -> "dict[int, Any]":
        return item_lines(read_bytes(Path(plan.file)), len(plan.plan.items))

    return sarif([(plan, line_of(plan)) for plan in judged], version=__version__)


def html_of(judged: "Sequence[JudgedPlan]") -> bytes:
    """One page of all files, that loads nothing from anywhere."""
    from rangeops.adapters.reports.plan_page import plan_html

    return plan_html(judged, version=__version__).encode()


def read_sheet(content: bytes, *, where: str, key: str | None = None) -> "tuple[SlotSheet, str]":
    """A slot sheet and the public key that signed it; key: the only one trusted. Raises Invalid, Damaged, Forbidden."""
    from rangeops.adapters.slot_file import read_slot_sheet

    return read_slot_sheet(content, where=where, pinned_key=key)


def mend(file: Path, basis: Against) -> Mended:
    """The plan with every fix that helps; what is left over stands in `after`. Raises NotFound, Invalid."""
    from rangeops.adapters.formats.plan_files import rewritten
    from rangeops.services.plan_judging import judged, mended

    before = judge(file, basis)
    content = read_bytes(file)
    plan, changes = mended(before)
    if not changes:
        return Mended(before, before, (), content)
    new, lost = rewritten(file.name, content, plan, as_format=basis.as_format)
    # Judged is what stands in the file: what the format rounds or drops must not undo a fix.
    reread = plan_of(file, new, replace(basis, altitude_datum=None))
    slot = "" if basis.sheet is None else basis.sheet.slot
    after = judged(str(file), new, reread, before.context, anywhere=False, slot=slot)
    return Mended(before, after, changes, new, lost)


VOLUME_SOURCES: Final = (
    "Metres; H_CV above ground. S_CV = 3 errors + S_RZ + S_CM; H_CV = flight height + height error + H_RZ + H_CM.",
    "Formulas: SORA 2.5 Annex A as LBA and FOCA publish it; docs/safety/volumes.md names and derives each.",
    "S_CM is never shorter than the airframe's measured brake test, or v2/2a + lag v where none was made.",
)


def volume_rows(
    settings: Settings, held: Held, *, height_m: float | None, speed_mps: float | None, wind_mps: float | None
) -> "tuple[VolumeRow, ...]":
    """For each volume, airframe and buffer method that it has figures for. Raises NotFound, Invalid."""
    from rangeops.domain.aircraft import VehicleClass
    from rangeops.domain.volumes import BufferMethod
    from rangeops.services.volume_table import volume_table

    definition = load_range(settings if held.range_id is None else replace(settings, range=held.range_id))
    assumptions = definition.assumptions
    if speed_mps is not None:
        assumptions = replace(assumptions, speed_limit_mps=speed_mps)
    definition = replace(
        definition, assumptions=assumptions, wind_mps=definition.wind_mps if wind_mps is None else wind_mps
    )
    chosen = definition.volumes if held.volume is None else (definition.volume(held.volume),)
    if height_m is not None:
        chosen = (_of_height(definition, height_m),)
    airframes = airframes_of(settings) if held.airframe is None else (_airframe(settings, held.airframe),)
    rows: list[VolumeRow] = []
    for airframe in airframes:
        methods: list[BufferMethod | None] = [None, BufferMethod.ONE_TO_ONE]
        if airframe.vehicle_class is not VehicleClass.PLANE:
            methods.append(BufferMethod.BALLISTIC)
        methods += [BufferMethod.PARACHUTE] if airframe.parachute is not None else []
        methods += [BufferMethod.GLIDE] if airframe.glide_ratio is not None else []
        for method in methods:
            rows += volume_table(definition, [airframe], volumes=chosen, method=method)
    return tuple(sorted(rows, key=lambda row: (row.volume, row.airframe)))


def volume_cells(row: "VolumeRow") -> tuple[str, ...]:
    """A row as `plan volumes` prints it."""
    figures = row.margins
    metres = (
        figures.reaction_m,
        figures.manoeuvre_m,
        figures.contingency_m,
        figures.height_reaction_m,
        figures.height_manoeuvre_m,
        figures.contingency_height_m,
        figures.ground_risk_m,
    )
    method = "(checker's)" if row.method is None else row.method.value
    return (row.volume, row.airframe, method, f"{figures.speed_mps:.1f}", *(f"{each:.1f}" for each in metres))


def _of_height(definition: "RangeDefinition", height_m: float) -> "BookableVolume":
    from rangeops.domain.volumes import BookableVolume, VolumeId

    space = replace(definition.boundary, ceiling_amsl_m=definition.assumptions.ground_amsl_m + height_m)
    return BookableVolume(VolumeId(f"{height_m:g} m"), "", space)


def read_bytes(file: Path) -> bytes:
    """A plan's bytes, never more than any plan has. Raises NotFound, Invalid."""
    content = read_file(file, largest=LARGEST_PLAN_BYTES)
    if len(content) > LARGEST_PLAN_BYTES:
        raise Invalid("the file is larger than any plan", where=str(file), do="Name a plan file.")
    return content


def solve_timetable(file: Path, deadline_s: float) -> "SolvedFile":
    """A timetable of a file's requests (docs/timetable.md). Raises NotFound, Invalid."""
    from rangeops.adapters.formats.timetable_file import read_timetable
    from rangeops.adapters.solver.task import solve
    from rangeops.services.timetable import SolveTask
    from rangeops.services.timetable_words import solved_file

    timetable = read_timetable(read_bytes(file), name=file.name)
    return solved_file(timetable, solve(SolveTask(timetable, deadline_s)))


def airframes_of(settings: Settings) -> "tuple[Airframe, ...]":
    return _airframes(settings).all()


def _against_sheet(settings: Settings, held: Held, file: Path) -> Against:
    from rangeops.services.zone_version import zone_version

    if held.volume is not None or held.airframe is not None or held.anywhere:
        raise Invalid(
            "a slot sheet names its volume and airframe",
            where="--slot",
            do="Leave out --volume, --airframe, --anywhere.",
        )
    if not file.exists():
        raise NotFound(
            "there is no such slot sheet", where=str(file), do="Write one: rangeops slot export SLOT -o FILE."
        )
    sheet, key = read_sheet(read_bytes(file), where=str(file), key=held.key)
    definition = load_range(replace(settings, range=sheet.range_id) if held.range_id is None else settings)
    here = zone_version(definition)
    if definition.id != sheet.range_id or here.sha256 != sheet.zones_sha256:
        raise Conflict(
            f"the slot was granted on zones {sheet.zones_version}, and here are {here.name}",
            where=str(file),
            do="Get the range's present folder, or export the slot anew.",
        )
    context = _context(definition, sheet.volume, sheet.airframe)
    context = replace(
        context,
        range=replace(definition, wind_mps=sheet.wind_mps),
        rtl_altitude_m=sheet.rtl_altitude_m,
        slot=(sheet.starts, sheet.ends),
    )
    datum = _datum(held)
    return Against(context, anywhere=False, sheet=sheet, key=key, altitude_datum=datum, as_format=held.as_format)


def _datum(held: Held) -> "AltitudeDatum | None":
    from rangeops.domain.plans import AltitudeDatum

    if held.altitude_datum is None:
        return None
    words = {"amsl": AltitudeDatum.AMSL, "home": AltitudeDatum.HOME, "terrain": AltitudeDatum.TERRAIN}
    if held.altitude_datum not in words:
        raise Invalid(
            f"{held.altitude_datum!r:.40} is no datum",
            where="--altitude-datum",
            do=f"Choose one of {', '.join(words)}.",
        )
    return words[held.altitude_datum]


def _context(definition: "RangeDefinition", volume: Any, airframe: "Airframe") -> "PlanContext":
    """With the highest return altitude that the range assigns, so that any of them fits."""
    from rangeops.domain.plan_context import PlanContext

    return PlanContext(definition, volume, airframe, rtl_altitude_m=definition.rtl_altitudes.highest_m)


def _airframe(settings: Settings, name: str) -> "Airframe":
    """One of the folder, or a file of one's own. Raises NotFound, Invalid."""
    if name.endswith(".toml"):
        from rangeops.adapters.hardware.profiles import read_toml
        from rangeops.domain.aircraft import airframe_from

        return read_toml(Path(name), airframe_from)
    return _airframes(settings).get(name)


def _airframes(settings: Settings) -> "AirframeFolder":
    from rangeops.adapters.hardware.profiles import AirframeFolder

    return AirframeFolder(hardware_folder(settings) / "airframes")
