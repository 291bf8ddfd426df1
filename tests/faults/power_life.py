"""`power_life.py record|journal|orders FOLDER SEED`: writes what must outlive a power cut, and says on its standard output, a line
each, what is there for good. For strace to watch.
"""

import os
import random
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "support")]

from rangeops.domain.now import Now, of_unix_us  # noqa: E402  # found by the lines above, where it runs alone

STARTED_US = 1_795_500_000_000_000
CHANGES = 30
RANGE = "twente"


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def at(number: int) -> Now:
    return Now(time.monotonic(), of_unix_us(STARTED_US + number))


def desk_of(data: Path):
    from rangeops.adapters.checkpoints import FolderOfCheckpoints, RecordKeys
    from rangeops.adapters.store.opening import open_store
    from rangeops.services.changes import Changes
    from rangeops.services.checkpoints import CheckpointDesk

    store = open_store(f"sqlite:///{data / 'rangeops.db'}")
    changes = Changes(store, lambda _notice: None)
    desk = CheckpointDesk(
        changes,
        RANGE,
        signer=RecordKeys(data / "record-keys"),
        shelf=FolderOfCheckpoints(data / "checkpoints"),
        clock_word=lambda: "synchronised",
    )
    return store, changes, desk


def record(data: Path, seed: int) -> None:
    from rangeops.services.changes import SERVER

    chance = random.Random(seed)
    _, changes, desk = desk_of(data)
    for number in range(CHANGES):
        if chance.random() < 0.25:
            point = desk.sign_now(at(number)).checkpoint
            say("c", point.size, point.head)
            continue
        size = chance.randint(1, 6)
        with changes.begin(at(number), SERVER) as change:
            for part in range(1, size + 1):
                body = {"life": seed, "part": part, "of": size, "padding": "x" * chance.randint(0, 900)}
                entry = change.record("note", "range", f"note {number}", body, about=["range", "vehicle:7"])
        say("e", entry.seq, entry.entry_hash)


def event(seq: int):
    from desk import D07, alarm

    from rangeops.domain.events import AlarmChanged

    return AlarmChanged(alarm(number=seq, sysid=D07))


def journal(data: Path, seed: int) -> None:
    from rangeops.watch import journal as module

    module.ROTATE_BYTES = 2048  # many files in a short life
    chance, opened, seq = random.Random(seed), module.Journal(data, "watch"), 0
    while seq < 10 * CHANGES:
        for _ in range(chance.randint(1, 8)):
            seq = opened.append(event(opened._next_seq), at(seq)).seq
        durable = 0
        while durable < seq:
            opened.collect()
            for entry in opened.to_send(1000):
                durable = entry.seq
                say("durable", durable)
            time.sleep(0.001)
        if chance.random() < 0.3:
            say("taken", durable)
            opened.taken(durable)
    opened.close()


def orders(data: Path, seed: int) -> None:
    from rangeops.durable import write_durably

    chance = random.Random(seed)
    for version in range(1, CHANGES + 1):
        for name in ("orders.bin", "alarms.json"):
            write_durably(data / name, content(version, chance.randint(1, 9000)))
            say(name, version)


def content(version: int, size: int) -> bytes:
    """A version that shows whether it is whole."""
    return f"{version} {size} ".encode() + bytes([version]) * size + b" end"


if __name__ == "__main__":
    {"record": record, "journal": journal, "orders": orders}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
