"""The watch's process."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from rangeops.bootstrap.parts import clock, start_log
from rangeops.lifeline import Lifeline
from rangeops.settings import Settings

if TYPE_CHECKING:
    from rangeops.watch.loop import Loop


def run_watch(settings: Settings) -> None:
    """Load everything, stand by, and go when told."""
    from rangeops.watch.process import run

    start_log(settings, "watch")
    run(lambda beat: build_watch(settings, beat), Lifeline.from_environment())


def build_watch(settings: Settings, beat: Callable[[], None]) -> "Loop":
    from rangeops.adapters.clock_sync import clock_state
    from rangeops.adapters.mavlink.fleet import Fleet
    from rangeops.adapters.transports.unix import UnixWire
    from rangeops.watch.journal import Journal
    from rangeops.watch.loop import Loop
    from rangeops.watch.memory import Memory
    from rangeops.watch.recorder import Recorder

    return Loop(
        name=settings.watch_name,
        fleet=Fleet(settings.gcs_sysid),
        wire=UnixWire(settings.wire_socket, settings.watch_name),
        journal=Journal(settings.watch_folder / "journal", settings.watch_name),
        recorder=Recorder(settings.tlog_folder),
        memory=Memory(settings.watch_folder),
        clock=clock,
        beat=beat,
        clock_state=clock_state,
    )
