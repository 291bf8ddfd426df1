"""A drill is said on every screen, at every size, and beside SIMULATION: nobody may take it for the range."""

from dataclasses import replace

import pytest
import specimens

DRILL = replace(specimens.picture(), drill="20261124T110000Z-fly-away-op1")


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 20)])
async def test_every_screen_says_drill(room, size):
    async with room.app.run_test(size=size) as pilot:
        await room.opens(pilot, DRILL)
        for key in "1234567":
            await room.presses(pilot, key)
            assert "D R I L L   S I M U L A T I O N" in room.line("simulation")
            assert "fly-away" not in room.line("simulation"), "which one it is isn't told"


async def test_without_one_it_is_a_simulation(room):
    async with room.app.run_test(size=(80, 24)) as pilot:
        await room.opens(pilot, specimens.picture())
        assert "D R I L L" not in room.line("simulation")
        assert "S I M U L A T I O N" in room.line("simulation")
