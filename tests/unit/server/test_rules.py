"""Tables and small parts of the server: error statuses, the token's file, the feed's queues, the action registry."""

import asyncio
import json
import stat
from unittest.mock import AsyncMock

import pytest
from desk import NOON

from rangeops.client.action import Guard, Target
from rangeops.client.actions import ACTION, ACTIONS
from rangeops.client.api import Client
from rangeops.client.calls import ERRORS
from rangeops.client.feed import decode_item
from rangeops.domain.commands import CLEARED_ONLY, CommandKind
from rangeops.domain.errors import Damaged, Invalid, Kind, Unavailable
from rangeops.server.feed import MOST_QUEUED, FeedHub, encode_item
from rangeops.server.guard import read_or_make_token
from rangeops.server.problems import STATUS, problem
from rangeops.services.commanding import TYPED
from rangeops.wire.picture import Changed, LogLine, RangePicture

PICTURE = RangePicture(NOON, "twente", True, False, None, (), (), (), ())  # noqa: FBT003
LINE = LogLine(1, NOON, "op1", "hello")


def test_every_kind_of_error_has_a_status_and_comes_back_as_itself():
    assert STATUS.keys() == ERRORS.keys() == set(Kind)
    assert {kind: error.kind for kind, error in ERRORS.items()} == {kind: kind for kind in Kind}


def test_a_problem_tells_nothing_unsafe():
    told = problem(Invalid("bad \x1b[31m name", where="file \u202e", do="Fix it."))
    assert "\x1b" not in told.detail + told.what
    assert "\u202e" not in told.where
    assert (told.status, told.kind) == (400, "invalid")


def test_the_token_is_made_once_for_its_owner_alone(tmp_path):
    path = tmp_path / "data" / "token"
    token = read_or_make_token(path)
    assert len(token) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_or_make_token(path) == token


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_token_that_others_can_read_is_refused(tmp_path, mode):
    path = tmp_path / "token"
    read_or_make_token(path)
    path.chmod(mode)
    with pytest.raises(Unavailable, match="others can read"):
        read_or_make_token(path)


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64])
def test_a_token_file_without_a_token_is_refused(tmp_path, content):
    path = tmp_path / "token"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(Unavailable, match="no token"):
        read_or_make_token(path)


@pytest.mark.parametrize("item", [PICTURE, LINE, Changed("slots")])
def test_what_the_feed_sends_the_client_reads(item):
    assert decode_item(encode_item(item)) == item


@pytest.mark.parametrize(
    "data", ["", "{}", '{"kind":"picture","body":{}}', '{"kind":"other","body":{}}', "\x00", b"\xff"]
)
def test_what_the_feed_would_not_send_is_damaged(data):
    with pytest.raises(Damaged):
        decode_item(data)


async def test_a_slow_screen_gets_the_newest_picture_and_every_line():
    hub = FeedHub()
    screen = hub.join(PICTURE)
    for number in range(100):
        hub.tell(LogLine(number, NOON, "op1", "x"))
        hub.show(RangePicture(NOON, f"picture {number}", True, False, None, (), (), (), ()))  # noqa: FBT003
    items = [json.loads(item) for item in await screen.next()]
    assert [item["body"]["seq"] for item in items if item["kind"] == "log"] == list(range(100))
    assert [item["body"]["range_id"] for item in items if item["kind"] == "picture"] == ["picture 99"]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(screen.next(), 0.01)


async def test_a_screen_that_reads_nothing_is_bounded_and_known():
    hub = FeedHub()
    screen = hub.join(PICTURE)
    for _ in range(MOST_QUEUED + 5):
        hub.tell(LINE)
    assert screen.overflowed
    assert len(await screen.next()) == MOST_QUEUED + 1
    hub.leave(screen)
    hub.tell(LINE)
    hub.show(PICTURE)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(screen.next(), 0.01)


def test_no_two_actions_on_one_noun_share_a_key_and_names_are_unique():
    assert len(ACTION) == len(ACTIONS)
    keys = [(action.noun, action.key) for action in ACTIONS if action.key]
    assert len(set(keys)) == len(keys)


def test_what_the_server_wants_typed_the_screen_asks_for():
    typed = {action.name for action in ACTIONS if action.guard in (Guard.TYPED_NUMBER, Guard.SECOND_PERSON)}
    assert typed == {f"vehicle.{kind.value}" for kind in TYPED}
    assert {f"vehicle.{kind.value}" for kind in CLEARED_ONLY} <= typed
    assert ACTION["vehicle.terminate"].guard is Guard.SECOND_PERSON
    assert ACTION["vehicle.hold"].guard is Guard.ONE_KEY
    assert {f"vehicle.{kind.value}" for kind in CommandKind} <= ACTION.keys()


NEED_NOTHING = {"handover.print", "duty.leave"}
"""The page as it is now, and whoever sits there: nothing is chosen for them."""


@pytest.mark.parametrize(
    "action", [each for each in ACTIONS if each.name not in NEED_NOTHING], ids=lambda each: each.name
)
async def test_an_action_without_its_target_is_refused_and_calls_nobody(action):
    client = AsyncMock(spec=Client)
    with pytest.raises(Invalid, match=r"no [a-z ]+ is chosen|is missing|was not read yet"):
        await action.call(client, Target())
    assert client.mock_calls == []
