"""Every command that a page or a sentence of the program quotes exists, with the options and arguments that it quotes."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer.main

from rangeops.cli import app
from rangeops.cli.drill import _Drills

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "sitl").rglob("*.md"))]
SOURCES = sorted((ROOT / "rangeops").rglob("*.py"))
_PROGRAM = re.compile(r"^\s*(?:\$ )?(?:sudo (?:-u \S+ )?)?(?:[A-Z_]+=\S* )*(?:[\w./-]*/)?rangeops((?: .*)?)$")
_INLINE = re.compile(r"`(?:[\w./-]*/)?rangeops( [^`]+)`")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_ELSE = re.compile(r"…|\.\.\.|\[")  # what follows isn't spelled out
_STAND_IN = re.compile(r"[A-Z]+")  # for any word


def quoted_in_page(text: str) -> Iterator[tuple[str, bool]]:
    """(what stands behind `rangeops`, whether it is a whole line to be typed)."""
    fenced = False
    joined = text.replace("\\\n", " ")
    for line in joined.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            shown = _COMMENT.sub("", line).rstrip()
            for part in re.split(r"&&|\|(?=\s)|;|(?<!\S)>", re.sub(r"\$\([^)]*\)", "X", shown)):
                if found := _PROGRAM.search(part.rstrip()):
                    yield found[1], True
        else:
            yield from ((found, False) for found in _INLINE.findall(line))


@cache
def root():
    return typer.main.get_command(app)


def options_of(command) -> dict[str, object]:
    told = {
        name: each
        for each in command.params
        if each.param_type_name == "option"
        for name in (*each.opts, *each.secondary_opts)
    }
    return told | {"-h": None, "--help": None}


def arguments_of(command) -> list:
    return [each for each in command.params if each.param_type_name == "argument"]


class Reader:
    """Reads words as the program would, without running anything; `wrong` is what it would stumble over, "" if nothing."""

    def __init__(self, words: list[str], *, whole: bool) -> None:
        self.left = words
        self.whole = whole and not any(_ELSE.match(word) for word in words)
        self.wrong = self._command(root(), [])

    def _command(self, command, path: list[str]) -> str:
        options, arguments, given = options_of(command), arguments_of(command), []
        group = hasattr(command, "commands")
        used: set[str] = set()
        while self.left:
            word = self.left.pop(0)
            if _ELSE.match(word):
                return ""
            if word.startswith("-") and len(word) > 1 and not re.fullmatch(r"-?[\d.,]+.*", word):
                name, _, value = word.partition("=")
                spelt, name = name, name.split("|")[0]
                if not set(spelt.split("|")) <= set(options):
                    return f"{' '.join(path) or 'rangeops'} has no {spelt}"
                used.add(name)
                if name in ("-h", "--help"):
                    self.whole = False
                elif not value and not getattr(options[name], "is_flag", True) and self.left:
                    self.left.pop(0)
            elif group and len(given) >= len(arguments):
                return self._word(command, word, path)
            else:
                given.append(word)
        return self._missing(command, arguments, given, used, path)

    def _word(self, command, word: str, path: list[str]) -> str:
        if _STAND_IN.fullmatch(word):
            return ""
        if isinstance(command, _Drills) and word not in command.commands:
            self.left.insert(0, word)
            word = "play"
        for each in re.split(r"[|/]", word):
            if each not in command.commands:
                return f"{' '.join(path) or 'rangeops'} has no {each}"
        return self._command(command.commands[re.split(r"[|/]", word)[0]], [*path, word])

    def _missing(self, command, arguments, given, used, path) -> str:
        many = any(each.nargs == -1 or each.multiple for each in arguments)
        if len(given) > len(arguments) and not many:
            return f"{' '.join(path)} takes {len(arguments)} words, not {' '.join(given)}"
        if not self.whole:
            return ""
        if len(given) < sum(each.required for each in arguments):
            return f"{' '.join(path)} needs {[each.name for each in arguments]}"
        needed = [
            [*each.opts, *each.secondary_opts]
            for each in command.params
            if each.param_type_name == "option" and each.required
        ]
        lacking = [opts[0] for opts in needed if not used & set(opts)]
        return f"{' '.join(path)} needs {', '.join(lacking)}" if lacking else ""


def stumbles(quoted: str, *, whole: bool) -> str:
    try:
        words = shlex.split(quoted.replace("\\|", "|"))
    except ValueError:
        return "its quotes don't close"
    return Reader(words, whole=whole).wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_says_to_type_is_there(page):
    said = quoted_in_page(page.read_text(encoding="utf-8"))
    assert not [f"rangeops{words}: {wrong}" for words, whole in said if (wrong := stumbles(words, whole=whole))]


def test_what_the_program_itself_says_to_type_is_there():
    wrong = [
        f"{path.relative_to(ROOT)}: rangeops{words}: {why}"
        for path in SOURCES
        for words in _INLINE.findall(path.read_text(encoding="utf-8"))
        if (why := stumbles(re.sub(r"\{[^}]*\}", "X", words), whole=False))
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("quoted", "says"),
    [
        (" slot bok EAST", "slot has no bok"),
        (" plan check a.plan --volum EAST", "plan check has no --volum"),
        (" vehicle 7 rtl", "vehicle rtl needs --reason"),
        (" calls S12 S13", "calls takes 0 words, not S12 S13"),
    ],
)
def test_the_reader_stumbles_where_the_program_would(quoted, says):
    assert stumbles(quoted, whole=True) == says


def test_the_pages_quote_commands():
    said = [words for page in PAGES for words, _ in quoted_in_page(page.read_text(encoding="utf-8"))]
    assert len(said) > 200
