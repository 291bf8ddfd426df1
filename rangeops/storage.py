"""Looking after the database with no server needed: backup, restore, check, upgrade. A composition root of its own."""

from collections.abc import Callable
from pathlib import Path

from rangeops.bootstrap.parts import clock, prepare_data_folder, shell_actor
from rangeops.settings import Settings


def back_up(settings: Settings, file: Path) -> None:
    """Raises Conflict, Unavailable, Damaged."""
    from rangeops.adapters.store.copies import back_up as write

    write(settings.database, file)


def restore(settings: Settings, file: Path) -> None:
    """Raises NotFound, Damaged, Conflict, Unavailable."""
    from rangeops.adapters.store.copies import restore as read

    prepare_data_folder(settings)
    read(settings.database, file)


def check(settings: Settings, told: Callable[[str], None]) -> bool:
    """Tell every fault; whether there was none. Raises Unavailable, Damaged where it can't even be opened."""
    from rangeops.adapters.store.opening import check_store

    found = check_store(settings.database, clock().utc)
    for fault in found:
        told(fault)
    return not found


def upgrade(settings: Settings) -> tuple[str, str]:
    """The schema's revision before and after. Raises Unavailable, Damaged."""
    from rangeops.adapters.store.opening import upgrade_store

    prepare_data_folder(settings)
    return upgrade_store(settings.database)


def rebuild(settings: Settings) -> tuple[str, ...]:
    """Restore the tables from the record, which was verified; what differed. Raises NotFound, Unavailable, Damaged."""
    from rangeops.adapters.store.opening import rebuild_store

    return rebuild_store(settings.database, clock(), shell_actor())
