"""Reading typed values out of the mappings that TOML files give: one sentence where a value isn't what it must be."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from rangeops.domain.errors import Invalid

E = TypeVar("E", bound=Enum)


@dataclass(frozen=True, slots=True)
class Facts:
    """One table of a data file. `where` names the file and table for the error sentence."""

    table: Mapping[str, Any]
    where: str

    def section(self, key: str) -> "Facts":
        value = self.table.get(key)
        if not isinstance(value, Mapping):
            raise self._invalid(key, "a table", value)
        return Facts(value, f"{self.where} [{key}]")

    def sections(self, key: str) -> tuple["Facts", ...]:
        """The tables of an array of tables; none where the key is absent."""
        value = self.table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            raise self._invalid(key, "an array of tables", value)
        return tuple(Facts(item, f"{self.where} [[{key}]] {n}") for n, item in enumerate(value, start=1))

    def has(self, key: str) -> bool:
        return key in self.table

    def text(self, key: str, default: str | None = None) -> str:
        value = self.table.get(key, default)
        if not isinstance(value, str) or not value.strip():
            raise self._invalid(key, "a text", value)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; none where the key is absent."""
        value = self.table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._invalid(key, "a list of texts", value)
        return tuple(value)

    def number(
        self, key: str, default: float | None = None, *, at_least: float = -math.inf, at_most: float = math.inf
    ) -> float:
        value = self.table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self._invalid(key, "a finite number", value)
        if not at_least <= value <= at_most:
            raise self._invalid(key, f"between {at_least:g} and {at_most:g}", value)
        return float(value)

    def integer(self, key: str, default: int | None = None, *, at_least: int, at_most: int) -> int:
        value = self.table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._invalid(key, "a whole number", value)
        if not at_least <= value <= at_most:
            raise self._invalid(key, f"between {at_least} and {at_most}", value)
        return value

    def choice(self, key: str, choices: type[E]) -> E:
        """The member of a text-valued Enum that the file names."""
        value = self.text(key)
        for member in choices:
            if member.value == value:
                return member
        raise self._invalid(key, f"one of {', '.join(str(member.value) for member in choices)}", value)

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        value = self.table.get(key, default)
        if not isinstance(value, bool):
            raise self._invalid(key, "true or false", value)
        return value

    def only(self, *keys: str) -> None:
        """Refuse a key that nobody reads: a misspelt limit must not fall back to its default in silence."""
        unknown = sorted(set(self.table) - set(keys))
        if unknown:
            raise Invalid(
                f"unknown key {', '.join(unknown)}", where=self.where, do=f"Known keys are {', '.join(sorted(keys))}."
            )

    def _invalid(self, key: str, expected: str, value: object) -> Invalid:
        shown = "it is missing" if value is None else f"it is {value!r:.60}"
        return Invalid(f"{key} must be {expected}, but {shown}", where=self.where, do="Correct the file.")
