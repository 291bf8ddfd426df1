"""`rangeops sim`: simulated vehicles that speak real MAVLink."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Simulated vehicles that speak real MAVLink.", no_args_is_help=True)


class Backend(Enum):
    RANGEOPS = "rangeops"
    ARDUPILOT = "ardupilot"


@app.command()
def run(
    scenario: Annotated[Path, typer.Argument(help="A scenario file, or the name of a shipped one (one-copter …).")],
    control: Annotated[
        Path | None, typer.Option(help="Listen here for JSON lines: words to pilots, faults.", show_default=False)
    ] = None,
    truth: Annotated[
        Path | None, typer.Option(help="Write where each vehicle really is, ten times a second.", show_default=False)
    ] = None,
    udp_port: Annotated[
        int | None,
        typer.Option(
            help="Send to this UDP port in place of the scenario's 14550.", min=1, max=65535, show_default=False
        ),
    ] = None,
    backend: Annotated[
        Backend,
        typer.Option(help="Who flies: our simulator, or ArduPilot's own (on PATH, or where RANGEOPS_ARDUPILOT says)."),
    ] = Backend.RANGEOPS,
) -> None:
    """Fly a scenario until Ctrl+C. Any ground station can listen: the shipped scenarios send to udp 14550."""
    from rangeops.bootstrap.simulator import run_simulator  # --help loads no MAVLink

    run_simulator(scenario, control=control, truth=truth, udp_port=udp_port, ardupilot=backend is Backend.ARDUPILOT)
