"""What the review screen does with the review of an incident."""

import pytest
from room import reviewed

from rangeops.client.action import Target
from rangeops.client.actions import ACTION
from rangeops.domain.errors import Invalid
from rangeops.domain.incidents import IncidentState


class Asked:
    """A client that says what it was asked."""

    def __init__(self):
        self.calls = []

    async def take_up_incident(self, incident):
        self.calls.append(("take up", incident))
        return reviewed(incident, IncidentState.UNDER_REVIEW)

    async def reopen_incident(self, incident, why):
        self.calls.append(("reopen", incident, why))
        return reviewed(incident, IncidentState.OPEN)


async def test_a_review_is_taken_up_and_a_signed_one_reopened_with_its_reason():
    asked = Asked()
    chosen = Target(incident="INC-2026-0007", reason="a witness came")
    taken = await ACTION["incident.take-up"].call(asked, chosen)
    reopened = await ACTION["incident.reopen"].call(asked, chosen)
    assert asked.calls == [("take up", "INC-2026-0007"), ("reopen", "INC-2026-0007", "a witness came")]
    assert taken.text == "INC-2026-0007 is under review by rita"
    assert reopened.text == "INC-2026-0007 is reopened: revision 2"


@pytest.mark.parametrize("name", ["incident.take-up", "incident.reopen"])
async def test_without_an_incident_nothing_is_asked(name):
    asked = Asked()
    with pytest.raises(Invalid):
        await ACTION[name].call(asked, Target())
    assert asked.calls == []
