"""An incident's replay for browsers: made beside the server, since recordings may be large; several people wait in turn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rangeops.domain.errors import Unavailable
from rangeops.server.workers import Workers

if TYPE_CHECKING:
    from rangeops.server.operations import Operations


@dataclass(frozen=True, slots=True)
class Filming:
    """Who makes films: a process of its own, that no plan and no evidence bundle waits for. make: a `wire.film.Film`, as JSON."""

    workers: Workers
    make: Callable[[str], bytes]


async def film(ops: "Operations", incident: str) -> bytes:
    """The same source as `rangeops replay`: the record, and the recordings of these minutes.

    Raises Forbidden, NotFound, Unavailable, Damaged.
    """
    await ops.run(ops.services.incidents.get, incident)  # whoever asks for what isn't there costs no process
    if ops.filming is None:
        raise Unavailable(
            "this server makes no replays", where=f"incident {incident:.40}", do="Use `rangeops replay` on its machine."
        )
    return await ops.filming.workers.compute(ops.filming.make, incident)
