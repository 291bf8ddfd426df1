"""A drill's processes, screen and result: the composition root that puts an operator before a simulated emergency."""

import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rangeops import paths
from rangeops.bootstrap.parts import clock, process_environment
from rangeops.bootstrap.unwinding import Unwinding
from rangeops.domain.errors import NotFound, Refused
from rangeops.settings import Settings

if TYPE_CHECKING:
    from rangeops.domain.audit import AuditEntry
    from rangeops.domain.drills import DrillResult, Question
    from rangeops.domain.policy import Automation
    from rangeops.rehearsal.drill_file import CastDrill, Drill
    from rangeops.rehearsal.drill_history import DrillHistory
    from rangeops.rehearsal.drill_operators import Operator
    from rangeops.rehearsal.drill_stage import Played, Stage
    from rangeops.rehearsal.processes import Processes
    from rangeops.services.ports.store import Store

_RANGE: Final = "twente"  # whose drills they are
_MOST_READ: Final = 500
_AUTOMATION: Final = re.compile(r'(?m)^automation = "[a-z]+"')
_PHONE_SHOWN_S: Final = 25.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be played. manner: of an unattended operator; "" for a person. quiet_s: in place of what the seed drew.

    keep: leave the played range's folder. narrate: one line for what happens before and behind the screen. brief: told the
    played range's data folder before anything starts, where second screens and commands join.
    """

    drill: "Drill"
    seed: int
    who: str
    manner: str = ""
    quiet_s: float | None = None
    keep: bool = False
    narrate: Callable[[str], None] = lambda _line: None
    brief: Callable[[Path], None] = lambda _folder: None


def shipped_drills() -> "tuple[Drill, ...]":
    from rangeops.rehearsal.drill_file import drill_files, load_drill

    return tuple(load_drill(path) for path in drill_files())


def drill_named(name: str) -> "Drill":
    """Raises NotFound, Invalid."""
    from rangeops.rehearsal.drill_file import find_drill, load_drill

    return load_drill(find_drill(name))


def parts_of(asked: Asked) -> "CastDrill":
    """Who takes which part under this seed. Raises Invalid."""
    from rangeops.rehearsal.drill_file import cast
    from rangeops.rehearsal.script import load_script

    flying = tuple(booking.callsign for booking in load_script(asked.drill.scenario).bookings)
    given = cast(asked.drill, asked.seed, flying)
    return given if asked.quiet_s is None else replace(given, quiet_s=asked.quiet_s)


def history(settings: Settings) -> "DrillHistory":
    from rangeops.rehearsal.drill_history import DrillHistory

    return DrillHistory(settings.data / "drills")


def require_apart(settings: Settings) -> None:
    """A drill is played where nobody could take it for the range. Raises Conflict while one runs on this data folder,
    Refused where it has links to vehicles.
    """
    from rangeops.adapters.store.opening import kept_links
    from rangeops.supervisor import require_idle

    elsewhere = "Give the drill a folder of its own, as --data ~/training."
    require_idle(settings.run_folder, do=elsewhere)
    if links := kept_links(settings.database):
        raise Refused(f"it has links to vehicles ({', '.join(links)})", where=str(settings.data), do=elsewhere)


def play(asked: Asked, settings: Settings, answer: "Callable[[Question], int]") -> "DrillResult | None":
    """The whole drill, with a screen unless it is unattended; its result is kept. answer: an index, asked at the end.

    None where it was left before anything happened. Raises RangeopsError.
    """
    run_id = run_id_of(asked)
    given = parts_of(asked)
    played, operator = played_apart(asked, settings, given, run_id)
    if played.began is None:
        return None
    answers = {each.id: answer(each) if operator is None else operator.answer(each) for each in given.demands.questions}
    result = _result(run_id, asked, given, played, answers)
    kept = history(settings)
    kept.keep(result)
    write_page(result, kept.page(result))
    return result


def run_id_of(asked: Asked) -> str:
    return f"{clock().utc:%Y%m%dT%H%M%SZ}-{asked.drill.name}-{asked.who}"


def played_apart(asked: Asked, settings: Settings, given: "CastDrill", run_id: str) -> "tuple[Played, Operator | None]":
    """On a range of its own, which is gone afterwards. The operator: of an unattended drill. Raises RangeopsError."""
    require_apart(settings)
    with Unwinding() as unwinding, _a_folder(run_id, keep=asked.keep, narrate=asked.narrate) as folder:
        asked.brief(folder)
        own = _own_settings(settings, folder, asked, run_id)
        with _processes(own, asked.drill) as processes, _record_of(own) as store:
            return _played(given, asked, processes, store, unwinding)


def write_page(result: "DrillResult", path: Path) -> None:
    from rangeops.adapters.reports.drill import drill_html
    from rangeops.files import write_whole

    write_whole(path, drill_html(result).encode())


def add_note(settings: Settings, result_id: str, text: str) -> "DrillResult":
    """An instructor's word on a drill that was played. Raises NotFound, Invalid."""
    from rangeops.domain.drills import InstructorNote
    from rangeops.domain.text import reason_given

    kept = history(settings)
    result = kept.get(result_id)
    note = InstructorNote(clock().utc, settings.operator, reason_given(text, where="note"))
    result = replace(result, notes=(*result.notes, note))
    kept.keep(result)
    write_page(result, kept.page(result))
    return result


def _result(run_id: str, asked: Asked, given: "CastDrill", played: "Played", answers: dict[str, int]) -> "DrillResult":
    from rangeops.domain.drills import DrillResult, judged

    assert played.began is not None  # its caller has looked
    seen = replace(played.seen, answers=answers)
    return DrillResult(
        id=run_id,
        drill=asked.drill.name,
        title=asked.drill.title,
        seed=asked.seed,
        who=asked.who,
        manner=asked.manner,
        began_utc=played.began,
        ended_s=round(seen.until_s, 1),
        drawn={name: str(value) for name, value in given.drawn.items()},
        score=judged(given.demands, seen),
        alarms=seen.alarms,
        deeds=seen.deeds,
        instructor=given.instructor,
    )


# The range that is played on.


@contextmanager
def _a_folder(run_id: str, *, keep: bool, narrate: Callable[[str], None]) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="rangeops-drill-"))
    try:
        yield folder
    finally:
        if keep:
            narrate(f"the range of {run_id}: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _own_settings(settings: Settings, folder: Path, asked: Asked, run_id: str) -> Settings:
    """Nothing of the caller's own: no database, port, token, broker or range of his can be reached from it."""
    if asked.drill.automation is not None:
        _make_range(folder, asked.drill.automation)
    return replace(
        settings,
        data=folder,
        range=_RANGE,
        database_url="",
        host="127.0.0.1",
        port=0,
        operator=asked.who,
        token="",
        simulation=True,
        drill=run_id,
        wire="",
    )


def _make_range(folder: Path, automation: "Automation") -> None:
    """The shipped range, with this automation on every rung."""
    own = folder / "geofences" / _RANGE
    shutil.copytree(paths.shipped("geofences") / _RANGE, own)
    file = own / "range.toml"
    text, changed = _AUTOMATION.subn(f'automation = "{automation.value}"', file.read_text(encoding="utf-8"))
    if not changed:
        raise NotFound("no rung's automation is set there", where=str(file), do="Install rangeops again.")
    file.write_text(text, encoding="utf-8")


@contextmanager
def _processes(own: Settings, drill: "Drill") -> "Iterator[Processes]":
    from rangeops.rehearsal.processes import Processes

    with Processes(own, drill.scenario, process_environment(own)) as processes:
        yield processes


@contextmanager
def _record_of(own: Settings) -> "Iterator[Store]":
    from rangeops.adapters.store.opening import open_store

    store = open_store(own.database)
    try:
        yield store
    finally:
        store.close()


# Who sits there.


def _played(
    given: "CastDrill", asked: Asked, processes: "Processes", store: "Store", unwinding: Unwinding
) -> "tuple[Played, Operator | None]":
    if asked.manner:
        return _unattended(given, asked, processes, store, unwinding)
    return _at_the_screen(given, processes, store), None


def _unattended(
    given: "CastDrill", asked: Asked, processes: "Processes", store: "Store", unwinding: Unwinding
) -> "tuple[Played, Operator]":
    from rangeops.client.api import Client
    from rangeops.rehearsal.drill_operators import Manner, Operator

    operator = Operator(Manner(asked.manner), Client.from_settings(processes.settings), asked.narrate)

    def phone(caller: str, says: str) -> None:
        asked.narrate(f"the telephone: {caller}: {says}")

    async def play() -> "Played":
        async with _stage(given, processes, store, phone=phone, narrate=asked.narrate, operator=operator) as stage:
            return await stage.play()

    return unwinding.run(play()), operator


def _at_the_screen(given: "CastDrill", processes: "Processes", store: "Store") -> "Played":
    """The stage in a thread, the control room in front; whichever ends first ends the other."""
    import asyncio
    import threading
    from contextlib import suppress

    from rangeops.client.api import Client
    from rangeops.client.feed import feed
    from rangeops.domain.errors import RangeopsError
    from rangeops.tui.app import ControlRoom
    from rangeops.tui.preferences import Desktop

    client = Client.from_settings(processes.settings)
    desktop = Desktop.read(processes.settings.config_folder, os.environ)  # his own keys and language: as he works
    room = ControlRoom(client, feed(client), clock=clock, desktop=desktop)
    outcome: list[Played | RangeopsError] = []
    stages: list[Stage] = []

    def in_the_room(call: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # it has closed meanwhile
            room.call_from_thread(call)

    def phone(caller: str, says: str) -> None:
        def ring() -> None:
            room.notify(says, title=f"DRILL · TELEPHONE: {caller}", severity="warning", timeout=_PHONE_SHOWN_S)
            room.bell()

        in_the_room(ring)

    async def play() -> None:
        try:
            async with _stage(given, processes, store, phone=phone) as stage:
                stages.append(stage)
                outcome.append(await stage.play())
        except RangeopsError as error:
            outcome.append(error)
        in_the_room(room.exit)

    thread = threading.Thread(target=lambda: asyncio.run(play()), name="drill", daemon=True)
    thread.start()
    room.run()
    for stage in stages:
        stage.leave()
    thread.join()
    (end,) = outcome
    if isinstance(end, RangeopsError):
        raise end
    return end


def _stage(
    given: "CastDrill",
    processes: "Processes",
    store: "Store",
    *,
    phone: Callable[[str, str], None],
    narrate: Callable[[str], None] = lambda _line: None,
    operator: "Operator | None" = None,
) -> "AbstractAsyncContextManager[Stage]":
    from rangeops.client.api import Client
    from rangeops.client.feed import feed
    from rangeops.rehearsal.director import Director
    from rangeops.rehearsal.drill_stage import Stage
    from rangeops.rehearsal.radio import Radio
    from rangeops.rehearsal.script import load_script

    script = load_script(given.drill.scenario)
    client = Client.from_settings(processes.settings)

    def read_record(after: int) -> "Sequence[AuditEntry]":
        with store.read() as work:
            return work.record.following(after, _MOST_READ)

    @asynccontextmanager
    async def staged() -> "AsyncIterator[Stage]":
        director = Director(
            client=client,
            feed=feed(client),
            radio=Radio(processes.control),
            script=script,
            links=script.links_at(folder=processes.folder, udp_port=processes.udp_port),
            truth=processes.truth,
            clock=clock,
            narrate=narrate,
        )
        async with director:
            yield Stage(
                cast=given,
                script=script,
                processes=processes,
                director=director,
                client=client,
                feed=feed(client),
                read_record=read_record,
                phone=phone,
                narrate=narrate,
                clock=clock,
                operator=operator,
            )

    return staged()
