"""What a function finds as a user without rights: in a child of this process, so that it may be root's."""

import os
import traceback
from collections.abc import Callable
from typing import Final

NOBODY: Final = 65534


def as_nobody(look: Callable[[], str]) -> str:
    """What `look` gave. Raises AssertionError with the traceback of what it raised."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setresgid(NOBODY, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
            said, code = look(), 0
        except BaseException:  # noqa: BLE001  # the parent raises it
            said = traceback.format_exc()
        os.write(writing, said.encode())
        os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, said
    return said
