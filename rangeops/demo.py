"""The demo's processes and people: the composition root that plays a scenario, with a screen or without."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rangeops.bootstrap.parts import clock, process_environment
from rangeops.bootstrap.simulator import find_scenario
from rangeops.settings import Settings

if TYPE_CHECKING:
    from rangeops.rehearsal.director import Director
    from rangeops.rehearsal.outcome import Outcome
    from rangeops.rehearsal.processes import Processes
    from rangeops.wire.recorded import Recorded

_SCENARIO: Final = "twente-morning"


def run_headless_demo(
    settings: Settings, scenario: Path | None, narrate: Callable[[str], None]
) -> "tuple[Outcome, tuple[str, ...]]":
    """Play the scenario to its end; what it came to, and what is missing for the chain to have closed."""
    import asyncio

    from rangeops.rehearsal.outcome import broken_links

    async def play(processes: "Processes") -> "Outcome":
        async with _director(processes, narrate) as director:
            return await director.play()

    with _demo_processes(settings, scenario) as processes:
        outcome = asyncio.run(play(processes))
    return outcome, broken_links(outcome)


def run_demo(
    settings: Settings, scenario: Path | None, replays: "Callable[[Settings, str], Recorded] | None" = None
) -> None:
    """The same with a screen: the people play in a thread, the operator acts, and `q` ends everything.

    replays: opens an incident of the demo's own data folder by its id.
    """
    import asyncio
    import threading

    from rangeops.client.api import Client
    from rangeops.client.feed import feed
    from rangeops.domain.errors import RangeopsError
    from rangeops.tui.app import ControlRoom
    from rangeops.tui.preferences import Desktop

    with _demo_processes(settings, scenario) as processes:
        story = processes.settings.log_folder / "story.log"

        def narrate(line: str) -> None:
            with story.open("a", encoding="utf-8") as file:
                file.write(f"{datetime.now(UTC):%H:%M:%S}Z {line}\n")

        async def play() -> None:
            async with _director(processes, narrate) as director:
                try:
                    await director.play()
                    await director.keep_flying()
                except RangeopsError as error:
                    narrate(str(error))

        threading.Thread(target=lambda: asyncio.run(play()), name="rehearsal", daemon=True).start()
        client = Client.from_settings(processes.settings)
        desktop = Desktop.read(settings.config_folder, os.environ)
        opened = None if replays is None else partial(replays, processes.settings)
        ControlRoom(client, feed(client), clock=clock, desktop=desktop, replays=opened).run()
    sys.stderr.write(f"everything has ended; data, tlogs, reports and logs: {processes.settings.data}\n")


@contextmanager
def _demo_processes(settings: Settings, scenario: Path | None) -> "Iterator[Processes]":
    from rangeops.rehearsal.processes import Processes

    folder = settings.data / "demo" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}"
    own = replace(settings, data=folder, port=0, simulation=True)
    with Processes(own, find_scenario(scenario or Path(_SCENARIO)), process_environment(own)) as processes:
        yield processes


def _director(processes: "Processes", narrate: Callable[[str], None]) -> "Director":
    from rangeops.client.api import Client
    from rangeops.client.feed import feed
    from rangeops.rehearsal.director import Director
    from rangeops.rehearsal.radio import Radio
    from rangeops.rehearsal.script import load_script

    script = load_script(processes.scenario)
    client = Client.from_settings(processes.settings)
    return Director(
        client=client,
        feed=feed(client),
        radio=Radio(processes.control),
        script=script,
        links=script.links_at(folder=processes.folder, udp_port=processes.udp_port),
        truth=processes.truth,
        clock=clock,
        narrate=narrate,
    )
