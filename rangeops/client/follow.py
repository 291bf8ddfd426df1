"""One command, followed in the feed to its end."""

from rangeops.client.api import Client
from rangeops.client.feed import feed
from rangeops.domain.commands import FINAL_STAGES, CommandId, CommandProgress
from rangeops.domain.errors import Unavailable
from rangeops.wire.picture import RangePicture


async def followed(client: Client, command: CommandId) -> CommandProgress:
    """The command's last word. NO_ACK is one: it is said after 3 s, even where the sending goes on."""
    async for item in feed(client):
        if isinstance(item, RangePicture):
            for progress in item.commands:
                if progress.order.id == command and progress.stage in FINAL_STAGES:
                    return progress
    raise Unavailable("the feed ended", where=f"command {command}", do="Look at the log.")
