"""The client's part for the hand-over page."""

from rangeops.client.calls import Calls
from rangeops.wire.handover import HandoverView, NoteRequest, NoteView


class HandoverCalls(Calls):
    async def handover(self) -> HandoverView:
        """What whoever takes over must know, of this moment."""
        return await self._get("/handover", HandoverView)

    async def handover_pdf(self) -> bytes:
        """The same page, to be printed."""
        return (await self._send("GET", "/handover.pdf")).content

    async def add_note(self, text: str) -> NoteView:
        """It stands until somebody says that it is done."""
        return await self._created("/handover/notes", NoteView, NoteRequest(text))

    async def finish_note(self, number: int) -> NoteView:
        return await self._post(f"/handover/notes/{number}/done", NoteView)
