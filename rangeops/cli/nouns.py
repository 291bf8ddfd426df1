"""The words after `rangeops`, each loaded when it is said: a command doesn't wait for thirty others."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import typer
import typer.core
import typer.main


@dataclass(frozen=True, slots=True)
class Word:
    """Where its commands are: a typer.Typer, or the function of a word that is a command by itself."""

    module: str
    name: str = "app"
    hidden: bool = False


WORDS: Final[Mapping[str, Word]] = {
    "init": Word("init", "init"),
    "control": Word("control", "control"),
    "serve": Word("serve", "serve"),
    "demo": Word("demo", "demo"),
    "doctor": Word("doctor", "doctor"),
    "call": Word("call", "call"),
    "calls": Word("call", "calls"),
    "weather": Word("clear", "weather"),
    "withdraw": Word("clear", "withdraw_many"),
    "plan": Word("plan"),
    "slot": Word("slot"),
    "clear": Word("clear"),
    "closure": Word("closure"),
    "timetable": Word("timetable"),
    "zones": Word("zones"),
    "register": Word("register"),
    "user": Word("user"),
    "token": Word("token"),
    "invitation": Word("invitation"),
    "duty": Word("duty"),
    "incident": Word("incident"),
    "report": Word("report"),
    "alarms": Word("alarms"),
    "handover": Word("handover"),
    "link": Word("link"),
    "node": Word("node"),
    "vehicle": Word("vehicle"),
    "sector": Word("sector"),
    "review": Word("review"),
    "hardware": Word("hardware"),
    "store": Word("store"),
    "audit": Word("audit"),
    "sim": Word("sim"),
    "drill": Word("drill"),
    "replay": Word("replay", "replay"),
    "process": Word("processes", hidden=True),
}


class Words(typer.core.TyperGroup):
    """The help lists all, and so loads all."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: Any = _Commands()


class _Commands(Mapping[str, Any]):
    """By word."""

    def __getitem__(self, word: str) -> Any:
        return _loaded(word, WORDS[word])

    def __iter__(self) -> Iterator[str]:
        return iter(WORDS)

    def __len__(self) -> int:
        return len(WORDS)


def _loaded(name: str, word: Word) -> Any:
    found = getattr(import_module(f"{__package__}.{word.module}"), word.name)
    shell = typer.Typer(rich_markup_mode=None, add_completion=False)
    shell.callback()(_nothing)  # with one, it is a group, whatever is in it
    if isinstance(found, typer.Typer):
        shell.add_typer(found, name=name, hidden=word.hidden)
    else:
        shell.command(name, hidden=word.hidden)(found)
    group: Any = typer.main.get_command(shell)
    return group.commands[name]


def _nothing() -> None:
    pass
