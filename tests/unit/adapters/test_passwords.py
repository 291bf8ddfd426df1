"""Password hashes: what fits, what doesn't, and what is no password at all."""

import pytest

from rangeops.adapters.passwords import Argon2Passwords

PASSWORDS = Argon2Passwords()
HASH = PASSWORDS.hashed("correct horse battery ✈")


def test_a_password_fits_its_own_hash_and_each_hash_has_a_salt_of_its_own():
    assert HASH.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORDS.fits("correct horse battery ✈", HASH)
    assert PASSWORDS.hashed("correct horse battery ✈") != HASH


@pytest.mark.parametrize("wrong", ["", "correct horse battery", "\ud800", "\0", "x" * 257])
def test_what_is_wrong_fits_neither_a_hash_nor_none(wrong):
    assert not PASSWORDS.fits(wrong, HASH)
    assert not PASSWORDS.fits(wrong, "")


@pytest.mark.parametrize("no_hash", ["", "plain:x", "$2b$12$abc", "$argon2id$"])
def test_what_is_no_hash_of_ours_lets_nobody_in(no_hash):
    assert not PASSWORDS.fits("a password that nobody has", no_hash)
