"""What stands between a wish and its leave, and who can supply it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is needed, and who can supply it."""

    what: str
    who: str

    def __str__(self) -> str:
        return f"{self.what} ({self.who})"
