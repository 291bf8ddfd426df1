"""Work that takes a while, followed over the HTTP API by whoever doesn't wait for it."""

from rangeops.client.calls import Calls, part
from rangeops.wire.work import WorkView


class WorkCalls(Calls):
    async def works(self) -> tuple[WorkView, ...]:
        """The caller's own, the newest first: what waits, what is under way, what ended within ten minutes."""
        return await self._get("/work", tuple[WorkView, ...])

    async def work(self, work: str) -> WorkView:
        """How far it is: its place in the queue, what is being done, where its result is read. NotFound once forgotten."""
        return await self._get(f"/work/{part(work)}", WorkView)

    async def cancel_work(self, work: str) -> WorkView:
        """Conflict where it has ended, or has begun to change something."""
        return await self._call("DELETE", f"/work/{part(work)}", WorkView)

    async def hand_in_plan(
        self, content: bytes, *, file_name: str, name: str, company: str, volume: str, airframe: str, slot: str = ""
    ) -> WorkView:
        """As `submit_plan`, without waiting for the verdict: the work's result is the plan."""
        query = {"file_name": file_name, "name": name, "company": company, "volume": volume, "airframe": airframe}
        query |= {"slot": slot} if slot else {}
        return await self._call(
            "POST", "/plans", WorkView, content=content, params=query, headers={"Prefer": "respond-async"}
        )
