"""The portal's words: the catalogue is whole, says the same figures, and is compiled from its source."""

import re
import sys
from importlib import import_module

import pytest
from babel.messages.pofile import read_po

from rangeops.server.portal.language import LANGUAGES, SOURCE, language_of, said

OTHERS = [code for code in LANGUAGES if code != SOURCE]
FIGURE = re.compile(r"\{[^}]*\}|%\(\w+\)[a-z]")


@pytest.fixture(scope="module")
def messages(pytestconfig):
    """docs/tools/make_portal_messages.py."""
    folder = str(pytestconfig.rootpath / "docs/tools")
    sys.path.insert(0, folder)
    try:
        yield import_module("make_portal_messages")
    finally:
        sys.path.remove(folder)


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_has_what_is_said_and_nothing_else_and_is_compiled(messages, code):
    with messages.path_of(code, "po").open("rb") as file:
        kept = read_po(file)
    said_now = {text for text, _ in messages.texts()}
    assert {each.id for each in kept if each.id} == said_now, "run `make messages`, then translate what is new"
    assert [each.id for each in kept if each.id and not each.string] == []
    assert messages.path_of(code, "mo").read_bytes() == messages.mo_of(messages.updated(code)), "run `make messages`"


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_says_the_same_figures(messages, code):
    for text, _ in messages.texts():
        assert sorted(FIGURE.findall(text)) == sorted(FIGURE.findall(said(text, code))), text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("nl-NL,nl;q=0.9,en;q=0.8", "nl"),
        ("de, en;q=0.5, nl;q=0.7", "nl"),
        ("de", "en"),
        ("nl;q=0", "en"),
        ("nl;q=much", "en"),
        ("", "en"),
        ("," * 10_000, "en"),
    ],
)
def test_a_browsers_wishes_are_weighed(header, language):
    assert language_of({}, header) == language
    assert language_of({"language": "nl"}, header) == "nl"
    assert language_of({"language": "xx"}, header) == language
