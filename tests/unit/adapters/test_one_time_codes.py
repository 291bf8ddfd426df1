"""Codes by time against the standard's own vectors; and the box that their secrets lie in."""

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from rangeops.adapters.one_time_codes import TimedCodes
from rangeops.adapters.secret_box import KEY_BYTES, KeyedBox, secret_key
from rangeops.domain.errors import Damaged, Unavailable

RFC_SECRET = b"12345678901234567890"
VECTORS = (  # RFC 6238 appendix B, SHA-1; the last six of its eight digits
    (59, "287082"),  # the first step of time itself is the one before
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
)


@pytest.mark.parametrize(("at", "code"), VECTORS)
def test_codes_are_those_of_the_standard_for_a_step_either_way(at, code):
    codes = TimedCodes("Twente")
    for off, counts in ((0, True), (-29, True), (30, True), (-60, at < 90), (60, False)):
        found = codes.step_of(RFC_SECRET, code, datetime.fromtimestamp(max(at + off, 30), UTC))
        assert found == (at // 30 if counts else None)


def test_the_uri_says_whose_it_is_and_the_picture_is_svg_dark_on_light():
    codes = TimedCodes("rangeops Twente")
    uri = codes.uri(RFC_SECRET, "rita & co")
    assert uri.startswith("otpauth://totp/rangeops%20Twente:rita%20%26%20co?")
    assert "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" in uri
    picture = ET.fromstring(codes.picture(uri))
    assert picture.tag.endswith("svg")
    assert len(codes.new_secret()) == 20


def test_what_is_sealed_opens_with_its_key_about_what_it_is_about_and_else_not():
    box = KeyedBox(b"k" * KEY_BYTES)
    sealed = box.sealed("s3cret ✈", "this")
    assert box.opened(sealed, "this") == "s3cret ✈"
    assert "s3cret" not in sealed
    assert box.sealed("s3cret ✈", "this") != sealed
    for wrong in (sealed[:-4] + "AAAA", "", "x", "ü", sealed[:10], "====", "A" * 1000):
        assert box.opened(wrong, "this") is None
    assert box.opened(sealed, "that") is None
    assert KeyedBox(b"l" * KEY_BYTES).opened(sealed, "this") is None


def test_the_key_is_made_once_for_its_owner_alone_and_anything_else_is_said(tmp_path):
    path = tmp_path / "new" / "secrets.key"
    key = secret_key(path)
    assert (len(key), path.stat().st_mode & 0o777, secret_key(path)) == (KEY_BYTES, 0o600, key)
    path.chmod(0o640)
    with pytest.raises(Unavailable, match="others can read it"):
        secret_key(path)
    path.chmod(0o600)
    for content in ("no hex", "00ff", ""):
        path.write_text(content)
        with pytest.raises(Damaged, match="it is no key"):
            secret_key(path)
