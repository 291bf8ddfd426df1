"""A certificate that is no good is one sentence before anything is served, and never takes a good one's place."""

from datetime import UTC, datetime, timedelta

import pytest
from certificates import put, write_certificate

from rangeops.domain.errors import Invalid, RangeopsError, Unavailable
from rangeops.server.tls import CertificateFiles, Certificates

NOW = datetime.now(UTC)


def fault(certificate, key, now=NOW):
    with pytest.raises(RangeopsError) as error:
        Certificates(CertificateFiles(certificate, key), now)
    assert "\n" not in str(error.value)
    return error.value


def test_a_good_pair_is_served(tmp_path):
    certificate, key = write_certificate(tmp_path)
    assert Certificates(CertificateFiles(certificate, key), NOW).text == certificate.read_text()


def test_whose_key_it_isn_t_is_said(tmp_path):
    certificate, _ = write_certificate(tmp_path, "one")
    _, key = write_certificate(tmp_path, "other")
    error = fault(certificate, key)
    assert (type(error), error.where) == (Invalid, str(key))
    assert f"it isn't the key of {certificate}" in error.what


@pytest.mark.parametrize("days", [{"ends_days": -0.5}, {"begins_days": 1}])
def test_one_of_another_time_is_refused(tmp_path, days):
    error = fault(*write_certificate(tmp_path, **days))
    assert "expired on" in error.what or "holds from" in error.what


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o666])
def test_a_key_that_others_may_read_or_change_is_refused(tmp_path, mode):
    certificate, key = write_certificate(tmp_path)
    key.chmod(mode)
    error = fault(certificate, key)
    assert f"(mode {mode:04o})" in error.what
    assert error.where == str(key)


def test_a_group_of_those_who_may_is_one_s_own_matter(tmp_path):
    certificate, key = write_certificate(tmp_path)
    key.chmod(0o640)
    Certificates(CertificateFiles(certificate, key), NOW)


def test_a_passphrase_a_missing_file_and_nonsense_are_told_apart(tmp_path):
    assert "has a passphrase" in fault(*write_certificate(tmp_path, "locked", passphrase=b"secret")).what
    certificate, key = write_certificate(tmp_path)
    missing = fault(certificate, tmp_path / "missing")
    assert (type(missing), missing.where) == (Unavailable, str(tmp_path / "missing"))
    assert "holds no certificate" in fault(*put(tmp_path, "no", b"nonsense", key.read_bytes())).what
    assert "holds no private key" in fault(*put(tmp_path, "no", certificate.read_bytes(), b"nonsense")).what


def test_a_renewed_one_takes_its_place_and_a_bad_one_does_not(tmp_path):
    certificate, key = write_certificate(tmp_path)
    served = Certificates(CertificateFiles(certificate, key), NOW)
    first = served.text
    key.write_bytes(b"nonsense")
    assert not served.renew(NOW)
    assert served.text == first
    new_certificate, new_key = write_certificate(tmp_path, "new")
    new_certificate.replace(certificate)
    new_key.replace(key)
    assert not served.renew(NOW + timedelta(days=60)), "it would be over by then"
    assert served.renew(NOW)
    assert served.text == certificate.read_text() != first
