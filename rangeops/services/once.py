"""A request under a key of its caller's is carried out once: asked again with it, the answer is the one that was given.

That it was carried out is stored in the very transaction of what it changed, and the answer after it: whoever asks again
when the server died in between is told so, and nothing is made twice.
"""

from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from rangeops.domain.errors import Conflict, Invalid
from rangeops.domain.now import Now
from rangeops.domain.text import safe_text
from rangeops.services.ports.store import RequestKey, Store, UnitOfWork

KEPT: Final = timedelta(hours=24)
MOST_OF_ONE: Final = 500
"""Keys of one caller: with one more the oldest is forgotten."""

LONGEST_KEY: Final = 100
LARGEST_ANSWER_BYTES: Final = 256 * 1024
_WHERE: Final = "idempotency key"


@dataclass(slots=True)
class Named:
    """A request under way. sha256: of all that it asks. open: it hasn't been answered yet."""

    user: str
    key: str
    sha256: str
    open: bool = True


NAMED: Final[ContextVar[Named | None]] = ContextVar("named", default=None)
"""The request that is carried out in this context, if it has a key."""


def note(work: UnitOfWork, now: Now) -> None:
    """Within the transaction of what it changes. Without effect where the request has no key."""
    named = NAMED.get()
    if named is None or not named.open or work.request_keys.get(named.user, named.key) is not None:
        return
    work.request_keys.forget(now.utc, MOST_OF_ONE - 1, named.user)
    work.request_keys.put(RequestKey(named.user, named.key, named.sha256, now.utc + KEPT))


class OnceDesk:
    """On the event loop `enter` and `leave`; what touches the store, off it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._under_way: set[tuple[str, str]] = set()

    def enter(self, named: Named) -> None:
        """Raises Conflict where the same is being carried out just now, Invalid for a key that is none."""
        if not 1 <= len(named.key) <= LONGEST_KEY or safe_text(named.key) != named.key:
            raise Invalid(f"it is no text of up to {LONGEST_KEY} letters", where=_WHERE, do="Use an UUID.")
        if (named.user, named.key) in self._under_way:
            raise Conflict("what was asked with it is under way", where=_WHERE, do="Ask again in a few seconds.")
        self._under_way.add((named.user, named.key))

    def leave(self, named: Named) -> None:
        named.open = False
        self._under_way.discard((named.user, named.key))

    def before(self, named: Named, now: Now) -> RequestKey | None:
        """The answer that it had; None: it is new. Raises Conflict where the key stands for something else."""
        with self._store.read() as work:
            known = work.request_keys.get(named.user, named.key)
        if known is None or known.expires_utc <= now.utc:
            return None
        if known.request_sha256 != named.sha256:
            raise Conflict(
                f"{named.user} asked for something else with it", where=_WHERE, do="Use a new key for a new request."
            )
        if not known.status:
            raise Conflict(
                "what was asked with it was carried out, and its answer was lost",
                where=_WHERE,
                do="Look whether it is there; ask with a new key for another.",
            )
        return known

    def answered(self, named: Named, answer: RequestKey, now: Now) -> None:
        """Keep the answer; of one that is too large, only that it was given."""
        small = len(answer.body) <= LARGEST_ANSWER_BYTES
        kept = answer if small else replace(answer, status=0, media_type="", body=b"")
        with self._store.write() as work:
            work.request_keys.forget(now.utc, MOST_OF_ONE, named.user)
            work.request_keys.put(kept)

    def failed(self, named: Named) -> None:
        """It was refused: the key may be used again, for the same or another."""
        with self._store.read() as work:
            if work.request_keys.get(named.user, named.key) is None:
                return
        with self._store.write() as work:
            work.request_keys.remove(named.user, named.key)
