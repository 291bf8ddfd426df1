"""Settings from the environment and the options that several commands share."""

from pathlib import Path
from typing import Annotated, Any

import typer

from rangeops.domain.errors import Invalid
from rangeops.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def settings_from(data: Path | None, **others: Any) -> Settings:
    """RANGEOPS_* variables, overridden by options that were given. Raises Invalid with what is wrong."""
    given = {name: value for name, value in {"data": data, **others}.items() if value is not None}
    try:
        return Settings(**given)
    except ValueError as error:  # pydantic's; its text is several lines
        what = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
            for problem in getattr(error, "errors", list)()
        )
        raise Invalid(what or str(error), where="the settings", do="Correct the RANGEOPS_* variable.") from error


def settings_of(context: typer.Context) -> Settings:
    settings: Settings = context.obj
    return settings
