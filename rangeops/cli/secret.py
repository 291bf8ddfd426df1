"""Passwords asked for, and tokens put where only their owner reads them."""

import sys
from pathlib import Path

import typer

from rangeops.domain.errors import Invalid, Unavailable
from rangeops.durable import write_durably


def ask_password(prompt: str, *, twice: bool = False) -> str:
    """From the terminal, unseen; from stdin, a line each, where that is no terminal. Raises Invalid."""
    if sys.stdin.isatty():
        return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True))
    line = sys.stdin.readline()
    if not line.strip("\r\n"):
        raise Invalid("no password was given", where=prompt, do="Run it in a terminal, or give one on a line of stdin.")
    return line.strip("\r\n")


def ask_line(prompt: str) -> str:
    """From the terminal; from stdin, a line each, where that is no terminal. Raises Invalid."""
    if sys.stdin.isatty():
        return str(typer.prompt(prompt, err=True)).strip()
    line = sys.stdin.readline().strip()
    if not line:
        raise Invalid("nothing was given", where=prompt, do="Run it in a terminal, or give it on a line of stdin.")
    return line


def write_token(path: Path, token: str) -> None:
    """In place of what was there; only its owner can read it. Raises Unavailable."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(path, token.encode() + b"\n")
    except OSError as error:
        raise Unavailable(
            f"the token can't be written ({error.strerror or error})", where=str(path), do="Name another file."
        ) from error
