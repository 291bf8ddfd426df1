"""`make mutants`: what became of the mutants, from mutmut's own files to docs/figures/mutants.json and docs/mutation.md.

`--before` keeps the figures as those that the others are compared with. Modules that weren't run keep their figures.
"""

import json
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

ROOT = Path(__file__).parents[2]
FIGURES = ROOT / "docs" / "figures" / "mutants.json"
PAGE = ROOT / "docs" / "mutation.md"
BEGINS, ENDS = "<!-- printed by `make mutants` -->\n", "<!-- end -->\n"
GROUPS = {
    "containment": ("containment", "volumes", "region", "leaving", "way_home", "reach"),
    "separation": ("separation", "separation_rules", "separation_4d"),
    "enforcement": ("enforcement", "ladder", "policy", "episodes", "forecast", "forecast_rules"),
    "alarms": ("alarms", "alarm_states", "alarm_conditions", "alarm_flood", "alarm_deeds"),
    "audit": ("audit", "merkle", "checkpoints", "record_proofs", "verification", "evidence", "check"),
}


def main() -> int:
    kept = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {"modules": {}}
    for group, modules in GROUPS.items():
        for module in modules:
            layer = "adapters" if module == "check" else "domain"
            outcome = Path(f"mutants/rangeops/{layer}/{module}.py.meta")
            codes = json.loads(outcome.read_text(encoding="utf-8"))["exit_code_by_key"] if outcome.exists() else {}
            if any(code is not None for code in codes.values()):
                row = kept["modules"].setdefault(module, {"group": group})
                if "--before" in sys.argv:
                    row["before"] = _counts(codes)
                else:
                    row["now"] = _counts(codes)
                    row["survivors"] = {name: _change(name) for name, code in codes.items() if _lives(code)}
    kept["tool"] = f"mutmut {version('mutmut')}"
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    table = _table(kept["modules"])
    print(table)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGINS)
    PAGE.write_text(before + BEGINS + "\n" + table + "\n" + ENDS + rest.partition(ENDS)[2], encoding="utf-8")
    return 0


def _lives(code: int | None) -> bool:
    return status_by_exit_code[code] in {"survived", "no tests"}


def _counts(codes: dict[str, int | None]) -> dict[str, Any]:
    """Of a run that was interrupted: of those that were tried, of which mutmut takes up the rest the next time."""
    told = Counter(status_by_exit_code[code] for code in codes.values())
    alive, tried = told["survived"] + told["no tests"], len(codes) - told["not checked"]
    return {
        "mutants": len(codes),
        "tried": tried,
        "survived": told["survived"],
        "no_tests": told["no tests"],
        "timed_out": told["timeout"],
        "killed_percent": round(100 * (tried - alive) / tried, 1),
    }


def _change(name: str) -> list[str]:
    lines = get_diff_for_mutant(name).splitlines()
    return [line for line in lines if line[:1] in {"+", "-"} and not line.startswith(("+++", "---"))]


def _table(modules: dict[str, Any]) -> str:
    lines = ["| module | mutants | tried | survived | no test | timed out | killed | before |", "|" + "---|" * 8]
    for name in (name for names in GROUPS.values() for name in names if name in modules):
        row = modules[name]
        now, before = row.get("now") or row["before"], row.get("before")
        share = f"{before['killed_percent']} %" if before else ""
        lines.append(
            f"| {name} | {now['mutants']} | {now['tried']} | {now['survived']} | {now['no_tests']} | {now['timed_out']} "
            f"| {now['killed_percent']} % | {share} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
