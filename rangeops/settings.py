"""What can be set, from RANGEOPS_* variables or a command's options, and where the data folder keeps what.

Plain values, read by hand: a settings library costs a fifth of a second at the start of every command.
"""

import hashlib
import ipaddress
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

from rangeops.domain.errors import Invalid
from rangeops.domain.users import is_name

SIGNING_KEYS: Final = "signing-keys.json"
SECOND_FACTORS: Final = ("commanding", "everybody", "nobody")
LOGS: Final = ("text", "json", "json-file")
_PREFIX: Final = "RANGEOPS_"
_LONGEST_SOCKET_PATH: Final = 100  # sun_path holds 108 bytes on Linux
_TRUTHS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off", ""), False),
}


def _user_data() -> Path:
    import platformdirs  # loaded where no folder is given

    return platformdirs.user_data_path("rangeops")


@dataclass(frozen=True, slots=True)
class Settings:
    """One data folder is one range: its database, its token, its watch's orders and journal, its tlogs."""

    data: Path = field(default_factory=_user_data)
    range: str = "twente"
    database_url: str = ""  # empty: SQLite in the data folder
    host: str = "127.0.0.1"
    port: int = 8431  # 0: any free one, told in run/server.json
    gcs_sysid: int = 250  # ours; 255 is what pilots' ground stations use
    operator: str = "operator"  # who the local token acts as
    token: str = ""  # the file of a person's own token, which commands and screens send; empty: the local one
    simulation: bool = False  # said on every screen
    drill: str = ""  # the drill that is played, said on every screen beside SIMULATION
    watch_name: str = "watch"
    checkpoints: str = ""  # folders, as in PATH, that get every checkpoint of the record too
    config: str = ""  # the folder of a person's own settings and keys; empty: where such files are kept on this system
    tiles: str = ""  # https://…/{z}/{x}/{y}.png: a tile server under the portal's maps; empty: our own layers alone
    second_factor: str = (
        "commanding"  # whose sign-in asks for one: commanding (who can command, and admins), everybody, nobody
    )
    tls_cert: str = ""  # PEM file, the server's own certificate first: HTTPS alone; empty: plain HTTP
    tls_key: str = ""  # PEM file of its key, without a passphrase
    trusted_proxies: str = ""  # addresses and networks, parted by commas, whose X-Forwarded-For and -Proto are believed
    public_url: str = ""  # https://HOST: what browsers call this server by, through a proxy or a name of its own
    log: str = "text"  # text: for people, on stderr; json: a JSON object a line there; json-file: likewise in logs/
    smtp: str = ""  # smtps://USER@HOST or smtp://HOST:587: the mail server; empty: letters lie in outbox/ as files
    smtp_password: str = ""  # the file of its password
    mail_from: str = ""  # who letters are from; empty: rangeops@ and this machine
    wire: str = ""  # nats://HOST:PORT: watch nodes on other machines; empty: the one on this machine alone

    def __post_init__(self) -> None:
        """Raises Invalid for what no port and no system id can be."""
        if not 0 <= self.port <= 65535:
            raise _wrong("port", f"{self.port} is no port", "Give one of 0 to 65535.")
        if not 1 <= self.gcs_sysid <= 255:
            raise _wrong("gcs_sysid", f"{self.gcs_sysid} is no system id", "Give one of 1 to 255.")
        if self.tiles and not _is_tile_server(self.tiles):
            raise _wrong("tiles", f"{self.tiles!r:.80} is no tile server", "Give https://HOST/…/{z}/{x}/{y}.png.")
        if self.second_factor not in SECOND_FACTORS:
            raise _wrong("second_factor", f"{self.second_factor!r:.40} is none", f"Give {', '.join(SECOND_FACTORS)}.")
        self._check_serving()
        if not is_name(self.operator):
            raise _wrong("operator", f"{self.operator!r:.40} is no user's name", "Give up to 40 letters and digits.")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], **given: Any) -> Self:
        """RANGEOPS_* variables, overridden by what was given. Raises Invalid with what is wrong."""
        values: dict[str, Any] = {}
        for each in fields(cls):
            text = environment.get(f"{_PREFIX}{each.name.upper()}")
            if text is not None and each.name not in given:
                values[each.name] = _READ.get(each.name, str)(text)
        return cls(**values, **given)

    def environment(self) -> dict[str, str]:
        """Such that a child process has the same settings."""
        return {f"{_PREFIX}{each.name.upper()}": str(getattr(self, each.name)) for each in fields(self)}

    def _check_serving(self) -> None:
        """How the server is reached, by whom, and what it says of that."""
        if self.log not in LOGS:
            raise _wrong("log", f"{self.log!r:.40} is none", f"Give {', '.join(LOGS)}.")
        if bool(self.tls_cert) != bool(self.tls_key):
            lacking = "tls_key" if self.tls_cert else "tls_cert"
            raise _wrong(lacking, "a certificate and its key are set together", "Name the other file, too.")
        for proxy in self.proxies:
            if not _is_network(proxy):
                raise _wrong(
                    "trusted_proxies", f"{proxy!r:.60} is no address or network", "Give 127.0.0.1, 10.0.0.0/8."
                )
        if self.public_url and not self.public_host:
            raise _wrong("public_url", f"{self.public_url!r:.80} is no address of a server", "Give https://HOST.")

    @property
    def proxies(self) -> tuple[str, ...]:
        """Addresses and networks whose word on a request is believed."""
        return tuple(each.strip() for each in self.trusted_proxies.split(",") if each.strip())

    @property
    def public_host(self) -> str:
        """Of public_url, the name alone; "" where it is none: one that is a scheme and a host, and nothing else."""
        found = re.fullmatch(r"https?://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?/?", self.public_url)
        return found.group(1).strip("[]").lower() if found else ""

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data / 'rangeops.db'}"

    @property
    def token_file(self) -> Path:
        return self.data / "token"

    @property
    def callers_token_file(self) -> Path:
        """Whose token commands and screens send."""
        return Path(self.token) if self.token else self.token_file

    @property
    def config_folder(self) -> Path:
        """control-room.toml and keymap.toml of whoever sits there: not the range's."""
        if self.config:
            return Path(self.config)
        import platformdirs  # loaded by a control room alone

        return platformdirs.user_config_path("rangeops")

    def token_file_of(self, user: str) -> Path:
        """Where `rangeops user token` puts a person's own, unless told otherwise."""
        return self.data / "tokens" / user

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
    def wire_key_file(self) -> Path:
        """On the server the key of which every node's is made, on a node that node's own; hex, for its owner alone."""
        return self.data / "wire.key"

    @property
    def watch_folder(self) -> Path:
        return self.data / "watch"

    @property
    def signing_key_file(self) -> Path:
        """The vehicles' signing keys: written by `rangeops link sign`, read by the watch."""
        return self.watch_folder / SIGNING_KEYS

    @property
    def range_key_file(self) -> Path:
        """The range's own Ed25519 key: under certificates and slot sheets."""
        return self.data / "acceptance.key"

    @property
    def secret_key_file(self) -> Path:
        """The key under which short secrets lie in the database: second factors."""
        return self.data / "secrets.key"

    @property
    def record_keys_folder(self) -> Path:
        """The Ed25519 keys under the record's checkpoints: `rangeops audit key`."""
        return self.data / "record-keys"

    @property
    def checkpoint_folder(self) -> Path:
        """The record's signed checkpoints, outside its database."""
        return self.data / "checkpoints"

    @property
    def checkpoints_elsewhere(self) -> tuple[Path, ...]:
        """Folders that get every checkpoint too: on other disks and machines."""
        return tuple(Path(folder) for folder in self.checkpoints.split(os.pathsep) if folder)

    @property
    def temporary_zones_folder(self) -> Path:
        """One ED-318 file a range: zones that hold from a start to an end."""
        return self.data / "temporary-zones"

    @property
    def tlog_folder(self) -> Path:
        return self.data / "tlogs"

    @property
    def outbox_folder(self) -> Path:
        """Letters that no mail server took, as .eml files."""
        return self.data / "outbox"

    @property
    def report_folder(self) -> Path:
        return self.data / "reports"

    @property
    def log_folder(self) -> Path:
        return self.data / "logs"


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _is_tile_server(template: str) -> bool:
    """A template that browsers can ask: the host goes into the pages' policy, so it must be one and nothing else."""
    parts = urlsplit(template)
    host_is_plain = re.fullmatch(r"(\{s\}\.)?[A-Za-z0-9.-]+(:\d+)?", parts.netloc) is not None
    return parts.scheme == "https" and host_is_plain and all(each in parts.path for each in ("{z}", "{x}", "{y}"))


def _number(name: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            return int(text)
        except ValueError as error:
            raise _wrong(name, f"{text!r:.40} is no whole number", "Correct the variable.") from error

    return read


def _simulation(text: str) -> bool:
    if (truth := _TRUTHS.get(text.strip().lower())) is None:
        raise _wrong("simulation", f"{text!r:.40} is neither true nor false", "Write true or false.")
    return truth


def _wrong(name: str, what: str, do: str) -> Invalid:
    return Invalid(what, where=f"setting {name} ({_PREFIX}{name.upper()})", do=do)


_READ: Final[Mapping[str, Callable[[str], Any]]] = {
    "data": Path,
    "port": _number("port"),
    "gcs_sysid": _number("gcs_sysid"),
    "simulation": _simulation,
}
