"""`rangeops vehicle`: tell one vehicle to do something, and follow it to the moment it is seen obeyed."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from rangeops.cli.exits import ANSWER_IS_NO
from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, say, with_client
from rangeops.domain.errors import Invalid

if TYPE_CHECKING:
    from rangeops.client.action import Target
    from rangeops.client.api import Client
    from rangeops.domain.commands import CommandProgress, CommandTarget

FOLLOW_S: Final = 320.0  # a take-off gets five minutes

app = typer.Typer(help="Tell one vehicle to do something, and see it obeyed.", no_args_is_help=True)


@app.callback()
def vehicle(
    context: typer.Context,
    sysid: Annotated[int, typer.Argument(min=1, max=255, help="The vehicle's MAVLink system id.")],
) -> None:
    context.obj = (settings_of(context), sysid)


Reason = Annotated[str, typer.Option(help="Why; it stands in the record.")]
Typed = Annotated[
    str, typer.Option("--typed", help="The vehicle's number again, where it is asked for; prompted without it.")
]


def _simple(name: str, text: str, *, typed: bool) -> None:
    """A command without a target. typed: the vehicle's number is asked for once more."""

    def confirmed(context: typer.Context, *, reason: Reason, typed: Typed = "", json: Json = False) -> None:
        _tell(context, name, reason, _retyped(context, name, typed), None, json=json)

    def plain(context: typer.Context, *, reason: Reason = "operator's decision", json: Json = False) -> None:
        _tell(context, name, reason, "", None, json=json)

    app.command(name, help=text)(confirmed if typed else plain)


_simple("hold", "Hold where it is: BRAKE on a copter, LOITER on a plane, HOLD on a rover.", typed=False)
_simple("rtl", "Return to launch.", typed=True)
_simple("land", "LAND where it is.", typed=True)
_simple(
    "terminate",
    "Motors off where it is. Two persons must ask for it, each with a token of their own, one a range safety officer.",
    typed=True,
)
_simple("arm", "Arm, under a cleared slot.", typed=True)
_simple("disarm", "Disarm what stands on the ground.", typed=False)
_simple("pause", "Pause its mission: it stops on its way (a plane circles).", typed=False)
_simple("continue", "Go on with its mission.", typed=True)
_simple("load-fence", "Load its slot's fence, which was agreed to; done when it is read back equal.", typed=False)
_simple("fence-on", "Switch the fence on board on.", typed=False)
_simple("fence-off", "Switch the fence on board off.", typed=True)


@app.command()
def inhibit(context: typer.Context, *, reason: Reason) -> None:
    """Hold back what the range would send next, for 10 s at most and once; refused where nothing may be held back."""
    from rangeops.domain.telemetry import Sysid  # --help loads no domain

    settings, sysid = context.obj
    with_client(settings, lambda client: client.inhibit(Sysid(sysid), reason=reason))
    say(f"vehicle {sysid}: automation is held back for 10 s at most")


@app.command("let-fly")
def let_fly(context: typer.Context, *, reason: Reason) -> None:
    """Leave it to the pilot who took it over from the range: nothing more is sent by itself in this episode."""
    from rangeops.domain.telemetry import Sysid  # --help loads no domain

    settings, sysid = context.obj
    with_client(settings, lambda client: client.let_fly(Sysid(sysid), reason=reason))
    say(f"vehicle {sysid}: left to its pilot")


@app.command("way-home")
def way_home(context: typer.Context, *, json: Json = False) -> None:
    """What its return to launch would cross now, and what return and landing would leave in the battery."""
    from rangeops.domain.telemetry import Sysid  # --help loads no domain

    settings, sysid = context.obj
    way = with_client(settings, lambda client: client.way_home(Sysid(sysid)))
    if json:
        print_json(way)
    else:
        crosses = "not known" if way.crosses is None else ", ".join(way.crosses) or "nothing"
        say(f"vehicle {sysid}: path home crosses: {crosses}")
        say(
            f"battery on arrival: {_percent(way.battery_on_arrival_percent)}, "
            f"once landed here: {_percent(way.battery_on_landing_percent)}"
        )
        if way.no_landing:
            say(f"it is over {', '.join(way.no_landing)}, where nothing is made to land")
    if way.crosses != ():
        raise typer.Exit(ANSWER_IS_NO)


def _percent(value: float | None) -> str:
    return "--" if value is None else f"{value:.0f} %"


@app.command()
def takeoff(
    context: typer.Context,
    height: Annotated[float, typer.Argument(help="Metres above home, where it was armed.")],
    *,
    reason: Reason,
    typed: Typed = "",
    json: Json = False,
) -> None:
    """Take off to a height above home, under a cleared slot; done when it is up there."""
    from rangeops.domain.commands import CommandTarget  # --help loads no domain

    target = CommandTarget(height_above_home_m=height)
    _tell(context, "takeoff", reason, _retyped(context, "takeoff", typed), target, json=json)


@app.command(context_settings={"ignore_unknown_options": True})
def goto(
    context: typer.Context,
    latitude: Annotated[float, typer.Argument(help="Degrees, WGS 84.")],
    longitude: Annotated[float, typer.Argument(help="Degrees, WGS 84.")],
    altitude_amsl: Annotated[float, typer.Argument(help="Metres above mean sea level; not above home or ground.")],
    *,
    reason: Reason,
    typed: Typed = "",
    json: Json = False,
) -> None:
    """Go straight to a place in its flight geography; done when it is seen on its way there."""
    from rangeops.domain.commands import CommandTarget  # --help loads no domain

    target = CommandTarget(latitude_deg=latitude, longitude_deg=longitude, altitude_amsl_m=altitude_amsl)
    _tell(context, "goto", reason, _retyped(context, "goto", typed), target, json=json)


def _retyped(context: typer.Context, name: str, typed: str) -> str:
    if typed:
        return typed
    _, sysid = context.obj
    return str(typer.prompt(f"Type {sysid} to confirm {name}", err=True))


def _tell(
    context: typer.Context, name: str, reason: str, typed: str, target: "CommandTarget | None", *, json: bool
) -> None:
    from rangeops.client.action import Target  # --help loads no client
    from rangeops.domain.telemetry import Sysid

    settings, sysid = context.obj
    aimed = Target(sysid=Sysid(sysid), reason=reason, typed=typed, aim=target)
    progress = with_client(settings, lambda client: _followed(client, name, aimed))
    if json:
        print_json(progress)
    else:
        seen = "" if progress.seen_after_s is None else f" {progress.seen_after_s:.2f} s after it was sent"
        detail = f": {progress.detail}" if progress.detail else ""
        say(f"vehicle {sysid}: {name} {progress.stage.value}{seen}{detail}")
    if progress.stage.value != "seen":
        raise typer.Exit(ANSWER_IS_NO)


async def _followed(client: "Client", name: str, target: "Target") -> "CommandProgress":
    """Give the order by the action of that name, and follow it to its end."""
    from rangeops.client.actions import ACTION
    from rangeops.client.follow import followed

    receipt = await ACTION[f"vehicle.{name}"].call(client, target)
    if receipt.command is None:
        raise Invalid(f"{name} is no command to a vehicle", where=f"vehicle {target.sysid}", do="See --help.")
    if receipt.command.detail:
        return receipt.command  # it waits for a second person: no watch has it
    return await followed(client, receipt.command.order, within_s=FOLLOW_S)
