"""Who is on duty and who has signed in, in memory, over the dictionaries of one transaction."""

from dataclasses import dataclass

from rangeops.domain.duty import Duty, Position
from rangeops.domain.sessions import Session


@dataclass
class MemoryDuties:
    kept: dict[Position, Duty]

    def get(self, position: Position) -> Duty | None:
        return self.kept.get(position)

    def put(self, duty: Duty) -> None:
        self.kept[duty.position] = duty


@dataclass
class MemorySessions:
    kept: dict[str, Session]

    def get(self, token_sha256: str) -> Session | None:
        return self.kept.get(token_sha256)

    def put(self, session: Session) -> None:
        self.kept[session.token_sha256] = session

    def remove(self, token_sha256: str) -> None:
        self.kept.pop(token_sha256, None)

    def all(self) -> tuple[Session, ...]:
        return tuple(self.kept[key] for key in sorted(self.kept))
