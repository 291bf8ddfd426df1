"""One command, followed in the feed to its end."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

from rangeops.client.api import Client
from rangeops.client.feed import feed
from rangeops.domain.commands import FINAL_STAGES, CommandId, CommandOrder, CommandProgress, CommandStage
from rangeops.domain.errors import Unavailable
from rangeops.wire.picture import RangePicture

_OVER: Final = FINAL_STAGES - {CommandStage.NO_ACK}  # silence may still end: the sending goes on


async def followed(client: Client, command: CommandOrder, *, within_s: float) -> CommandProgress:
    """The command's last word. NO_ACK is one: it is said after 3 s, even where the sending goes on. Raises Unavailable."""
    try:
        return await asyncio.wait_for(_last_word(client, command.id), within_s)
    except TimeoutError as error:
        raise Unavailable(
            f"its end wasn't told in {within_s:g} s", where=f"vehicle {command.sysid}", do="Look at the log."
        ) from error


async def followed_all(
    client: Client, begun: Sequence[CommandProgress], *, within_s: float
) -> tuple[CommandProgress, ...]:
    """Several commands, each as far as it got in this time, in the order in which they began; those that are over ended so."""
    latest = {progress.order.id: progress for progress in begun}
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(_until_all_over(client, latest), within_s)
    return tuple(latest[progress.order.id] for progress in begun)


async def _until_all_over(client: Client, latest: dict[CommandId, CommandProgress]) -> None:
    if all(progress.stage in _OVER for progress in latest.values()):
        return
    async for item in feed(client):
        if isinstance(item, RangePicture):
            latest.update({each.order.id: each for each in item.commands if each.order.id in latest})
            if all(progress.stage in _OVER for progress in latest.values()):
                return


async def _last_word(client: Client, command: CommandId) -> CommandProgress:
    async for item in feed(client):
        if isinstance(item, RangePicture):
            for progress in item.commands:
                if progress.order.id == command and progress.stage in FINAL_STAGES:
                    return progress
    raise Unavailable("the feed ended", where=f"command {command}", do="Look at the log.")
