"""Every deed that a person can ask of the services asks first whether his roles allow it."""

import ast
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "rangeops" / "services"
ASKS = {"require", "may"}
WRITES_DOWN = {"Change.record", "Changes.begin", "CommandDesk.noted"}
"""What only writes down what another method, which has asked, came to."""


def classes():
    for path in sorted(SERVICES.glob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                yield node.name, {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}


def deeds():
    for name, methods in classes():
        for method in methods.values():
            identity = f"{name}.{method.name}"
            public = not method.name.startswith("_")
            if public and takes_actor(method) and identity not in WRITES_DOWN:
                yield pytest.param(method, methods, id=identity)


def takes_actor(method):
    return any(each.arg == "actor" for each in (*method.args.args, *method.args.kwonlyargs))


def calls(method, methods, seen):
    """Names of what it calls, and of what the methods of its own class call that it calls."""
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
