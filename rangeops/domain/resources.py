"""Crews and equipment that a range lends to slots: range.toml's [[resource]], and when there isn't enough of one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts
from rangeops.domain.schedules import Span
from rangeops.domain.slot_terms import Need
from rangeops.domain.slots import Slot

MOST: Final = 100  # of one kind


@dataclass(frozen=True, slots=True)
class Resource:
    """Something of which the range has `amount`, each of them one slot's at a time. name: as people read it."""

    id: str
    name: str
    amount: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """In `during` the holders have so much of a resource that `wanted` of it isn't left. No holders: it never is."""

    resource: Resource
    wanted: int
    during: Span
    holders: tuple[Slot, ...]


def resources_from(tables: Iterable[Facts]) -> tuple[Resource, ...]:
    """Raises Invalid."""
    found: list[Resource] = []
    for facts in tables:
        facts.only("id", "name", "amount")
        resource = Resource(facts.text("id"), facts.text("name"), facts.integer("amount", at_least=1, at_most=MOST))
        for other in found:
            if resource.id == other.id or resource.name == other.name:
                raise Invalid(
                    f"resource {other.id} ({other.name}) has that id or name",
                    where=facts.where,
                    do="Give each its own.",
                )
        found.append(resource)
    return tuple(found)


def resource_of(need: Need, resources: Iterable[Resource]) -> Resource:
    """What is needed. One that the range doesn't name any more: it has none of that."""
    return next((each for each in resources if each.id == need.resource), Resource(need.resource, need.resource, 0))


def amount_of(slot: Slot, resource: str) -> int:
    return sum(need.amount for need in slot.terms.needs if need.resource == resource)


def shortages(slot: Slot, holders: Iterable[Slot], resources: Iterable[Resource]) -> Iterator[Shortage]:
    """When, while the slot is held, there isn't what it needs: what it needs counts on every minute that it is held.

    By resource, then time. holders: who has theirs whatever becomes of the slot; those of another time, and itself, don't count.
    """
    others = [each for each in holders if each.id != slot.id]
    for need in slot.terms.needs:
        resource = resource_of(need, resources)
        using = [each for each in others if amount_of(each, need.resource)]
        for during, there in in_stretches((slot.held_from, slot.held_until), using):
            if need.amount + sum(amount_of(each, need.resource) for each in there) > resource.amount:
                yield Shortage(resource, need.amount, during, there)


def in_stretches(within: Span, slots: Iterable[Slot]) -> Iterator[tuple[Span, tuple[Slot, ...]]]:
    """The time cut where one of the slots begins or ends to be held, with those that are held in each part."""
    starts, ends = within
    near = [each for each in slots if each.held_from < ends and each.held_until > starts]
    edges = {edge for each in near for edge in (each.held_from, each.held_until) if starts < edge < ends}
    cuts = sorted({starts, *edges, ends})
    for opens, shuts in pairwise(cuts):
        yield (opens, shuts), tuple(each for each in near if each.held_from < shuts and each.held_until > opens)


def compete(one: Slot, other: Slot) -> bool:
    """Whether two slots need the same at the same time, be there enough of it or not."""
    together = one.held_from < other.held_until and other.held_from < one.held_until
    return together and any(amount_of(other, need.resource) for need in one.terms.needs)
