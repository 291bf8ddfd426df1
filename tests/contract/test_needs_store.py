"""The last of what a range lends goes to one slot, however many servers give it away at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from desk import TWENTE, Desk, TomlAirframes

from rangeops.adapters.store.opening import STORES, open_store
from rangeops.domain.errors import Conflict
from rangeops.domain.resources import shortages
from rangeops.domain.slot_terms import Need, SlotTerms
from rangeops.domain.slots import HOLDS_AIRSPACE, SlotEvent
from rangeops.domain.telemetry import Sysid
from rangeops.services.airspace import AirspaceBook

RADAR = SlotTerms(needs=(Need("radar"),))
ROUNDS = 5


@pytest.fixture(params=sorted(STORES))
def desks(request, empty_store):
    """One for each volume, each with a connection of its own to one store."""
    url = empty_store(request.param)
    shared = open_store(url, AirspaceBook(TWENTE, TomlAirframes()))
    others = len(TWENTE.volumes) - 1
    stores = [
        shared,
        *(
            shared if request.param == "memory" else open_store(url, AirspaceBook(TWENTE, TomlAirframes()))
            for _ in range(others)
        ),
    ]
    yield [Desk(store) for store in stores]
    for store in stores:
        store.close()


def test_one_radar_goes_to_one_of_those_that_are_approved_at_once(desks):
    for number in range(ROUNDS):
        asked = [
            desk.book(sysid=Sysid(each), volume=volume.id, start_minutes=60 * number, terms=RADAR)
            for each, (desk, volume) in enumerate(zip(desks, TWENTE.volumes, strict=True), start=1)
        ]
        together = Barrier(len(desks))

        def approve(desk, slot, together=together):
            together.wait(timeout=10)
            try:
                desk.move(slot, SlotEvent.APPROVE)
            except Conflict as refusal:
                return str(refusal)
            return ""

        with ThreadPoolExecutor(len(desks)) as pool:
            answers = list(pool.map(approve, desks, asked))
        assert answers.count("") == 1
        assert all("ground radar: 1 of 1 in use" in answer for answer in answers if answer)
    held = [slot for slot in desks[0].services.booking.all() if slot.state in HOLDS_AIRSPACE]
    assert len(held) == ROUNDS
    assert {slot.terms for slot in held} == {RADAR}
    assert [each for slot in held for each in shortages(slot, held, TWENTE.resources)] == []
