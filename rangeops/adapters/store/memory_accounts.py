"""What belongs to users beside themselves, in memory, over the dictionaries of one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class MemoryKeyed(Generic[T]):
    kept: dict[str, T]
    key_of: Callable[[T], str]

    def get(self, key: str) -> T | None:
        return self.kept.get(key)

    def put(self, value: T) -> None:
        self.kept[self.key_of(value)] = value

    def remove(self, key: str) -> None:
        self.kept.pop(key, None)

    def all(self) -> tuple[T, ...]:
        return tuple(self.kept[key] for key in sorted(self.kept))
