"""`make prove`: the full counts, to build/proof.json. Hours are allowed here that `make test` doesn't have.

A proof's module is named prove_*.py in this folder and has `proofs(seed) -> Iterable[Proof]`.
"""

import argparse
import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent
OUTPUT = Path("build/proof.json")


def modules(only: str) -> Iterable[object]:
    sys.path.insert(0, str(FOLDER))
    sys.path.insert(0, str(FOLDER.parent / "support"))
    for path in sorted(FOLDER.glob("prove_*.py")):
        if only in path.stem:
            spec = importlib.util.spec_from_file_location(path.stem, path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[path.stem] = module
            spec.loader.exec_module(module)
            yield module


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--only", default="", help="part of a module's name")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    proved = []
    for module in modules(arguments.only):
        for proof in module.proofs(arguments.seed):  # type: ignore[attr-defined]  # what makes it a module of proofs
            proved.append(proof)
            mark = "holds" if proof.holds else "DOES NOT HOLD"
            print(f"{proof.id:32} {proof.runs} runs, {proof.failures} failures: {mark} {proof.note}", flush=True)
            OUTPUT.parent.mkdir(exist_ok=True)
            OUTPUT.write_bytes(msgspec.json.format(msgspec.json.encode(proved), indent=2))
    return 0 if all(proof.holds for proof in proved) else 1


if __name__ == "__main__":
    sys.exit(main())
