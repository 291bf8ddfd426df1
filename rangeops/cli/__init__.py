"""The commands, one file a noun. `rangeops --help` loads nothing that a help text doesn't need."""

import errno
import os
import sys
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from typer.exceptions import TyperException

from rangeops import __version__
from rangeops.cli.exits import ANSWER_IS_NO, EXIT_CODE, INTERRUPTED
from rangeops.cli.nouns import Words
from rangeops.cli.options import require_terminal, settings_from
from rangeops.cli.output import say_what_can_be_said
from rangeops.domain.errors import Kind, RangeopsError
from rangeops.domain.text import safe_text

_OUTPUT_IS_LOST: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})

app = typer.Typer(
    name="rangeops",
    cls=Words,
    help="Operations manager of a drone test range. With no words it opens the control room.",
    epilog="Exit codes: 0 done, 1 the answer is no, 2 wrong input, 3 refused, 4 not found, 5 conflict, "
    "6 forbidden, 7 unavailable, 8 damaged data.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    data: Annotated[Path | None, typer.Option(help="The data folder; also RANGEOPS_DATA.", show_default=False)] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,  # noqa: FBT002  # a flag
) -> None:
    if version:
        typer.echo(f"rangeops {__version__}")
        raise typer.Exit
    context.obj = settings_from(data)
    if context.invoked_subcommand is None:
        require_terminal("Run it in one, or name a command: rangeops -h lists them.")
        from rangeops.cli.control import open_room  # --help loads no screen

        open_room(context.obj)


def run() -> None:
    """One sentence for what is foreseen, with its documented exit code; a traceback is for what isn't."""
    say_what_can_be_said()
    try:
        code = app(standalone_mode=False, prog_name="rangeops")
        sys.stdout.flush()  # here, where a full disk can still be told
        sys.exit(code)
    except RangeopsError as error:
        _end(str(error), EXIT_CODE[error.kind])
    except TyperException as error:
        sys.stderr.write(_wrong_words(error) + "\n")
        sys.exit(error.exit_code)
    except typer.Abort as error:  # a question was asked
        sys.stderr.write("\n")
        interrupted = isinstance(error.__context__, KeyboardInterrupt)
        _end("nothing was done, since the question wasn't answered.", INTERRUPTED if interrupted else ANSWER_IS_NO)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except PermissionError as error:
        if error.filename is None:
            raise
        _end(f"{error.filename}: you may not use it. Ask its owner, or name another.", EXIT_CODE[Kind.UNAVAILABLE])
    except OSError as error:
        if error.errno not in _OUTPUT_IS_LOST:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python tries to write it again as it ends
        _end(
            f"the output can't be written ({error.strerror}). Make room, or send it elsewhere.",
            EXIT_CODE[Kind.UNAVAILABLE],
        )


def _wrong_words(error: TyperException) -> str:
    """What is wrong with the words, and whose help says more. A noun alone gets its help."""
    context: typer.Context | None = getattr(error, "ctx", None)
    message = error.format_message()
    if context is None or message == context.get_help():
        return message
    told = safe_text(message, limit=1000)
    return f"rangeops: {told if told.endswith(('.', '?')) else told + '.'} See {context.command_path} -h."


def _end(text: str, code: int) -> NoReturn:
    sys.stderr.write(f"rangeops: {safe_text(text, limit=1000)}\n")
    sys.exit(code)
