"""The server's certificate: looked at before it is used, so that what is wrong with it is one sentence, and taken anew on SIGHUP."""

import ssl
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from rangeops.domain.errors import Invalid, RangeopsError, Unavailable
from rangeops.domain.text import safe_text

_OTHERS: Final = stat.S_IROTH | stat.S_IWOTH | stat.S_IXOTH | stat.S_IWGRP
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """PEM. certificate: the server's own first, then those that lead to its authority's."""

    certificate: Path
    key: Path

    def check(self, now_utc: datetime) -> str:
        """The server's own certificate as PEM text. Raises Unavailable, Invalid: what is wrong, with which file."""
        own = self._own_certificate()
        where = str(self.certificate)
        if now_utc >= own.not_valid_after_utc:
            raise Invalid(f"the certificate expired on {own.not_valid_after_utc:%Y-%m-%d}", where=where, do="Renew it.")
        if now_utc < own.not_valid_before_utc:
            begins = f"{own.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
            raise Invalid(f"the certificate holds from {begins} on", where=where, do="Look at this machine's clock.")
        if _public(own.public_key()) != self._public_of_key():
            raise Invalid(
                f"it isn't the key of {self.certificate}", where=str(self.key), do="Name the two that belong."
            )
        return own.public_bytes(Encoding.PEM).decode("ascii")

    def _own_certificate(self) -> x509.Certificate:
        content = _read(self.certificate, "the certificate")
        try:
            return x509.load_pem_x509_certificates(content)[0]
        except ValueError as error:
            raise Invalid("it holds no certificate (PEM)", where=str(self.certificate), do="Name another.") from error

    def _public_of_key(self) -> bytes:
        where = str(self.key)
        content = _read(self.key, "the key")
        if self.key.stat().st_mode & _OTHERS:
            mode = stat.S_IMODE(self.key.stat().st_mode)
            raise Invalid(f"others can read or change the key (mode {mode:04o})", where=where, do="chmod 600 it.")
        try:
            return _public(load_pem_private_key(content, password=None).public_key())
        except TypeError as error:
            raise Invalid("the key has a passphrase", where=where, do="Name one without.") from error
        except ValueError as error:
            raise Invalid("it holds no private key (PEM)", where=where, do="Name another.") from error


def _public(key: object) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined,no-any-return]  # every kind of key has it


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unavailable(
            f"{what} can't be read ({error.strerror or error})", where=str(path), do="Let the server's user read it."
        ) from error


class Certificates:
    """What new connections are served with. text: the server's own certificate, for clients on this machine."""

    def __init__(self, files: CertificateFiles, now_utc: datetime) -> None:
        """Raises Unavailable, Invalid."""
        self._files = files
        self.text = files.check(now_utc)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._load()

    def renew(self, now_utc: datetime) -> bool:
        """From the same files; connections that stand keep what they began with. False: they are no good, and the old
        one is served on.
        """
        try:
            text = self._files.check(now_utc)
            self._load()
        except RangeopsError as error:
            _log.error("certificate not renewed", reason=str(error))  # our own sentence says it all
            return False
        self.text = text
        _log.info("certificate renewed")
        return True

    def _load(self) -> None:
        try:
            self.context.load_cert_chain(self._files.certificate, self._files.key)
        except (ssl.SSLError, OSError) as error:
            where = str(self._files.certificate)
            what = f"OpenSSL refuses it ({safe_text(str(error), limit=120)})"
            raise Invalid(what, where=where, do="Look at it with `openssl x509 -text`.") from error
