"""What one look at the machine came to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """check: what was looked at, and what was seen. do: one sentence, with its full stop; for who finds it not ok.

    needed: without it rangeops doesn't run; otherwise `for_what` is what doesn't work.
    """

    check: str
    ok: bool
    for_what: str
    do: str = ""
    needed: bool = False


def fine(check: str, for_what: str, *, needed: bool = False) -> Finding:
    return Finding(check, ok=True, for_what=for_what, needed=needed)


def wanting(check: str, for_what: str, do: str, *, needed: bool = False) -> Finding:
    return Finding(check, ok=False, for_what=for_what, do=do, needed=needed)
