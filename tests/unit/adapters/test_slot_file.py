"""A slot sheet away from the server: what was signed comes back, anything else is refused."""

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from desk import NOON, TWENTE, Desk, TomlAirframes
from hypothesis import given
from hypothesis import strategies as st

from rangeops.adapters.sealing import canonical, signing_key
from rangeops.adapters.slot_file import read_slot_sheet, write_slot_sheet
from rangeops.domain.errors import Conflict, Damaged, Forbidden, Invalid, RangeopsError, Unavailable
from rangeops.domain.slot_sheets import SlotSheet
from rangeops.domain.slots import SlotEvent, SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.services.zone_version import zone_version

KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
PUBLIC = KEY.public_key().public_bytes_raw().hex()
SHEET = SlotSheet(
    slot=SlotId("S1"),
    range_id="twente",
    company="ACME ✈",
    callsign="D07",
    sysid=Sysid(7),
    starts=NOON,
    ends=NOON + timedelta(minutes=45),
    volume=TWENTE.volume("EAST"),
    airframe=TomlAirframes().get("survey-quad"),
    rtl_altitude_m=40.0,
    rtl_altitude_settled=True,
    wind_mps=8.0,
    zones_version="twente-0",
    zones_sha256="00",
    issued_utc=NOON,
)
SEALED = write_slot_sheet(SHEET, KEY)


def read(content, key=None):
    return read_slot_sheet(content, where="s1.json", pinned_key=key)


def test_what_was_signed_comes_back():
    assert read(SEALED) == (SHEET, PUBLIC)
    assert read(SEALED, PUBLIC.upper()) == (SHEET, PUBLIC)


def test_another_key_than_the_pinned_one_is_refused():
    with pytest.raises(Forbidden):
        read(write_slot_sheet(SHEET, OTHER), PUBLIC)


@given(st.data())
def test_no_changed_value_is_taken(data):
    document = json.loads(SEALED)
    body = document["slot sheet"]
    name = data.draw(st.sampled_from(sorted(body)))
    other = st.one_of(st.none(), st.integers(), st.text()).filter(lambda value: value != body[name])
    body[name] = data.draw(other)
    with pytest.raises(Damaged):
        read(json.dumps(document).encode())


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_no_changed_byte_brings_another_sheet(at, change):
    changed = bytearray(SEALED)
    changed[at] ^= change
    try:
        sheet, _ = read(bytes(changed), PUBLIC)
    except RangeopsError:
        return
    assert sheet == SHEET  # white space between values


@pytest.mark.parametrize(
    "content",
    [b"", b"null", b"[]", b"{}", b"\xff", b'{"slot sheet": 1, "public_key": 2, "signature": 3}', b"[" * 100_000],
)
def test_what_is_no_sheet_is_told_in_a_sentence(content):
    with pytest.raises(Invalid):
        read(content)


def test_a_sheet_of_another_version_is_told_to_be_one():
    document = {"slot sheet": {"slot": "S1"}, "public_key": PUBLIC, "signature": ""}
    document["signature"] = KEY.sign(canonical(document["slot sheet"])).hex()
    with pytest.raises(Invalid, match="it is signed, but"):
        read(json.dumps(document).encode())


def test_the_range_s_key_is_made_once_and_kept_from_others(tmp_path):
    path = tmp_path / "range.key"
    first = signing_key(path).private_bytes_raw()
    assert signing_key(path).private_bytes_raw() == first
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(Unavailable):
        signing_key(path)


def test_a_server_exports_what_its_slot_grants():
    sheets = []
    desk = Desk(seal_sheet=lambda sheet: sheets.append(sheet) or b"sealed")
    slot = desk.book()
    assert desk.services.sheets.export(slot.id, desk.now) == b"sealed"
    (sheet,) = sheets
    assert (sheet.slot, sheet.volume.id, sheet.airframe.id) == (slot.id, slot.volume, slot.airframe)
    assert sheet.zones_sha256 == zone_version(TWENTE).sha256
    assert not sheet.rtl_altitude_settled
    assert sheet.rtl_altitude_m == TWENTE.rtl_altitudes.highest_m


def test_a_refused_slot_has_no_sheet():
    desk = Desk()
    slot = desk.book()
    desk.move(slot, SlotEvent.REFUSE)
    with pytest.raises(Conflict):
        desk.services.sheets.export(slot.id, desk.now)
