"""Values into our own types, from whatever thread.

msgspec 0.22 looks a type over when it first meets it, and writes down what it found where others read it before it is
whole: two threads that met a type for the first time at once ended the process (a segmentation fault in
`get_dataclass_info`). So a type is looked over once, by one thread at a time, before anything becomes one.
"""

from threading import Lock
from typing import Any, Final, TypeVar

import msgspec

T = TypeVar("T")

_one_at_a_time: Final = Lock()
_looked_over: Final[set[Any]] = set()


def converted(value: Any, into: type[T], *, strict: bool = True) -> T:
    """What was JSON, or the like. Raises msgspec.ValidationError."""
    _look_over(into)
    return msgspec.convert(value, into, strict=strict)


def from_json(content: str | bytes, into: type[T], *, strict: bool = True) -> T:
    """Raises msgspec.DecodeError, of which ValidationError is one."""
    _look_over(into)
    return msgspec.json.decode(content, type=into, strict=strict)


def from_msgpack(content: bytes, into: type[T]) -> T:
    """Raises msgspec.DecodeError."""
    _look_over(into)
    return msgspec.msgpack.decode(content, type=into)


def _look_over(into: Any) -> None:
    if into in _looked_over:
        return
    with _one_at_a_time:
        msgspec.json.Decoder(into)
        _looked_over.add(into)
