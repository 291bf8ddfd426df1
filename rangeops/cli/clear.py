"""`rangeops clear`, `rangeops withdraw` and `rangeops weather`: the range's word to fly, and what it stands on."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer
from typer.core import TyperGroup

from rangeops.cli.exits import ANSWER_IS_NO
from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, print_table, say, with_client
from rangeops.domain.errors import Invalid, NotFound

if TYPE_CHECKING:
    from rangeops.client.api import Client
    from rangeops.domain.slots import SlotId
    from rangeops.settings import Settings
    from rangeops.wire.clearance import ClearanceView

T = TypeVar("T")

_LOOK_AGAIN_S: Final = 0.5
_LACKING: Final = ("missing", "unknown")


class _Slot(TyperGroup):
    """`rangeops clear S12 --json` is `rangeops clear --json S12`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args[::-1] if args[1:] == ["--json"] else args)


app = typer.Typer(
    cls=_Slot, help="The range's word to fly: what it needs, given and taken back.", invoke_without_command=True
)

Reason = Annotated[str, typer.Option(help="Why; it stands in the record.")]


@app.callback()
def clear(
    context: typer.Context, slot: Annotated[str, typer.Argument(help="The slot's id, e.g. S12.")], *, json: Json = False
) -> None:
    """With no further word: everything that is asked, with its state. Exit 1 while anything is missing."""
    settings = settings_of(context)
    context.obj = (settings, slot)
    if context.invoked_subcommand is None:
        view = with_client(settings, lambda client: client.clearance(_id(slot)))
        _show(view, json=json)
        if view.missing and not view.cleared:
            raise typer.Exit(ANSWER_IS_NO)


@app.command()
def give(context: typer.Context, *, json: Json = False) -> None:
    """Give the range's word. Refused, with everything that is missing, while anything is."""
    view = _with_slot(context, lambda client, slot: client.clear(slot))
    _told(view, f"slot {view.slot} is cleared to fly", json=json)


@app.command()
def withdraw(context: typer.Context, *, json: Json = False) -> None:
    """Take the word back; the watch knows it at once, and the policy's rung for that follows if it flies on."""
    view = _with_slot(context, lambda client, slot: client.withdraw(slot))
    _told(view, f"slot {view.slot} is not cleared to fly", json=json)


@app.command()
def briefing(
    context: typer.Context,
    *,
    who: Annotated[
        str, typer.Option(help="The pilot who has read or heard it; without it, it is shown only.", show_default=False)
    ] = "",
    json: Json = False,
) -> None:
    """What the pilot must know: of the slot, and of what the range will do with his aircraft by itself."""
    if who:
        _with_slot(context, lambda client, slot: client.acknowledge_notice(slot, "briefing", who=who))
    view = _with_slot(context, lambda client, slot: client.briefing(slot))
    if json:
        print_json(view)
        return
    for line in view.lines:
        typer.echo(line)
    say(f"acknowledged by {', '.join(view.acknowledged)}" if view.acknowledged else "nobody has acknowledged it yet")


@app.command()
def poll(
    context: typer.Context,
    word: Annotated[str, typer.Argument(help="go or no-go")],
    *,
    role: Annotated[str, typer.Option(help="Whose word it is: a role of the range's poll.")],
    who: Annotated[str, typer.Option(help="Who said it, if somebody else enters it.", show_default=False)] = "",
    reason: Annotated[str, typer.Option(help="Why not, for a no-go.", show_default=False)] = "",
    json: Json = False,
) -> None:
    """One role's go or no-go, on the plan and the slot as they are now. Any no-go holds."""
    if word not in ("go", "no-go"):
        raise Invalid(f"{word!r:.20} is neither go nor no-go", where="the poll", do="Say one of the two.")
    go = word == "go"
    view = _with_slot(context, lambda client, slot: client.poll(slot, role, go=go, who=who, why=reason))
    _told(view, f"{role} says {word} for slot {view.slot}", json=json)


@app.command("word")
def safety_word(context: typer.Context, *, json: Json = False) -> None:
    """The range safety officer's own word: you must be one."""
    view = _with_slot(context, lambda client, slot: client.safety_word(slot))
    _told(view, f"the range safety officer's word is given for slot {view.slot}", json=json)


@app.command()
def wait(
    context: typer.Context,
    items: Annotated[list[str], typer.Argument(help="Items by name, e.g. position fence.")],
    *,
    timeout: Annotated[float, typer.Option(min=0, max=86_400, help="Seconds to wait at most.")] = 120.0,
    json: Json = False,
) -> None:
    """Wait until these items are ok or waived. Exit 1, with what they still lack, if they aren't in time."""

    async def until_there(client: "Client", slot: "SlotId") -> "ClearanceView":
        deadline_s = time.monotonic() + timeout
        while lacking(view := await client.clearance(slot), items) and time.monotonic() < deadline_s:  # noqa: ASYNC110  # of another process
            await asyncio.sleep(_LOOK_AGAIN_S)
        return view

    view = _with_slot(context, until_there)
    missing = lacking(view, items)
    if json:
        print_json(view)
    else:
        for line in missing or (_item(view, name) for name in items):
            say(line)
    if missing:
        raise typer.Exit(ANSWER_IS_NO)


@app.command("check-parameters")
def check_parameters(context: typer.Context, *, json: Json = False) -> None:
    """Read firmware and the whole parameter table from its vehicle now, to be held against what was accepted."""
    view = _with_slot(context, lambda client, slot: client.check_parameters(slot))
    _told(view, _item(view, "acceptance"), json=json)


@app.command("check-zones")
def check_zones(context: typer.Context, *, json: Json = False) -> None:
    """Look at the slot under today's zones. Refused with what they close or refuse of it."""
    view = _with_slot(context, lambda client, slot: client.check_zones(slot))
    _told(view, _item(view, "zones"), json=json)


def withdraw_many(
    context: typer.Context,
    *,
    volume: Annotated[str, typer.Option(help="Of every cleared slot in this volume.", show_default=False)] = "",
    everything: Annotated[bool, typer.Option("--all", help="Of every cleared slot of the range.")] = False,
    reason: Reason,
    json: Json = False,
) -> None:
    """Take clearances back: in one volume, or all there are. Of one slot: `rangeops clear SLOT withdraw`."""
    views = with_client(
        settings_of(context),
        lambda client: client.withdraw_many(reason=reason, volume=volume, everything=everything),
    )
    if json:
        print_json(views)
    else:
        say(f"not cleared any more: {', '.join(view.slot for view in views)}" if views else "nobody was cleared")


def weather(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="METAR, SPECI and TAF texts to hand in; - for standard input.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """The weather reports that clearances are held against; with a file, hand in more."""
    settings = settings_of(context)
    if file is not None:
        text = sys.stdin.read() if str(file) == "-" else _read(file)
        views = with_client(settings, lambda client: client.hand_in_weather(text))
    else:
        views = with_client(settings, lambda client: client.weather())
    if json:
        print_json(views)
        return
    rows = ((view.kind, view.station, f"{view.issued:%Y-%m-%d %H:%MZ}", view.text) for view in views)
    print_table(("KIND", "STATION", "ISSUED", "TEXT"), rows)


def lacking(view: "ClearanceView", items: list[str]) -> list[str]:
    """Of these items what isn't there yet, as it is said. Raises NotFound for a name that clearance doesn't ask."""
    asked = {each.item: each for each in view.items}
    if unknown := [name for name in items if name not in asked]:
        raise NotFound(
            f"clearance asks no {unknown[0]!r:.40}", where=f"slot {view.slot}", do=f"Use of: {', '.join(asked)}."
        )
    return [f"{name}: {asked[name].state}, {asked[name].value}" for name in items if asked[name].state in _LACKING]


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"it can't be read ({error})", where=str(file), do="Name a text file of reports.") from error


def _id(slot: str) -> "SlotId":
    from rangeops.domain.slots import SlotId  # --help loads no domain

    return SlotId(slot)


def _with_slot(context: typer.Context, use: "Callable[[Client, SlotId], Awaitable[T]]") -> T:
    settings, slot = _chosen(context)
    return with_client(settings, lambda client: use(client, _id(slot)))


def _chosen(context: typer.Context) -> "tuple[Settings, str]":
    chosen: tuple[Settings, str] = context.obj
    return chosen


def _told(view: "ClearanceView", text: str, *, json: bool) -> None:
    if json:
        print_json(view)
        return
    say(text)
    if view.missing and not view.cleared:
        say(f"missing: {'; '.join(view.missing)}")


def _item(view: "ClearanceView", name: str) -> str:
    return next((f"{each.item}: {each.state}, {each.value}" for each in view.items if each.item == name), "")


def _show(view: "ClearanceView", *, json: bool) -> None:
    if json:
        print_json(view)
        return
    print_table(("ITEM", "STATE", "WHAT", "WHO"), ((x.item, x.state, x.value, x.who) for x in view.items))
    now = "cleared to fly" if view.cleared else "clearance withdrawn" if view.withdrawn else "not cleared"
    next_ = "" if view.cleared or view.missing else f"; nothing is missing: rangeops clear {view.slot} give"
    say(f"slot {view.slot}: {now}{next_}")
