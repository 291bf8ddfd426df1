"""A PostgreSQL server that goes and comes back: one clear sentence meanwhile, then on as before, and nothing lost."""

import threading

import pytest
from desk import TWENTE, Desk, TomlAirframes
from postgres import NoPostgres, OwnServer

from rangeops.adapters.store.opening import open_store
from rangeops.domain.audit import first_fault
from rangeops.domain.errors import Conflict, Unavailable
from rangeops.domain.slots import SlotEvent
from rangeops.services.airspace import AirspaceBook

pytestmark = pytest.mark.processes


@pytest.fixture
def server():
    try:
        own = OwnServer()
    except NoPostgres as reason:
        pytest.skip(str(reason))
    yield own
    own.remove()


def opened(server):
    return Desk(open_store(server.url, AirspaceBook(TWENTE, TomlAirframes())))


def test_a_server_that_is_cut_off_and_comes_back_has_everything_that_was_acknowledged(server):
    desk = opened(server)
    first = desk.move(desk.book(), SlotEvent.APPROVE)
    for _ in range(2):
        server.stop()
        for attempt in (lambda: desk.book(start_minutes=120), lambda: desk.services.booking.get(first.id)):
            with pytest.raises(Unavailable, match="Check that the database server runs") as raised:
                attempt()
            assert "\n" not in str(raised.value)
        server.start()
        assert desk.services.booking.get(first.id) == first
        with pytest.raises(Conflict):
            desk.move(desk.book(sysid=8), SlotEvent.APPROVE)
    slots, entries = desk.services.booking.all(), desk.record()
    assert [slot.id for slot in slots] == ["S1", "S2", "S3"]
    assert first_fault(entries) is None
    desk.store.close()


def test_a_server_lost_in_the_middle_of_a_change_keeps_none_of_it(server):
    desk = opened(server)

    def half():
        with desk.store.write() as work:
            work.links.add("udpin:half")
            server.stop()
            work.links.add("udpin:more")

    with pytest.raises(Unavailable, match="nothing of this change was stored"):
        half()
    server.start()
    with desk.store.read() as work:
        assert work.links.all() == ()
    desk.store.close()


def test_a_server_lost_at_the_commit_leaves_it_open_and_says_so(server):
    desk = opened(server)

    def perhaps():
        with desk.store.write() as work:
            work.links.add("udpin:perhaps")
            server.stop()

    with pytest.raises(Unavailable, match="Look whether the change is there"):
        perhaps()
    server.start()
    with desk.store.read() as work:
        assert work.links.all() in ((), ("udpin:perhaps",))
    desk.store.close()


def test_a_server_that_is_away_at_the_start_is_one_sentence(server):
    server.stop()
    with pytest.raises(Unavailable, match="Check that the database server runs"):
        open_store(server.url)
    server.start()


def test_a_client_that_vanished_in_a_transaction_does_not_keep_the_others_from_writing(server):
    """Its connection is closed by the system, as after kill -9: the turn to write is free at once."""
    one, other = opened(server), opened(server)
    entered, go_on = threading.Event(), threading.Event()

    def write():
        with one.store.write() as work:
            work.links.add("udpin:never")
            entered.set()
            go_on.wait(20)
            work.links.all()

    def hang():
        with pytest.raises(Unavailable):
            write()

    hanging = threading.Thread(target=hang)
    hanging.start()
    entered.wait()
    with other.store.engine.connect() as connection:
        pids = "SELECT pid FROM pg_stat_activity WHERE state = 'idle in transaction' AND pid <> pg_backend_pid()"
        assert (
            connection.exec_driver_sql(f"SELECT count(pg_terminate_backend(pid)) FROM ({pids}) AS them").scalar() == 1
        )
    other.book()
    go_on.set()
    hanging.join()
    with other.store.read() as work:
        assert work.links.all() == ()
    for desk in (one, other):
        desk.store.close()
