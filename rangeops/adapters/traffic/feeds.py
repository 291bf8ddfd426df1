"""Feeds of other aircraft, named by the same grammar as links; each reads without ever waiting.

    sbs:HOST:PORT                        BaseStation lines: we connect to a receiver's port 30003
    aircraft-json:http://ADDRESS/PATH    readsb's or dump1090's picture, asked for once a second
    aircraft-json:/PATH                  the same from a file of this machine

Addresses, not names, and of the picture only ones of this machine or its own network: whoever may add a link must not
be able to make the range ask somebody else's servers. Like an endpoint, a feed registers with the loop's selector.
"""

import ipaddress
import re
import selectors
from collections.abc import Callable, Mapping
from typing import Final, Protocol
from urllib.parse import urlsplit

from rangeops.domain.errors import Invalid
from rangeops.domain.now import Now
from rangeops.domain.traffic import Sighting

DEFAULT_HTTP_PORT: Final = 80
_PATH: Final = re.compile(r"/[!-~]*")


class Feed(Protocol):
    """One source of sightings. Whatever ends it is raised as a RangeopsError: close it, and open it again after a while."""

    @property
    def uri(self) -> str: ...

    @property
    def up(self) -> bool:
        """It has told something that could be read, or, where it may have nothing to tell, is connected."""

    @property
    def read(self) -> int:
        """Sightings since it was made."""

    def open(self, selector: selectors.BaseSelector, now: Now) -> None: ...

    def ready(self, events: int, now: Now) -> list[Sighting]:
        """What came."""

    def tend(self, now: Now) -> list[Sighting]:
        """What is due: to be called some 20 times a second."""

    def close(self) -> None: ...


def _sbs(uri: str, rest: str) -> Feed:
    from rangeops.adapters.traffic.reading import SbsFeed  # loaded when asked for

    return SbsFeed(uri, *_host_and_port(uri, rest))


def _aircraft_json(uri: str, rest: str) -> Feed:
    from rangeops.adapters.traffic.reading import FileFeed, HttpFeed  # loaded when asked for

    if rest.startswith("/"):
        return FileFeed(uri, rest)
    return HttpFeed(uri, *_own_network(uri, rest))


FEEDS: Final[Mapping[str, Callable[[str, str], Feed]]] = {"aircraft-json": _aircraft_json, "sbs": _sbs}


def is_feed(uri: str) -> bool:
    return uri.partition(":")[0] in FEEDS


def feed_of(uri: str) -> Feed:
    """The feed that a URI names, not yet open. Raises Invalid."""
    kind, _, rest = uri.strip().partition(":")
    if kind not in FEEDS:
        raise Invalid(f"{kind!r} is no kind of feed", where=uri or "feed", do=f"Use {' or '.join(sorted(FEEDS))}.")
    return FEEDS[kind](uri.strip(), rest)


def _host_and_port(uri: str, rest: str) -> tuple[str, int]:
    host, _, port = rest.rpartition(":")
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        raise Invalid(f"{port!r} is no port", where=uri, do="Use e.g. sbs:127.0.0.1:30003.")
    return str(_address(uri, host)), int(port)


def _address(uri: str, host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    bare = host.removeprefix("[").removesuffix("]")
    try:
        return ipaddress.ip_address("127.0.0.1" if bare == "localhost" else bare)
    except ValueError:
        raise Invalid(
            f"{host!r} is no IP address",
            where=uri,
            do="Give the receiver's address; names aren't looked up, since that could keep every link waiting.",
        ) from None


def _own_network(uri: str, rest: str) -> tuple[str, int, str]:
    """(address, port, path) of an http URL on this machine or its network. Raises Invalid."""
    example = (
        "Use e.g. aircraft-json:http://127.0.0.1:8080/data/aircraft.json or aircraft-json:/run/readsb/aircraft.json."
    )
    try:
        parts = urlsplit(rest)
        port = parts.port or DEFAULT_HTTP_PORT
    except ValueError:
        raise Invalid("it is no URL", where=uri, do=example) from None
    if parts.scheme != "http" or not parts.hostname or parts.username is not None or parts.fragment:
        raise Invalid("it is no plain http URL or full path", where=uri, do=example)
    address = _address(uri, parts.hostname)
    address = (address.ipv4_mapped if address.version == 6 else None) or address
    if not (address.is_loopback or address.is_private) or address.is_link_local or address.is_unspecified:
        raise Invalid(f"{address} is not of this machine or its network", where=uri, do=example)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    if not _PATH.fullmatch(path):
        raise Invalid("its path is missing or has characters that need escaping", where=uri, do=example)
    return str(address), port, path
