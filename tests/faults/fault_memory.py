"""No more memory for the server, or for the watch (RLIMIT_AS at what it has), under a range whose vehicle is on its way out."""

import asyncio
import resource
import time
from contextlib import suppress
from pathlib import Path

from flight_out import D07, Flight, flown, patient
from morning import Morning
from promised import Promised

from rangeops.domain.errors import RangeopsError

ANSWERS_S = 30.0


def limited(pid: int) -> float:
    """It gets no more address space than it has; how much that is, in MB."""
    has = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    with suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_AS, (has, resource.RLIM_INFINITY))
    return has / 1e6


def server_without() -> tuple[str, bool]:
    """Asked for much meanwhile; then, where the same process is still there, it gets memory again."""

    async def meddle(range_: Morning, flight: Flight) -> None:
        server, failed = range_.pid("server"), 0
        flight.said.append(f"held at {limited(server):.0f} MB")
        while (await range_.truth(D07))["mode"] != "RTL":
            for ask in (range_.client.log, range_.client.range_view, range_.client.slots):
                try:
                    await asyncio.wait_for(ask(), 5)
                except (RangeopsError, TimeoutError):
                    failed += 1
        flight.said.append(
            f"{failed} requests failed; " + ("replaced" if range_.pid("server") != server else "it went on")
        )
        if range_.pid("server") == server:
            resource.prlimit(server, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        began_s = time.monotonic()
        await patient(range_.client.audit_head, within_s=2 * ANSWERS_S)
        answers_s = time.monotonic() - began_s
        flight.said.append(f"answered {answers_s:.1f} s later")
        if answers_s > ANSWERS_S:
            flight.wrong.append("that is too late")

    flight = flown(meddle)
    return flight.measured, not flight.wrong


def watch_without() -> tuple[str, bool]:
    async def meddle(range_: Morning, flight: Flight) -> None:
        watch = range_.pid("watch")
        flight.said.append(f"held at {limited(watch):.0f} MB")
        await range_.until(lambda vehicle: vehicle["mode"] == "RTL", D07, "its return", within_s=60)
        flight.said.append("replaced" if range_.pid("watch") != watch else "it went on with what it had")

    flight = flown(meddle)
    return flight.measured, not flight.wrong


FAULTS = (
    Promised(
        id="memory-server",
        promise="A server that gets no more memory stops no enforcement and loses nothing that was acknowledged; it goes on or is replaced,"
        " and answers within 30 s of there being memory again.",
        how="RLIMIT_AS of the server set to what it has on the leg out, and requests sent to it until the vehicle is on its way home",
        limit="no gap over 2 s in the heartbeat; 0 m outside; 0 entries lost; answers within 30 s",
        attempt=server_without,
    ),
    Promised(
        id="memory-watch",
        promise="A watch that gets no more memory goes on with what it has, or is replaced as one that died is.",
        how="RLIMIT_AS of the watch set to what it has on the leg out",
        limit="no gap over 2 s in the heartbeat; 0 m outside; 0 entries lost; nothing sent that nobody ordered",
        attempt=watch_without,
    ),
)
