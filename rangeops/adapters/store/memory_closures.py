"""Closures in memory, over the dictionaries of one transaction."""

from dataclasses import dataclass

from rangeops.adapters.store.absences import absent, moved_on
from rangeops.domain.closures import Closure, ClosureId


@dataclass
class MemoryClosures:
    kept: dict[ClosureId, Closure]

    def new_id(self) -> ClosureId:
        return ClosureId(f"C{len(self.kept) + 1}")

    def add(self, closure: Closure) -> None:
        self.kept[closure.id] = closure

    def get(self, closure: ClosureId) -> Closure:
        if closure not in self.kept:
            raise absent("closure", closure)
        return self.kept[closure]

    def replace(self, closure: Closure) -> None:
        stored = self.get(closure.id)
        if stored.version != closure.version - 1:
            raise moved_on("closure", closure.id, stored.version)
        self.kept[closure.id] = closure

    def all(self) -> tuple[Closure, ...]:
        return tuple(sorted(self.kept.values(), key=lambda closure: int(closure.id[1:])))

    def standing(self) -> tuple[Closure, ...]:
        return tuple(closure for closure in self.all() if closure.removed_utc is None)
