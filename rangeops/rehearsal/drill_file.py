"""Drills as data: a TOML file each in sitl/drills. `cast` draws who takes which part, by a seed, so that a drill can be
played again without being known by heart.

In a file `$name` stands for what was drawn under [draw], `$others` for everybody who flies and wasn't drawn, `$all` for
everybody; `{name}` likewise within texts. docs/drills.md describes the keys.
"""

import random
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from rangeops import paths
from rangeops.domain.drills import START, Ban, Demands, Expectation, Question
from rangeops.domain.errors import Invalid, NotFound
from rangeops.domain.facts import Facts
from rangeops.domain.policy import Automation

_LONGEST_S: Final = 1800.0
_NAME: Final = re.compile(r"\{(\w+)\}")


class Event(Enum):
    FAULT = "fault"  # of a simulated vehicle or its links
    TRAFFIC = "traffic"  # an aircraft that isn't the range's
    PHONE = "phone"  # somebody calls the control room
    STOP = "stop"  # a process of the range dies, and isn't started again for a while


@dataclass(frozen=True, slots=True)
class Happening:
    """facts: what the event needs, by the file's own keys; every `$name` in it is resolved."""

    event: Event
    after_s: float
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Drill:
    """One file. situation: what the operator is told before; instructor: what only the debrief says.

    automation: in place of the range's own for every rung, where the drill is about what people do; None: as it is.
    quiet_s: between these two the emergency begins, counted from when all are in the air. lasts_s: from then on.
    """

    name: str
    title: str
    situation: str
    instructor: str
    scenario: Path
    automation: Automation | None
    quiet_s: tuple[float, float]
    lasts_s: float
    draws: Mapping[tuple[str, ...], tuple[tuple[Any, ...], ...]]
    table: Mapping[str, Any]
    where: str


@dataclass(frozen=True, slots=True)
class CastDrill:
    """A drill with its parts given out. drawn: what the seed decided, for the debrief."""

    drill: Drill
    seed: int
    quiet_s: float
    drawn: Mapping[str, Any]
    happenings: tuple[Happening, ...]
    demands: Demands
    instructor: str
    phases: "tuple[CastPhase, ...]" = ()  # of an exercise: one drill after another


@dataclass(frozen=True, slots=True)
class CastPhase:
    """One drill of an exercise. rest_s: before it. flying: who must be in the air as it begins."""

    title: str
    objective: str
    rest_s: float
    flying: tuple[str, ...]
    given: CastDrill


def drill_files() -> tuple[Path, ...]:
    return tuple(sorted(paths.shipped("drills").glob("*.toml")))


def find_drill(name: str) -> Path:
    """A path, or the bare name of a shipped drill. Raises NotFound."""
    if "/" in name or name.endswith(".toml"):
        return Path(name)
    for path in drill_files():
        if path.stem == name:
            return path
    known = ", ".join(path.stem for path in drill_files())
    raise NotFound(f"there is no drill {name!r:.40}", where="drill", do=f"Name a file, or one of {known}.")


def load_drill(path: Path) -> Drill:
    """Raises NotFound, Invalid: what can't be played is said before anything starts."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotFound(
            f"the drill can't be read ({error.strerror})", where=str(path), do="Name a drill that exists."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"this is not TOML ({error})", where=str(path), do="Correct the file.") from error
    facts = Facts(table, path.name)
    facts.only(
        "title", "situation", "instructor", "scenario", "automation", "quiet_s", "lasts_s", "draw", "happen", "expect",
        "forbid", "question",
    )  # fmt: skip
    drill = Drill(
        name=path.stem,
        title=facts.text("title"),
        situation=flowing(facts.text("situation")),
        instructor=flowing(facts.text("instructor")),
        scenario=scenario_of(facts.text("scenario", "drill-range"), path.parent),
        automation=facts.choice("automation", Automation) if facts.has("automation") else None,
        quiet_s=_span(facts, "quiet_s"),
        lasts_s=facts.number("lasts_s", at_least=10, at_most=_LONGEST_S),
        draws=_draws(facts),
        table=table,
        where=path.name,
    )
    if not facts.sections("happen") or not facts.sections("expect"):
        raise Invalid("nothing happens, or nothing is expected", where=path.name, do="Add [[happen]] and [[expect]].")
    cast(drill, 0, _everybody(drill))  # the demands can be read, whoever takes the parts
    return drill


def _everybody(drill: Drill) -> tuple[str, ...]:
    from rangeops.rehearsal.script import load_script

    return tuple(booking.callsign for booking in load_script(drill.scenario).bookings)


def cast(drill: Drill, seed: int, flying: Sequence[str]) -> CastDrill:
    """Give out the parts. flying: callsigns. Raises Invalid."""
    chance = random.Random(f"{drill.name}/{seed}")  # noqa: S311  # a drill wants to be repeatable
    quiet_s = round(chance.uniform(*drill.quiet_s), 1)
    drawn: dict[str, Any] = {}
    for names in sorted(drill.draws):
        drawn.update(zip(names, chance.choice(drill.draws[names]), strict=True))
    parts = {value for value in drawn.values() if isinstance(value, str)}
    known = {
        **drawn,
        "all": tuple(flying),
        "others": tuple(callsign for callsign in flying if callsign not in parts),
    }
    table = Facts(_resolved(drill.table, known, drill.where), drill.where)
    return CastDrill(
        drill=drill,
        seed=seed,
        quiet_s=quiet_s,
        drawn=drawn,
        happenings=tuple(
            sorted((_happening(each) for each in table.sections("happen")), key=lambda each: each.after_s)
        ),
        demands=Demands(
            expectations=tuple(_expectation(each) for each in table.sections("expect")),
            bans=tuple(_ban(each) for each in table.sections("forbid")),
            questions=tuple(_question(each) for each in table.sections("question")),
        ),
        instructor=flowing(table.text("instructor")),
    )


def flowing(text: str) -> str:
    """One paragraph, however its lines were broken in the file."""
    return " ".join(text.split())


def scenario_of(name: str, folder: Path) -> Path:
    for path in (folder / name, paths.shipped("scenarios") / f"{name.removesuffix('.toml')}.toml"):
        if path.is_file():
            return path
    raise NotFound(f"its scenario {name!r:.40} is missing", where="drill", do="Correct the name.")


def _span(facts: Facts, key: str) -> tuple[float, float]:
    value = facts.table.get(key)
    if isinstance(value, list) and len(value) == 2:
        pair = Facts({"least": value[0], "most": value[1]}, f"{facts.where} {key}")
        least = pair.number("least", at_least=0, at_most=_LONGEST_S)
        return least, pair.number("most", at_least=least, at_most=_LONGEST_S)
    raise Invalid(f"{key} must be [least, most]", where=facts.where, do="Correct the file.")


def _draws(facts: Facts) -> Mapping[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
    """[draw]: `target = ["D03", "D07"]`, or several drawn together, `"first, second" = [["D03", "D07"], …]`."""
    draws: dict[tuple[str, ...], tuple[tuple[Any, ...], ...]] = {}
    for key, options in (facts.section("draw").table if facts.has("draw") else {}).items():
        names = tuple(name.strip() for name in key.split(","))
        together = len(names) > 1
        if not isinstance(options, list) or not options:
            raise Invalid(f"[draw] {key} must be a list", where=facts.where, do="Correct the file.")
        if together and not all(isinstance(each, list) and len(each) == len(names) for each in options):
            raise Invalid(f"[draw] {key} must be lists of {len(names)}", where=facts.where, do="Correct the file.")
        draws[names] = tuple(tuple(each) if together else (each,) for each in options)
    return draws


def _resolved(value: Any, known: Mapping[str, Any], where: str) -> Any:
    """`value` with every `$name` and `{name}` replaced; a list takes up what stands for several."""
    if isinstance(value, Mapping):
        return {key: each if key == "draw" else _resolved(each, known, where) for key, each in value.items()}
    if isinstance(value, list):
        taken: list[Any] = []
        for each in value:
            got = _resolved(each, known, where)
            taken += got if isinstance(got, tuple) else [got]
        return taken
    if not isinstance(value, str):
        return value
    if value.startswith("$"):
        return _known(value[1:], known, where)
    return _NAME.sub(lambda found: _as_text(_known(found[1], known, where)), value)


def _known(name: str, known: Mapping[str, Any], where: str) -> Any:
    if name not in known:
        raise Invalid(f"nobody draws {name!r:.40}", where=where, do=f"Use one of {', '.join(sorted(known))}.")
    return known[name]


def _as_text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _happening(facts: Facts) -> Happening:
    event = facts.choice("event", Event)
    keys = {
        Event.FAULT: ("vehicle", "fault", "value", "for_s"),
        Event.TRAFFIC: ("callsign", "over", "track_deg", "from_m", "speed_mps", "altitude_amsl_m", "for_s"),
        Event.PHONE: ("caller", "says"),
        Event.STOP: ("process", "for_s"),
    }[event]
    facts.only("event", "after_s", *keys)
    after_s = facts.number("after_s", 0, at_least=0, at_most=_LONGEST_S)
    return Happening(event, after_s, {key: facts.table[key] for key in keys if facts.has(key)})


def _expectation(facts: Facts) -> Expectation:
    facts.only("id", "text", "do", "on", "within_s", "cause", "cause_anywhere", "each", "critical", "teach")
    return Expectation(
        id=facts.text("id"),
        text=facts.text("text"),
        do=_some(facts, "do"),
        on=facts.texts("on"),
        within_s=facts.number("within_s", at_least=1, at_most=_LONGEST_S),
        cause=facts.texts("cause") or (START,),
        cause_anywhere=facts.flag("cause_anywhere", default=False),
        each=facts.flag("each", default=False),
        critical=facts.flag("critical", default=False),
        teach=facts.text("teach"),
    )


def _ban(facts: Facts) -> Ban:
    facts.only("id", "text", "do", "on", "teach")
    return Ban(facts.text("id"), facts.text("text"), _some(facts, "do"), facts.texts("on"), facts.text("teach"))


def _question(facts: Facts) -> Question:
    facts.only("id", "text", "answers", "right", "teach")
    answers = _some(facts, "answers")
    right = facts.integer("right", at_least=1, at_most=len(answers))
    return Question(facts.text("id"), facts.text("text"), answers, right - 1, facts.text("teach"))


def _some(facts: Facts, key: str) -> tuple[str, ...]:
    values = facts.texts(key)
    if not values:
        raise Invalid(f"{key} lists nothing", where=facts.where, do="Correct the file.")
    return values
