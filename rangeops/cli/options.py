"""Settings from the environment and the options that several commands share."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from rangeops.domain.errors import Unavailable
from rangeops.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def settings_from(data: Path | None, **others: Any) -> Settings:
    """RANGEOPS_* variables, overridden by options that were given; the data folder by its whole name, since processes
    of a demo or a drill work in folders of their own. Raises Invalid with what is wrong, Unavailable.
    """
    given = {name: value for name, value in {"data": data, **others}.items() if value is not None}
    settings = Settings.from_environment(os.environ, **given)
    try:
        return replace(settings, data=settings.data.absolute())
    except FileNotFoundError as error:  # a name from here on, and here is no folder any more
        raise Unavailable(
            "this shell's folder is gone", where=str(settings.data), do="Change to one that is there, as `cd`."
        ) from error


def settings_of(context: typer.Context) -> Settings:
    settings: Settings = context.obj
    return settings


def require_terminal(otherwise: str) -> None:
    """Raises Unavailable where no person sits before a screen: Textual reads stdin and draws on stderr."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Unavailable("the control room needs a terminal", where="this shell", do=otherwise)
