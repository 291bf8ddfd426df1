"""The specimens, the fake server and the rooms that every test of the control room starts from."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # import-mode importlib: helpers beside the tests are found by name

from room import Room


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Room()
