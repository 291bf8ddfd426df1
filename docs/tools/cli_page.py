"""docs/cli.md: every command with its arguments and options, from the program's own table of them."""

from collections.abc import Iterator
from typing import Any

import typer.main

from rangeops.cli import app

Path = tuple[str, ...]

_HEAD = """\
# Commands

Printed by `make docs` from the program itself; don't edit by hand. `rangeops COMMAND -h` says the same in a terminal, and
`rangeops --install-completion` completes words and options in a shell.

`rangeops` with no words opens the [control room](control-room.md). Options of the whole program stand before the first word: `--data FOLDER`
is the data folder, `--version` the version. `--json`, where a command has it, prints one JSON document for programs. Settings
in the environment: [getting started](getting-started.md#where-things-are).

A command ends with a [code](getting-started.md#exit-codes) that says how it went, and what is wrong is one sentence on stderr.
"""


def commands(word: Any = None, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every command that isn't hidden, groups before what is in them; the whole program has the path ()."""
    word = typer.main.get_command(app) if word is None else word
    yield path, word
    for name in getattr(word, "commands", ()):
        inner = word.commands[name]
        if not inner.hidden:
            yield from commands(inner, (*path, name))


def page() -> str:
    all_of_them = list(commands())
    runs = sum(not hasattr(command, "commands") for _, command in all_of_them)
    parts = [_HEAD, f"{runs} commands:\n", "| word | |\n|---|---|"]
    parts += [
        f"| [`{path[0]}`](#{path[0]}) | {_first_sentence(command.help)} |"
        for path, command in all_of_them
        if len(path) == 1
    ]
    by_path = dict(all_of_them)
    for path, command in all_of_them:
        if path:
            around = [by_path[path[:depth]] for depth in range(1, len(path))]
            parts.append(_command(path, command, [each for group in around for each in _arguments(group)]))
    return "\n".join(parts) + "\n"


def _command(path: Path, command: Any, before: list[Any]) -> str:
    level = "##" if len(path) == 1 else "###"
    lines = [f"\n{level} {' '.join(path)}\n", f"{_cell(command.help)}\n"]
    if not hasattr(command, "commands"):
        lines.append(f"    {_usage(path, command, before)}\n")
    rows = [_row(each) for each in command.params if not each.hidden and each.name != "help"]
    if rows:
        lines += ["| | what it is | |", "|---|---|---|", *rows, ""]
    if command.epilog:
        lines.append(f"{_cell(command.epilog)}\n")
    return "\n".join(lines).rstrip()


def _usage(path: Path, command: Any, before: list[Any]) -> str:
    *groups, last = path
    said = ["rangeops", *groups, *(_shown(each) for each in before), last]
    said += [_shown(each) for each in _arguments(command)]
    needed = [
        f"{'|'.join([each.opts[0], *each.secondary_opts])} {_value(each)}".strip()
        for each in _options(command)
        if each.required
    ]
    may = any(not each.required and each.name != "help" for each in _options(command))
    return " ".join([*said, *needed, *(["[OPTIONS]"] if may else [])])


def _arguments(command: Any) -> list[Any]:
    return [each for each in command.params if each.param_type_name == "argument"]


def _options(command: Any) -> list[Any]:
    return [each for each in command.params if each.param_type_name == "option" and not each.hidden]


def _shown(argument: Any) -> str:
    name = (argument.metavar or argument.name).upper().replace("-", "_")
    name += " …" if argument.nargs == -1 or argument.multiple else ""
    return name if argument.required else f"[{name}]"


def _value(option: Any) -> str:
    return "" if option.is_flag else (option.metavar or option.name).upper().replace("-", "_")


def _row(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        name = f"`{_shown(parameter)}`"
    else:
        name = " ".join(f"`{' '.join(filter(None, (each, _value(parameter))))}`" for each in parameter.opts)
        name += "".join(f" `{each}`" for each in parameter.secondary_opts)
    notes = []
    if parameter.required and parameter.param_type_name == "option":
        notes.append("required")
    if getattr(parameter, "multiple", False):
        notes.append("may be given again")
    if parameter.min is not None and parameter.max is not None:
        notes.append(f"{parameter.min:g} to {parameter.max:g}")
    default = parameter.default
    told = isinstance(default, str | int | float) and not isinstance(default, bool) and default != ""
    if parameter.show_default is True and told:
        notes.append(f"`{default}`")
    return f"| {name} | {_cell(parameter.help)} | {', '.join(notes)} |"


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def _first_sentence(text: str | None) -> str:
    first, dot, _ = _cell(text).partition(". ")
    return first + ("." if dot else "")
