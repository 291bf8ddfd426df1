"""`make prove`: the full counts, to build/proof.json. Hours are allowed here that `make test` doesn't have.

A proof's module is named prove_*.py in this folder and has `proofs(seed) -> Iterable[Proof]`.
"""

import argparse
import sys
from pathlib import Path

from tests.support.results import keep, modules

OUTPUT = Path("build/proof.json")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--only", default="", help="part of a module's name; proofs of others stay as they were")
    parser.add_argument("--days", type=int, help="how many range days to fly (--only days)")
    parser.add_argument("--day", type=int, help="fly this range day alone, and tell its story (--only days)")
    parser.add_argument("--again", action="store_const", const=OUTPUT, help="fly the days that broke (--only days)")
    arguments = parser.parse_args()
    of_days = {name: each for name in ("days", "day", "again") if (each := getattr(arguments, name)) is not None}
    if of_days and arguments.only != "days":
        parser.error("--days, --day and --again are of --only days")
    if not arguments.only:
        OUTPUT.unlink(missing_ok=True)
    print(f"seed {arguments.seed}")
    all_hold = True
    for module in modules(Path(__file__).parent, "prove_*.py", arguments.only):
        for proof in module.proofs(arguments.seed, **of_days):
            all_hold &= proof.holds
            mark = "holds" if proof.holds else "DOES NOT HOLD"
            print(f"{proof.id:32} {proof.runs} runs, {proof.failures} failures: {mark} {proof.note}", flush=True)
            keep(OUTPUT, [proof])
    return 0 if all_hold else 1


if __name__ == "__main__":
    sys.exit(main())
