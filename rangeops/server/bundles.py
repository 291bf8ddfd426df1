"""An incident's evidence as one zip: asked for by whoever may, written beside the server, noted in the record."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rangeops.domain.errors import Unavailable
from rangeops.server.workers import Workers
from rangeops.wire.bundles import BundleMade, BundleOrder, BundleView

if TYPE_CHECKING:
    from rangeops.server.operations import Operations


@dataclass(frozen=True, slots=True)
class Bundling:
    """Who writes bundles: a process of its own, since recordings may be large; one bundle at a time."""

    workers: Workers
    write: Callable[[BundleOrder], BundleMade]
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


async def export(ops: "Operations", incident: str, *, whole: bool) -> BundleMade:
    """The file is the caller's to send and to remove.

    Raises Forbidden, NotFound, Conflict (not all of it is signed yet), Unavailable, Damaged.
    """
    where, bundling = f"evidence of incident {incident:.40}", ops.bundling
    await ops.run(ops.services.incidents.may_export, incident, ops.user)
    if bundling is None:
        raise Unavailable("this server writes no bundles", where=where, do="Use `rangeops incident export --offline`.")
    if bundling.turn.locked():
        raise Unavailable("another bundle is being written", where=where, do="Try again in a minute.")
    async with bundling.turn:
        made = await bundling.workers.compute(bundling.write, BundleOrder(incident, whole))
    try:
        await ops.run(ops.services.incidents.exported, made.view, ops.clock(), ops.user, whole=whole)
    except BaseException:
        await asyncio.to_thread(remove, made)
        raise
    return made


def remove(made: BundleMade) -> None:
    Path(made.path).unlink(missing_ok=True)


def header_of(view: BundleView) -> str:
    """As a header can have it."""
    return json.dumps(asdict(view), ensure_ascii=True, separators=(",", ":"))
