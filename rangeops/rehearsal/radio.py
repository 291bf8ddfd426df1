"""The voice radio of a rehearsal: what is said to the simulator's pilots, over its control socket."""

import asyncio
import json
from pathlib import Path
from typing import Any, Final

from rangeops.domain.errors import Refused, Unavailable

ANSWER_S: Final = 5.0


class Radio:
    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def cleared(self, sysid: int, plan: Path) -> None:
        """Tell a pilot that he may fly, and which plan file (an absolute path) lies on his laptop."""
        await self.ask({"say": "cleared", "vehicle": sysid, "plan": str(plan)})

    async def status(self) -> dict[str, Any]:
        return await self.ask({"status": True})

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request, one answer. Raises Unavailable without a simulator, Refused with its words."""
        try:
            async with asyncio.timeout(ANSWER_S):
                reader, writer = await asyncio.open_unix_connection(str(self._socket))
                try:
                    writer.write(json.dumps(request).encode() + b"\n")
                    await writer.drain()
                    answer: dict[str, Any] = json.loads(await reader.readline() or b"{}")
                finally:
                    writer.close()
        except (OSError, TimeoutError, ValueError) as error:
            raise Unavailable(
                f"the simulator doesn't answer ({str(error) or type(error).__name__})",
                where=str(self._socket),
                do="Look at the simulator's log.",
            ) from error
        if "error" in answer:
            raise Refused(str(answer["error"]), where="the simulator", do="Correct the scenario.")
        return answer
