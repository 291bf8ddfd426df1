"""`rangeops …` as a person types it, in a process of its own."""

import asyncio
import os
import sys

from rangeops.settings import Settings


async def rangeops(
    settings: Settings, *words: str, typed: str = "", within_s: float = 60, **environment: str
) -> tuple[int | None, str, str]:
    """Its exit code, its answer and what it said beside it. typed: what its questions are answered with."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "rangeops", *words,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **settings.environment(), **environment},
    )  # fmt: skip
    try:
        out, err = await asyncio.wait_for(process.communicate(typed.encode()), within_s)
    finally:
        if process.returncode is None:  # the test has given it up
            process.kill()
            await process.wait()
    assert b"Traceback" not in err, err.decode()
    return process.returncode, out.decode(), err.decode()
