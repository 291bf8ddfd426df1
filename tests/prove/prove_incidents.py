"""100 made-up incidents: every cause, alarm, acknowledgement and command is on the timeline, at its time within 50 ms."""

from collections.abc import Iterable

from incident_truth import made_up
from proof import Proof

INCIDENTS = 100


def proofs(seed: int) -> Iterable[Proof]:
    made = [made_up(seed * INCIDENTS + number) for number in range(INCIDENTS)]
    truth = sum(len(each.truth) for each in made)
    lacking = sum(len(each.missing) for each in made)
    foreign = sum(len(each.foreign) for each in made)
    split = sum(each.incidents != 1 for each in made)
    failures = lacking + foreign + split
    note = f"{truth} things happened, {lacking} lacking, {foreign} of others, {split} events that made not one incident"
    yield Proof("timeline_complete", INCIDENTS, failures, seed, failures == 0, note)
