"""A watch node's processes: its watch, as anywhere, and beside it the bridge to the server elsewhere."""

import time
from typing import TYPE_CHECKING, Final

from rangeops.bootstrap.parts import prepare_data_folder, process_command, process_environment, signalled, start_log
from rangeops.bootstrap.wires import require_nats
from rangeops.domain.errors import Invalid
from rangeops.durable import write_durably
from rangeops.lifeline import Lifeline

if TYPE_CHECKING:
    from rangeops.adapters.transports.nats_bridge import NatsBridge
    from rangeops.settings import Settings

_READY: Final = "bridge"
_BEGINS_S: Final = 60.0  # a bridge brings up nothing
_BEAT_S: Final = 1.0  # how often the bridge tells the supervisor that it goes on


def run_node(settings: "Settings") -> int:
    """A watch and its bridge, until told to end; the exit code. Raises Invalid, NotFound, Unavailable, Damaged."""
    from rangeops.supervisor import Supervisor

    prepare_data_folder(settings)
    start_log(settings, "supervisor")
    _bridge(settings)  # what is wrong with it is said before anything starts
    return Supervisor(
        watch=process_command("watch"),
        server=process_command("bridge"),
        environment=process_environment(settings),
        run_folder=settings.run_folder,
        monotonic=time.monotonic,
        lifeline=Lifeline.from_environment(),
        ready=_READY,
        begins_s=_BEGINS_S,
    ).run(signalled())


def run_bridge(settings: "Settings") -> None:
    """Until SIGINT, SIGTERM or the end of our parent."""
    import asyncio
    import contextlib
    import signal

    start_log(settings, "bridge")
    bridge, lifeline = _bridge(settings), Lifeline.from_environment()

    async def run() -> None:
        told, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, told.set)
        if lifeline.fd is not None:
            loop.add_reader(lifeline.fd, lambda: told.set() if lifeline.cut() else None)
        await bridge.start()
        write_durably(settings.run_folder / _READY, b"")
        while not told.is_set():
            lifeline.beat()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(told.wait(), _BEAT_S)
        await bridge.close()

    asyncio.run(run())


def node_key(settings: "Settings", node: str) -> str:
    """The key for a watch node's data folder, hex. Made of the server's, which is made at first use."""
    from rangeops.adapters.wire_keys import server_key
    from rangeops.wire.seal import node_key as key_of

    prepare_data_folder(settings)
    return key_of(server_key(settings.wire_key_file), node).hex()


def _bridge(settings: "Settings") -> "NatsBridge":
    if not settings.wire:
        raise Invalid(
            "it isn't said where the server is", where="setting wire (RANGEOPS_WIRE)", do="Give nats://HOST:PORT."
        )
    require_nats()
    from rangeops.adapters.transports.nats_bridge import NatsBridge
    from rangeops.adapters.transports.nats_line import Subjects
    from rangeops.adapters.wire_keys import own_key
    from rangeops.wire.seal import Seal, checked_name

    return NatsBridge(
        Subjects.of(settings.wire, settings.range),
        Seal(own_key(settings.wire_key_file)),
        checked_name(settings.watch_name),
        settings.wire_socket,
    )
