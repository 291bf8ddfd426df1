"""Each process of a range killed, or stopped as one that hangs, at seeded moments while a vehicle is on its way out."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from flight_out import D07, Flight, chance, flown, heartbeat_back_s, patient, stands_by
from morning import Morning
from promised import Promised
from terminal import Terminal

STRIKES = 3
LOADS_S = 4.0  # a watch that stands by has loaded by then, also on a busy machine
SERVER_KILLS_S = 20.0
ANSWERS_S = 30.0
ENDED_S = 10.0
REPLACED_S = 30.0
STANDBY_S = 10.0  # until another has loaded


def watch_struck(promise: str, number: signal.Signals) -> tuple[str, bool]:
    """The first strike on the leg out, the others later in the same flight, each when another stands by."""

    async def meddle(range_: Morning, flight: Flight) -> None:
        moments, back = chance(promise), []
        for strike in range(STRIKES):
            await asyncio.sleep(moments.uniform(0.0, 3.0) + (LOADS_S if strike else 0.0))
            standby, struck_s = range_.pid("standby"), time.monotonic()
            range_.strike("watch", number)
            back.append(await heartbeat_back_s(range_, struck_s))
            await stands_by(range_, standby)
        flight.said.append("heartbeat back after " + ", ".join(f"{each:.2f}" for each in back) + " s")

    flight = flown(meddle)
    return flight.measured, not flight.wrong


def standby_struck(number: signal.Signals) -> tuple[str, bool]:
    """Then, once another stands by, the watch."""

    async def meddle(range_: Morning, flight: Flight) -> None:
        standby, struck_s = range_.pid("standby"), time.monotonic()
        range_.strike("standby", number)
        await stands_by(range_, standby)
        replaced_s = time.monotonic() - struck_s
        flight.said.append(f"another stood by after {replaced_s:.1f} s")
        if replaced_s > 5:
            flight.wrong.append("that is too late")
        await asyncio.sleep(max(0.0, struck_s + STANDBY_S - time.monotonic()))
        struck_s = time.monotonic()
        range_.strike("watch", signal.SIGKILL)
        flight.said.append(
            f"the watch killed then: heartbeat back after {await heartbeat_back_s(range_, struck_s):.2f} s"
        )

    flight = flown(meddle)
    return flight.measured, not flight.wrong


def server_killed() -> tuple[str, bool]:
    """Down whenever it comes up, until the vehicle is on its way home."""

    async def meddle(range_: Morning, flight: Flight) -> None:
        kills, pids, moments = 0, set(), chance("server-killed")
        until_s = time.monotonic() + SERVER_KILLS_S
        while time.monotonic() < until_s and (await range_.truth(D07))["mode"] != "RTL":
            pids.add(range_.strike("server", signal.SIGKILL))
            kills = len(pids)
            await asyncio.sleep(moments.uniform(0.05, 1.5))
        struck_s = time.monotonic()
        await patient(range_.client.audit_head)
        answers_s = time.monotonic() - struck_s
        flight.said.append(f"{kills} servers killed, the last answered {answers_s:.1f} s later")
        if answers_s > ANSWERS_S:
            flight.wrong.append("that is too late")

    flight = flown(meddle)
    return flight.measured, not flight.wrong


def server_frozen() -> tuple[str, bool]:
    async def meddle(range_: Morning, flight: Flight) -> None:
        await asyncio.sleep(chance("server-frozen").uniform(0.0, 2.0))
        struck_s = time.monotonic()
        frozen = range_.strike("server", signal.SIGSTOP)
        while range_.pid("server") == frozen and time.monotonic() - struck_s < 2 * REPLACED_S:  # noqa: ASYNC110  # a pids file
            await asyncio.sleep(0.1)
        await patient(range_.client.audit_head)
        took_s = time.monotonic() - struck_s
        flight.said.append(f"another server answered {took_s:.1f} s after it froze")
        if took_s > REPLACED_S:
            flight.wrong.append("that is too late")

    flight = flown(meddle)
    return flight.measured, not flight.wrong


def supervisor_frozen() -> tuple[str, bool]:
    """Until the vehicle is on its way home; then it goes on."""

    async def meddle(range_: Morning, flight: Flight) -> None:
        await asyncio.sleep(chance("supervisor-frozen").uniform(0.0, 2.0))
        supervisor, before = range_.processes._background.pid("range"), (range_.pid("watch"), range_.pid("server"))
        os.kill(supervisor, signal.SIGSTOP)
        try:
            await range_.until(lambda vehicle: vehicle["mode"] == "RTL", D07, "its return", within_s=60)
        finally:
            os.kill(supervisor, signal.SIGCONT)
        await asyncio.sleep(2)
        if (range_.pid("watch"), range_.pid("server")) != before:
            flight.wrong.append("watch or server was replaced for the supervisor's fault")

    flight = flown(meddle)
    return flight.measured, not flight.wrong


def gone(pid: int) -> bool:
    """Ended: no process, or one that only waits to be reaped."""
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0] == "Z"
        )
    except OSError:
        return True


def supervisor_killed() -> tuple[str, bool]:
    """With the vehicle in the air, and started again by hand on the same folder once it has sent itself home."""

    async def meddle(range_: Morning, flight: Flight) -> None:
        background = range_.processes._background
        children = [range_.pid(name) for name in ("watch", "standby", "server")]
        struck_s = time.monotonic()
        os.kill(background.pid("range"), signal.SIGKILL)
        while not all(gone(pid) for pid in children) and time.monotonic() < struck_s + 2 * ENDED_S:  # noqa: ASYNC110  # no children of ours
            await asyncio.sleep(0.1)
        ended_s = time.monotonic() - struck_s
        await range_.until(lambda vehicle: vehicle["mode"] == "RTL", D07, "its own failsafe's return", within_s=60)
        flight.said.append(
            f"all ended after {ended_s:.1f} s, in RTL by itself {time.monotonic() - struck_s:.1f} s after the kill"
        )
        if ended_s > ENDED_S:
            flight.wrong.append("that is too late")
        range_.settings.server_file.unlink(missing_ok=True)
        background.start("range again", ["serve"])
        await patient(range_.client.audit_head, within_s=60)

    flight = flown(meddle, gap_s=None, commanded=False, modes=["AUTO", "RTL"])
    return flight.measured, not flight.wrong


def room_struck() -> tuple[str, bool]:
    """Stopped on the leg out, and killed once the vehicle is on its way home."""

    async def meddle(range_: Morning, flight: Flight) -> None:
        before = range_.pid("watch"), range_.pid("server")
        with Terminal([sys.executable, "-m", "rangeops", "--data", str(range_.settings.data)]) as room:
            await asyncio.to_thread(room.read_until, "ENFORCING", within_s=60)
            room.process.send_signal(signal.SIGSTOP)
            await range_.until(lambda vehicle: vehicle["mode"] == "RTL", D07, "its return", within_s=60)
            room.process.kill()
        await asyncio.sleep(1)
        if (range_.pid("watch"), range_.pid("server")) != before:
            flight.wrong.append("a process was replaced")

    flight = flown(meddle)
    return flight.measured, not flight.wrong


FAULTS = (
    Promised(
        id="watch-killed",
        promise="A watch that is killed at any moment is replaced by the one standing by: vehicles hear the range again within"
        " 2 s, and one on its way out is stopped inside its volume.",
        how="SIGKILL at three seeded moments of one flight: on the leg out, and when the one after is ready",
        limit="heartbeat back within 2 s; 0 m outside; 0 entries lost; nothing sent that nobody ordered",
        attempt=lambda: watch_struck("watch-killed", signal.SIGKILL),
    ),
    Promised(
        id="watch-frozen",
        promise="A watch that hangs is killed and replaced as one that died is, so that never two of them command: vehicles"
        " hear the range again within 2 s, and one on its way out is stopped inside its volume.",
        how="SIGSTOP at three seeded moments of one flight",
        limit="heartbeat back within 2 s; 0 m outside; 0 entries lost; nothing sent that nobody ordered",
        attempt=lambda: watch_struck("watch-frozen", signal.SIGSTOP),
    ),
    Promised(
        id="standby-killed",
        promise="The death of the watch that stands by is felt by no vehicle, and another stands by within 5 s.",
        how="SIGKILL of the one standing by, and of the watch 10 s later",
        limit="another stands by within 5 s; no gap over 2 s in the heartbeat; 0 m outside",
        attempt=lambda: standby_struck(signal.SIGKILL),
    ),
    Promised(
        id="standby-frozen",
        promise="A watch that stands by and hangs is found out before it is needed: a watch that dies 10 s later is replaced"
        " within 2 s all the same.",
        how="SIGSTOP of the one standing by, and SIGKILL of the watch 10 s later",
        limit="another stands by within 5 s; no gap over 2 s in the heartbeat; 0 m outside",
        attempt=lambda: standby_struck(signal.SIGSTOP),
    ),
    Promised(
        id="server-killed",
        promise="A server that is killed again and again stops no enforcement and costs nothing that was acknowledged: the"
        " incident is whole, and it answers again within 30 s of the last kill.",
        how="SIGKILL whenever one has come up, at seeded moments, until the vehicle is on its way home",
        limit="answers within 30 s; no gap over 2 s in the heartbeat; 0 m outside; 0 entries lost",
        attempt=server_killed,
    ),
    Promised(
        id="server-frozen",
        promise="A server that hangs stops no enforcement, is replaced within 30 s, and costs nothing that was acknowledged.",
        how="SIGSTOP at a seeded moment of the leg out",
        limit="another answers within 30 s; no gap over 2 s in the heartbeat; 0 m outside; 0 entries lost",
        attempt=server_frozen,
    ),
    Promised(
        id="supervisor-frozen",
        promise="A supervisor that hangs costs no enforcement: watch and server go on, and are not replaced when it goes on.",
        how="SIGSTOP at a seeded moment of the leg out, SIGCONT when the vehicle is on its way home",
        limit="no gap over 2 s in the heartbeat; 0 m outside; the same processes before and after",
        attempt=supervisor_frozen,
    ),
    Promised(
        id="supervisor-killed",
        promise="When the supervisor is killed, watch and server end with it within 10 s, so that nothing commands unsupervised; the"
        " vehicle's own GCS failsafe sends it home, and the range starts again on the same folder.",
        how="SIGKILL on the leg out; `rangeops serve` again once the vehicle is in RTL",
        limit="all ended within 10 s; RTL by the vehicle itself; nothing sent; the record verifies with every entry",
        attempt=supervisor_killed,
    ),
    Promised(
        id="room-killed",
        promise="A control room that hangs or is killed stops nothing.",
        how="a control room on a pseudo-terminal, SIGSTOP on the leg out, SIGKILL when the vehicle is on its way home",
        limit="no gap over 2 s in the heartbeat; 0 m outside; the same watch and server",
        attempt=room_struck,
    ),
)
