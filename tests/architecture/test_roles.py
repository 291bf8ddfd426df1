"""Every deed that a person can ask of the services asks first whether his roles allow it."""

import ast
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "rangeops" / "services"
ASKS = {"require", "may", "sees", "must_see", "is_member"}
WRITES_DOWN = {"Change.record", "Changes.begin", "CommandDesk.noted"}
FOR_EVERYBODY = {"Sight.busy"}  # it tells no more than that something is taken
"""What only writes down what another method, which has asked, came to."""


def classes():
    for path in sorted(SERVICES.glob("*.py")):
        body = ast.parse(path.read_text()).body
        beside = {each.name: each for each in body if isinstance(each, ast.FunctionDef)}
        for node in body:
            if isinstance(node, ast.ClassDef):
                own = {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}
                yield node.name, own, beside


def deeds():
    for name, methods, beside in classes():
        for method in methods.values():
            identity = f"{name}.{method.name}"
            public = not method.name.startswith("_")
            if public and takes_actor(method) and identity not in WRITES_DOWN | FOR_EVERYBODY:
                yield pytest.param(method, beside | methods, id=identity)


def takes_actor(method):
    return any(each.arg == "actor" for each in (*method.args.args, *method.args.kwonlyargs))


def calls(method, methods, seen):
    """Names of what it calls, and of what those of its own class and file call that it calls."""
    for node in ast.walk(method):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            yield name
            if name in methods and name not in seen:
                seen.add(name)
                yield from calls(methods[name], methods, seen)


@pytest.mark.parametrize(("method", "methods"), deeds())
def test_a_deed_asks_for_the_role_first(method, methods):
    assert ASKS & set(calls(method, methods, {method.name})), f"{method.name} takes an actor and asks nobody for a role"


def test_there_are_deeds():
    assert len(list(deeds())) > 25
