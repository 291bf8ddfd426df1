"""What the SARIF 2.1.0 schema and GitHub's code scanning ask for, as far as our documents use them: keys, types, references.

Stated from OASIS SARIF 2.1.0 (errata 01), section 3, and GitHub's "SARIF support for code scanning".
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

LEVELS = {"none", "note", "warning", "error"}
KEYS = {
    "document": {"$schema", "version", "runs"},
    "run": {
        *("tool", "results", "artifacts", "invocations", "automationDetails", "columnKind", "originalUriBaseIds"),
        "properties",
    },
    "driver": {"name", "semanticVersion", "version", "informationUri", "rules", "organization"},
    "rule": {
        *("id", "name", "shortDescription", "fullDescription", "help", "helpUri", "defaultConfiguration", "properties"),
    },
    "result": {
        *("ruleId", "ruleIndex", "level", "kind", "message", "locations", "partialFingerprints", "properties"),
    },
    "region": {"startLine", "endLine", "startColumn", "endColumn"},
    "artifactLocation": {"uri", "uriBaseId", "index", "description"},
    "artifact": {"location", "hashes", "roles", "length", "mimeType"},
}


def violations(document: Any) -> list[str]:
    return list(_document(document))


def _extra(kind: str, value: dict[str, Any]) -> Iterator[str]:
    if unknown := set(value) - KEYS[kind]:
        yield f"{kind} has {sorted(unknown)}"


def _document(document: Any) -> Iterator[str]:
    yield from _extra("document", document)
    if document.get("version") != "2.1.0":
        yield "version isn't 2.1.0"
    if not document.get("$schema", "").endswith("sarif-2.1.0.json"):
        yield "$schema isn't the schema's"
    if len(document.get("runs", [])) != 1:
        yield "not one run"
    for run in document.get("runs", []):
        yield from _run(run)


def _run(run: dict[str, Any]) -> Iterator[str]:
    yield from _extra("run", run)
    driver = run["tool"]["driver"]
    yield from _extra("driver", driver)
    if not driver["name"] or not re.fullmatch(r"\d+\.\d+\.\d+\S*", driver["semanticVersion"]):
        yield "the driver has no name or semantic version"
    rules = driver["rules"]
    if len({rule["id"] for rule in rules}) != len(rules):
        yield "two rules have one id"
    for rule in rules:
        yield from _rule(rule)
    if run["columnKind"] not in {"utf16CodeUnits", "unicodeCodePoints"}:
        yield "columnKind"
    if not all(isinstance(each["executionSuccessful"], bool) for each in run["invocations"]):
        yield "executionSuccessful"
    for artifact in run["artifacts"]:
        yield from _extra("artifact", artifact)
        yield from _location(artifact["location"], run)
    marks = []
    for result in run["results"]:
        yield from _result(result, run, rules)
        marks.append((result["ruleId"], result["partialFingerprints"]["primaryLocationLineHash"]))
    if len(set(marks)) != len(marks):
        yield "two results have one fingerprint"
    if len(run["results"]) > 25_000 or len(rules) > 25_000:
        yield "more than code scanning takes"


def _rule(rule: dict[str, Any]) -> Iterator[str]:
    yield from _extra("rule", rule)
    for name in ("shortDescription", "fullDescription", "help"):
        if not rule[name]["text"] or len(rule[name]["text"]) > 1024:
            yield f"rule {rule['id']}: {name}"
    if rule["defaultConfiguration"]["level"] not in LEVELS:
        yield f"rule {rule['id']}: level"
    if len(rule["properties"]["tags"]) > 20 or not all(isinstance(tag, str) for tag in rule["properties"]["tags"]):
        yield f"rule {rule['id']}: tags"


def _result(result: dict[str, Any], run: dict[str, Any], rules: list[dict[str, Any]]) -> Iterator[str]:
    yield from _extra("result", result)
    if rules[result["ruleIndex"]]["id"] != result["ruleId"]:
        yield "ruleIndex names another rule than ruleId"
    if result["level"] not in LEVELS or not result["message"]["text"].strip():
        yield "a result without level or message"
    if not result["locations"]:
        yield "a result without a location"
    for location in result["locations"]:
        place = location["physicalLocation"]
        yield from _location(place["artifactLocation"], run)
        yield from _extra("region", place["region"])
        first = place["region"]["startLine"]
        if not isinstance(first, int) or first < 1 or place["region"].get("endLine", first) < first:
            yield "a region that is none"
    if not all(isinstance(value, str) and value for value in result["partialFingerprints"].values()):
        yield "a fingerprint that is no text"


def _location(location: dict[str, Any], run: dict[str, Any]) -> Iterator[str]:
    yield from _extra("artifactLocation", location)
    uri = location["uri"]
    if re.search(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]", uri) or re.search(r"%(?![0-9A-Fa-f]{2})", uri):
        yield f"{uri!r} is no URI reference"
    if "uriBaseId" in location and (urlsplit(uri).scheme or uri.startswith("/")):
        yield f"{uri!r} isn't relative to its base"
    if "uriBaseId" in location and location["uriBaseId"] not in run["originalUriBaseIds"]:
        yield f"{location['uriBaseId']} isn't declared"
    if "index" in location and run["artifacts"][location["index"]]["location"]["uri"] != uri:
        yield f"{unquote(uri)!r} isn't the artifact of its index"
