"""Texts put together again, made safe, and kept from flooding."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.adapters.mavlink.messages import Statustext
from rangeops.adapters.mavlink.statustext import (
    CHUNK_BYTES,
    GAP,
    MOST_A_SECOND,
    MOST_OPEN,
    PIECES_WITHIN_S,
    StatusTexts,
)


def chunks_of(text: bytes, number: int = 7) -> list[Statustext]:
    """As MAVLink cuts it: a last chunk of 50 bytes is followed by an empty one."""
    pieces = [text[i : i + CHUNK_BYTES] for i in range(0, len(text) + 1, CHUNK_BYTES)]
    return [Statustext(4, piece, number, seq) for seq, piece in enumerate(pieces)]


def told(texts: StatusTexts, messages, now) -> list[str]:
    return [text.text for message in messages for text in texts.received(message, now)]


def test_a_text_without_an_id_is_whole(at):
    (text,) = StatusTexts().received(Statustext(6, b"Arming motors", 0, 0), at(0))
    assert (text.severity, text.text) == (6, "Arming motors")


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=400), st.integers(0, 1 << 30))
def test_chunks_in_any_order_make_the_text(at, text, seed):
    messages = chunks_of(text.encode())
    random.Random(seed).shuffle(messages)
    assert told(StatusTexts(), messages, at(0)) == [text]


def test_two_texts_at_once_are_kept_apart(at):
    one, two = chunks_of(b"a" * 70, 1), chunks_of(b"b" * 70, 2)
    assert told(StatusTexts(), [one[0], two[0], one[1], two[1]], at(0)) == ["a" * 70, "b" * 70]


@pytest.mark.parametrize(("missing", "expected"), [(0, f"{GAP}bbb"), (1, f"{'a' * 50}{GAP}")])
def test_what_stays_incomplete_is_told_with_its_gap(at, missing, expected):
    texts = StatusTexts()
    messages = chunks_of(b"a" * 50 + b"bbb")
    del messages[missing]
    assert told(texts, messages, at(0)) == []
    assert texts.timed_out(at(PIECES_WITHIN_S - 0.1)) == []
    assert [text.text for text in texts.timed_out(at(PIECES_WITHIN_S))] == [expected]
    assert texts.timed_out(at(10)) == []


def test_a_flood_is_cut_and_counted(at):
    texts = StatusTexts()
    heard = told(texts, [Statustext(6, b"%d" % i, 0, 0) for i in range(100)], at(5.1))
    assert len(heard) == MOST_A_SECOND
    assert texts.suppressed == 100 - MOST_A_SECOND
    assert told(texts, [Statustext(6, b"next second", 0, 0)], at(6.0)) == ["next second"]


def test_endless_pieces_take_bounded_memory(at):
    texts = StatusTexts()
    for number in range(1, 1000):
        for seq in (0, 200, 255):
            texts.received(Statustext(6, b"x" * 50, number, seq), at(0))
        assert len(texts._open) <= MOST_OPEN
    assert all(len(text.chunks) <= 20 for text in texts._open.values())


def test_a_text_longer_than_a_kilobyte_ends_there(at):
    messages = chunks_of(b"y" * 5000)
    (text,) = told(StatusTexts(), messages[:20], at(0))
    assert set(text) <= {"y", "…"}


@given(st.binary(max_size=50), st.integers(0, 65535), st.integers(0, 255), st.integers(0, 7))
def test_no_bytes_get_through_that_could_script_a_screen(at, raw, number, seq, severity):
    texts = StatusTexts()
    said = texts.received(Statustext(severity, raw, number, seq), at(0)) + texts.timed_out(at(100))
    for text in said:
        assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in text.text)
