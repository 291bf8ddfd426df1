"""The control channel: a Unix stream socket, one JSON object a line, each answered by one line."""

import contextlib
import json
import selectors
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from rangeops.domain.errors import Conflict, Invalid, RangeopsError, Unavailable
from rangeops.domain.facts import Facts
from rangeops.domain.now import Now
from rangeops.sim.traffic_spec import TrafficSpec, traffic_from

_LONGEST_LINE: Final = 65536
Links = Callable[[int], list[str]]


class Commanded(Protocol):
    """Who is asked: our own fleet, or the crew of ArduPilot's. Each raises RangeopsError for what it can't do."""

    @property
    def sysids(self) -> frozenset[int]: ...
    def say(self, sysid: int, word: str, plan: Path | None) -> None: ...
    def put_fault(self, sysid: int, name: str, value: Any, for_s: float | None, now: Now) -> None: ...
    def add_traffic(self, spec: TrafficSpec, now: Now) -> None: ...
    def status(self) -> list[Mapping[str, Any]]: ...


class Commander:
    """What a line asks for, done to the vehicles."""

    def __init__(self, fleet: Commanded, links_of: Links) -> None:
        self._fleet = fleet
        self._links_of = links_of
        self.quit_asked = False

    def answer(self, line: bytes, now: Now) -> Mapping[str, Any]:
        try:
            asked = json.loads(line)
            if not isinstance(asked, dict):
                raise Invalid("a line is one JSON object", where="control", do="Send an object.")
            return {"ok": True, **self._do(Facts(asked, "control"), now)}
        except RangeopsError as e:
            return {"error": str(e)}
        except (ValueError, RecursionError):
            return {"error": "control: this is no JSON. Send one JSON object a line."}

    def _do(self, facts: Facts, now: Now) -> Mapping[str, Any]:
        if facts.has("say"):
            facts.only("say", "vehicle", "plan")
            plan = Path(facts.text("plan")) if facts.has("plan") else None
            self._fleet.say(facts.integer("vehicle", at_least=1, at_most=255), facts.text("say"), plan)
        elif facts.has("fault"):
            facts.only("fault", "vehicle", "value", "for_s")
            for_s = facts.number("for_s", at_least=0) if facts.table.get("for_s") is not None else None
            self._fleet.put_fault(
                facts.integer("vehicle", at_least=1, at_most=255),
                facts.text("fault"),
                facts.table.get("value"),
                for_s,
                now,
            )
        elif facts.has("traffic"):
            facts.only("traffic")
            self._fleet.add_traffic(traffic_from(facts.section("traffic"), self._fleet.sysids), now)
        elif facts.has("status"):
            vehicles = [{**status, "links": self._links_of(status["sysid"])} for status in self._fleet.status()]
            return {"vehicles": vehicles}
        elif facts.has("quit"):
            self.quit_asked = True
        else:
            raise Invalid("nothing is asked for", where="control", do="Send say, fault, traffic, status or quit.")
        return {}


class ControlSocket:
    def __init__(
        self, path: Path, selector: selectors.BaseSelector, answer: Callable[[bytes], Mapping[str, Any]]
    ) -> None:
        self._path = path
        self._selector = selector
        self._answer = answer
        self._clients: dict[socket.socket, bytearray] = {}
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.setblocking(False)  # noqa: FBT003 the standard library's signature
        try:
            self._bind()
        except OSError as e:
            self._listener.close()
            raise Unavailable(
                f"the control socket can't be made ({e.strerror or e})",
                where=str(path),
                do="Name a short path in a folder that can be written.",
            ) from e
        path.chmod(0o600)
        self._listener.listen(8)
        selector.register(self._listener, selectors.EVENT_READ, self._acceptable)

    def _bind(self) -> None:
        """A socket that nobody listens on was left behind by a simulator that was killed."""
        if self._path.is_socket():
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                try:
                    probe.connect(str(self._path))
                except OSError:
                    self._path.unlink()
                else:
                    self._listener.close()
                    raise Conflict(
                        "another simulator listens here", where=str(self._path), do="Stop it, or choose another path."
                    )
        self._listener.bind(str(self._path))

    def close(self) -> None:
        for client in list(self._clients):
            self._drop(client)
        self._selector.unregister(self._listener)
        self._listener.close()
        with contextlib.suppress(OSError):
            self._path.unlink()

    def _acceptable(self, _now_s: float) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:
            return  # it went away before it was accepted
        client.setblocking(False)  # noqa: FBT003 the standard library's signature
        self._clients[client] = bytearray()
        self._selector.register(client, selectors.EVENT_READ, lambda _now_s: self._readable(client))

    def _readable(self, client: socket.socket) -> None:
        try:
            data = client.recv(_LONGEST_LINE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        buffer = self._clients[client]
        buffer += data
        if not data or (len(buffer) > _LONGEST_LINE and b"\n" not in buffer):
            self._drop(client)
            return
        while b"\n" in buffer:
            line, _, rest = bytes(buffer).partition(b"\n")
            buffer[:] = rest
            if not self._say(client, self._answer(line)):
                return

    def _say(self, client: socket.socket, answer: Mapping[str, Any]) -> bool:
        try:
            # Answers are small; a client that doesn't read them is let go.
            client.sendall(json.dumps(answer).encode() + b"\n")
        except OSError:
            self._drop(client)
            return False
        return True

    def _drop(self, client: socket.socket) -> None:
        del self._clients[client]
        self._selector.unregister(client)
        client.close()
