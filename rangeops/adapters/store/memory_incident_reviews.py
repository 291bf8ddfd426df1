"""Reviews of incidents and the persons in them, in memory, over the dictionaries of one transaction."""

from dataclasses import dataclass

from rangeops.domain.incident_review import Review
from rangeops.domain.persons import Person
from rangeops.services.ports.store import WrittenRows


@dataclass
class MemoryIncidentReviews:
    kept: dict[tuple[str, int], Review]
    written: WrittenRows

    def of(self, incident: str) -> tuple[Review, ...]:
        return tuple(self.kept[key] for key in sorted(self.kept) if key[0] == incident)

    def newest(self) -> tuple[Review, ...]:
        return tuple({key[0]: self.kept[key] for key in sorted(self.kept)}.values())

    def put(self, review: Review) -> None:
        self.kept[review.incident, review.revision] = review
        self.written.note(review)


@dataclass
class MemoryIncidentPersons:
    kept: dict[tuple[str, str], Person]

    def of(self, incident: str) -> tuple[Person, ...]:
        return tuple(self.kept[key] for key in sorted(self.kept) if key[0] == incident)

    def put(self, person: Person) -> None:
        self.kept[person.incident, person.id] = person
