"""A whole range for a test: watch, server and simulator as processes of their own, and the people who play in it."""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rangeops.bootstrap.parts import clock, process_environment
from rangeops.client.api import Client
from rangeops.client.feed import feed
from rangeops.rehearsal.director import Director
from rangeops.rehearsal.processes import Processes
from rangeops.rehearsal.radio import Radio
from rangeops.rehearsal.script import load_script
from rangeops.settings import Settings

RUNAWAY = Path(__file__).parents[1] / "data" / "scenarios" / "one-runaway.toml"


@dataclass
class Morning:
    """What a test acts on and looks at. told: the story's lines."""

    processes: Processes
    client: Client
    director: Director
    radio: Radio
    told: list[str] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return self.processes.settings

    def pid(self, name: str) -> int:
        lines = (self.settings.run_folder / "pids").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name} "))

    def strike(self, name: str, number: signal.Signals) -> int:
        """Send a signal to watch, standby or server; its pid."""
        pid = self.pid(name)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        return pid

    async def truth(self, sysid: int) -> dict[str, Any]:
        """What the simulator knows of one vehicle."""
        vehicles = (await self.radio.status())["vehicles"]
        return next(vehicle for vehicle in vehicles if vehicle["sysid"] == sysid)

    async def until(self, holds: Callable[[dict[str, Any]], bool], sysid: int, what: str, within_s: float = 60) -> None:
        """Until the simulator's truth of a vehicle fulfils something."""
        deadline_s = clock().monotonic_s + within_s
        while not holds(last := await self.truth(sysid)):
            assert clock().monotonic_s < deadline_s, f"{what} did not happen in {within_s} s; the vehicle last: {last}"
            await asyncio.sleep(0.05)

    def modes(self, sysid: int) -> list[str]:
        """The modes it was really in while armed, in order."""
        modes: list[str] = []
        for line in self.processes.truth.read_text().splitlines():
            entry = json.loads(line)
            if entry["sysid"] == sysid and entry["armed"] and (not modes or modes[-1] != entry["mode"]):
                modes.append(entry["mode"])
        return modes


@asynccontextmanager
async def morning(folder: Path, scenario: Path = RUNAWAY, **settings: Any) -> AsyncIterator[Morning]:
    """settings: beside a free port and SIMULATION."""
    made = Settings(data=folder, port=0, simulation=True, **settings)
    async with played(Processes(made, scenario, process_environment(made))) as range_:
        yield range_


@asynccontextmanager
async def played(processes: Processes, *, links: Sequence[str] | None = None) -> AsyncIterator[Morning]:
    """links: that the director opens; None: those of the scenario."""
    with processes:
        script = load_script(processes.scenario)
        if links is None:
            links = script.links_at(folder=processes.folder, udp_port=processes.udp_port)
        async with Client.from_settings(processes.settings) as client:
            told: list[str] = []
            director = Director(
                client=client,
                feed=feed(client),
                radio=Radio(processes.control),
                script=script,
                links=links,
                truth=processes.truth,
                clock=clock,
                narrate=told.append,
            )
            async with director:
                yield Morning(processes, client, director, Radio(processes.control), told)
