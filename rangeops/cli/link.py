"""`rangeops link`: the endpoints over which vehicles are heard."""

from typing import Annotated

import typer

from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, print_table, say, with_client

_FEEDS = ("aircraft-json:", "sbs:")  # of aircraft that aren't the range's
app = typer.Typer(help="Endpoints over which vehicles are heard.", no_args_is_help=True)

Uri = Annotated[
    str,
    typer.Argument(
        help="udpin:HOST:PORT, udpout:HOST:PORT, udp-broadcast:PORT, tcp:HOST:PORT, tcpin:HOST:PORT, "
        "serial:PATH:BAUD (?rtscts, ?nodtr) or tlog:PATH@SPEED. Other aircraft: sbs:HOST:PORT, "
        "aircraft-json:http://ADDRESS/PATH or aircraft-json:/PATH"
    ),
]


@app.command()
def add(context: typer.Context, uri: Uri) -> None:
    """Open an endpoint now and at every start. 0.0.0.0 in udpin: or tcpin: listens on every network of this machine."""
    link = with_client(settings_of(context), lambda client: client.add_link(uri))
    tells_of = (
        "aircraft show on the map as they are heard"
        if uri.startswith(_FEEDS)
        else ("vehicles show within 3 s of their first heartbeat")
    )
    say(f"{link.uri} is added; its {tells_of}")


@app.command()
def remove(context: typer.Context, uri: Uri) -> None:
    """Close an endpoint for good. Vehicles heard on it alone are no longer watched."""
    with_client(settings_of(context), lambda client: client.remove_link(uri))
    say(f"{uri} is removed")


@app.command()
def sign(
    context: typer.Context,
    uri: Annotated[str, typer.Argument(help="The cable that the vehicle is on: serial:/dev/serial/by-id/…:115200")],
    sysid: Annotated[int, typer.Argument(min=1, max=255, help="The vehicle that gets a new signing key.")],
) -> None:
    """Give a disarmed vehicle a signing key over a cable. From then on nobody else speaks in its name by radio."""
    from rangeops.bootstrap.hardware import sign_vehicle  # --help loads no link

    path = sign_vehicle(settings_of(context), uri, sysid)
    say(f"vehicle {sysid} signs with its new key, which is in {path}; pilots' ground stations on its radio need it too")


@app.command("list")
def list_(context: typer.Context, *, json: Json = False) -> None:
    """Endpoints, whether they are open, and their traffic. LOST on the way here; DROPPED by this machine's kernel."""
    links = with_client(settings_of(context), lambda client: client.links())
    if json:
        print_json(links)
        return
    print_table(
        ("URI", "STATE", "MSG/S", "LOST", "LOST %", "DROPPED", "DETAIL"),
        (
            (
                x.uri,
                "up" if x.up else "down",
                f"{x.messages_per_s:.0f}",
                str(x.lost),
                f"{x.lost_percent:.1f}",
                "-" if x.dropped_here is None else str(x.dropped_here),
                x.detail,
            )
            for x in links
        ),
    )
