"""The process that keeps watch and server running."""

import time
from collections.abc import Callable

from rangeops.bootstrap.parts import prepare_data_folder, process_command, process_environment, signalled, start_log
from rangeops.bootstrap.ranges import load_range
from rangeops.lifeline import Lifeline
from rangeops.settings import Settings


def run_supervisor(settings: Settings, answers: Callable[[], None] | None = None) -> int:
    """Until Ctrl+C, SIGTERM, or the end of whoever started us; the exit code. answers: called once the server does."""
    from rangeops.supervisor import Supervisor

    start_log(settings, "supervisor")
    prepare_data_folder(settings)
    load_range(settings)  # what is wrong with it is said before anything starts
    return Supervisor(
        watch=process_command("watch"),
        server=process_command("server"),
        environment=process_environment(settings),
        run_folder=settings.run_folder,
        monotonic=time.monotonic,
        lifeline=Lifeline.from_environment(),
        answers=answers,
    ).run(signalled())
