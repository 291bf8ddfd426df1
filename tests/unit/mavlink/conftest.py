"""What the tests of the MAVLink adapter are given."""

from collections.abc import Callable

import mavlink_world
import pytest

from rangeops.adapters.mavlink.fence import CompiledFence
from rangeops.domain.commands import CommandOrder
from rangeops.domain.now import Now
from rangeops.domain.volumes import Volume


@pytest.fixture(scope="session")
def at() -> Callable[[float], Now]:
    return mavlink_world.instant


@pytest.fixture(scope="session")
def captures() -> dict[str, list[tuple[float, bytes]]]:
    return mavlink_world.captured()


@pytest.fixture
def fence() -> CompiledFence:
    return mavlink_world.fence_of(mavlink_world.square())


@pytest.fixture
def square_volume() -> Callable[..., Volume]:
    return mavlink_world.square


@pytest.fixture
def order() -> Callable[..., CommandOrder]:
    return mavlink_world.order_of


@pytest.fixture
def world() -> type[mavlink_world.World]:
    return mavlink_world.World
