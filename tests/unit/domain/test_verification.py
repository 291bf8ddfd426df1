"""The code on a report: a known one, read however it was typed, and no other revision's."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.errors import Invalid
from rangeops.domain.verification import read_code, verification_code


def test_it_is_the_first_60_bits_in_crockfords_base_32():
    assert verification_code("0" * 64) == "0000-0000-0000"
    assert verification_code("f" * 64) == "ZZZZ-ZZZZ-ZZZZ"
    assert verification_code("08421" + "0" * 59) == "1111-0000-0000"  # 00001 00001 00001 00001 ...
    assert verification_code("0" * 14 + "1" + "f" * 49) == "0000-0000-0001"


@given(st.binary())
def test_it_is_read_as_people_type_it(content):
    code = verification_code(hashlib.sha256(content).hexdigest())
    assert read_code(code) == code
    assert read_code(f" {code.lower().replace('-', ' ')} ") == code
    assert read_code(code.replace("0", "o").replace("1", "L")) == code


@pytest.mark.parametrize("text", ["", "ABCD", "7Q2K-0XZD-9M4U", "7Q2K-0XZD-9M4T-0", "\x1b[31m", "é" * 12])
def test_what_is_no_code_is_said(text):
    with pytest.raises(Invalid, match="no verification code"):
        read_code(text)
