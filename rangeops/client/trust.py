"""TLS to the server of this machine: its very certificate is trusted, as the server's own file names it, and no other.

Whoever can write that file can read the token beside it, too. The name in the certificate says nothing here: the server is
reached by its address.
"""

import ssl


def nobody_yet() -> ssl.SSLContext:
    """A context that trusts no server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the certificate itself, whoever signed it
    return context


def trust(context: ssl.SSLContext, certificate: str) -> None:
    """certificate: PEM text of a server's own, which from here on is trusted until it expires. Raises ssl.SSLError."""
    context.load_verify_locations(cadata=certificate)
