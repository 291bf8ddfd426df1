"""Links: the endpoints that the watch is told to open."""

from collections.abc import Callable

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Conflict, Invalid, NotFound
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.text import safe_text
from rangeops.services.changes import RANGE, Changes
from rangeops.services.orders import OrderDesk

_LONGEST_URI = 200


class LinkDesk:
    def __init__(self, changes: Changes, desk: OrderDesk, require_endpoint: Callable[[str], None]) -> None:
        """require_endpoint: raises Invalid where the watch couldn't make anything of a URI."""
        self._changes = changes
        self._desk = desk
        self._require_endpoint = require_endpoint

    def all(self) -> tuple[str, ...]:
        """Those that were added, then those that the range gives to watch nodes."""
        with self._changes.store.read() as work:
            return work.links.all() + tuple(self._desk.node_of_link)

    def add(self, uri: str, now: Now, actor: Actor) -> None:
        """Tell the watch to open one more endpoint. Raises Forbidden, Invalid, Conflict."""
        require(actor, Act.CHANGE_LINKS, where="link")
        if safe_text(uri, limit=_LONGEST_URI) != uri:
            raise Invalid(
                f"{safe_text(uri, limit=60)!r} is no endpoint",
                where="link",
                do="Use e.g. udpin:0.0.0.0:14550 or serial:/dev/ttyUSB0:57600.",
            )
        self._require_endpoint(uri)
        with self._changes.begin(now, actor) as change:
            if uri in change.work.links.all():
                raise Conflict("it is there already", where=f"link {uri}", do="Nothing needs to be done.")
            if (node := self._desk.node_of_link.get(uri)) is not None:
                raise Conflict(f"watch {node} has it", where=f"link {uri}", do="Nothing needs to be done.")
            change.work.links.add(uri)
            change.record("link.add", f"link:{uri}", f"link {uri} added by {actor.name}", about=[RANGE])
            change.changed("links")
            self._desk.refresh(change)

    def remove(self, uri: str, now: Now, actor: Actor) -> None:
        require(actor, Act.CHANGE_LINKS, where="link")
        with self._changes.begin(now, actor) as change:
            if uri not in change.work.links.all():
                raise NotFound(
                    "there is no such link",
                    where=f"link {safe_text(uri, limit=60)}",
                    do="List the links and choose one.",
                )
            change.work.links.remove(uri)
            change.record("link.remove", f"link:{uri}", f"link {uri} removed by {actor.name}", about=[RANGE])
            change.changed("links")
            self._desk.refresh(change)
