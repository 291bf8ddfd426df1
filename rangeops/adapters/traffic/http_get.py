"""One GET of one address, as a machine without I/O: bytes to send, bytes received, and at the end the body. By h11.

No redirect is followed, no other host is ever named, and a body that gets too long ends it.
"""

from typing import Final

import h11

from rangeops.domain.errors import Unavailable

LONGEST_HEAD: Final = 16 * 1024
_OK: Final = 200


class HttpGet:
    """`request` is to be sent; feed `received` until it gives the body. Raises Unavailable for any other answer."""

    def __init__(self, host: str, path: str, *, where: str, most_bytes: int) -> None:
        self._where = where
        self._most_bytes = most_bytes
        self._body = bytearray()
        self._connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
        asked = h11.Request(
            method="GET",
            target=path,
            headers=[("Host", host), ("Accept", "application/json"), ("Connection", "close")],
        )
        self.request = (self._connection.send(asked) or b"") + (self._connection.send(h11.EndOfMessage()) or b"")

    def received(self, data: bytes) -> bytes | None:
        """The whole body once it is there. data b"": the other side has closed."""
        try:
            self._connection.receive_data(data)
            while True:
                event = self._connection.next_event()
                if event is h11.NEED_DATA or event is h11.PAUSED:
                    return None
                if isinstance(event, h11.Response) and event.status_code != _OK:
                    raise self._refused(f"it answers {event.status_code}")
                if isinstance(event, h11.Data):
                    self._body += event.data
                    if len(self._body) > self._most_bytes:
                        raise self._refused(f"its answer is longer than {self._most_bytes // 1024} KiB")
                if isinstance(event, h11.EndOfMessage):
                    return bytes(self._body)
                if isinstance(event, h11.ConnectionClosed):
                    raise self._refused("it closed without an answer")
        except h11.RemoteProtocolError as e:
            raise self._refused("what answers is no HTTP") from e

    def _refused(self, what: str) -> Unavailable:
        return Unavailable(what, where=self._where, do="Check the receiver's web server and the path.")
