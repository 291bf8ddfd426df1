"""Registers and users in memory, over the dictionaries of one transaction."""

from dataclasses import dataclass

from rangeops.adapters.store.absences import absent, moved_on, taken, unregistered
from rangeops.domain.registers import Entry, RegisterKind
from rangeops.domain.users import User
from rangeops.services.ports.store import WrittenRows

EntryKey = tuple[RegisterKind, str]


@dataclass
class MemoryRegisters:
    kept: dict[EntryKey, Entry]

    def add(self, entry: Entry) -> None:
        if (entry.kind, entry.id) in self.kept:
            raise taken(entry.kind.value, entry.id)
        self.kept[entry.kind, entry.id] = entry

    def get(self, kind: RegisterKind, entry: str) -> Entry:
        if (kind, entry) not in self.kept:
            raise unregistered(kind, entry)
        return self.kept[kind, entry]

    def replace(self, entry: Entry) -> None:
        stored = self.get(entry.kind, entry.id)
        if stored.version != entry.version - 1:
            raise moved_on(entry.kind.value, entry.id, stored.version)
        self.kept[entry.kind, entry.id] = entry

    def all(self, kind: RegisterKind | None = None) -> tuple[Entry, ...]:
        found = [entry for entry in self.kept.values() if kind in (None, entry.kind)]
        return tuple(sorted(found, key=lambda entry: (entry.kind.value, entry.id)))

    def of_company(self, company: str) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.all() if entry.company == company)


@dataclass
class MemoryUsers:
    kept: dict[str, User]
    written: WrittenRows

    def add(self, user: User) -> None:
        if user.name in self.kept:
            raise taken("user", user.name)
        self.kept[user.name] = user
        self.written.note(user)

    def get(self, name: str) -> User:
        if name not in self.kept:
            raise absent("user", name)
        return self.kept[name]

    def replace(self, user: User) -> None:
        stored = self.get(user.name)
        if stored.version != user.version - 1:
            raise moved_on("user", user.name, stored.version)
        self.kept[user.name] = user
        self.written.note(user)

    def all(self) -> tuple[User, ...]:
        return tuple(sorted(self.kept.values(), key=lambda user: user.name))

    def with_token(self, sha256: str) -> User | None:
        return next((user for user in self.kept.values() if sha256 and user.token_sha256 == sha256), None)
