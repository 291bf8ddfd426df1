"""Watches on machines of their own, as a range names them: which links each opens, whose vehicles it commands."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class WatchNode:
    """A watch on a machine of its own: the links it opens, and the bookable volumes whose vehicles it commands."""

    name: str
    links: tuple[str, ...]
    volumes: tuple[str, ...] = ()


def watch_nodes_from(tables: tuple[Facts, ...], volumes: "Collection[str]") -> tuple[WatchNode, ...]:
    """volumes: those that the range has. Raises Invalid: what two nodes have would be commanded by neither for sure."""
    nodes: list[WatchNode] = []
    for facts in tables:
        facts.only("name", "links", "volumes")
        node = WatchNode(facts.text("name"), facts.texts("links"), facts.texts("volumes"))
        if not node.name.replace("-", "").replace("_", "").isalnum() or not node.name.isascii():
            raise Invalid(
                f"{node.name!r:.50} can't name a watch", where=facts.where, do="Use letters, digits, `-` and `_`."
            )
        for volume in node.volumes:
            if volume not in volumes:
                raise Invalid(f"the range has no volume {volume!r:.40}", where=facts.where, do="Correct the file.")
        for other in nodes:
            shared = {node.name} & {other.name} or {*node.links, *node.volumes} & {*other.links, *other.volumes}
            if shared:
                raise Invalid(
                    f"{min(shared)} is watch {other.name}'s too", where=facts.where, do="Give it to one watch alone."
                )
        nodes.append(node)
    return tuple(nodes)
