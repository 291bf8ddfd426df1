"""`rangeops hardware`: airframes, radios, links, ports; acceptance of a company's aircraft, and giving it back as it was."""

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli.exits import ANSWER_IS_NO
from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, print_table, say, with_client
from rangeops.domain.errors import Invalid, Refused
from rangeops.domain.text import safe_text

if TYPE_CHECKING:
    from rangeops.bootstrap.hardware import HardwareDesk
    from rangeops.client.api import Client
    from rangeops.domain.certificates import StepResult
    from rangeops.domain.commands import CommandProgress
    from rangeops.domain.telemetry import Sysid
    from rangeops.wire.api import ParametersView

RESTORE_S = 120.0  # a whole fence on a slow radio link, with its repetitions

app = typer.Typer(help="Airframes, radios, links and ports; acceptance of a company's aircraft.", no_args_is_help=True)


def _desk(context: typer.Context) -> "HardwareDesk":
    from rangeops.bootstrap.hardware import hardware_desk  # --help loads no hardware

    return hardware_desk(settings_of(context))


@app.command("list")
def list_(context: typer.Context, *, json: Json = False) -> None:
    """What the hardware folder has, once all of it is read without a defect."""
    airframes, radios, links = _desk(context).all()
    if json:
        print_json({"airframes": airframes, "radios": radios, "links": links})
        return
    rows = [("airframe", each.id, each.name, f"{each.vehicle_class.value}, {each.mtom_kg:g} kg") for each in airframes]
    rows += [("radio", each.id, each.name, "" if each.legal_nl else "NOT LEGAL in the Netherlands") for each in radios]
    rows += [("link", each.id, each.name, each.uri) for each in links]
    print_table(("KIND", "ID", "NAME", "WHAT"), rows)


@app.command()
def show(context: typer.Context, profile: Annotated[str, typer.Argument(metavar="ID")], *, json: Json = False) -> None:
    """Everything that is said of one airframe, radio or link."""
    found = _desk(context).show(profile)
    if json:
        print_json(found)
        return
    for each in found:
        say(type(each).__name__)
        print_table(("FIGURE", "VALUE"), ((field.name, _shown(getattr(each, field.name))) for field in fields(each)))


@app.command()
def ports(context: typer.Context, *, json: Json = False) -> None:
    """Serial ports by the names that stay, and what keeps you from using them."""
    found = _desk(context).ports()
    if json:
        print_json(found)
        return
    if not found:
        say("no serial port is there; plug in a radio or an autopilot")
        return
    print_table(
        ("PORT", "WHAT", "ENDPOINT", "HINT"), ((x.device, x.description, x.uri, x.hint or "ready") for x in found)
    )


@app.command()
def accept(
    context: typer.Context,
    uri: Annotated[str, typer.Argument(help="The endpoint that the vehicle is on, as for `rangeops link add`.")],
    *,
    airframe: Annotated[str, typer.Option(help="One of hardware/airframes.")],
    sysid: Annotated[
        int | None, typer.Option(min=1, max=255, help="Which vehicle, if several are heard.", show_default=False)
    ] = None,
    allow_arming: Annotated[
        bool, typer.Option("--allow-arming", help="PROPELLERS OFF: ask it to arm, to see it refuse. Never forced.")
    ] = False,
    json: Json = False,
) -> None:
    """Examine a company's aircraft on the bench and write its certificate. Ends with 1 where it isn't accepted."""
    certificate, path = _desk(context).accept(
        uri, airframe, sysid=sysid, allow_arming=allow_arming, told=_quiet if json else _tell
    )
    if json:
        print_json({"certificate": certificate, "file": str(path)})
    else:
        typer.echo(str(path))
        verdict = "accepted" if certificate.accepted else "NOT accepted"
        say(f"{verdict}: {certificate.id}, parameters {certificate.parameters_sha256[:12]}…")
    if not certificate.accepted:
        raise typer.Exit(ANSWER_IS_NO)


@app.command()
def certificate(context: typer.Context, file: Path, *, json: Json = False) -> None:
    """Is this certificate whole, this range's, and still valid? Ends with 1 where it isn't good."""
    found = _desk(context).certificate(file)
    if json:
        print_json(found)
    else:
        about = found.certificate
        say(
            f"{about.id}: {about.airframe}, sysid {about.sysid}, firmware {about.firmware}, "
            f"valid until {about.valid_until_utc:%Y-%m-%d}; {found.why or 'good, signed by this range'}"
        )
    if not found.good:
        raise typer.Exit(ANSWER_IS_NO)


@app.command()
def parameters(
    context: typer.Context,
    vehicle: Annotated[
        str, typer.Argument(metavar="SYSID|URI", help="A sysid through the running range, or an endpoint without one.")
    ],
    names: Annotated[list[str] | None, typer.Argument(help="Leave them out for the whole table and its hash.")] = None,
    *,
    sysid: Annotated[
        int | None, typer.Option(min=1, max=255, help="Which vehicle on the endpoint.", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """Read a vehicle's parameters. Nothing is written."""
    wanted = [name.upper() for name in names or ()]
    if ":" in vehicle:
        view = _read_from_bench(_desk(context), vehicle, sysid, wanted)
    else:
        number = _sysid(vehicle)
        view = with_client(settings_of(context), lambda client: client.parameters(number, wanted))
    if json:
        print_json(view)
    else:
        print_table(
            ("PARAMETER", "VALUE", "AGE"), ((x.name, f"{x.value:g}", f"{x.age_s:.0f} s") for x in view.parameters)
        )
        for name in view.missing:
            say(f"{name}: it doesn't answer for this name")
        if view.table_sha256:
            say(f"{len(view.parameters)} parameters, firmware {view.firmware}, {view.table_sha256}")
    if view.missing:
        raise typer.Exit(ANSWER_IS_NO)


def _read_from_bench(desk: "HardwareDesk", uri: str, sysid: int | None, wanted: list[str]) -> "ParametersView":
    from rangeops.domain.parameters import Parameter, table_sha256
    from rangeops.domain.telemetry import Sysid
    from rangeops.wire.api import ParametersView

    values, firmware, found = desk.parameters(uri, sysid, wanted)
    return ParametersView(
        Sysid(found),
        firmware,
        tuple(Parameter(name, value, 0.0) for name, value in sorted(values.items())),
        tuple(name for name in wanted if name not in values),
        "" if wanted else table_sha256(firmware, values),
    )


@app.command()
def restore(
    context: typer.Context,
    vehicle: Annotated[
        str | None,
        typer.Argument(
            metavar="SYSID|URI",
            help="A sysid through the running range; an endpoint after an acceptance that was cut off. "
            "Leave it out to see whose is kept.",
        ),
    ] = None,
    *,
    sysid: Annotated[
        int | None, typer.Option(min=1, max=255, help="Which vehicle on the endpoint.", show_default=False)
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="The diff has been agreed; don't ask.")] = False,
    json: Json = False,
) -> None:
    """Put back what a vehicle had before the range wrote to it, read it back. Shows the diff first, and asks."""
    desk = _desk(context)
    if vehicle is not None and ":" in vehicle:
        _restore_from_bench(desk, vehicle, sysid, json=json)
        return
    if vehicle is None:
        kept = desk.all_kept()
        if json:
            print_json(kept)
        else:
            rows = ((x.sysid, x.company, x.slot, f"{x.utc:%Y-%m-%d %H:%M}Z", len(x.before.items)) for x in kept)
            print_table(("SYSID", "COMPANY", "SLOT", "SINCE", "FENCE ITEMS"), rows)
        return
    number = _sysid(vehicle)
    what, changes = desk.kept_of(number)
    if not json:
        say(f"vehicle {number} ({what.company or 'no company'}) before slot {what.slot}:")
        print_table(("WHAT", "NOW (RANGE)", "BEFORE (BACK TO)"), ((x.what, x.after, x.before) for x in changes))
    if not yes and not typer.confirm("Put this back?", err=True):
        raise Refused("nothing was put back", where=f"vehicle {number}", do="Give --yes when it is agreed.")
    ended = with_client(settings_of(context), lambda client: _restore(client, number, f"as before slot {what.slot}"))
    if json:
        print_json(ended)
    else:
        say(f"vehicle {number}: {ended.detail or 'as it was, read back'}")
    if ended.stage.value != "seen":
        raise typer.Exit(ANSWER_IS_NO)


def _restore_from_bench(desk: "HardwareDesk", uri: str, sysid: int | None, *, json: bool) -> None:
    before = desk.restore_from_bench(uri, sysid)
    if json:
        print_json(before)
    else:
        say(
            f"vehicle {before.sysid}: as it was at {before.utc:%Y-%m-%d %H:%M}Z, {len(before.items)} fence items read back"
        )


def _sysid(text: str) -> "Sysid":
    from rangeops.domain.telemetry import Sysid

    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 255):
        raise Invalid(
            f"{safe_text(text, limit=40)!r} is neither a sysid nor an endpoint",
            where="rangeops hardware",
            do="Give 1 to 255, or a URI as for `rangeops link add`.",
        )
    return Sysid(int(text))


async def _restore(client: "Client", sysid: "Sysid", reason: str) -> "CommandProgress":
    """Give the order and follow it to its end."""
    from rangeops.client.follow import followed
    from rangeops.domain.commands import CommandKind

    sent = await client.command(sysid, CommandKind.RESTORE, reason=reason)
    return await followed(client, sent.order, within_s=RESTORE_S)


def _tell(result: "StepResult") -> None:
    marks = {"passed": "✓", "failed": "✗", "not tried": "·"}
    say(f"{marks[result.verdict.value]} {result.title}: {result.what}" + (f". {result.do}" if result.do else ""))


def _quiet(_result: "StepResult") -> None:
    """--json prints the steps with the certificate."""


def _shown(value: object) -> object:
    return getattr(value, "value", value)
