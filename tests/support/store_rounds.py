"""Processes that book against each other, and processes that are killed as they write: what is left must be right.

Run as a program (`store_rounds.py race|kill|journal TARGET ROUNDS SEED`, prints JSON): it forks, so it must have no threads.
"""

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import msgspec

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from desk import D07, NOON, TWENTE, Desk, TomlAirframes, alarm

from rangeops.adapters.store.engines import open_engine
from rangeops.adapters.store.opening import check_store, open_store
from rangeops.adapters.store.sql import SqlStore
from rangeops.domain.audit import first_fault
from rangeops.domain.errors import Conflict, RangeopsError
from rangeops.domain.events import AlarmChanged
from rangeops.domain.now import Now
from rangeops.domain.slots import HOLDS_AIRSPACE, SlotEvent, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.services.airspace import AirspaceBook
from rangeops.services.changes import slot_subject
from rangeops.watch import journal as journal_module
from rangeops.watch.journal import Journal

RACERS = 16
LONGEST_LIFE_S = 0.12  # of a writer, from its first acknowledged change
_FORK = multiprocessing.get_context("fork")


@dataclass
class Outcome:
    """wrong: one line for each thing that must not be. changes: acknowledged ones."""

    rounds: int = 0
    changes: int = 0
    wrong: list[str] = field(default_factory=list)
    took_s: float = 0.0


def run(what: str, target: str, rounds: int, seed: int, *, timeout_s: float = 100.0) -> Outcome:
    """In a process of its own."""
    command = [sys.executable, __file__, what, target, str(rounds), str(seed)]
    finished = subprocess.run(command, check=False, capture_output=True, text=True, timeout=timeout_s)
    if finished.returncode:
        return Outcome(wrong=[finished.stderr[-2000:]])
    return Outcome(**json.loads(finished.stdout))


def open_quickly(url: str) -> Desk:
    """On a database that was opened, and so checked and brought up, before."""
    return Desk(SqlStore(open_engine(url), AirspaceBook(TWENTE, TomlAirframes())))


# Sixteen who want the same hour.


def race(url: str, rounds: int, seed: int) -> Outcome:
    outcome, desk = Outcome(), Desk(open_store(url, AirspaceBook(TWENTE, TomlAirframes())))
    desk.store.close()  # no connection crosses a fork
    together = _FORK.Barrier(RACERS)
    lines = [_FORK.Pipe() for _ in range(RACERS)]
    racers = [_FORK.Process(target=_race_on, args=(url, together, theirs), daemon=True) for _, theirs in lines]
    for racer in racers:
        racer.start()
    desk = open_quickly(url)
    for each in range(rounds):
        for number, (ours, _) in enumerate(lines, start=1):
            ours.send(desk.book(sysid=Sysid(number), callsign=f"D{number}"))
        results = [ours.recv() for ours, _ in lines]
        won = [slot for result, slot in results if result == "won"]
        if len(won) != 1 or sum(result == "Conflict" for result, _ in results) != RACERS - 1:
            outcome.wrong.append(f"round {each}: {results}")
        with desk.store.read() as work:
            holding = [slot.id for slot in work.slots.in_state(HOLDS_AIRSPACE)]
        if sorted(holding) != sorted(won):
            outcome.wrong.append(f"round {each}: {holding} hold it, {won} were told so")
        for slot in won:
            desk.move(desk.services.booking.get(slot), SlotEvent.CANCEL)
        outcome.rounds += 1
    for (ours, _), racer in zip(lines, racers, strict=True):
        ours.send(None)
        racer.join()
    outcome.changes = len(desk.record())
    if len(desk.services.booking.all()) != rounds * RACERS:
        outcome.wrong.append("requests were lost")
    desk.store.close()
    outcome.wrong += check_store(url, desk.now.utc)
    return outcome


def _race_on(url, together, line) -> None:
    desk = open_quickly(url)
    while (slot := line.recv()) is not None:
        together.wait()
        try:
            desk.move(slot, SlotEvent.APPROVE)
            line.send(("won", slot.id))
        except RangeopsError as error:
            line.send((type(error).__name__ if isinstance(error, Conflict) else str(error), slot.id))
    desk.store.close()


# One who is killed as he writes.


def kill(url: str, rounds: int, seed: int) -> Outcome:
    outcome, chance = Outcome(), random.Random(seed)
    open_store(url, AirspaceBook(TWENTE, TomlAirframes())).close()
    seen = None
    for each in range(rounds):
        acknowledged = list(_until_killed(_write_on, (url, seed + each), chance))
        desk = open_quickly(url)
        with desk.store.read() as work:
            new = work.record.following(0 if seen is None else seen.seq, 1_000_000)
            slots = {slot.id: slot for slot in work.slots.all()[-200:]} | {
                slot: work.slots.get(slot) for slot, *_ in acknowledged
            }
        if (fault := first_fault(new, seen)) is not None:
            outcome.wrong.append(f"round {each}: {fault.why}")
        hashes = {entry.seq: entry.entry_hash for entry in new}
        last_told = _last_bodies(new)
        for slot, version, seq, entry_hash in acknowledged:
            if slots[slot].version < version or hashes.get(seq) != entry_hash:
                outcome.wrong.append(
                    f"round {each}: {slot} at version {version} (entry {seq}) was acknowledged and is lost"
                )
        for slot, body in last_told.items():
            with desk.store.read() as work:
                stored = work.slots.get(slot)
            if (stored.version, stored.state.value) != (body["version"], body["state"]):
                outcome.wrong.append(f"round {each}: {slot} and its entry tell different things")
        seen = new[-1] if new else seen
        outcome.rounds += 1
        outcome.changes += len(acknowledged)
        desk.store.close()
        if each % 10 == 0:  # as a server starts
            open_store(url, AirspaceBook(TWENTE, TomlAirframes())).close()
    outcome.wrong += check_store(url, NOON)
    return outcome


def _last_bodies(entries) -> dict:
    payloads = ((entry, json.loads(entry.payload)) for entry in entries if entry.action.startswith("slot."))
    return {entry.target.removeprefix("slot:"): payload["body"] for entry, payload in payloads}


def _write_on(url: str, seed: int, acknowledge) -> None:
    """Book, approve, cancel, for as long as it lives; each change is told once it is stored."""
    chance, desk = random.Random(seed), open_quickly(url)
    open_slots = [
        slot for slot in desk.services.booking.all() if slot.state in (SlotState.REQUESTED, SlotState.APPROVED)
    ]
    while True:
        try:
            slot = _one_change(desk, chance, open_slots)
        except Conflict:
            continue
        with desk.store.read() as work:
            evidence = work.record.about([slot_subject(slot.id)], NOON, NOON)
        entry = evidence[-1].entry
        acknowledge((slot.id, slot.version, entry.seq, entry.entry_hash))


def _one_change(desk: Desk, chance: random.Random, open_slots: list):
    if len(open_slots) < 4 or chance.random() < 0.4:
        sysid = Sysid(chance.randint(1, 200))
        slot = desk.book(start_minutes=chance.randrange(0, 40_000, 30), sysid=sysid, callsign=f"D{sysid}")
    else:
        slot = open_slots.pop(chance.randrange(len(open_slots)))
        approve = slot.state is SlotState.REQUESTED and chance.random() < 0.8
        slot = desk.move(slot, SlotEvent.APPROVE if approve else SlotEvent.CANCEL)
    if slot.state in (SlotState.REQUESTED, SlotState.APPROVED):
        open_slots.append(slot)
    return slot


# A watch that is killed as it writes its journal.


def journal(folder: str, rounds: int, seed: int) -> Outcome:
    outcome, chance, last, taken = Outcome(), random.Random(seed), 0, 0
    for each in range(rounds):
        told = list(_until_killed(_journal_on, (folder, seed + each), chance))
        acknowledged = max((seq for kind, seq in told if kind == "durable"), default=last)
        taken = max([taken, *(seq for kind, seq in told if kind == "taken")])
        opened = Journal(Path(folder), "watch")
        opened.collect()
        entries = opened.to_send(1_000_000)
        seqs = [entry.seq for entry in entries]
        if seqs and seqs != list(range(seqs[0], seqs[-1] + 1)):
            outcome.wrong.append(f"round {each}: entries are missing among {seqs[0]} to {seqs[-1]}")
        if acknowledged > taken and (not seqs or seqs[0] > taken + 1 or seqs[-1] < acknowledged):
            outcome.wrong.append(f"round {each}: {acknowledged} was durable, {seqs[:1]}-{seqs[-1:]} is there")
        if any(entry.event != _event(entry.seq) for entry in entries):
            outcome.wrong.append(f"round {each}: an entry isn't what was written")
        following = opened.append(_event(seqs[-1] + 1 if seqs else taken + 1), Now(0.0, NOON))
        if following.seq <= acknowledged:
            outcome.wrong.append(f"round {each}: {following.seq} would be used twice")
        opened.close()
        last, outcome.rounds, outcome.changes = following.seq, outcome.rounds + 1, outcome.changes + len(told)
    return outcome


def _event(seq: int) -> AlarmChanged:
    return AlarmChanged(alarm(number=seq, sysid=D07))


def _journal_on(folder: str, seed: int, acknowledge) -> None:
    chance = random.Random(seed)
    journal_module.ROTATE_BYTES = 4096  # many files in a short life
    opened = Journal(Path(folder), "watch")
    seq = None
    while True:
        for _ in range(chance.randint(1, 6)):
            following = opened._next_seq if seq is None else seq + 1
            seq = opened.append(_event(following), Now(0.0, NOON)).seq
        opened.collect()
        for entry in opened.to_send(1000):
            acknowledge(("durable", entry.seq))
            if chance.random() < 0.2:
                acknowledge(("taken", entry.seq))
                opened.taken(entry.seq)


# Killing.


def _until_killed(target, arguments, chance: random.Random) -> Iterator[tuple]:
    """What the process acknowledged before SIGKILL, at a random time after it began to."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            target(*arguments, lambda told: os.write(writing, msgspec.json.encode(told) + b"\n"))
        except BaseException as error:  # noqa: BLE001  # a fork's own end; the parent reads why
            os.write(writing, msgspec.json.encode(["failed", repr(error)[:300]]) + b"\n")
        os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as lines:
        first = lines.readline()
        time.sleep(chance.random() * LONGEST_LIFE_S)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        for line in [first, *lines]:
            if line.endswith(b"\n"):  # a line cut off was not acknowledged
                told = msgspec.json.decode(line)
                if told[0] == "failed":
                    raise RuntimeError(told[1])
                yield tuple(told)


if __name__ == "__main__":
    started = time.monotonic()
    result = {"race": race, "kill": kill, "journal": journal}[sys.argv[1]](
        sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    )
    result.took_s = time.monotonic() - started
    print(json.dumps(asdict(result)))
