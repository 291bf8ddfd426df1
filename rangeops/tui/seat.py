"""Who sits at this room: signing in and out, a second person's word, and what the person may not do. No Textual."""

from collections.abc import Sequence

from rangeops.client.action import Action, Receipt, Target
from rangeops.client.api import Client
from rangeops.client.permits import READ_ONLY, refusal
from rangeops.domain.errors import Forbidden
from rangeops.tui.board import Scene
from rangeops.tui.ink import Ink, Line, Span
from rangeops.tui.language import tr
from rangeops.tui.outside import cleaned
from rangeops.tui.shared import Shared


class Seat:
    """room: what it is called in the record. read_only: from the start and for good, whoever signs in."""

    def __init__(self, client: Client, shared: Shared, *, room: str, read_only: bool) -> None:
        self._client, self._shared, self.room, self._read_only = client, shared, room, read_only

    @property
    def entered(self) -> bool:
        """A read-only room that still has what its token could do tells nothing yet, either."""
        return not self._read_only or self._client.in_session

    async def enter(self) -> None:
        """Before anything else is asked: a read-only room gives up what its token could do."""
        if not self.entered:
            await self._client.look_only(room=self.room)

    async def sign_in(self, name: str, password: str, code: str = "") -> str:
        """Raises CodeWanted where a second factor's code is asked for."""
        session = await self._client.sign_in(name, password, room=self.room, read_only=self._read_only, code=code)
        await self._look()
        return tr("{user} is signed in at this screen", user=session.user)

    async def sign_out(self) -> str:
        if self._read_only or not self._client.in_session:
            raise Forbidden(
                tr("nobody has signed in at this screen"), where="sign out", do=tr("It acts by its token's file.")
            )
        before = self._shared.records.me
        self._shared.records.me = None
        await self._client.sign_out()
        await self._look()
        still = [
            tr(view.title) for view in self._shared.records.duty if before is not None and view.user == before.user
        ]
        on_duty = ", " + tr("and still on duty as {still}", still=f" {tr('and')} ".join(still)) if still else ""
        name = tr("whoever it was") if before is None else before.user
        return tr("{name} is signed out{on_duty}; this screen acts by its own token again", name=name, on_duty=on_duty)

    async def second(self, action: Action, target: Target, name: str, password: str) -> Receipt:
        """Another person's word at this very screen, signed in for this one deed. Raises RangeopsError."""
        async with self._client.acting_as(name, password, room=self.room) as other:
            return cleaned(await action.call(other, target))

    async def signature(self, action: Action, target: Target, name: str, code: str) -> Receipt:
        """Another person's, by the target's secret, who signs in for it in full: nothing here is as urgent as a stop.

        Raises CodeWanted where a second factor's code is asked for, RangeopsError.
        """
        async with self._client.acting_as(name, target.secret, room=self.room, code=code, word=False) as other:
            return cleaned(await action.call(other, target))

    def refusal(self, action: Action) -> str:
        """Why the server would refuse it; "" where it is to be asked."""
        if self._read_only and self._shared.records.me is None:
            return READ_ONLY
        return refusal(action, self._shared.records.me)

    def facts(self, scene: Scene) -> Sequence[Line]:
        """For the dialog in which somebody signs in."""
        me, duty = self._shared.records.me, self._shared.records.duty
        name = tr("nobody is known") if me is None else f"{me.user}  {', '.join(me.roles)}"
        lines: list[Line] = [(Span(" " + tr("At this screen:") + " "), Span(name, Ink.BRIGHT))]
        for view in duty:
            since = (
                " " + tr("since {since_utc:%H:%M}L", since_utc=view.since_utc.astimezone(scene.local))
                if view.user and view.since_utc
                else ""
            )
            lines.append(
                (
                    Span(" " + tr("{title} on duty:", title=tr(view.title)) + " "),
                    Span(f"{view.user or tr('nobody')}{since}", Ink.BRIGHT if view.user else Ink.P2),
                )
            )
        lines.append((Span(" " + tr("Name, Enter, password, Enter.   esc cancels"), Ink.DIM),))
        return lines

    async def _look(self) -> None:
        self._shared.records.me = cleaned(await self._client.me())
        self._shared.records.duty = cleaned(await self._client.duty())
