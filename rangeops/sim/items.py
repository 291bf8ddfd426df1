"""Mission, fence and rally transfer, from the vehicle's side, as ArduPilot speaks it.

Source: the MAVLink mission protocol; ArduPilot's departures (MISSION_REQUEST in the float form, a request repeated every
second, an upload given up 8 s after its last item) as recorded from ArduCopter 4.5.7 (docs/simulator.md).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rangeops.sim import fence as fences
from rangeops.sim.channel import Message, mavlink
from rangeops.sim.commands import height_up_m
from rangeops.sim.missions import GLOBAL_FRAMES, NAMES, PAYLOAD_COMMANDS, RELATIVE_FRAMES, Command, Item, ItemType

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle

_REQUEST_AGAIN_S: Final = 1.0
_GIVE_UP_S: Final = 8.0
_INT32: Final = 2**31 - 1
# MISSION_ITEM.current: not an item but a target for GUIDED, or a height for whatever is flown, as older clients send them
_GUIDED_TARGET: Final = 2
_NEW_HEIGHT: Final = 3
_NOTHING: Final = Item(Command.NAV_WAYPOINT)
_CAPACITY: Final = {ItemType.MISSION: 724, ItemType.RALLY: 17}
_TIMEOUT_TEXT: Final = {
    ItemType.MISSION: "Mission upload timeout",
    ItemType.FENCE: "Fence upload timeout",
    ItemType.RALLY: "Rally upload timeout",
}
_FENCE_COMMANDS: Final = frozenset(
    [
        Command.FENCE_RETURN_POINT, Command.FENCE_POLYGON_INCLUSION, Command.FENCE_POLYGON_EXCLUSION,
        Command.FENCE_CIRCLE_INCLUSION, Command.FENCE_CIRCLE_EXCLUSION,
    ]
)  # fmt: skip
_MISSION_COMMANDS: Final = frozenset([*NAMES, *PAYLOAD_COMMANDS])
_HANDLED: Final = frozenset(
    [
        "MISSION_COUNT", "MISSION_ITEM", "MISSION_ITEM_INT", "MISSION_REQUEST", "MISSION_REQUEST_INT",
        "MISSION_REQUEST_LIST", "MISSION_CLEAR_ALL", "MISSION_WRITE_PARTIAL_LIST", "MISSION_ACK",
    ]
)  # fmt: skip

ACCEPTED: Final = mavlink.MAV_MISSION_ACCEPTED


@dataclass(slots=True)
class _Upload:
    """One transfer under way. A fence is staged and written when it is complete; missions are written item by item."""

    channel: int
    sender: tuple[int, int]
    next: int
    last: int
    requested_s: float
    heard_s: float
    staged: list[Item] = field(default_factory=list)


class ItemStore:
    """What the vehicle holds, and the transfers to and from it. One upload a type at a time."""

    def __init__(self, vehicle: "Vehicle") -> None:
        self._vehicle = vehicle
        self.mission: list[Item] = []
        self.fence: list[Item] = []
        self.rally: list[Item] = []
        self._uploads: dict[ItemType, _Upload] = {}
        self._warned: set[str] = set()

    def handles(self, message: Message) -> bool:
        return message.get_type() in _HANDLED

    def received(self, channel: int, message: Message) -> None:
        try:
            kind = ItemType(getattr(message, "mission_type", 0))
        except ValueError:
            self._clear_everything(channel, message)
            return
        sender = (message.get_srcSystem(), message.get_srcComponent())
        if kind is not ItemType.MISSION and self._vehicle.speaks_mavlink_1(channel):
            self._vehicle.text(mavlink.MAV_SEVERITY_WARNING, "Need mavlink2 for item transfer")
            self._ack(channel, sender, kind, mavlink.MAV_MISSION_UNSUPPORTED)
            return
        match message.get_type():
            case "MISSION_COUNT":
                self._count(channel, sender, kind, message.count)
            case "MISSION_ITEM" | "MISSION_ITEM_INT":
                self._item(channel, sender, kind, message)
            case "MISSION_REQUEST_LIST":
                self._list(channel, sender, kind)
            case "MISSION_REQUEST" | "MISSION_REQUEST_INT":
                self._send_item(channel, sender, kind, message)
            case "MISSION_CLEAR_ALL":
                self._clear(channel, sender, kind)
            case "MISSION_WRITE_PARTIAL_LIST":
                self._partial(channel, sender, kind, message)
            case "MISSION_ACK":
                self._acknowledged(sender, kind, message.type)

    def abort_uploads(self) -> None:
        self._uploads.clear()

    def step(self) -> None:
        now_s = self._vehicle.now.monotonic_s
        for kind, upload in list(self._uploads.items()):
            if now_s - upload.heard_s > _GIVE_UP_S:
                del self._uploads[kind]
                self._vehicle.text(mavlink.MAV_SEVERITY_WARNING, _TIMEOUT_TEXT[kind])
                self._ack(upload.channel, upload.sender, kind, mavlink.MAV_MISSION_OPERATION_CANCELLED)
            elif now_s - upload.requested_s > _REQUEST_AGAIN_S:
                self._request(kind, upload)

    def stored(self, kind: ItemType) -> list[Item]:
        return {ItemType.MISSION: self.mission, ItemType.FENCE: self.fence, ItemType.RALLY: self.rally}[kind]

    def _capacity(self, kind: ItemType) -> int:
        return self._vehicle.craft.fence.capacity if kind is ItemType.FENCE else _CAPACITY[kind]

    def _count(self, channel: int, sender: tuple[int, int], kind: ItemType, count: int) -> None:
        running = self._uploads.get(kind)
        if running is not None and running.sender != sender:
            self._ack(channel, sender, kind, mavlink.MAV_MISSION_DENIED)
            return
        capacity = self._capacity(kind)
        if count > capacity:
            self._ack(channel, sender, kind, mavlink.MAV_MISSION_NO_SPACE)
            self._vehicle.text(mavlink.MAV_SEVERITY_WARNING, f"Only {capacity} items are supported")
            return
        if kind is not ItemType.FENCE:
            del self.stored(kind)[count:]
        now_s = self._vehicle.now.monotonic_s
        upload = _Upload(channel, sender, 0, count - 1, now_s, now_s)
        if count == 0:
            self._uploads.pop(kind, None)
            self._complete(kind, upload)
            return
        self._uploads[kind] = upload
        self._request(kind, upload)

    def _item(self, channel: int, sender: tuple[int, int], kind: ItemType, message: Message) -> None:
        if kind is ItemType.MISSION and message.current == _GUIDED_TARGET:
            flown = self._vehicle.guided_target(_item_of(message))
            self._ack(channel, sender, kind, ACCEPTED if flown else mavlink.MAV_MISSION_ERROR)
            return
        if kind is ItemType.MISSION and message.current == _NEW_HEIGHT:
            item = _item_of(message)
            self._vehicle.mode.change_height(height_up_m(self._vehicle, item.frame, item.z))
            self._ack(channel, sender, kind, ACCEPTED)  # only a plane does it; nobody says no
            return
        if message.get_type() == "MISSION_ITEM":
            self._warn("got MISSION_ITEM; GCS should send MISSION_ITEM_INT")
        upload = self._uploads.get(kind)
        if upload is None:
            self._ack(channel, sender, kind, mavlink.MAV_MISSION_ERROR)
            return
        if message.seq != upload.next:
            self._ack(channel, sender, kind, mavlink.MAV_MISSION_INVALID_SEQUENCE)
            return
        if sender != upload.sender:
            self._ack(channel, sender, kind, mavlink.MAV_MISSION_DENIED)
            return
        item = _item_of(message)
        refusal = self._refusal(kind, item)
        if refusal != ACCEPTED:
            del self._uploads[kind]
            self._ack(channel, sender, kind, refusal)
            return
        self._keep(kind, upload, item)
        upload.heard_s = self._vehicle.now.monotonic_s
        upload.next += 1
        if upload.next > upload.last:
            del self._uploads[kind]
            self._complete(kind, upload)
        else:
            self._request(kind, upload)

    def _keep(self, kind: ItemType, upload: _Upload, item: Item) -> None:
        if kind is ItemType.FENCE:
            upload.staged.append(item)
            return
        items = self.stored(kind)
        if upload.next < len(items):
            items[upload.next] = item
        else:
            items.append(item)
        self._vehicle.set_parameter("MIS_TOTAL" if kind is ItemType.MISSION else "RALLY_TOTAL", len(items))

    @staticmethod
    def _refusal(kind: ItemType, item: Item) -> int:
        allowed = {
            ItemType.MISSION: _MISSION_COMMANDS,
            ItemType.FENCE: _FENCE_COMMANDS,
            ItemType.RALLY: frozenset([Command.RALLY_POINT]),
        }[kind]
        if kind is ItemType.MISSION:
            if item.command not in allowed:
                return int(mavlink.MAV_MISSION_UNSUPPORTED)
            placed = item.command < Command.NAV_DELAY and item.has_place
            if placed and item.frame not in GLOBAL_FRAMES:
                return int(mavlink.MAV_MISSION_UNSUPPORTED_FRAME)
            return int(_place_refusal(item)) if placed else int(ACCEPTED)
        if item.command not in allowed:
            return int(mavlink.MAV_MISSION_UNSUPPORTED)
        if item.frame not in GLOBAL_FRAMES:
            return int(mavlink.MAV_MISSION_UNSUPPORTED_FRAME)
        return int(_place_refusal(item)) if kind is ItemType.RALLY else int(ACCEPTED)

    def _complete(self, kind: ItemType, upload: _Upload) -> None:
        vehicle = self._vehicle
        result = ACCEPTED
        if kind is ItemType.FENCE:
            problem = fences.fence_problem(upload.staged, self._vehicle.craft.fence.storage_bytes)
            if problem is None:
                self.fence = list(upload.staged)
                vehicle.fence.load(self.fence)
                vehicle.set_parameter("FENCE_TOTAL", len(self.fence) + 2 if self.fence else 0)
            else:
                result = mavlink.MAV_MISSION_ERROR
                info = problem == "Incorrect item count"
                vehicle.text(mavlink.MAV_SEVERITY_INFO if info else mavlink.MAV_SEVERITY_WARNING, problem)
                vehicle.text(mavlink.MAV_SEVERITY_WARNING, "Fence validation failed")
        elif kind is ItemType.MISSION:
            if not self.mission:
                vehicle.set_parameter("MIS_TOTAL", 0)
            vehicle.text(mavlink.MAV_SEVERITY_INFO, "Flight plan received")
            vehicle.mission.replaced()
        elif not self.rally:
            vehicle.set_parameter("RALLY_TOTAL", 0)
        self._ack(upload.channel, upload.sender, kind, result)

    def _list(self, channel: int, sender: tuple[int, int], kind: ItemType) -> None:
        if kind in self._uploads:
            self._ack(channel, sender, kind, mavlink.MAV_MISSION_DENIED)
            return
        count = mavlink.MAVLink_mission_count_message(*sender, len(self.stored(kind)), mission_type=kind)
        self._vehicle.send(channel, count)

    def _send_item(self, channel: int, sender: tuple[int, int], kind: ItemType, message: Message) -> None:
        if kind in self._uploads:
            self._ack(channel, sender, kind, mavlink.MAV_MISSION_DENIED)
            return
        items = self.stored(kind)
        home_only = kind is ItemType.MISSION and message.seq == 0 and not items  # home can always be read
        if not home_only and not 0 <= message.seq < len(items):
            if kind is ItemType.MISSION:
                self._list(channel, sender, kind)
                self._ack(channel, sender, kind, mavlink.MAV_MISSION_ERROR)
            else:
                self._ack(channel, sender, kind, mavlink.MAV_MISSION_INVALID_SEQUENCE)
            return
        item = self._as_told(kind, message.seq, _NOTHING if home_only else items[message.seq])
        as_float = message.get_type() == "MISSION_REQUEST"
        if as_float:
            self._warn("got MISSION_REQUEST; use MISSION_REQUEST_INT!")
        make = mavlink.MAVLink_mission_item_message if as_float else mavlink.MAVLink_mission_item_int_message
        x, y = (item.x / 1e7, item.y / 1e7) if as_float else (item.x, item.y)
        self._vehicle.send(
            channel,
            make(
                *sender, message.seq, item.frame, item.command, 0, 0 if kind is ItemType.FENCE else 1,
                item.param1, item.param2, item.param3, item.param4, x, y, item.z, mission_type=kind,
            ),
        )  # fmt: skip

    def _as_told(self, kind: ItemType, seq: int, item: Item) -> Item:
        """Item 0 of a mission is home; a fence comes back without heights; floats of a circle as 32 bits hold them."""
        if kind is ItemType.MISSION and seq == 0:
            home = self._vehicle.navigation.home
            if home is None:
                return item
            return Item(
                Command.NAV_WAYPOINT,
                frame=0,
                x=round(home.latitude_deg * 1e7),
                y=round(home.longitude_deg * 1e7),
                z=home.altitude_amsl_m,
            )
        if kind is ItemType.FENCE:
            x = item.x + (1000 if self._vehicle.faults.wrong_fence_readback and seq == 0 else 0)  # 11 m
            return Item(item.command, frame=0, param1=item.param1, x=x, y=item.y)
        if not item.has_place and item.frame in RELATIVE_FRAMES and item.command == Command.NAV_RETURN_TO_LAUNCH:
            return Item(item.command, 0, item.param1, item.param2, item.param3, item.param4)
        return item

    def _clear(self, channel: int, sender: tuple[int, int], kind: ItemType) -> None:
        if kind in self._uploads:
            self._ack(channel, sender, kind, mavlink.MAV_MISSION_ERROR)
            return
        self._empty(kind)
        self._ack(channel, sender, kind, ACCEPTED)

    def _clear_everything(self, channel: int, message: Message) -> None:
        """MAV_MISSION_TYPE_ALL: only MISSION_CLEAR_ALL knows it."""
        sender = (message.get_srcSystem(), message.get_srcComponent())
        all_types = message.mission_type == mavlink.MAV_MISSION_TYPE_ALL
        accepted = message.get_type() == "MISSION_CLEAR_ALL" and all_types and not self._uploads
        if accepted:
            for kind in ItemType:
                self._empty(kind)
        result = ACCEPTED if accepted else mavlink.MAV_MISSION_UNSUPPORTED
        self._vehicle.send(channel, mavlink.MAVLink_mission_ack_message(*sender, result, message.mission_type))

    def _empty(self, kind: ItemType) -> None:
        vehicle = self._vehicle
        self.stored(kind).clear()
        if kind is ItemType.FENCE:
            vehicle.fence.load([])
            vehicle.set_parameter("FENCE_TOTAL", 0)
        elif kind is ItemType.MISSION:
            vehicle.set_parameter("MIS_TOTAL", 0)
            vehicle.mission.replaced()
        else:
            vehicle.set_parameter("RALLY_TOTAL", 0)

    def _partial(self, channel: int, sender: tuple[int, int], kind: ItemType, message: Message) -> None:
        running = self._uploads.get(kind)
        if running is not None and running.sender != sender:
            self._ack(channel, sender, kind, mavlink.MAV_MISSION_DENIED)
            return
        count = len(self.stored(kind))
        if not 0 <= message.start_index <= message.end_index <= count or kind is ItemType.FENCE:
            self._vehicle.text(mavlink.MAV_SEVERITY_WARNING, "Flight plan update rejected")
            self._ack(channel, sender, kind, mavlink.MAV_MISSION_ERROR)
            return
        now_s = self._vehicle.now.monotonic_s
        upload = _Upload(channel, sender, message.start_index, message.end_index, now_s, now_s)
        self._uploads[kind] = upload
        self._request(kind, upload)

    def _acknowledged(self, sender: tuple[int, int], kind: ItemType, result: int) -> None:
        """The other side may cancel its upload."""
        upload = self._uploads.get(kind)
        if upload is not None and upload.sender == sender and result == mavlink.MAV_MISSION_OPERATION_CANCELLED:
            del self._uploads[kind]

    def _request(self, kind: ItemType, upload: _Upload) -> None:
        upload.requested_s = self._vehicle.now.monotonic_s
        request = mavlink.MAVLink_mission_request_message(*upload.sender, upload.next, mission_type=kind)
        self._vehicle.send(upload.channel, request)

    def _ack(self, channel: int, sender: tuple[int, int], kind: ItemType, result: int) -> None:
        self._vehicle.send(channel, mavlink.MAVLink_mission_ack_message(*sender, result, mission_type=kind))

    def _warn(self, text: str) -> None:
        if text not in self._warned:
            self._warned.add(text)
            self._vehicle.text(mavlink.MAV_SEVERITY_WARNING, text)


def _place_refusal(item: Item) -> int:
    if abs(item.x) > 90 * 10**7:
        return int(mavlink.MAV_MISSION_INVALID_PARAM5_X)
    if abs(item.y) > 180 * 10**7:
        return int(mavlink.MAV_MISSION_INVALID_PARAM6_Y)
    return int(ACCEPTED)


def _item_of(message: Message) -> Item:
    """NaN, which stands for "unchanged" in the protocol, is stored as 0, as the autopilot does."""
    p1, p2, p3, p4, x, y, z = (
        value if math.isfinite(value) else 0.0
        for value in (
            message.param1, message.param2, message.param3, message.param4, message.x, message.y, message.z,
        )
    )  # fmt: skip
    if message.get_type() == "MISSION_ITEM":
        x, y = x * 1e7, y * 1e7
    x, y = (round(min(max(value, -_INT32), _INT32)) for value in (x, y))
    return Item(message.command, message.frame, p1, p2, p3, p4, x, y, z)


class MissionProgress:
    """Which item is current; MISSION_SET_CURRENT and MISSION_CURRENT."""

    def __init__(self, vehicle: "Vehicle") -> None:
        self._vehicle = vehicle
        self.current = 0
        self.complete = False

    @property
    def state(self) -> int:
        if len(self._vehicle.items.mission) <= 1:
            return int(mavlink.MISSION_STATE_NO_MISSION)
        if self.complete:
            return int(mavlink.MISSION_STATE_COMPLETE)
        if self.current == 0:
            return int(mavlink.MISSION_STATE_NOT_STARTED)
        return int(mavlink.MISSION_STATE_ACTIVE)

    def set_current(self, index: int) -> None:
        if index != self.current or self.complete:
            self.current, self.complete = index, False

    def choose(self, index: int) -> bool:
        """A ground station's choice."""
        items: Sequence[Item] = self._vehicle.items.mission
        if not 0 <= index < max(len(items), 1):
            return False
        self.set_current(index)
        self._vehicle.mode.mission_changed()
        return True

    def replaced(self) -> None:
        self.complete = False
        if self.current >= len(self._vehicle.items.mission):
            self.set_current(0)
        self._vehicle.mode.mission_changed()
