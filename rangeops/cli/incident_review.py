"""`rangeops incident …`: the review of an incident, from taking it up to its signature."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, print_table, say, with_client
from rangeops.cli.secret import ask_password
from rangeops.cli.times import time_of
from rangeops.domain.errors import Invalid
from rangeops.domain.text import safe_text

if TYPE_CHECKING:
    from rangeops.wire.incident_review import ReviewedView

Id = Annotated[str, typer.Argument(help="For example INC-2026-0001.")]
Time = Annotated[str | None, typer.Option(metavar="TIME", help="As 2026-11-24T08:00Z, or now.", show_default=False)]
Text = Annotated[str | None, typer.Option(show_default=False)]


def open_(
    context: typer.Context,
    title: Annotated[str, typer.Argument(help="What happened, in a line.")],
    *,
    happened: Annotated[str, typer.Option(metavar="TIME", help="As 2026-11-24T08:00Z, or now.")] = "now",
    slot: Annotated[str, typer.Option(help="In which slot; its vehicle is named by it.")] = "",
    vehicle: Annotated[int, typer.Option(help="The vehicle's number, where there is no slot.")] = 0,
    json: Json = False,
) -> None:
    """Open an incident that no rule opened."""
    from rangeops.wire.incident_review import OpenIncident  # --help loads no wire

    request = OpenIncident(title, time_of(happened), vehicle, slot)
    _tell(with_client(settings_of(context), lambda client: client.open_incident(request)), json=json)


def review(
    context: typer.Context,
    incident: Id,
    *,
    take_up: Annotated[bool, typer.Option("--take-up", help="Review it from now on.")] = False,
    class_: Annotated[
        str | None,
        typer.Option("--class", help='accident, "serious incident", incident or "occurrence without safety effect".'),
    ] = None,
    category: Text = None,
    mandatory: Annotated[
        bool | None, typer.Option("--mandatory/--voluntary", help="Must the authority be told.", show_default=False)
    ] = None,
    headline: Text = None,
    narrative: Text = None,
    cause: Text = None,
    aware: Time = None,
    reported: Time = None,
    notified: Time = None,
    analysed: Time = None,
    closed: Time = None,
    board: Time = None,
    json: Json = False,
) -> None:
    """Show the review, or change what is named. aware: the reporter; reported: to the range; notified: the authority;
    analysed, closed: preliminary and final results went there; board: the safety board was told.
    """
    from rangeops.wire.incident_review import ReviewChange  # likewise

    change = ReviewChange(
        occurrence_class=class_,
        category=category,
        mandatory=mandatory,
        headline=headline,
        narrative=narrative,
        cause=cause,
        person_aware_utc=_time(aware),
        reported_utc=_time(reported),
        notified_utc=_time(notified),
        analysed_utc=_time(analysed),
        closed_utc=_time(closed),
        board_utc=_time(board),
    )
    settings = settings_of(context)
    if take_up:
        found = with_client(settings, lambda client: client.take_up_incident(incident))
    if change != ReviewChange():
        found = with_client(settings, lambda client: client.change_incident_review(incident, change))
    elif not take_up:
        found = with_client(settings, lambda client: client.incident_review(incident))
    _tell(found, json=json)


def action(
    context: typer.Context,
    incident: Id,
    *,
    what: str = "",
    owner: str = "",
    due: Annotated[str, typer.Option(metavar="DAY", help="As 2026-12-01.")] = "",
    done: Annotated[str, typer.Option(metavar="ID", help="This one, as F1, is done.")] = "",
    json: Json = False,
) -> None:
    """Add an action with its owner and due date, or say that one is done."""
    from rangeops.wire.incident_review import FollowUpRequest, ReviewChange  # likewise

    request = FollowUpRequest(what, owner, _day(due), done, done=bool(done))
    change = ReviewChange(follow_up=request)
    _tell(with_client(settings_of(context), lambda client: client.change_incident_review(incident, change)), json=json)


def sign(context: typer.Context, incident: Id, *, json: Json = False) -> None:
    """Sign the review as it is shown; asks for your password. An accident or serious incident needs two persons."""
    settings = settings_of(context)
    shown = with_client(settings, lambda client: client.incident_review(incident))
    _show(shown)
    password = ask_password("Your own password")
    signed = with_client(
        settings, lambda client: client.sign_incident(incident, password=password, sha256=shown.sha256)
    )
    if json:
        print_json(signed)
        return
    names = ", ".join(each.by for each in signed.review.signatures)
    say(f"{incident} revision {signed.review.revision}: {signed.review.state.value}, signed by {names}")


def reopen(context: typer.Context, incident: Id, *, reason: str, json: Json = False) -> None:
    """Make the next revision of a signed review; the signed one stays as it is."""
    _tell(with_client(settings_of(context), lambda client: client.reopen_incident(incident, reason)), json=json)


def person(
    context: typer.Context,
    incident: Id,
    *,
    name: str = "",
    role: Annotated[str, typer.Option(help="pilot, witness, injured or reporter.")] = "",
    contact: str = "",
    statement: str = "",
    erase: Annotated[str, typer.Option(metavar="ID", help="Erase this person, as W1, for good.")] = "",
    reason: Annotated[str, typer.Option(help="Why, where one is erased.")] = "",
    json: Json = False,
) -> None:
    """Add a person, who is kept apart from the record; or erase one: what is signed still verifies."""
    from rangeops.domain.persons import Details  # likewise

    settings = settings_of(context)
    if bool(erase) == bool(name):
        raise Invalid("neither or both were named", where="incident person", do="Give --name of a new one, or --erase.")
    if erase:
        found = with_client(settings, lambda client: client.erase_incident_person(incident, erase, reason))
    else:
        details = Details(role, name, contact, statement)
        found = with_client(settings, lambda client: client.add_incident_person(incident, details))
    _tell(found, json=json)


def clocks(context: typer.Context, *, json: Json = False) -> None:
    """The clocks of Regulation 376/2014 that run out or were missed, the nearest first."""
    found = with_client(settings_of(context), lambda client: client.incident_deadlines())
    if json:
        print_json(found)
        return
    print_table(
        ("INCIDENT", "CLOCK", "DUE", "STATE"),
        ((x.incident, x.deadline.what, f"{x.deadline.due_utc:%Y-%m-%d %H:%MZ}", x.deadline.state) for x in found),
    )


def _tell(view: "ReviewedView", *, json: bool) -> None:
    if json:
        print_json(view)
    else:
        _show(view)


def _show(view: "ReviewedView") -> None:
    review_ = view.review
    said = (
        ("incident", f"{review_.incident} revision {review_.revision}, {review_.state.value}"),
        ("reviewer", review_.reviewer),
        ("class", review_.occurrence_class.value if review_.occurrence_class else ""),
        ("category", review_.category),
        ("authority", {None: "", True: "must be told", False: "need not be told"}[review_.mandatory]),
        ("headline", review_.headline),
        ("narrative", review_.narrative),
        ("cause", review_.cause),
        *((each.name, f"{each.what}: {each.state}, due {each.due_utc:%Y-%m-%d %H:%MZ}") for each in view.deadlines),
        *(
            (each.id, f"{each.what} ({each.owner}, due {each.due}{', done' if each.done_utc else ''})")
            for each in review_.follow_ups
        ),
        *((each.id, f"{each.details.role} {each.details.name}" if each.details else "erased") for each in view.persons),
        ("signed", ", ".join(f"{each.by} {each.signed_utc:%Y-%m-%d %H:%MZ}" for each in review_.signatures)),
        ("sha256", view.sha256),
    )
    for name, text in said:
        if text:
            typer.echo(f"{name:<13} {safe_text(text, limit=2000)}")
    if view.missing:
        say(f"before it can be signed it lacks {', '.join(view.missing)}")


def _time(text: str | None) -> datetime | None:
    return None if text is None else time_of(text)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"{text!r:.40} is no day", where="its due date", do="Write it as 2026-12-01.") from error
