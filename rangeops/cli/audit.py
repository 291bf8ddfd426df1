"""`rangeops audit`: is the record what was written, and proofs for who hasn't it (docs/record.md). No server is needed."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rangeops.cli.exits import ANSWER_IS_NO
from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import counted, print_json, say
from rangeops.domain.text import safe_text

if TYPE_CHECKING:
    from rangeops.domain.evidence import Findings
    from rangeops.domain.recordings import RecordingFindings

app = typer.Typer(help="The record: verify it, prove an entry, export it, its keys.", no_args_is_help=True)

Keys = Annotated[
    list[Path] | None,
    typer.Option("--key", help="A public key that you know from elsewhere: PEM, or 64 hex digits.", show_default=False),
]


@app.command()
def verify(
    context: typer.Context,
    *,
    bundle: Annotated[
        Path | None, typer.Option(help="An exported bundle, in place of this data folder's record.", show_default=False)
    ] = None,
    key: Keys = None,
    kept: Annotated[
        list[Path] | None, typer.Option(help="Checkpoints that were kept elsewhere.", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """Read the whole record: chain, checkpoints, keys, recordings. Exit 1, with the first bad entry, where it isn't as written."""
    from rangeops.auditing import check_bundle  # --help loads no store
    from rangeops.auditing import verify as look

    if bundle is not None:
        code, lines = check_bundle(bundle, key or [], kept or [])
        print_json({"code": code, "lines": lines}) if json else typer.echo("\n".join(lines))
        raise typer.Exit(code)
    settings = settings_of(context)
    progress = _show_progress if sys.stderr.isatty() else None
    verified = look(settings, keys=key or [], kept=kept or [], progress=progress)
    found = verified.findings
    if json:
        print_json({**asdict(found), "recordings": verified.recordings, "rows": verified.rows})
    else:
        _tell(found, own_keys=verified.own_keys, kept=bool(kept or settings.checkpoints_elsewhere))
        for row in verified.rows:
            typer.echo(safe_text(f"✗ {row}", limit=400))
        for folder in verified.unread:
            say(f"- checkpoints elsewhere were not read: {folder}")
        if verified.recordings is not None:
            _tell_recordings(verified.recordings)
    if not verified.holds:
        raise typer.Exit(ANSWER_IS_NO)


@app.command()
def proof(
    context: typer.Context,
    seq: Annotated[int | None, typer.Argument(help="An entry's number.", show_default=False)] = None,
    *,
    since: Annotated[
        Path | None,
        typer.Option(help="A checkpoint that was kept: prove that the record continues it.", show_default=False),
    ] = None,
) -> None:
    """Print, as JSON, the proof that an entry is in the record; or that the record continues an earlier checkpoint."""
    from rangeops.auditing import prove, prove_consistency  # likewise
    from rangeops.domain.errors import Invalid

    settings = settings_of(context)
    if (seq is None) == (since is None):
        raise Invalid("neither or both were named", where="audit proof", do="Name an entry, or --since a checkpoint.")
    print_json(prove(settings, seq) if seq is not None else prove_consistency(settings, since or Path()))


@app.command("check-proof")
def check_proof(
    file: Annotated[Path, typer.Argument(help="What `audit proof` printed.")],
    *,
    key: Annotated[list[Path], typer.Option("--key", help="A public key that you know from elsewhere.")],
) -> None:
    """Check a proof with nothing else. Exit 1 where it doesn't hold."""
    from rangeops.auditing import check_proof as look  # likewise

    if why := look(file, key):
        typer.echo(f"it does not hold: {why}")
        raise typer.Exit(ANSWER_IS_NO)
    typer.echo("it holds")


@app.command()
def export(context: typer.Context, file: Annotated[Path, typer.Argument(help="The zip file to write.")]) -> None:
    """Write the whole record as one signed zip, to be verified without rangeops; a README in it says how. An entry names it."""
    from rangeops.auditing import export as write  # likewise

    count = write(settings_of(context), file)
    say(f"{count} entries written to {file}; check it with `python3 -I check.py` (docs/verify-by-hand.md)")


@app.command()
def checkpoint(context: typer.Context) -> None:
    """Print the newest signed checkpoint, to be kept where the record isn't: on paper, in a mail, on another machine."""
    from rangeops.auditing import newest_note  # likewise

    typer.echo(newest_note(settings_of(context)), nl=False)


@app.command()
def mail(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The .eml file to write.")],
    *,
    sender: Annotated[
        str, typer.Option("--from", help="In whose name, in place of range.toml's.", show_default=False)
    ] = "",
) -> None:
    """Write the newest checkpoint as the draft of a mail to who keeps them ([[notices.keeper]]). Nothing is sent."""
    from rangeops.auditing import draft_mail  # likewise

    addresses = draft_mail(settings_of(context), file, sender=sender)
    say(f"a draft to {', '.join(addresses)} written to {file}; open it with your mail program, and send it")


@app.command()
def part(
    context: typer.Context,
    why: Annotated[
        str, typer.Argument(help="Why the record doesn't fit its checkpoints, e.g. restored from a backup.")
    ],
) -> None:
    """Set the checkpoints apart that the record doesn't fit, so that signing begins again. The record says who did it, and why."""
    from rangeops.auditing import part as set_apart  # likewise

    set_apart(settings_of(context), why)
    say(
        "the checkpoints were set apart; `rangeops audit verify` goes on to use them, and the server signs within a minute"
    )


@app.command()
def key(
    context: typer.Context,
    *,
    rotate: Annotated[
        str,
        typer.Option(
            metavar="WHY", help="Make a new key, signed by this one, and destroy this one.", show_default=False
        ),
    ] = "",
) -> None:
    """Print the public key of the checkpoints as PEM. Give it to whoever is to verify, by another way than the record."""
    from rangeops.auditing import own_keys, public_pem  # likewise
    from rangeops.auditing import rotate as make_next

    settings = settings_of(context)
    if rotate:
        make_next(settings, rotate)
        say("a new key signs from the next checkpoint on; the record will say so")
    typer.echo(public_pem(own_keys(settings)[-1]), nl=False)


def _tell_recordings(found: "RecordingFindings") -> None:
    for what in (*found.changed, *found.missing):
        typer.echo(f"✗ {what}")
    if found.same and found.holds:
        typer.echo(f"✓ {counted(found.same, 'recording')} of telemetry, as the record has their hashes")
    if found.elsewhere:
        say(f"- with other watches, to be verified there: {counted(found.elsewhere, 'recording')}")
    if found.unbound:
        say(f"- no hash in the record, as of those being written: {counted(found.unbound, 'recording')}")


def _show_progress(entries: int) -> None:
    say(f"{entries} entries read")


def _tell(found: "Findings", *, own_keys: bool, kept: bool) -> None:
    for fault in found.faults:
        typer.echo(safe_text(f"✗ {fault.why}", limit=400))
    times = f", {found.first_utc:%Y-%m-%d %H:%M:%SZ} to {found.last_utc:%Y-%m-%d %H:%M:%SZ}" if found.first_utc else ""
    mark = "✓" if found.holds else "-"
    typer.echo(
        f"{mark} {found.entries} entries{times}; {found.checkpoints} checkpoints; signed to entry {found.signed_to}"
    )
    typer.echo(f"  head {found.head}")
    if found.first_bad is not None:
        typer.echo(f"the first entry that can't be relied on is {found.first_bad}; those before it hold")
    for remark in found.remarks:
        say(f"- {remark}")
    if own_keys:
        say(
            "- the keys are this data folder's own: who could change the record could change them. Name yours with --key"
        )
    if not kept:
        say(
            "- no checkpoint that was kept elsewhere was named (--kept): a database and a folder put back together go unnoticed"
        )
