"""Who must sign on which link, what is signed that we send, and what didn't pass.

Keys are read again when their file changes. No key anywhere: nothing is judged, and nothing is signed.
"""

import hashlib
import ipaddress
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import structlog

from rangeops.adapters.mavlink.endpoints import EndpointUri, parse_uri
from rangeops.adapters.mavlink.keys import KeyFile
from rangeops.adapters.mavlink.link import Judge
from rangeops.adapters.mavlink.signing import (
    MARK_S,
    TICKS_A_SECOND,
    Floors,
    Signer,
    Timestamps,
    Verdict,
    Verifier,
    ticks_of,
)
from rangeops.domain.alarms import Assessment, Condition
from rangeops.domain.errors import RangeopsError
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid
from rangeops.watch.memory import Memory

LOOK_S: Final = 1.0  # for a changed key file
KEEP_S: Final = 20.0  # between two writings of the timestamp …
AHEAD: Final = 60 * TICKS_A_SECOND  # … and so far ahead of what was written we begin: more can't have been used
KEEP_HEARD_S: Final = 6.0  # between two writings of the vehicles' timestamps
SHOWN_S: Final = 5.0  # an alarm holds so long after the last packet
CONDITIONS: Final = {
    Verdict.UNSIGNED: Condition.PACKETS_UNSIGNED,
    Verdict.NO_KEY: Condition.PACKETS_UNSIGNED,  # signed by a key that we don't have proves nothing
    Verdict.WRONG_KEY: Condition.SIGNATURE_WRONG,
    Verdict.REPLAYED: Condition.PACKETS_REPLAYED,
}


class Keyring:
    def __init__(self, memory: Memory, clock: Callable[[], Now]) -> None:
        self._memory = memory
        self._clock = clock
        self._file = KeyFile(memory.key_file)
        self._changed_ns = 0
        self._keys: dict[Sysid, bytes] = {}
        self.failure = ""  # why the keys can't be read; the ones that were read before stay in force
        self._verifiers: dict[str, Verifier] = {}
        self._signers: dict[tuple[Sysid, str], Signer] = {}
        self._seen: dict[tuple[str, Condition], tuple[int, float]] = {}  # how many were refused, and since when
        last = memory.signing_timestamp()
        self._timestamps = Timestamps(self._now_ticks, last + AHEAD if last else 0)
        self._floors = Floors()
        self._heard_before = memory.heard_timestamps()
        self._next_look_s = self._next_keep_s = self._next_mark_s = self._next_keep_heard_s = float("-inf")

    def judge_of(self, uri: str) -> Judge | None:
        """What judges a link's packets; None where everything passes anyway."""
        endpoint = parse_uri(uri)
        if not self._keys and "signed" not in endpoint.options:
            return None
        if (verifier := self._verifiers.get(uri)) is None:
            verifier = self._verifiers[uri] = Verifier(
                self._keys,
                unsigned_is_fine=_unsigned_is_fine(endpoint),
                keyless_is_fine="signed" not in endpoint.options,
                now_ticks=self._now_ticks,
                floors=self._floors,
            )
        return verifier.judge

    def trailer_of(self, sysid: Sysid, uri: str) -> Callable[[bytes], bytes] | None:
        """What signs a packet to one vehicle on one link; None for a vehicle without a key."""
        if (key := self._keys.get(sysid)) is None:
            return None
        if (signer := self._signers.get((sysid, uri))) is None:
            # A link id of its own for each link: packets that overtake one another on two links are no replays.
            link_id = len({known for _, known in self._signers} - {uri}) % 255 + 1
            signer = self._signers[sysid, uri] = Signer(key, link_id, self._timestamps)
        return signer.trailer

    def tend(self, now: Now) -> bool:
        """Keep the timestamps, and look for changed keys; True where they have changed."""
        if self._keys and now.monotonic_s >= self._next_keep_s:
            self._next_keep_s = now.monotonic_s + KEEP_S
            self._memory.keep_signing_timestamp(self._timestamps.last)
        if self._keys and now.monotonic_s >= self._next_mark_s:
            self._next_mark_s = now.monotonic_s + MARK_S
            self._floors.mark()
            if now.monotonic_s >= self._next_keep_heard_s:
                self._next_keep_heard_s = now.monotonic_s + KEEP_HEARD_S
                self._memory.keep_heard_timestamps(self._heard())
        if now.monotonic_s < self._next_look_s:
            return False
        self._next_look_s = now.monotonic_s + LOOK_S
        changed_ns = self._file.changed_ns()
        return changed_ns != self._changed_ns and self._read(changed_ns)

    def assess(self, uris: Iterable[str], now: Now) -> Iterator[Assessment]:
        yield Assessment(Condition.KEYS_UNREADABLE, "watch", bool(self.failure), value=self.failure)
        for uri in uris:
            if (verifier := self._verifiers.get(uri)) is None:
                continue
            for condition in dict.fromkeys(CONDITIONS.values()):
                total = sum(verifier.counts[verdict] for verdict in condition_verdicts(condition))
                before, at_s = self._seen.get((uri, condition), (0, float("-inf")))
                if total != before:
                    at_s = now.monotonic_s
                    self._seen[uri, condition] = (total, at_s)
                recent = now.monotonic_s - at_s < SHOWN_S
                who = ", ".join(str(sysid) for sysid in sorted(verifier.refused_of(condition_verdicts(condition))))
                yield Assessment(condition, uri, recent, value=f"{total} packets as sysid {who}")

    def _read(self, changed_ns: int) -> bool:
        self._changed_ns = changed_ns
        before = self._keys
        try:
            self._keys = self._file.read()
        except RangeopsError as error:
            _log.error("signing keys not read", error=str(error))
            self.failure = str(error)
            return False
        self.failure = ""
        for sysid in before:
            if before[sysid] != self._keys.get(sysid):
                self._floors.forget(sysid)
        self._restore_heard([sysid for sysid in self._keys if sysid not in before])
        self._signers.clear()
        for verifier in self._verifiers.values():
            verifier.use(self._keys)
        return True

    def _heard(self) -> dict[str, int]:
        """The newest timestamp of each stream, under a name that another key of that vehicle doesn't have."""
        return {
            f"{_mark_of(key)}/{stream}": timestamp
            for stream, timestamp in self._floors.kept().items()
            if (key := self._keys.get(Sysid(stream >> 16))) is not None
        }

    def _restore_heard(self, sysids: Iterable[Sysid]) -> None:
        """What was heard before a restart can't be replayed after it."""
        mark_of = {sysid: _mark_of(self._keys[sysid]) for sysid in sysids}
        for name, timestamp in self._heard_before.items():
            mark, _, stream = name.partition("/")
            if stream.isdecimal() and mark_of.get(Sysid(int(stream) >> 16)) == mark:
                self._floors.restore({int(stream): timestamp})

    def _now_ticks(self) -> int:
        return ticks_of(self._clock().utc)


def _mark_of(key: bytes) -> str:
    """Which key it is, without telling it."""
    return hashlib.sha256(b"which key" + key).hexdigest()[:16]


def condition_verdicts(condition: Condition) -> frozenset[Verdict]:
    return frozenset(verdict for verdict, its in CONDITIONS.items() if its is condition)


def _unsigned_is_fine(endpoint: EndpointUri) -> bool:
    """A cable and this machine itself, unless the URI says otherwise; a recording has no signatures any more."""
    if endpoint.kind == "tlog" or "unsigned" in endpoint.options:
        return True
    if "signed" in endpoint.options:
        return False
    return endpoint.kind == "serial" or ipaddress.ip_address(endpoint.address).is_loopback


_log = structlog.get_logger("watch")
