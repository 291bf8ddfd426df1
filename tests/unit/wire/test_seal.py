"""What passes a broker: nobody without the key makes it, changes it, or says it a second time."""

import pytest
from alarm_deeds import acked
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.errors import Damaged, Invalid
from rangeops.wire.conversation import Conversation, Say, heard_hello, hello, nonce, welcome
from rangeops.wire.seal import KEY_BYTES, Seal, new_key, node_key

KEY = bytes(range(KEY_BYTES))
SEAL = Seal(KEY)
ACK = acked("a")


@given(st.binary(max_size=100_000), st.integers(0, 2**64 - 1))
def test_what_is_opened_is_what_was_closed(body, number):
    assert SEAL.open("orders mast", SEAL.close("orders mast", number, body)) == (number, body)


@given(st.integers(0, 10_000), st.integers(0, 7))
def test_no_bit_can_be_changed(place, bit):
    sealed = bytearray(SEAL.close("orders mast", 7, b"hold them all"))
    sealed[place % len(sealed)] ^= 1 << bit
    with pytest.raises(Damaged, match="doesn't fit"):
        SEAL.open("orders mast", bytes(sealed))


@pytest.mark.parametrize("data", [b"", b"x", bytes(40), bytes(41), bytes(1000)])
def test_what_was_never_sealed_is_refused(data):
    with pytest.raises(Damaged):
        SEAL.open("orders mast", data)


def test_a_seal_is_for_one_purpose_and_one_node():
    sealed = SEAL.close("orders mast", 1, b"x")
    for purpose in ("taken mast", "orders north", "journal mast"):
        with pytest.raises(Damaged):
            SEAL.open(purpose, sealed)


def test_a_node_s_key_is_no_other_s():
    server = new_key()
    keys = {node_key(server, name) for name in ("mast", "north", "mast-2")} | {server}
    assert len(keys) == 4
    with pytest.raises(Damaged):
        Seal(node_key(server, "north")).open(
            "orders mast", Seal(node_key(server, "mast")).close("orders mast", 1, b"x")
        )


@pytest.mark.parametrize("name", ["", "a b", "a.b", "*", ">", "x" * 41, "näs"])
def test_a_name_that_a_broker_would_read_otherwise_is_refused(name):
    with pytest.raises(Invalid, match="can't name a watch"):
        node_key(KEY, name)


def test_a_bomb_is_refused():
    big = SEAL.close("orders mast", 1, bytes(9 * 1024 * 1024))
    with pytest.raises(Damaged, match="too long"):
        SEAL.open("orders mast", big)


def pair():
    node, server = nonce(), nonce()
    assert heard_hello(SEAL, "mast", hello(SEAL, "mast", node)) == node
    at_node = Conversation.welcomed(SEAL, "mast", node, welcome(SEAL, "mast", node, server))
    return at_node, Conversation(SEAL, "mast", node + server, at_node=False)


def test_both_ends_hear_each_other():
    node, server = pair()
    assert server.hear(node.say(Say.MESSAGE, ACK)) == (Say.MESSAGE, ACK)
    assert node.hear(server.say(Say.PULSE)) == (Say.PULSE, None)


def test_what_was_heard_is_not_heard_again():
    node, server = pair()
    first, second = server.say(Say.MESSAGE, ACK), server.say(Say.PULSE)
    node.hear(first)
    with pytest.raises(Damaged, match="heard already"):
        node.hear(first)
    node.hear(second)
    with pytest.raises(Damaged, match="heard already"):
        node.hear(first)


def test_a_message_of_another_conversation_or_direction_is_refused():
    node, server = pair()
    other, _ = pair()
    recorded = server.say(Say.MESSAGE, ACK)
    with pytest.raises(Damaged):
        other.hear(recorded)
    with pytest.raises(Damaged):
        server.hear(recorded)
    assert node.hear(recorded) == (Say.MESSAGE, ACK)


def test_a_welcome_to_another_hello_is_refused():
    first, second, server = nonce(), nonce(), nonce()
    with pytest.raises(Damaged, match="another hello"):
        Conversation.welcomed(SEAL, "mast", second, welcome(SEAL, "mast", first, server))
