"""The commands that the screens show: those under way, and those that have just ended. A second delivery is told by it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from rangeops.domain.commands import FINAL_STAGES, CommandId, CommandProgress, CommandStage
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid

BEGAN_ANEW: Final = "the watch began anew before its end was seen"
SHOWN_S: Final = 30.0  # a command that is over stays on screen so long


class CommandsShown:
    def __init__(self) -> None:
        self._moved: dict[CommandId, tuple[float, CommandProgress]] = {}  # when it last did, and how far it is

    def __contains__(self, command_id: CommandId) -> bool:
        return command_id in self._moved

    def moved(self, progress: CommandProgress, now: Now) -> None:
        self._moved[progress.order.id] = (now.monotonic_s, progress)

    def under_way(self) -> tuple[CommandProgress, ...]:
        """What a watch that begins anew must tell the end of."""
        return tuple(progress for _, progress in self._moved.values() if progress.stage not in FINAL_STAGES)

    def unfinished(self, sysid: Sysid) -> list[CommandProgress]:
        """What is under way with a vehicle whose lease goes to another watch, as it ends here."""
        return [
            replace(progress, stage=CommandStage.SUPERSEDED, detail="the vehicle's lease goes to another watch")
            for _, progress in self._moved.values()
            if progress.order.sysid == sysid and progress.stage not in FINAL_STAGES
        ]

    @staticmethod
    def cut_short(left: Iterable[CommandProgress]) -> list[CommandProgress]:
        """What the watch before this one left under way, as it ends: nobody sends it again, or looks whether it is obeyed."""
        return [replace(progress, stage=CommandStage.SUPERSEDED, detail=BEGAN_ANEW) for progress in left]

    def shown(self, now: Now) -> tuple[CommandProgress, ...]:
        self._forget(now)
        return tuple(progress for _, progress in self._moved.values())

    def _forget(self, now: Now) -> None:
        self._moved = {
            command_id: (at_s, progress)
            for command_id, (at_s, progress) in self._moved.items()
            if progress.stage not in FINAL_STAGES or now.monotonic_s - at_s < SHOWN_S
        }
