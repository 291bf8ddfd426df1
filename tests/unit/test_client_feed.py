"""The feed ends when it is told to, whatever comes at that very moment: a screen or a rehearsal waits for it."""

import asyncio

import pytest

from rangeops.client.feed import _items


class AtOnce:
    """A socket that has an item whenever it is asked."""

    async def recv(self):
        await asyncio.sleep(0)
        return b'{"kind":"changed","body":{"noun":"slots"}}'


@pytest.mark.parametrize("turns", range(1, 15))
async def test_a_cancellation_that_meets_an_item_is_not_lost(turns):
    async def follow():
        async for _ in _items(AtOnce()):
            pass

    following = asyncio.create_task(follow())
    for _ in range(turns):
        await asyncio.sleep(0)
    following.cancel()
    for _ in range(5):  # what isn't lost is over by then
        await asyncio.sleep(0)
    ended = following.done()
    while not following.done():  # so that a lost one fails this test, and hangs none
        following.cancel()
        await asyncio.sleep(0)
    assert ended
