"""PostgreSQL for tests: the server that RANGEOPS_TEST_POSTGRES names, else one of our own from an installed initdb."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

VARIABLE = "RANGEOPS_TEST_POSTGRES"
_USER = "postgres"  # PostgreSQL refuses to run as root; packages bring this user
_SEARCHED = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")


class NoPostgres(Exception):
    """Why there is none here."""


class OwnServer:
    """A cluster in a folder of its own, on a Unix socket alone; no durability that tests could miss is switched off."""

    def __init__(self) -> None:
        self._binaries = _binaries()
        self.folder = Path(tempfile.mkdtemp(prefix="rangeops-pg-"))
        try:
            if os.geteuid() == 0:
                shutil.chown(self.folder, _USER)
            self._run("initdb", "-D", str(self._cluster), "-U", _USER, "-A", "trust", "--no-sync", "-E", "UTF8")
            self.start()
        except (subprocess.CalledProcessError, LookupError) as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise NoPostgres(f"PostgreSQL doesn't start here ({error})") from error

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://{_USER}@/postgres?host={self.folder}"

    @property
    def _cluster(self) -> Path:
        return self.folder / "cluster"

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses="
        self._run("pg_ctl", "-D", str(self._cluster), "-w", "-o", options, "-l", str(self.folder / "log"), "start")

    def stop(self, mode: str = "immediate") -> None:
        """immediate: as a power cut does."""
        self._run("pg_ctl", "-D", str(self._cluster), "-w", "-m", mode, "stop")

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        user = _USER if os.geteuid() == 0 else None
        subprocess.run(
            [str(self._binaries / program), *arguments],
            check=True, user=user, cwd="/", timeout=60,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


def _binaries() -> Path:
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    for pattern in _SEARCHED:
        if found := sorted(Path("/").glob(f"{pattern.lstrip('/')}/initdb")):
            return found[-1].parent
    raise NoPostgres(f"{VARIABLE} names no PostgreSQL, and no initdb is installed")


@cache
def _named_or_own() -> str:
    """One server a test process, ended with it. Raises NoPostgres."""
    if named := os.environ.get(VARIABLE):
        return named
    import atexit

    server = OwnServer()
    atexit.register(server.remove)
    return server.url


@contextmanager
def postgres_schema() -> Iterator[str]:
    """The URL of an empty schema, dropped afterwards with all that is in it. Raises NoPostgres."""
    from sqlalchemy import make_url

    server, schema = _named_or_own(), f"rangeops_test_{uuid4().hex[:12]}"
    _execute(server, f"CREATE SCHEMA {schema}")
    try:
        url = make_url(server).update_query_dict({"options": f"-csearch_path={schema}"})
        yield url.render_as_string(hide_password=False)
    finally:
        _execute(server, f"DROP SCHEMA {schema} CASCADE")


def _execute(url: str, *statements: str) -> None:
    from sqlalchemy import create_engine

    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@contextmanager
def store_url(backend: str, folder: Path) -> Iterator[str]:
    """Of an empty store; its name is one of STORES. Raises NoPostgres."""
    if backend == "postgresql":
        with postgres_schema() as url:
            yield url
    else:
        yield {"memory": "memory:", "sqlite": f"sqlite:///{folder / 'range.db'}"}[backend]


def databases() -> Sequence[str]:
    """What keeps something after its process."""
    return ("postgresql", "sqlite")
