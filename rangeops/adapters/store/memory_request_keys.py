"""Keys of requests in memory, over the dictionary of one transaction."""

from dataclasses import dataclass
from datetime import datetime

from rangeops.services.ports.store import RequestKey


@dataclass
class MemoryRequestKeys:
    kept: dict[tuple[str, str], RequestKey]

    def get(self, user: str, key: str) -> RequestKey | None:
        return self.kept.get((user, key))

    def put(self, key: RequestKey) -> None:
        self.kept[key.user, key.key] = key

    def remove(self, user: str, key: str) -> None:
        self.kept.pop((user, key), None)

    def forget(self, before: datetime, most: int, user: str) -> None:
        for place in [place for place, each in self.kept.items() if each.expires_utc <= before]:
            del self.kept[place]
        own = sorted((each for each in self.kept.values() if each.user == user), key=lambda each: each.expires_utc)
        for each in own[: max(0, len(own) - most)]:
            del self.kept[each.user, each.key]
