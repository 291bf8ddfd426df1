"""`rangeops node`: a watch on a machine of its own, at the links; the server is elsewhere."""

from dataclasses import replace
from typing import Annotated

import typer

from rangeops.cli.options import settings_of
from rangeops.cli.output import say

app = typer.Typer(help="A watch on a machine of its own (docs/nodes.md).", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The node's name, as in the range's [[watch]].")]


@app.command()
def key(context: typer.Context, name: Name) -> None:
    """On the server: print the key that the node's data folder needs, in a file wire.key of mode 600."""
    from rangeops.nodes import node_key  # --help loads none of it

    typer.echo(node_key(settings_of(context), name))


@app.command()
def run(context: typer.Context, name: Name) -> None:
    """On the node: run its watch, and the line to the server by RANGEOPS_WIRE, until Ctrl+C."""
    from rangeops.nodes import run_node  # --help loads none of it

    settings = replace(settings_of(context), watch_name=name)
    say(f"watch node {name} of range {settings.range}, data in {settings.data}; Ctrl+C ends it")
    raise typer.Exit(run_node(settings))
