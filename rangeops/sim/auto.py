"""AUTO: the stored mission, command by command. What a command is flown with, each class of vehicle says for itself."""

from typing import Final

from rangeops.sim.body import Steering
from rangeops.sim.channel import mavlink
from rangeops.sim.missions import NAVIGATION, RELATIVE_FRAMES, Command, Item
from rangeops.sim.modes import FlightMode, Maneuver

_MOST_DO_COMMANDS: Final = 300  # in one step; a mission of jumps only would never end


class MissionMode(FlightMode):
    _nav: Maneuver

    def idle(self) -> Maneuver:
        """What is flown while nothing else is asked."""
        raise NotImplementedError

    def start(self, index: int, item: Item) -> Maneuver:
        """What flies a navigation command."""
        raise NotImplementedError

    def ended(self) -> None:
        """The mission has no further command."""
        raise NotImplementedError

    def reached_text(self, index: int) -> str | None:
        """What is said where a command is done."""
        raise NotImplementedError

    def enter(self) -> None:
        self._nav = self.idle()
        self._current: int | None = None
        self._paused = False
        self._complete = False
        self._jumps: dict[int, int] = {}
        mission = self.vehicle.mission
        if self.vehicle.parameters["MIS_RESTART"] or mission.complete:
            mission.set_current(0)

    @property
    def taking_off(self) -> bool:
        return self._nav.taking_off and not self._nav.finished()

    @property
    def landing(self) -> bool:
        return self._nav.landing

    def pause(self) -> bool:
        if not self._paused:
            self._paused = True
            self._hold = self.idle()
        return True

    def resume(self) -> bool:
        self._paused = False
        return True

    def mission_changed(self) -> None:
        self._current = None
        self._complete = False

    def landed(self) -> None:
        if self._current is not None:
            self._reached(self._current)
            self._current, self._complete = None, True
            self.vehicle.mission.complete = True

    def steer(self) -> Steering:
        if not self.vehicle.armed:
            return Steering()
        if self._paused:
            return self._hold.steer()
        if self._current is None and not self._complete:
            self._run_from(max(self.vehicle.mission.current, 1))
        elif self._current is not None and self._nav.finished():
            self._reached(self._current)
            self._run_from(self._current + 1)
        return self._nav.steer()

    def _reached(self, index: int) -> None:
        self.vehicle.broadcast(mavlink.MAVLink_mission_item_reached_message(index))
        text = self.reached_text(index)
        if text is not None:
            self.vehicle.text(mavlink.MAV_SEVERITY_INFO, text)

    def _run_from(self, index: int) -> None:
        """Carry out what is done at once, up to the next navigation command, and start that."""
        items = self.vehicle.items.mission
        for _ in range(_MOST_DO_COMMANDS):
            if index >= len(items):
                self._end()
                return
            item = items[index]
            if item.command == Command.DO_JUMP:
                index = self._jump(index, item)
                continue
            self.vehicle.text(mavlink.MAV_SEVERITY_INFO, f"Mission: {index} {item.name}")
            if item.command in NAVIGATION:
                self._current = index
                self.vehicle.mission.set_current(index)
                self._nav = self.start(index, item)
                return
            self._do(item)
            index += 1
        self._end()

    def _end(self) -> None:
        self._current = None
        self._complete = True
        self.vehicle.mission.complete = True
        self.ended()

    def _jump(self, index: int, item: Item) -> int:
        """param1: the item to go on with; param2: how often, -1 for ever."""
        done = self._jumps.get(index, 0)
        if item.param2 >= 0 and done >= item.param2:
            return index + 1
        self._jumps[index] = done + 1
        return max(int(item.param1), 1)

    def _do(self, item: Item) -> None:
        vehicle = self.vehicle
        match item.command:
            case Command.DO_CHANGE_SPEED if item.param2 > 0:
                vehicle.change_speed(int(item.param1), item.param2)
            case Command.DO_SET_HOME:
                vehicle.set_home_to(item)
            case Command.DO_FENCE_ENABLE:
                vehicle.fence.enable(on=item.param1 != 0)
            case _:  # CONDITION_ and payload commands: accepted, and done
                return

    def up_m(self, item: Item) -> float:
        if item.frame in RELATIVE_FRAMES:
            return self.vehicle.home_up_m + item.z
        return item.z - self.vehicle.ground_amsl_m
