"""Whose no a refused command is, in the words of the log."""

import pytest

from rangeops.domain.commands import (
    NOTHING_WRITTEN,
    CommandId,
    CommandKind,
    CommandOrder,
    CommandProgress,
    CommandStage,
    not_sent,
)
from rangeops.domain.events import CommandMoved
from rangeops.domain.telemetry import Sysid
from rangeops.services.words import words

LOAD = CommandOrder(CommandId("C1"), Sysid(7), CommandKind.LOAD_FENCE, "op1", "slot S1")


def refused(detail: str) -> CommandProgress:
    return CommandProgress(LOAD, CommandStage.REFUSED, detail=detail)


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (refused("upload: no space"), "LOAD FENCE (op1) refused by the vehicle: upload: no space"),
        (not_sent(LOAD, "it has no slot"), "LOAD FENCE (op1): not sent: it has no slot"),
        (
            refused(f"keeping what is on board: nobody has agreed{NOTHING_WRITTEN}"),
            "LOAD FENCE (op1): keeping what is on board: nobody has agreed; nothing was written",
        ),
    ],
)
def test_what_the_range_refuses_isnt_told_as_the_vehicles_no(progress, text):
    assert words(CommandMoved(progress)) == text
