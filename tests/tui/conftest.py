"""The specimens, the fake server and the rooms that every test of the control room starts from."""

import sys
from pathlib import Path

import pytest
from textual import _wait

sys.path.insert(0, str(Path(__file__).parent))  # import-mode importlib: helpers beside the tests are found by name

from room import Room


@pytest.fixture(autouse=True)
def looks_often_whether_it_is_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual's pilot sleeps 20 ms before it looks whether the app is idle, some five times for each key: most of these tests' time."""
    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", 0.004)  # SLEEP_IDLE, 1 ms of CPU in it, stays


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Room()
