"""The API is what it says of itself: asked at random by its own description, and looked at as a whole."""

import pytest
from api_cases import NOT_ASKED, asked, served
from jsonschema_rs import Draft202012Validator

SEED = 20261124
EXAMPLES = 4  # a request's worth of randomness; `make prove` has many


def test_no_answer_is_a_servers_error_nor_anything_that_is_not_described(tmp_path):
    outcome = asked(tmp_path, EXAMPLES, SEED)
    assert not outcome.wrong, "\n\n".join(outcome.wrong)
    assert len(outcome.asked) > 110
    assert outcome.statuses[200] > 100
    assert outcome.statuses[500] == 0


def test_the_same_seed_asks_the_same(tmp_path):
    first, again = (asked(tmp_path / str(number), 5, 7, only="/spectrum") for number in (1, 2))
    assert (first.asked, first.statuses) == (again.asked, again.statuses)


def test_what_is_not_as_it_is_described_is_found(tmp_path, monkeypatch):
    """The test itself can fail."""
    from rangeops.wire.messages import to_json

    monkeypatch.setattr("rangeops.server.routes.answers.to_json", lambda _: to_json({"seq": "none"}))
    outcome = asked(tmp_path, 2, SEED, only="/audit/head")
    assert "AuditHead" in outcome.wrong[0] or "seq" in outcome.wrong[0]


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    with served(tmp_path_factory.mktemp("described")) as (_, _, told):
        return told


def operations(described):
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", method, operation


def test_every_schema_is_one(described):
    for schema in described["components"]["schemas"].values():
        Draft202012Validator({**schema, "components": described["components"]})  # raises for one that is none


def test_every_operation_says_what_it_answers_and_its_problems(described):
    for label, method, operation in operations(described):
        good = [code for code in operation["responses"] if code.startswith("2")]
        assert good, label
        for code in good:
            empty = code == "204" or label == "POST /api/v1/password-resets"
            assert bool(operation["responses"][code].get("content")) != empty, f"{label} {code}"
        assert {"400", "500", "503"} <= operation["responses"].keys(), label
        if operation.get("security") != []:
            assert {"401", "403"} <= operation["responses"].keys(), label
        if method in ("post", "put", "patch", "delete"):
            assert {"409", "422"} <= operation["responses"].keys(), label
    problems = described["components"]["responses"]
    assert all(list(each["content"]) == ["application/problem+json"] for each in problems.values())
    assert {"token", "session", "mark"} == described["components"]["securitySchemes"].keys()


def test_headers_are_described_where_they_are_sent(described):
    told = {label: operation for label, _, operation in operations(described)}
    assert "Link" in told["GET /api/v1/slots"]["responses"]["200"]["headers"]
    assert "ETag" in told["GET /api/v1/slots/{slot}"]["responses"]["200"]["headers"]
    assert "304" in told["GET /api/v1/slots/{slot}"]["responses"]
    assert {"412", "428"} <= told["POST /api/v1/slots/{slot}/change"]["responses"].keys()
    assert "Idempotency-Replayed" in told["POST /api/v1/slots"]["responses"]["201"]["headers"]
    assert "429" in told["GET /api/v1/slots"]["responses"]
    assert "429" not in told["POST /api/v1/vehicles/{sysid}/commands"]["responses"]


def test_what_is_left_out_of_the_asking_is_there(described):
    assert described["paths"].keys() >= NOT_ASKED.keys()
