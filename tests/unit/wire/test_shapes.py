"""Values become our types from many threads at once, also types that nothing has become before."""

import subprocess
import sys

import msgspec
import pytest

from rangeops.wire.api import Problem
from rangeops.wire.shapes import converted, from_json, from_msgpack

RACE = """
import sys
from dataclasses import make_dataclass
from threading import Barrier, Thread
from rangeops.wire.shapes import converted

sys.setswitchinterval(1e-6)
for round in range(60):
    inner = make_dataclass("Inner", [(f"f{n}", int) for n in range(30)], frozen=True, slots=True)
    outer = make_dataclass("Outer", [(f"g{n}", inner) for n in range(8)], frozen=True, slots=True)
    value = {f"g{n}": {f"f{m}": m for m in range(30)} for n in range(8)}
    barrier = Barrier(6)
    def work():
        barrier.wait()
        assert converted(value, outer).g7.f29 == 29
    threads = [Thread(target=work) for _ in range(6)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
print("done")
"""


def test_a_type_that_many_threads_meet_first_at_once_ends_no_process():
    ran = subprocess.run([sys.executable, "-c", RACE], capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stdout) == (0, "done\n"), ran.stderr


def test_what_is_none_of_the_type_is_told():
    with pytest.raises(msgspec.ValidationError):
        converted({"type": 1}, Problem)
    with pytest.raises(msgspec.DecodeError):
        from_json("{", Problem)
    assert from_json('{"a": [1]}', dict[str, list[int]]) == {"a": [1]}
    assert from_msgpack(msgspec.msgpack.encode([1, 2]), tuple[int, ...]) == (1, 2)
    assert converted("7", int, strict=False) == 7
