"""Texts put together again, made safe, and kept from flooding."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.adapters.mavlink.messages import Statustext
from rangeops.adapters.mavlink.statustext import (
    BURST,
    CHUNK_BYTES,
    FOLDED_EVERY_S,
    GAP,
    MOST_OPEN,
    PIECES_WITHIN_S,
    REFILL_S,
    StatusTexts,
    Text,
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


def test_of_a_flood_a_burst_is_told_and_the_rest_by_its_number(at):
    texts = StatusTexts()
    heard = told(texts, [Statustext(6, b"%d" % i, 0, 0) for i in range(1000)], at(5.1))
    assert heard == [str(i) for i in range(BURST)]
    assert texts.unfinished
    assert texts.timed_out(at(5.0 + FOLDED_EVERY_S)) == []
    assert texts.timed_out(at(5.2 + FOLDED_EVERY_S)) == [Text(6, f"{GAP} {1000 - BURST} more texts in 10 s")]
    assert not texts.unfinished


def test_who_reads_a_recording_reads_every_text(at):
    assert len(told(StatusTexts(folds=False), [Statustext(6, b"x", 0, 0)] * 1000, at(5.0))) == 1000


def test_a_flood_that_goes_on_fills_no_log(at):
    texts, lines = StatusTexts(), 0
    for step in range(60_000):  # 1,000 a second for a minute
        now = at(step / 1000)
        lines += len(texts.received(Statustext(6, b"all is well", 0, 0), now)) + len(texts.timed_out(now))
    assert lines <= BURST + 60 / REFILL_S + 60 / FOLDED_EVERY_S


def test_chatter_keeps_no_urgent_text_from_being_told(at):
    texts = StatusTexts()
    told(texts, [Statustext(6, b"chatter", 0, 0)] * 100, at(5.0))
    assert told(texts, [Statustext(2, b"EKF variance", 0, 0)], at(5.0)) == ["EKF variance"]
    told(texts, [Statustext(0, b"!", 0, 0)] * 100, at(5.0))
    assert texts.timed_out(at(20.0))[-1].severity == 0, "what was folded is as urgent as the worst of it"


def test_who_says_a_text_now_and_then_is_told_whole(at):
    texts = StatusTexts()
    for number in range(200):
        assert told(texts, [Statustext(6, b"Mission: %d WP" % number, 0, 0)], at(10.0 + number * REFILL_S))


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
