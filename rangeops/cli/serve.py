"""`rangeops serve`: the range without a screen."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rangeops.cli.options import settings_of
from rangeops.cli.output import say

if TYPE_CHECKING:
    from rangeops.settings import Settings


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Listen here; 127.0.0.1 unless told.", show_default=False)] = None,
    port: Annotated[int | None, typer.Option(help="0: any free one.", min=0, max=65535, show_default=False)] = None,
    simulation: Annotated[bool, typer.Option("--simulation", help="Say SIMULATION on every screen.")] = False,  # noqa: FBT002  # a flag
) -> None:
    """Run watch and server until Ctrl+C; a control room may come and go."""
    from rangeops.bootstrap.supervisor import run_supervisor  # --help loads none of it

    changes: dict[str, Any] = {"host": host, "port": port, "simulation": simulation or None}
    settings = replace(settings_of(context), **{k: v for k, v in changes.items() if v is not None})
    raise typer.Exit(run_supervisor(settings, lambda: _tell_where(settings)))


def _tell_where(settings: "Settings") -> None:
    """Once it answers, not before: whoever reads this may call at once. The port is what was got where 0 was asked."""
    import contextlib
    import json
    from urllib.parse import urlsplit

    with contextlib.suppress(FileNotFoundError):  # it has ended since, which the supervisor tells
        port = urlsplit(json.loads(settings.server_file.read_text(encoding="utf-8"))["url"]).port
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        say(f"range {settings.range} listens on {host}:{port}, data in {settings.data}; Ctrl+C ends it")
