"""One worker: a fresh interpreter at the other end of a pair of sockets. It does one piece of work at a time, and dies alone.

What a confined worker answers is data of a stated type, decoded by msgspec: whoever took it over through a broken file
gets nothing unpickled here. What goes to it, and what comes from one that reads nothing of strangers', is pickled.
"""

import contextlib
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Final, TypeVar, cast

import msgspec

from rangeops.domain import errors
from rangeops.domain.errors import Invalid, RangeopsError
from rangeops.server.sandbox import Layer, Limits, confine, forbid_processes, renew_cpu
from rangeops.wire.shapes import from_msgpack

T = TypeVar("T")

LARGEST_ANSWER_BYTES: Final = 64 * 1024 * 1024
_ERRORS: Final[Mapping[str, type[RangeopsError]]] = {
    name: each for name, each in vars(errors).items() if isinstance(each, type) and issubclass(each, RangeopsError)
}
_NICE: Final = 5  # what people wait for comes after what watches vehicles
_SECRETS: Final = "RANGEOPS_"  # a database's password may stand in a variable


class Failed(Exception):
    """A confined worker's function raised what isn't ours. report: its traceback, for the log."""

    def __init__(self, name: str, report: str) -> None:
        super().__init__(name)
        self.name, self.report = name, report


class NotStarted(Exception):
    """Why, in a word or a sentence."""


class Lost(Exception):
    """The worker is gone, or answers what no worker of ours answers."""


class TooMuchMemory(Exception):
    """It asked for more than its limit, and lives on."""


@dataclass(frozen=True, slots=True)
class Warm:
    """What a worker does before its first work, and before it is confined: so everything is loaded by then."""

    function: Callable[[Any], Any]
    argument: Any


class _Reply(msgspec.Struct, array_like=True):
    """kind: done, refused, failed, memory. texts: of an error."""

    kind: str
    texts: tuple[str, ...] = ()
    body: msgspec.Raw = msgspec.Raw(b"\xc0")


_reply: Final = msgspec.msgpack.Decoder(_Reply)


class WorkerProcess:
    """Made and asked in a thread: both wait. Killed from anywhere, which ends the waiting."""

    def __init__(self, limits: Limits | None, warm: Sequence[Warm], *, within_s: float) -> None:
        """Raises NotStarted where it isn't ready in time, died first, or could not confine itself."""
        os.environ.setdefault(
            "OPENBLAS_NUM_THREADS", "1"
        )  # its threads would keep a child out of a namespace of its own
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs, limits), daemon=True)
        self._process.start()
        theirs.close()
        self._is_confined = limits is not None
        self._knows: set[int] = set()
        try:
            self._connection.send_bytes(pickle.dumps(tuple(warm)))
            if not self._connection.poll(within_s):
                raise TimeoutError
            held = msgspec.msgpack.decode(self._connection.recv_bytes(LARGEST_ANSWER_BYTES), type=list[str] | str)
            if isinstance(held, str):
                raise NotStarted(held)
        except (OSError, EOFError) as error:
            self.kill()
            raise NotStarted(type(error).__name__) from error
        except NotStarted:
            self.kill()
            raise
        self.layers = frozenset(Layer(each) for each in held)

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def ask(self, key: int, function: Callable[[Any], T], argument: Any, answer: Any = None) -> T:
        """Its answer: of this type where the worker is confined. key: the function's; it crosses over once a worker.

        A key of 0 is nobody's: such a function crosses each time. Raises what the function raises, of a confined one our
        own errors, Failed or TooMuchMemory; Lost.
        """
        crossing = None if key in self._knows else function
        message = pickle.dumps((key, crossing, argument))
        try:
            self._connection.send_bytes(message)
            content = self._connection.recv_bytes(LARGEST_ANSWER_BYTES)
        except (OSError, EOFError) as error:
            raise Lost from error
        if key:
            self._knows.add(key)
        if not self._is_confined:
            return cast("T", _unpickled(content))
        try:
            return cast("T", _decoded(content, answer))
        except msgspec.DecodeError as error:
            raise Lost from error

    def kill(self) -> None:
        """End it at once, whatever it does."""
        self._process.kill()
        self._process.join()

    def ran_out_of_cpu(self) -> bool:
        """Of one that is Lost: whether the kernel ended it for that. To be asked before `kill`."""
        self._process.join(timeout=1.0)  # its socket is closed a moment before it is gone
        return self._process.exitcode == -signal.SIGXCPU


def _decoded(content: bytes, answer: Any) -> Any:
    reply = _reply.decode(content)
    if reply.kind == "done":
        return from_msgpack(reply.body, answer)
    if reply.kind == "refused":
        name, what, where, do = reply.texts
        raise _ERRORS.get(name, Invalid)(what, where=where, do=do)
    if reply.kind == "memory":
        raise TooMuchMemory
    raise Failed(*reply.texts[:2])


def _unpickled(content: bytes) -> Any:
    outcome = pickle.loads(content)  # noqa: S301  # a worker of ours that reads nothing of strangers'
    if isinstance(outcome, _Refusal):
        raise outcome.error(outcome.what, where=outcome.where, do=outcome.do)
    if isinstance(outcome, _Raised):
        raise outcome.error
    return outcome


class _Refusal:
    """One of our errors on its way between processes: an exception with keyword arguments can't be pickled."""

    def __init__(self, error: RangeopsError) -> None:
        self.error, self.what, self.where, self.do = type(error), error.what, error.where, error.do


class _Raised:
    def __init__(self, error: Exception) -> None:
        self.error = error


# In the worker.


def work(connection: Connection, limits: Limits | None) -> None:
    """The process's whole life. Ctrl+C is the server's to act on; a killed server can't end it, so it looks for itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection.send_bytes(_ready(connection, limits))
    functions: dict[int, Callable[[Any], Any]] = {}

    def called(message: bytes) -> Any:
        key, function, argument = pickle.loads(message)  # noqa: S301  # from the server
        if function is not None:
            functions[key] = function
        return functions[key](argument)

    while True:
        try:
            message = connection.recv_bytes()
        except EOFError:
            return
        if limits is None:
            connection.send_bytes(_outcome(called, message))
        else:
            renew_cpu(limits)
            connection.send_bytes(_told(called, message))


def _ready(connection: Connection, limits: Limits | None) -> bytes:
    """What holds of it from here on; or why it can't begin, which nobody would read on its own stderr."""
    try:
        os.nice(_NICE)
        for each in pickle.loads(connection.recv_bytes()):  # noqa: S301  # from the server
            with contextlib.suppress(RangeopsError):  # it was loaded to say so
                each.function(each.argument)
        held = frozenset() if limits is None else _confined(limits)
        threading.Thread(target=_end_with_parent, daemon=True).start()
        if limits is not None:
            forbid_processes()
    except Exception as error:  # noqa: BLE001  # told, and raised where it was started
        return msgspec.msgpack.encode(f"{type(error).__name__}: {error}")
    return msgspec.msgpack.encode([layer.value for layer in held])


def _confined(limits: Limits) -> frozenset[Layer]:
    for name in [each for each in os.environ if each.startswith(_SECRETS)]:
        del os.environ[name]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(nowhere, stream.fileno())  # the server's log isn't a stranger's to fill
    os.close(nowhere)
    return confine(limits)


def _outcome(function: Callable[[Any], Any], argument: Any) -> bytes:
    try:
        return pickle.dumps(function(argument))
    except RangeopsError as error:
        return pickle.dumps(_Refusal(error))
    except Exception as error:  # noqa: BLE001  # raised again where it was asked for
        return pickle.dumps(_Raised(error))


def _told(function: Callable[[Any], Any], argument: Any) -> bytes:
    try:
        reply = _Reply("done", body=msgspec.Raw(msgspec.msgpack.encode(function(argument))))
    except RangeopsError as error:
        reply = _Reply("refused", (type(error).__name__, error.what, error.where, error.do))
    except MemoryError:
        reply = _Reply("memory")
    except Exception as error:  # noqa: BLE001  # told, and logged by the server
        import traceback

        reply = _Reply("failed", (type(error).__name__, traceback.format_exc(limit=-8)))
    return msgspec.msgpack.encode(reply)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
