"""What can be set, from RANGEOPS_* variables or a command's options, and where the data folder keeps what."""

import hashlib
import tempfile
from pathlib import Path
from typing import Annotated, Final

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

SIGNING_KEYS: Final = "signing-keys.json"
_LONGEST_SOCKET_PATH: Final = 100  # sun_path holds 108 bytes on Linux


class Settings(BaseSettings):
    """One data folder is one range: its database, its token, its watch's orders and journal, its tlogs."""

    model_config = SettingsConfigDict(env_prefix="RANGEOPS_", frozen=True, extra="ignore")

    data: Path = Field(default_factory=lambda: platformdirs.user_data_path("rangeops"))
    range: str = "twente"
    database_url: str = ""  # empty: SQLite in the data folder
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8431  # 0: any free one, told in run/server.json
    gcs_sysid: Annotated[int, Field(ge=1, le=255)] = 250  # ours; 255 is what pilots' ground stations use
    operator: str = "operator"  # who the local token acts as
    simulation: bool = False  # said on every screen
    watch_name: str = "watch"

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data / 'rangeops.db'}"

    @property
    def token_file(self) -> Path:
        return self.data / "token"

    @property
    def run_folder(self) -> Path:
        """Sockets, pid and address files of what is running now."""
        return self.data / "run"

    @property
    def server_file(self) -> Path:
        """JSON {url, pid}: written by the server once it listens."""
        return self.run_folder / "server.json"

    @property
    def wire_socket(self) -> Path:
        """The Unix socket between watch and server."""
        return self.socket("wire")

    def socket(self, name: str) -> Path:
        """A Unix socket of this data folder; on a short path of its own where the folder's is too long for one."""
        path = self.run_folder / f"{name}.sock"
        if len(str(path)) <= _LONGEST_SOCKET_PATH:
            return path
        folder = hashlib.sha256(str(self.data.resolve()).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"rangeops-{folder}-{name}.sock"

    @property
    def watch_folder(self) -> Path:
        return self.data / "watch"

    @property
    def signing_key_file(self) -> Path:
        """The vehicles' signing keys: written by `rangeops link sign`, read by the watch."""
        return self.watch_folder / SIGNING_KEYS

    @property
    def tlog_folder(self) -> Path:
        return self.data / "tlogs"

    @property
    def report_folder(self) -> Path:
        return self.data / "reports"

    @property
    def log_folder(self) -> Path:
        return self.data / "logs"
