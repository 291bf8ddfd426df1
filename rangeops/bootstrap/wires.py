"""The server's side of the way to the watches."""

from typing import TYPE_CHECKING

from rangeops.domain.errors import Unavailable
from rangeops.settings import Settings

if TYPE_CHECKING:
    from rangeops.services.ports.watches import Wire


def server_wire(settings: Settings) -> "Wire":
    """To the watch beside us by a Unix socket; where RANGEOPS_WIRE names a broker, to watch nodes as well."""
    from rangeops.adapters.transports.unix_server import UnixWireServer

    near = UnixWireServer(settings.wire_socket)
    if not settings.wire:
        return near
    require_nats()
    from rangeops.adapters.transports.nats_line import Subjects
    from rangeops.adapters.transports.nats_server import NatsWireServer
    from rangeops.adapters.transports.wires import Wires
    from rangeops.adapters.wire_keys import server_key

    subjects = Subjects.of(settings.wire, settings.range)
    return Wires(near, NatsWireServer(subjects, server_key(settings.wire_key_file), settings.watch_name))


def require_nats() -> None:
    """Raises Unavailable where the optional library is missing."""
    from importlib.util import find_spec

    if find_spec("nats") is None:
        raise Unavailable(
            "it needs nats-py, which isn't installed",
            where="setting wire (RANGEOPS_WIRE)",
            do="Run `pip install 'rangeops[nats]'`.",
        )
