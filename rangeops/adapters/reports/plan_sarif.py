"""Findings as SARIF 2.1.0 (OASIS), with what GitHub code scanning asks for beside the standard's own demands.

Each result has a rule with help, a line where the plan's item stands, and a fingerprint that stays while other items
come and go, so that a finding isn't taken for a new one.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any, Final, Protocol
from urllib.parse import quote

from rangeops.adapters.reports.plan_help import WHY
from rangeops.domain.plan_findings import Code, Finding, Outcome
from rangeops.domain.text import safe_text
from rangeops.services.plan_judging import JudgedPlan
from rangeops.services.plan_text import TITLES
from rangeops.wire.api import PlanCheck

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_CODES: Final = tuple(Code)


class Lines(Protocol):
    """Where an item stands in its file; 1-based, both included."""

    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...


def sarif(judged: Sequence[tuple[JudgedPlan, Mapping[int, Lines]]], *, version: str) -> bytes:
    """judged: each plan with the lines of its items, by their number."""
    run = {
        "tool": {"driver": _driver(version)},
        "automationDetails": {"id": "rangeops/plan-check/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "Where the check was started."}}},
        "artifacts": [
            {"location": _location(plan.file), "hashes": {"sha-256": plan.sha256}, "roles": ["analysisTarget"]}
            for plan, _ in judged
        ],
        "invocations": [{"executionSuccessful": True}],
        "results": [
            result for index, (plan, lines) in enumerate(judged) for result in _results(plan, lines, artifact=index)
        ],
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return (json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def _driver(version: str) -> dict[str, Any]:
    return {
        "name": "rangeops",
        "semanticVersion": version,
        "rules": [_rule(code) for code in _CODES],
    }


def _rule(code: Code) -> dict[str, Any]:
    title, why = TITLES[code], WHY[code]
    return {
        "id": code.value,
        "name": "".join(word.capitalize() for word in title.replace("'", "").replace(",", "").split()),
        "shortDescription": {"text": title},
        "fullDescription": {"text": why},
        "help": {"text": f"{title}. {why}", "markdown": f"**{title}.** {why}"},
        "defaultConfiguration": {"level": "error"},
        "properties": {
            "tags": ["flight-plan", code.value.split("-")[0]],
            "precision": "very-high",
            "problem.severity": "error",
        },
    }


def _results(plan: JudgedPlan, lines: Mapping[int, Lines], *, artifact: int) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for finding, told in plan.findings:
        mark = _mark(plan, finding)
        seen[mark] += 1
        where = _where(plan, told, lines, artifact)
        yield _result(told, where, f"{mark}:{seen[mark]}", _properties(finding, told))
    for told in plan.checks[len(plan.verdict.findings) :]:
        if not told.passed:  # a rule that couldn't be asked
            mark = hashlib.sha256(f"{_uri(plan.file)}|{told.code}|unjudged".encode()).hexdigest()[:32]
            where = _where(plan, told, lines, artifact)
            yield _result(told, where, f"{mark}:1", {"outcome": Outcome.CANNOT_CHECK.value})


def _result(told: PlanCheck, where: dict[str, Any], fingerprint: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "ruleId": told.code,
        "ruleIndex": [code.value for code in _CODES].index(told.code),
        "level": "error",
        "message": {"text": safe_text(f"{told.what} {told.fix}".strip(), limit=1000)},
        "locations": [{"physicalLocation": where}],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
        "properties": properties,
    }


def _where(plan: JudgedPlan, told: PlanCheck, lines: Mapping[int, Lines], artifact: int) -> dict[str, Any]:
    """On the item's lines; the first where it has none, since code scanning shows nothing without a line."""
    found = lines.get(-1 if told.waypoint is None else told.waypoint)
    region = {"startLine": 1} if found is None else {"startLine": found.first, "endLine": found.last}
    return {"artifactLocation": {**_location(plan.file), "index": artifact}, "region": region}


def _properties(finding: Finding, told: PlanCheck) -> dict[str, Any]:
    known = {
        "outcome": finding.outcome.value,
        "reason": finding.reason.value,
        "fix": safe_text(told.fix, limit=1000) or None,
        "waypoint": told.waypoint,
        "latitude_deg": told.latitude_deg,
        "longitude_deg": told.longitude_deg,
        "distance_m": told.distance_m,
    }
    return {name: value for name, value in known.items() if value is not None}


def _mark(plan: JudgedPlan, finding: Finding) -> str:
    """Of what is wrong and where on the ground, not of the item's number: that changes when another item is removed."""
    item = None if finding.waypoint is None else plan.plan.item(finding.waypoint)
    place = "" if item is None else f"{item.command}|{item.latitude_deg}|{item.longitude_deg}|{item.altitude_m}"
    text = f"{_uri(plan.file)}|{finding.code.value}|{finding.reason.value}|{place}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _location(file: str) -> dict[str, str]:
    path = PurePath(file)
    return {"uri": _uri(file)} if path.is_absolute() else {"uri": _uri(file), "uriBaseId": "%SRCROOT%"}


def _uri(file: str) -> str:
    path = PurePath(file)
    text = quote(path.as_posix().encode(errors="surrogateescape"), safe="/")
    return f"file://{text}" if path.is_absolute() else text
