"""One command, followed in the feed to its end."""

import asyncio

from rangeops.client.api import Client
from rangeops.client.feed import feed
from rangeops.domain.commands import FINAL_STAGES, CommandId, CommandOrder, CommandProgress
from rangeops.domain.errors import Unavailable
from rangeops.wire.picture import RangePicture


async def followed(client: Client, command: CommandOrder, *, within_s: float) -> CommandProgress:
    """The command's last word. NO_ACK is one: it is said after 3 s, even where the sending goes on. Raises Unavailable."""
    try:
        return await asyncio.wait_for(_last_word(client, command.id), within_s)
    except TimeoutError as error:
        raise Unavailable(
            f"its end wasn't told in {within_s:g} s", where=f"vehicle {command.sysid}", do="Look at the log."
        ) from error


async def _last_word(client: Client, command: CommandId) -> CommandProgress:
    async for item in feed(client):
        if isinstance(item, RangePicture):
            for progress in item.commands:
                if progress.order.id == command and progress.stage in FINAL_STAGES:
                    return progress
    raise Unavailable("the feed ended", where=f"command {command}", do="Look at the log.")
