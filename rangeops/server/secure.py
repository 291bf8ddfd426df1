"""Is what was asked safe from ears on its way? One answer for whoever sets a cookie or writes an address.

A connection's scheme is the socket's own; where a proxy is named in RANGEOPS_TRUSTED_PROXIES, what that proxy says of the
browser's connection (rangeops.server.process). Nobody else's word is in it.
"""

from typing import Final

from starlette.types import Scope

_SECURE: Final = frozenset(["https", "wss"])


def is_secure(scope: Scope) -> bool:
    """Whether this request came by TLS, as the server itself knows it: never by what the request claims."""
    return scope.get("scheme") in _SECURE
