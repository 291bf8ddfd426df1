"""Endpoints: where bytes come from and go to, named by one URI grammar.

    udpin:HOST:PORT    vehicles send to us        udpout:HOST:PORT    we send to one address
    tcp:HOST:PORT      we connect                 tcpin:HOST:PORT     they connect to us
    udp-broadcast:PORT, udp-broadcast:ADDRESS:PORT     we call a whole network, and answer whoever answers
    serial:PATH:BAUD?OPTION&OPTION     57600 if left out; PATH may hold colons; options: rtscts, nodtr
    tlog:PATH@SPEED    a recorded log as if it came now; SPEED 1 if left out; what is sent to it is dropped

Behind a ? every kind takes `signed` (nothing passes unsigned) or `unsigned` (everything does; see watch.keyring).

Only the modules of the endpoints touch sockets and ports. None of them ever waits: an endpoint registers its file
descriptors with the loop's selector, and everything else is done when the selector says so.
"""

import ipaddress
import re
import selectors
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol

from rangeops.adapters.mavlink.link import Peer
from rangeops.domain.errors import Invalid, Unavailable

DEFAULT_BAUD: Final = 57600  # of a SiK radio as it comes
LINK_OPTIONS: Final = frozenset(["signed", "unsigned"])
SERIAL_OPTIONS: Final = LINK_OPTIONS | {"rtscts", "nodtr"}
BROADCAST: Final = "255.255.255.255"  # the networks of this machine
FASTEST: Final = 1000.0
Received = tuple[bytes, Peer]


@dataclass(frozen=True, slots=True)
class EndpointUri:
    """kind: a key of ENDPOINTS. address and number: host and port, or device path and baud rate.

    options: what stood behind the question mark. speed: of a recording's replay, as a multiple of the time it took.
    """

    text: str
    kind: str
    address: str
    number: int
    options: frozenset[str] = frozenset()
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class Overflow:
    """How much came that nobody will ever read. buffer_bytes: what bridges our pauses, as the kernel granted it."""

    dropped: int
    buffer_bytes: int


class EndpointBroken(Unavailable):
    """An open endpoint that can't go on: close it, and open it again after a while."""


class Endpoint(Protocol):
    """One open link's bytes. `datagrams`: each receipt is what one send was."""

    @property
    def uri(self) -> str: ...

    @property
    def datagrams(self) -> bool: ...

    @property
    def dropped(self) -> int:
        """Packets that weren't sent since the way out was full or gone."""

    def overflow(self) -> Overflow | None:
        """What the kernel dropped on the way in since we began; None where it can't, or where nobody counts it."""

    @property
    def up(self) -> bool:
        """Whether bytes can pass: open, and for a TCP client also connected, which comes later than `open`."""

    def open(self, selector: selectors.BaseSelector) -> None:
        """Register with the selector, with itself as the key's data. Raises Unavailable, in one sentence."""

    def ready(self, key: selectors.SelectorKey, events: int) -> list[Received]:
        """What came, until there is no more or the bound of one wake-up is met. Raises EndpointBroken."""

    def send(self, data: bytes, peer: Peer | None) -> None:
        """Send one whole packet, or count it as dropped; never waits. None: to all it reaches by itself."""

    def gone(self) -> list[Peer]:
        """Peers whose stream ended since the last call: what waits of them will never be whole."""

    def close(self) -> None: ...


def _udpin(uri: EndpointUri) -> Endpoint:
    from rangeops.adapters.mavlink.udp import UdpIn  # loaded when asked for

    return UdpIn(uri)


def _udpout(uri: EndpointUri) -> Endpoint:
    from rangeops.adapters.mavlink.udp import UdpOut  # loaded when asked for

    return UdpOut(uri)


def _udp_broadcast(uri: EndpointUri) -> Endpoint:
    from rangeops.adapters.mavlink.udp import UdpBroadcast  # loaded when asked for

    return UdpBroadcast(uri)


def _tcp(uri: EndpointUri) -> Endpoint:
    from rangeops.adapters.mavlink.tcp import TcpClient  # loaded when asked for

    return TcpClient(uri)


def _tcpin(uri: EndpointUri) -> Endpoint:
    from rangeops.adapters.mavlink.tcp import TcpServer  # loaded when asked for

    return TcpServer(uri)


def _serial(uri: EndpointUri) -> Endpoint:
    from rangeops.adapters.mavlink.serial_port import SerialPort  # loaded when asked for

    return SerialPort(uri)


def _tlog(uri: EndpointUri) -> Endpoint:
    from rangeops.adapters.mavlink.replay import Replay  # loaded when asked for

    return Replay(uri)


ENDPOINTS: Final[Mapping[str, Callable[[EndpointUri], Endpoint]]] = {
    "serial": _serial,
    "tcp": _tcp,
    "tcpin": _tcpin,
    "tlog": _tlog,
    "udp-broadcast": _udp_broadcast,
    "udpin": _udpin,
    "udpout": _udpout,
}


def endpoint_of(text: str) -> Endpoint:
    """The endpoint that a URI names, not yet open. Raises Invalid."""
    uri = parse_uri(text)
    return ENDPOINTS[uri.kind](uri)


def parse_uri(text: str) -> EndpointUri:
    """Raises Invalid with what is wrong and what would be right."""
    kind, _, rest = text.strip().partition(":")
    if kind not in ENDPOINTS:
        raise Invalid(
            f"{kind!r} is no kind of endpoint",
            where=text or "endpoint",
            do=f"Use {', '.join(sorted(ENDPOINTS))}, e.g. udpin:127.0.0.1:14550 or serial:/dev/ttyUSB0:57600.",
        )
    rest, options = _without_options(text.strip(), rest, SERIAL_OPTIONS if kind == "serial" else LINK_OPTIONS)
    return replace(GRAMMARS.get(kind, _network_uri)(text.strip(), rest), options=options)


def _without_options(text: str, rest: str, known: frozenset[str]) -> tuple[str, frozenset[str]]:
    rest, _, asked = rest.partition("?")
    options = frozenset(asked.split("&")) if asked else frozenset()
    if unknown := sorted(options - known):
        raise Invalid(f"{unknown[0]!r} is no option of it", where=text, do=f"Use {' or '.join(sorted(known))}.")
    if options >= LINK_OPTIONS:
        raise Invalid("it can't be signed and unsigned", where=text, do="Use one of the two.")
    return rest, options


def _serial_uri(text: str, rest: str) -> EndpointUri:
    path, _, last = rest.rpartition(":")
    if path and last.isdecimal():
        baud = int(last)
    else:
        path, baud = rest, DEFAULT_BAUD
    if not path.startswith("/"):
        raise Invalid("a serial port is named by its full path", where=text, do="Use e.g. serial:/dev/ttyUSB0:57600.")
    if not 1200 <= baud <= 4_000_000:
        raise Invalid(f"{baud} is no baud rate", where=text, do="Use 57600 for a telemetry radio, 115200 for USB.")
    return EndpointUri(text, "serial", path, baud)


def _tlog_uri(text: str, rest: str) -> EndpointUri:
    path, _, last = rest.rpartition("@")
    if path and re.fullmatch(r"\d+(\.\d+)?", last):
        speed = float(last)
    else:
        path, speed = rest, 1.0
    if not path.startswith("/"):
        raise Invalid("a recording is named by its full path", where=text, do="Use e.g. tlog:/data/flight.tlog@2.")
    if not 0 < speed <= FASTEST:
        raise Invalid(f"{speed:g} is no speed", where=text, do=f"Use a factor up to {FASTEST:.0f}, e.g. @1 or @0.5.")
    return EndpointUri(text, "tlog", path, 0, speed=speed)


def _network_uri(text: str, rest: str) -> EndpointUri:
    kind = text.partition(":")[0]
    rest = f"{BROADCAST}:{rest}" if kind == "udp-broadcast" and rest.isdecimal() else rest
    host, _, port_text = rest.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not port_text.isdecimal() or not 1 <= int(port_text) <= 65535:
        raise Invalid(f"{port_text!r} is no port", where=text, do=f"Use e.g. {kind}:127.0.0.1:14550, port 1 to 65535.")
    if host == "localhost":
        host = "127.0.0.1"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise Invalid(
            f"{host!r} is no IP address",
            where=text,
            do=f"Use e.g. {kind}:127.0.0.1:{port_text}; names aren't looked up, since a slow name server would "
            "keep every other link waiting.",
        ) from None
    if kind == "udp-broadcast" and address.version == 6:
        raise Invalid("IPv6 has no broadcast", where=text, do="Use a network's IPv4 broadcast address.")
    return EndpointUri(text, kind, host, int(port_text))


GRAMMARS: Final[Mapping[str, Callable[[str, str], EndpointUri]]] = {"serial": _serial_uri, "tlog": _tlog_uri}
"""How what stands behind the kind is read, where it is no HOST:PORT: by the whole text and the rest of it."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before opening a broken endpoint again: doubling, with a ceiling, from the first after a success.

    The ceiling is low: a radio that is plugged in again is wanted within seconds.
    """

    first_s: float = 0.25
    factor: float = 2.0
    most_s: float = 3.0

    def delays_s(self) -> Iterator[float]:
        delay_s = self.first_s
        while True:
            yield delay_s
            delay_s = min(delay_s * self.factor, self.most_s)
