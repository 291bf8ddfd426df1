"""Logs that others published, in a folder of yours (RANGEOPS_LOGS=~/logs): each opened, and counted as pymavlink counts.

They aren't ours to publish, so they aren't here. docs/incidents.md names where some lie, and what differs and why: pymavlink
reads too far behind a MAVLink 1 packet of under 12 bytes, and loses the next one; it takes a marker among damaged bytes at its
word, and loses what it says that it spans; it guesses what a message that it doesn't know is;
it breaks off with a traceback where a GPS record has no week, and in its bookkeeping of some recordings.
"""

import contextlib
import io
import os
import random
import struct
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from proof import Proof
from pymavlink import DFReader, mavutil
from pymavlink.dialects.v20 import ardupilotmega

from rangeops.adapters.mavlink.dataflash_format import DataflashReader
from rangeops.adapters.mavlink.dataflash_text import DataflashText
from rangeops.adapters.mavlink.log_kinds import LogKind, kind_of
from rangeops.adapters.mavlink.tlog_index import TlogIndex, open_tlog
from rangeops.domain.errors import Invalid, RangeopsError
from rangeops.replaying import open_recording
from rangeops.settings import Settings

FOLDER = "RANGEOPS_LOGS"
BREAKS_OFF = (
    TypeError,
    AttributeError,
    ValueError,
    LookupError,
    struct.error,
)  # of pymavlink, over what it doesn't expect
SPANS = 280  # the longest packet
SHORT_V1 = 12  # pymavlink asks for so many bytes before it knows that a packet has fewer


def proofs(seed: int) -> Iterator[Proof]:
    given = os.environ.get(FOLDER, "")
    files = sorted(path for path in Path(given).rglob("*") if path.is_file()) if given else []
    if not files:
        why = f"skipped: {FOLDER} names no folder with logs" if not given else f"skipped: no file in {given}"
        yield Proof("logs_of_others", 0, 0, seed, holds=True, note=why)
        return
    counted: Counter[str] = Counter()
    failed: list[str] = []
    refused: list[str] = []
    broken: list[str] = []
    for path in files:
        try:
            kind = kind_of(path)
        except Invalid as error:
            refused.append(f"{path.name}: {error}")
            continue
        try:
            differs = against_pymavlink(path, kind)
        except BREAKS_OFF as error:  # there is nothing to compare with
            differs = ""
            broken.append(f"{path.name}: pymavlink breaks off ({type(error).__name__}: {error})")
        counted[kind.value] += 1
        if why := differs or opened(path):
            failed.append(f"{path.relative_to(given)}: {why}")
    for line in (*failed, *refused, *broken):
        print(f"  {line}")
    note = ", ".join(f"{count} x {kind}" for kind, count in sorted(counted.items()))
    note += f"; no log of ours {len(refused)}, opened without a count of pymavlink's {len(broken)}"
    yield Proof("logs_of_others", sum(counted.values()), len(failed), seed, not failed, note)
    yield _damaged([path for path in files if not _is_refused(path)], seed)


def _is_refused(path: Path) -> bool:
    try:
        kind_of(path)
    except Invalid:
        return True
    return False


def _damaged(files: list[Path], seed: int) -> Proof:
    """Each log damaged in every way: opened all the same, and what lies before the damage as it was."""
    chance, runs, failed = random.Random(seed), 0, []
    with tempfile.TemporaryDirectory(prefix="rangeops-prove-") as folder:
        for path in files:
            data = path.read_bytes()
            for name, harm in HARMS.items():
                at = chance.randrange(len(data) // 2, len(data))
                file = Path(folder) / f"harmed{path.suffix}"
                file.write_bytes(harm(data, at, chance))
                runs += 1
                if why := _survives(path, file, at):
                    failed.append(f"{path.name}, {name} at {at}: {why}")
    for line in failed:
        print(f"  {line}")
    return Proof("logs_damaged", runs, len(failed), seed, not failed, f"{len(files)} logs, each {', '.join(HARMS)}")


def _flipped(data: bytes, at: int, chance: random.Random) -> bytes:
    harmed = bytearray(data)
    for _ in range(20):
        harmed[chance.randrange(at, len(data))] ^= 1 << chance.randrange(8)
    return bytes(harmed)


HARMS: dict[str, Callable[[bytes, int, random.Random], bytes]] = {
    "cut": lambda data, at, _: data[:at],
    "bits flipped": _flipped,
    "zeros": lambda data, at, chance: data[:at] + bytes(chance.randrange(1, 5000)) + data[at:],
    "bytes gone": lambda data, at, chance: data[:at] + data[at + chance.randrange(1, 5000) :],
    "noise": lambda data, at, chance: data[:at] + chance.randbytes(chance.randrange(1, 5000)) + data[at:],
    "twice in one file": lambda data, _, __: data + data,
}


def _survives(path: Path, file: Path, at: int) -> str:
    """What is wrong with how the harmed one is opened; empty for nothing."""
    kind = kind_of(file)
    if kind is not kind_of(path):
        return f"it is taken for a {kind.value}"
    if why := opened(file):
        return why
    if kind is LogKind.TLOG:
        whole, harmed = open_tlog(path), open_tlog(file)
        before = whole.offset[whole.offset + whole.length <= at - SPANS]
        if not np.array_equal(before, harmed.offset[: len(before)]):
            return "packets before the damage aren't what they were"
        spanned = int(harmed.length.sum()) + sum(each.size for each in harmed.damage)
        stamped = 0 if any("no times" in note for note in harmed.notes) else 8 * len(harmed)
        return "" if spanned + stamped == file.stat().st_size else "bytes are neither a packet's nor told as damage"
    if kind is LogKind.DATAFLASH:
        reader = DataflashReader(path.read_bytes()[: at - SPANS])
        harmed_reader = DataflashReader(file.read_bytes())
        for each in (reader, harmed_reader):
            for _ in each.records(()):
                pass
        return "" if not reader.counts - harmed_reader.counts else "records before the damage are gone"
    return ""


def opened(path: Path) -> str:
    """What the replay does first: its list, and the picture of several moments. What is wrong with that; "" for nothing."""
    with tempfile.TemporaryDirectory(prefix="rangeops-prove-") as folder:
        try:
            recorded = open_recording(Settings(data=Path(folder)), [path])
        except RangeopsError as error:
            return "" if not _has_packets(path) else str(error)
        lasts = recorded.ends - recorded.begins
        if lasts < timedelta():
            return "it ends before it begins"
        for share in (0.0, 0.3, 0.7, 1.0):
            recorded.picture(recorded.begins + lasts * share)
    return ""


def _has_packets(path: Path) -> bool:
    return kind_of(path) is not LogKind.TLOG or len(open_tlog(path)) > 0


def against_pymavlink(path: Path, kind: LogKind) -> str:
    """What differs in the counts by type and isn't pymavlink's own; empty where nothing does."""
    if kind is LogKind.TLOG:
        return _of_tlog(path)
    reader = (DataflashText if kind is LogKind.TEXT else DataflashReader)(path.read_bytes())
    for _ in reader.records(()):
        pass
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        theirs = _counted(
            DFReader.DFReader_text(str(path)) if kind is LogKind.TEXT else DFReader.DFReader_binary(str(path))
        )
    return _difference(Counter(reader.counts), theirs, Counter())


def _of_tlog(path: Path) -> str:
    index = open_tlog(path)
    raw = any("no times" in note for note in index.notes)
    theirs = _counted(
        mavutil.mavlink_connection(str(path), dialect="ardupilotmega", robust_parsing=True, notimestamps=raw)
    )
    ours = Counter(_name(int(number)) for number in index.message_id[index.checked])
    return _difference(ours, theirs, _lost_by_pymavlink(index))


def _lost_by_pymavlink(index: TlogIndex) -> Counter[str]:
    """By type, packets right behind a MAVLink 1 packet that is so short that pymavlink reads into the next, or behind damage."""
    behind = np.zeros(len(index), np.bool_)
    behind[1:] = index.length[:-1] < SHORT_V1
    for each in index.damage:
        ends = each.offset + each.size
        behind |= (index.offset >= ends) & (index.offset < ends + SPANS)
    return Counter(_name(int(number)) for number in index.message_id[behind])


def _counted(log: Any) -> Counter[str]:
    found: Counter[str] = Counter()
    while (message := log.recv_msg()) is not None:
        if not message.get_type().startswith(("BAD_DATA", "UNKNOWN_")):
            found[message.get_type()] += 1
    return found


def _difference(ours: Counter[str], theirs: Counter[str], lost: Counter[str]) -> str:
    wrong = [
        f"{name} {ours[name]} against {theirs[name]}"
        for name in sorted(ours | theirs)
        if not 0 <= ours[name] - theirs[name] <= lost[name]
    ]
    return ", ".join(wrong)


def _name(number: int) -> str:
    return str(ardupilotmega.mavlink_map[number].msgname)
