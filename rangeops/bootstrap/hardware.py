"""What is done with hardware without a server."""

from pathlib import Path
from typing import TYPE_CHECKING

from rangeops import paths
from rangeops.bootstrap.parts import clock, prepare_data_folder
from rangeops.settings import Settings

if TYPE_CHECKING:
    from rangeops.adapters.hardware.desk import HardwareDesk as HardwareDesk  # noqa: PLC0414  # cli has its name from here


def hardware_folder(settings: Settings) -> Path:
    """The data folder's own, whole, where there is one; else what is shipped. Raises Unavailable."""
    own = settings.data / "hardware"
    return own if own.is_dir() else paths.shipped("hardware")


def hardware_desk(settings: Settings) -> "HardwareDesk":
    """What can be done with hardware without a server."""
    from rangeops.adapters.hardware.desk import HardwareDesk
    from rangeops.watch.memory import read_kept

    return HardwareDesk(
        hardware_folder(settings),
        settings.data,
        range_id=settings.range,
        gcs_sysid=settings.gcs_sysid,
        operator=settings.operator,
        kept=lambda: read_kept(settings.watch_folder),
        clock=clock,
    )


def sign_vehicle(settings: Settings, uri: str, sysid: int) -> Path:
    """Make a signing key and give it to one vehicle on a cable; where it is kept. Raises Invalid, Refused, Unavailable."""
    import secrets

    from rangeops.adapters.mavlink.key_setup import set_up_key
    from rangeops.adapters.mavlink.keys import KeyFile
    from rangeops.adapters.mavlink.signing import KEY_BYTES
    from rangeops.domain.telemetry import Sysid

    prepare_data_folder(settings)
    keys = KeyFile(settings.signing_key_file)
    key = secrets.token_bytes(KEY_BYTES)
    set_up_key(uri, Sysid(sysid), key, keys=keys, gcs_sysid=settings.gcs_sysid, clock=clock)
    return keys.path
