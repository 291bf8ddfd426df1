"""Fences and commands through a radio that loses 30 % both ways, with up to 200 ms of jitter: real sockets, real time."""

from collections.abc import Iterable
from itertools import cycle, islice

from fault_rounds import MODES, Judged, stormy_range
from proof import Proof

VEHICLES = 40
ROUNDS = 5  # 200 of each


def proofs(seed: int) -> Iterable[Proof]:
    fences, commands = Judged(), Judged()
    with stormy_range(VEHICLES, seed) as range_:
        for number in range(ROUNDS):
            range_.fence_round(number, fences)
        yield proof("fence_round_trips_30_loss", seed, fences, "read back equal")
        for kind in islice(cycle(MODES), ROUNDS):
            range_.command_round(kind, commands)
        yield proof("commands_30_loss", seed, commands, "seen obeyed")


def proof(name: str, seed: int, judged: Judged, good: str) -> Proof:
    note = (
        f"{judged.good} of {judged.runs} {good}, {len(judged.stated)} a stated failure, none wrong; "
        f"slowest round {judged.slowest_s:.0f} s"
    )
    if judged.wrong:
        note = f"{len(judged.wrong)} wrong: {judged.wrong[:3]}"
    holds = not judged.wrong and judged.runs == VEHICLES * ROUNDS
    return Proof(name, judged.runs, len(judged.wrong), seed, holds, note)
