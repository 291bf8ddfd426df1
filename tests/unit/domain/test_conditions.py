"""Which ends of a command are the vehicle's disobedience, and which are the range's own no."""

import pytest
from desk import NOON, TWENTE

from rangeops.domain.alarms import Condition
from rangeops.domain.commands import (
    NOT_SENT,
    NOTHING_WRITTEN,
    CommandId,
    CommandKind,
    CommandOrder,
    CommandProgress,
    CommandStage,
)
from rangeops.domain.conditions import VehicleFacts, vehicle_assessments
from rangeops.domain.containment import Exposure, Standing
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid, VehicleState

D07 = Sysid(7)


@pytest.mark.parametrize(
    ("kind", "stage", "detail", "alarmed"),
    [
        (CommandKind.LOAD_FENCE, CommandStage.REFUSED, f"{NOT_SENT}it has no slot", False),
        (CommandKind.LOAD_FENCE, CommandStage.REFUSED, f"keeping: nobody has agreed{NOTHING_WRITTEN}", False),
        (CommandKind.LOAD_FENCE, CommandStage.REFUSED, "upload: no space", True),
        (CommandKind.LOAD_FENCE, CommandStage.REFUSED, "upload: it was armed; nothing more was written", True),
        (CommandKind.LOAD_FENCE, CommandStage.NOT_OBEYED, "item 0 differs", True),
        (CommandKind.HOLD, CommandStage.REFUSED, f"{NOT_SENT}its class isn't known", True),
    ],
)
def test_a_load_that_the_range_refused_is_no_disobedience(kind, stage, detail, alarmed):
    last = CommandProgress(CommandOrder(CommandId("C1"), D07, kind, "op1", "test"), stage, detail=detail)
    facts = VehicleFacts(
        state=VehicleState(D07, "udpin:127.0.0.1:14550"),
        source="D07",
        order=None,
        exposure=Exposure(Standing.UNKNOWN),
        policy=TWENTE.policy,
        watched_since_s=1000.0,
        uplink_ok=True,
        fence_verified=False,
        last_command=last,
        pilot_has_control=False,
        rebooted_at_s=None,
        clash="",
        unjudged="",
    )
    told = {assessment.condition for assessment in vehicle_assessments(facts, Now(1000.0, NOON))}
    assert (Condition.COMMAND_NOT_OBEYED in told) is alarmed
