"""The live feed: pictures, log lines and changes as they happen, over connections that come and go."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from rangeops.client.api import Client
from rangeops.domain.errors import Damaged, RangeopsError
from rangeops.wire.picture import Changed, LogLine, RangePicture

SILENT_S: Final = 2.0
"""A server that has sent nothing for so long is gone: it sends a picture at least twice a second."""

_FIRST_RETRY_S: Final = 0.2
_LONGEST_RETRY_S: Final = 2.0
_OPEN_TIMEOUT_S: Final = 3.0
_LARGEST_ITEM_BYTES: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Connected:
    url: str


@dataclass(frozen=True, slots=True)
class Disconnected:
    """Nothing that was shown can be believed any more. reason: one sentence for the screen."""

    reason: str


FeedItem = RangePicture | LogLine | Changed | Connected | Disconnected


class _Envelope(msgspec.Struct):
    kind: str
    body: msgspec.Raw


_envelope: Final = msgspec.json.Decoder(_Envelope)
_bodies: Final[Mapping[str, msgspec.json.Decoder[Any]]] = {
    "picture": msgspec.json.Decoder(RangePicture),
    "log": msgspec.json.Decoder(LogLine),
    "changed": msgspec.json.Decoder(Changed),
}


def decode_item(data: str | bytes) -> RangePicture | LogLine | Changed:
    """One message of the feed. Raises Damaged."""
    try:
        envelope = _envelope.decode(data)
        return _bodies[envelope.kind].decode(envelope.body)  # type: ignore[no-any-return]  # one decoder a kind
    except (msgspec.DecodeError, KeyError) as error:
        raise Damaged(
            f"a message that this version can't read ({error})",
            where="the feed",
            do="Run the same version of rangeops for server and client.",
        ) from error


async def feed(client: Client) -> AsyncGenerator[FeedItem, None]:
    """What the server tells, for ever: it reconnects by itself, and says so.

    Between a Disconnected and the next Connected nothing is known; the first item after Connected is a RangePicture.
    What was logged meanwhile is read with client.log. One Disconnected is given for each time the server is lost,
    and one for a server that isn't there at the start.
    """
    retry_s = _FIRST_RETRY_S
    told = False
    while True:
        try:
            address = client.address()
            async with connect(
                f"ws{address.url.removeprefix('http')}/api/v1/feed",
                additional_headers={"Authorization": f"Bearer {address.token}"},
                open_timeout=_OPEN_TIMEOUT_S,
                close_timeout=1,
                max_size=_LARGEST_ITEM_BYTES,
                ssl=client.tls(),
                proxy=None,
            ) as socket:
                yield Connected(address.url)
                retry_s, told = _FIRST_RETRY_S, False
                async for item in _items(socket):
                    yield item
                    if client.address().token != address.token:
                        break  # somebody has signed in or out: the feed is his from here on
            if client.address().token != address.token:
                continue
        except TimeoutError:
            reason = f"The server has been silent for {SILENT_S:g} s."
        except (OSError, WebSocketException) as error:
            reason = _unreached(error)
        except RangeopsError as error:
            reason = str(error)
        else:
            reason = "The server closed the feed."
        client.forget_address()
        if not told:
            yield Disconnected(reason)
            told = True
        await asyncio.sleep(retry_s)
        retry_s = min(retry_s * 2, _LONGEST_RETRY_S)


def _unreached(error: Exception) -> str:
    if isinstance(error, InvalidStatus) and error.response.status_code == HTTPStatus.FORBIDDEN:
        return "The server is there, but it doesn't take this token. Name the file of yours in RANGEOPS_TOKEN."
    return f"The server can't be reached ({error})."


async def _items(socket: ClientConnection) -> AsyncIterator[RangePicture | LogLine | Changed]:
    while True:
        async with asyncio.timeout(
            SILENT_S
        ):  # not wait_for: before Python 3.12 it loses a cancellation that meets an item
            data = await socket.recv()
        yield decode_item(data)
