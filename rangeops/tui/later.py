"""What is loaded when it is first asked for: the first picture of the control room doesn't wait for it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from textual.command import Provider

    from rangeops.tui.screens.base import RoomScreen


def _detail() -> "type[RoomScreen]":
    from rangeops.tui.screens.detail import DetailScreen

    return DetailScreen


def _board() -> "type[RoomScreen]":
    from rangeops.tui.screens.board import BoardScreen

    return BoardScreen


def _handover() -> "type[RoomScreen]":
    from rangeops.tui.screens.handover import HandoverScreen

    return HandoverScreen


def _settings() -> "type[RoomScreen]":
    from rangeops.tui.screens.settings import SettingsScreen

    return SettingsScreen


SCREENS: Final[Mapping[str, "Callable[[], type[RoomScreen]]"]] = {
    "detail": _detail,
    "board": _board,
    "handover": _handover,
    "settings": _settings,
}


def palette_finds() -> "type[Provider]":
    from rangeops.tui.palette_finds import RangeFinds

    return RangeFinds
