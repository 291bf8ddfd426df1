"""Power cuts: whatever a real process had written and not synced is there, torn, or gone; what it had acknowledged must be there."""

import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import power_life
from append_kills import Judged, Said, judge
from desk import NOON
from flight_out import SEED, chance
from power_cut import Disk, traced
from promised import Promised

from rangeops.domain.evidence import SignaturesMissing
from rangeops.domain.now import Now
from rangeops.services.changes import SERVER
from rangeops.watch.journal import Journal

PROGRAM = Path(__file__).parent / "power_life.py"
CUTS = 200


@dataclass
class Cut:
    """cuts: how many were judged. torn: after which something unsynced was there by half. wrong: in words."""

    cuts: int = 0
    acknowledged: int = 0
    wrong: list[str] = field(default_factory=list)


def cut_at_random(what: str, judged_by: Callable[[Path, list[str]], list[str]], prepare: Callable[[Path], None]) -> Cut:
    """Run it once, and cut it at CUTS calls spread over all that changed something."""
    outcome, moments = Cut(), chance(f"power-cut-{what}")
    with tempfile.TemporaryDirectory(prefix="rangeops-power-") as folder:
        data, trace, left = Path(folder) / "data", Path(folder) / "trace", Path(folder) / "left"
        data.mkdir()
        prepare(data)
        disk = Disk(data)
        traced(PROGRAM, what, str(data), str(SEED), trace=trace)
        every = sum(1 for _ in Disk(data).replay(trace)) or 1  # of a disk that is at the end already: only counted
        share = min(1.0, CUTS / every)
        for number in disk.replay(trace):
            if moments.random() > share:
                continue
            disk.left(left, random.Random(f"{SEED} {number}"))
            said = b"".join(disk.said).decode().splitlines()
            outcome.cuts += 1
            outcome.acknowledged = len(said)
            outcome.wrong += [f"cut {number}: {each}" for each in judged_by(left, said)]
    return outcome


def told(outcome: Cut) -> tuple[str, bool]:
    wrong = "; ".join(outcome.wrong[:3]) or "nothing lost, nothing by half"
    sentence = f"{outcome.cuts} cuts, {outcome.acknowledged} acknowledgements by the last; {wrong}"
    return sentence, not outcome.wrong and outcome.cuts >= CUTS // 4 and outcome.acknowledged > 20


def record() -> tuple[str, bool]:
    return told(cut_at_random("record", _judge_record, lambda data: power_life.desk_of(data)[0].close()))


def _judge_record(left: Path, said: list[str]) -> list[str]:
    """As it lies there, then by the next start, which must be able to go on."""
    known = Said()
    for line in said:
        kind, number, head = line.split()
        (known.entries if kind == "e" else known.notes)[int(number)] = bytes.fromhex(head)
    found = judge(left, known, Judged())
    store, changes, desk = power_life.desk_of(left)
    with changes.begin(Now(0.0, NOON), SERVER) as change:
        change.record("note", "range", "after", {"part": 1, "of": 1}, about=["range"])
    try:
        desk.sign_now(Now(0.0, NOON))
    except SignaturesMissing as error:
        found.append(f"signing is refused: {error.what}")
    store.close()
    return found + judge(left, known, Judged())


def journal() -> tuple[str, bool]:
    return told(cut_at_random("journal", _judge_journal, lambda _data: None))


def _judge_journal(left: Path, said: list[str]) -> list[str]:
    numbers = {"durable": 0, "taken": 0}
    for line in said:
        kind, number = line.split()
        numbers[kind] = int(number)
    opened = Journal(left, "watch")
    opened.collect()
    entries = opened.to_send(1_000_000)
    following = opened.append(power_life.event(1), Now(0.0, NOON)).seq
    opened.close()
    seqs, wrong = [entry.seq for entry in entries], []
    if seqs and seqs != list(range(seqs[0], seqs[-1] + 1)):
        wrong.append(f"entries are missing between {seqs[0]} and {seqs[-1]}")
    if numbers["durable"] > numbers["taken"] and (
        not seqs or seqs[0] > numbers["taken"] + 1 or seqs[-1] < numbers["durable"]
    ):
        wrong.append(f"{numbers['durable']} was durable, {seqs[:1]} to {seqs[-1:]} is there")
    if any(entry.event != power_life.event(entry.seq) for entry in entries):
        wrong.append("an entry isn't what was written")
    if following <= numbers["durable"]:
        wrong.append(f"number {following} would be used twice")
    return wrong


def files() -> tuple[str, bool]:
    return told(cut_at_random("orders", _judge_files, lambda _data: None))


def _judge_files(left: Path, said: list[str]) -> list[str]:
    newest = dict.fromkeys(("orders.bin", "alarms.json"), 0)
    for line in said:
        name, version = line.split()
        newest[name] = int(version)
    wrong = []
    for name, acknowledged in newest.items():
        path = left / name
        data = path.read_bytes() if path.exists() else b""
        if not data:
            wrong += [f"{name} is gone or empty"] if acknowledged or path.exists() else []
            continue
        version, size = (int(part) for part in data.split(b" ", 2)[:2])
        if data != power_life.content(version, size) or version < acknowledged:
            wrong.append(f"{name} is torn, or older than what was acknowledged")
    return wrong


HOW = (
    "the writes and syncs of a real process, seen by strace, replayed up to some 200 points: what was not synced is there, torn"
    " at a sector, or gone; then started again"
)
FAULTS = (
    Promised(
        id="power-cut-record",
        promise="A power cut at any moment loses no entry of the record and no checkpoint that was acknowledged, and leaves no"
        " change by half.",
        how=HOW,
        limit="0 acknowledged lost; the chain holds, and the next start goes on, after each cut",
        attempt=record,
    ),
    Promised(
        id="power-cut-journal",
        promise="A power cut at any moment loses no entry of a watch's journal that was durable; a torn tail is cut off at the"
        " last whole entry, and no number is used twice.",
        how=HOW,
        limit="0 durable lost; 0 wrong; 0 numbers twice",
        attempt=journal,
    ),
    Promised(
        id="power-cut-files",
        promise="A power cut while the watch's orders or alarms are replaced leaves the old or the new, never a part, and what"
        " was acknowledged is not older than that.",
        how=HOW,
        limit="0 parts; 0 older than acknowledged",
        attempt=files,
    ),
)
