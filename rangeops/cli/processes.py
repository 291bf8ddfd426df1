"""The processes that `rangeops serve` starts; not for people."""

import typer

from rangeops.cli.options import settings_of

app = typer.Typer(help="Processes that `rangeops serve` starts.")


@app.command()
def watch(context: typer.Context) -> None:
    """Own the links, enforce, record."""
    from rangeops.bootstrap.watch import run_watch  # only this process loads it

    run_watch(settings_of(context))


@app.command()
def bridge(context: typer.Context) -> None:
    """On a watch node: the line between its watch and the server elsewhere."""
    from rangeops.nodes import run_bridge  # only this process loads it

    run_bridge(settings_of(context))


@app.command()
def server(context: typer.Context) -> None:
    """Own the database, the API and the feed."""
    from functools import partial

    from rangeops.bootstrap.server import run_server  # only this process loads it
    from rangeops.exporting import write_bundle
    from rangeops.incident_replay import incident_film

    settings = settings_of(context)
    run_server(settings, partial(write_bundle, settings), partial(incident_film, settings))


@app.command()
def room(context: typer.Context, *, read_only: bool = False) -> None:
    """A control room whose terminal is a browser: started by `rangeops control --web`."""
    from rangeops.cli.control import open_room

    open_room(settings_of(context), read_only=read_only)
