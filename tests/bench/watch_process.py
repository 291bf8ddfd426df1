"""The real loop in a process of its own, as `rangeops serve` runs it, for benchmarks and proofs that drive it by sockets."""

import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

WITHIN_S = 20.0


@dataclass(frozen=True)
class Counts:
    """packets, lost: by sequence numbers. cpu_s: of the whole process, its threads too, since it was up."""

    packets: int
    lost: int
    cpu_s: float
    at_s: float


class WatchProcess:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def counts(self) -> Counts:
        self._connection.send("counts")
        assert self._connection.poll(WITHIN_S), "the watch doesn't answer"
        return self._connection.recv()


def _run(connection: Connection, folder: Path, port: int, sysids: range, core: int | None) -> None:
    from bench_watch import make_loop

    if core is not None:
        os.sched_setaffinity(0, {core})
    ended = False

    def beat() -> None:
        """What is asked is answered with the beat: a look at the pipe with every turn would cost what is measured."""
        nonlocal ended
        while connection.poll():
            if connection.recv() == "end":
                ended = True
                return
            links = loop.link_counters()
            packets, lost = sum(link.packets for link in links), sum(link.lost for link in links)
            connection.send(Counts(packets, lost, time.process_time() - started, time.monotonic()))

    loop = make_loop(folder, port, sysids, beat)
    started = time.process_time()
    connection.send("up")
    while not ended:
        loop.turn()
    loop.close()


@contextmanager
def watch_process(folder: Path, port: int, sysids: range, *, core: int | None = None) -> Iterator[WatchProcess]:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(theirs, folder, port, sysids, core), daemon=True)
    process.start()
    try:
        assert ours.poll(WITHIN_S), "the watch doesn't come up"
        ours.recv()
        yield WatchProcess(ours)
        ours.send("end")
        process.join(WITHIN_S)
    finally:
        if process.is_alive():
            process.kill()
            process.join()
