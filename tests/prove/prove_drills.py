"""Every drill on real processes, and the yearly exercise: passed by who does what is expected, failed by who is slow, wrong or absent."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from proof import Proof

from rangeops.rehearsal.drill_file import drill_files
from rangeops.rehearsal.drill_operators import Manner

WITHIN_S = 400
EXERCISE_WITHIN_S = 1500
SEEDS_EACH = 2


def proofs(seed: int) -> Iterator[Proof]:
    for manner in Manner:
        failures, runs, noted = 0, 0, []
        for path in drill_files():
            for number in range(SEEDS_EACH if manner is Manner.IDEAL else 1):
                runs += 1
                passed, percent, sound = _played(path.stem, manner, (seed + number) % 1_000_000)
                held = sound and passed is (manner is Manner.IDEAL)
                failures += not held
                noted.append(f"{path.stem} {percent} %{'' if held else ' WRONG'}")
        yield Proof(f"drills_{manner.value}", runs, failures, seed, failures == 0, ", ".join(noted))
    yield _exercise(seed)


def _exercise(seed: int) -> Proof:
    """All its emergencies in one sitting, as fast as it goes."""
    failures, noted = 0, []
    for manner in (Manner.IDEAL, Manner.ABSENT):
        with tempfile.TemporaryDirectory(prefix="rangeops-prove-") as folder:
            ended = subprocess.run(
                [
                    sys.executable, "-m", "rangeops", "--data", folder, "drill", "exercise", "play", "--unattended",
                    "--as", manner.value, "--seed", str(seed % 1_000_000), "--pace", "60", "--json",
                ],
                check=False,
                capture_output=True,
                text=True,
                timeout=EXERCISE_WITHIN_S,
            )  # fmt: skip
        phases = json.loads(ended.stdout)["phases"] if ended.stdout else []
        passed = [phase["score"]["passed"] for phase in phases]
        held = len(passed) == 5 and (all(passed) if manner is Manner.IDEAL else not any(passed))
        failures += not held
        noted.append(f"{manner.value} {sum(passed)} of {len(passed)}{'' if held else ' WRONG: ' + ended.stderr[-300:]}")
    return Proof("drills_exercise", 2, failures, seed, failures == 0, ", ".join(noted))


def _played(drill: str, manner: Manner, seed: int) -> tuple[bool, int, bool]:
    """Passed, score, sound."""
    with tempfile.TemporaryDirectory(prefix="rangeops-prove-") as folder:
        ended = subprocess.run(
            [
                sys.executable, "-m", "rangeops", "--data", folder, "drill", drill, "--unattended", "--as", manner.value,
                "--seed", str(seed), "--quiet", "1", "--json",
            ],
            check=False,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
        )  # fmt: skip
    if not ended.stdout:
        print(ended.stderr, file=sys.stderr)
        return manner is not Manner.IDEAL, 0, False
    result = json.loads(ended.stdout)
    return result["score"]["passed"], result["score"]["percent"], result["score"]["sound"]
