"""What is aboard a slot's vehicle, read out by the watch that commands it, and the word given to what would be written there."""

from typing import Final

from rangeops.domain.errors import Conflict, Invalid, Refused
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.server.operations import Operations
from rangeops.wire.api import ConsentRequest, ParametersView, WritesView
from rangeops.wire.questions import About, Answer, Question

_ANSWER_S: Final = 45.0  # a fence and its parameters over a slow radio link
_TABLE_S: Final = 180.0  # 1,400 parameters likewise
_MOST_NAMES: Final = 200


async def writes(ops: Operations, slot_id: SlotId) -> WritesView:
    """What a LOAD_FENCE would change on the slot's vehicle now. Raises NotFound, Refused, Unavailable."""
    slot = await ops.run(ops.services.booking.get, slot_id)
    answer = await _ask(ops, slot.sysid, About.WRITES, (), _ANSWER_S)
    diff = answer.diff
    if diff is None or diff.slot != slot_id:
        raise Refused(
            "its vehicle flies under another slot",
            where=f"slot {slot_id}",
            do="Ask again when this one is briefed.",
        )
    ops.writes_shown[slot_id] = diff
    return await ops.run(ops.services.consent.view, slot_id, diff)


async def agree(ops: Operations, slot_id: SlotId, request: ConsentRequest) -> WritesView:
    """Record a word given to the diff that was shown last. Raises NotFound, Conflict, Invalid."""
    if (diff := ops.writes_shown.get(slot_id)) is None:
        raise Conflict("no diff was shown for it", where=f"slot {slot_id:.40}", do="Read it out first.")
    return await ops.run(ops.services.consent.agree, slot_id, request, diff, ops.clock(), ops.user)


async def parameters(ops: Operations, sysid: int, names: tuple[str, ...]) -> ParametersView:
    """Raises Invalid, Refused, Unavailable."""
    where = f"vehicle {sysid}"
    if not 1 <= sysid <= 255:
        raise Invalid("no vehicle has this number", where=where, do="Choose one, 1 to 255.")
    if any(not 1 <= len(name) <= 16 or not name.isascii() for name in names) or len(names) > _MOST_NAMES:
        raise Invalid(
            "a parameter's name has 1 to 16 letters", where=where, do=f"Ask for at most {_MOST_NAMES} of them."
        )
    answer = await _ask(ops, Sysid(sysid), About.PARAMETERS, names, _ANSWER_S if names else _TABLE_S)
    return ParametersView(Sysid(sysid), answer.firmware, answer.parameters, answer.missing, answer.table_sha256)


async def check_parameters(ops: Operations, slot_id: SlotId) -> None:
    """Note what firmware and table a slot's vehicle has now. Raises Forbidden, NotFound, Refused, Unavailable."""
    require(ops.user, Act.CLEAR, where=f"slot {slot_id}")  # before the vehicle's link is kept busy for minutes
    slot = await ops.run(ops.services.booking.get, slot_id)
    view = await parameters(ops, slot.sysid, ())
    await ops.run(ops.services.words.parameters_read, slot_id, view, ops.clock(), ops.user)


async def _ask(ops: Operations, sysid: Sysid, about: About, names: tuple[str, ...], within_s: float) -> Answer:
    """One question to the watch that hears the vehicle, and its answer."""
    answer = await ops.put(sysid, lambda number: Question(number, sysid, about, names), within_s)
    if answer.failure:
        raise Refused(answer.failure, where=f"vehicle {sysid}", do="Look at the vehicle and its slot; then ask again.")
    return answer
