"""Products that are broken on purpose, one thing each, and the short days on which that matters: an invariant must catch it."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from day_script import FIRST_MORNING, MIDDLES, Booking, Comes, Flies, Outage, Script, Strike, _out, _plan
from flights import place
from sqlalchemy import text

from rangeops.adapters.mavlink.transactions import command_long
from rangeops.domain.commands import FINAL_STAGES
from rangeops.domain.events import AlarmChanged, CommandMoved, Event
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid
from rangeops.services.ports.store import Store
from rangeops.sim.scenario import Wind
from rangeops.watch.loop import Loop

SYSID = 1
_SET_MODE, _CUSTOM, _RTL = 176, 1.0, 6.0


def short(
    *, flies: Flies = Flies.PLAN, comes: Comes = Comes.FLIES, restart_s: float = 0.0, bookings: int = 1
) -> Script:
    """One vehicle in EAST for four minutes, or several booked for the same; the server begins anew at restart_s."""
    chance = random.Random(5)
    middle = MIDDLES["EAST"]
    good = _plan(chance, middle, middle)
    one = Booking(
        company="ACME",
        volume="EAST",
        sysid=SYSID,
        airframe="survey-quad",
        home=place(*middle),
        asks_s=3.0,
        starts_s=130.0,
        minutes=4.0,
        revisions=(good,),
        flown=_out(good, random.Random(2), middle) if flies is Flies.OUT else good,
        comes=comes,
        flies=flies,
        act_s=20.0,
        commands=("hold", "rtl"),
        strikes=(Strike(2.0, "ignore_commands", None, 120.0),)
        if flies is Flies.OUT
        else (),  # else it is stopped in time
    )
    report = f"METAR EHTW {FIRST_MORNING - timedelta(minutes=5):%d%H%M}Z AUTO 24007KT 9999 FEW030 14/08 Q1016"
    return Script(
        seed=0,
        day=0,
        begins=FIRST_MORNING,
        bookings=tuple(
            replace(one, sysid=SYSID + number, company=("ACME", "SAXN")[number]) for number in range(bookings)
        ),
        outages=(Outage(restart_s, 2.0, watch=False, server=True, killed=True),) if restart_s else (),
        weather=((1.0, report),),
        traffic=(),
        wind=Wind(),
        eager=0.0,
    )


def killed_in_a_command() -> Script:
    """A hold that its vehicle doesn't answer, and a watch that is killed meanwhile."""
    script = short(flies=Flies.COMMANDED)
    deaf = replace(
        script.bookings[0], act_s=10.0, commands=("hold",), strikes=(Strike(2.0, "ignore_commands", None, 60.0),)
    )
    killed = Outage(146.5, 1.5, watch=True, server=False, killed=True)
    return replace(script, bookings=(deaf,), outages=(killed,))


class MuteWatch(Loop):
    """It tells of no alarm."""

    def _note(self, events: Iterable[Event], now: Now) -> None:
        super()._note([event for event in events if not isinstance(event, AlarmChanged)], now)


class ForgetfulWatch(Loop):
    """It doesn't tell how an operator's commands end."""

    def _note(self, events: Iterable[Event], now: Now) -> None:
        super()._note([event for event in events if not _is_end(event)], now)


class MeddlingWatch(Loop):
    """It sends its vehicle home in the air, once, and tells nobody."""

    meddled = False

    def _look_at(self, sysid: Sysid, now: Now) -> None:
        super()._look_at(sysid, now)
        heard = self._fleet.vehicles.get(sysid)
        if (
            self.meddled
            or heard is None
            or heard.state.position is None
            or heard.state.position.height_above_home_m < 20
        ):
            return
        self.meddled = True
        home = command_long(sysid, _SET_MODE, (_CUSTOM, _RTL))
        self._links.send(self._fleet.to(sysid, home), now)


def _is_end(event: Event) -> bool:
    return (
        isinstance(event, CommandMoved) and event.progress.stage in FINAL_STAGES and event.progress.order.by != "policy"
    )


class Forgets:
    """A store that isn't what it was when it is opened again."""

    def __init__(self, statement: str) -> None:
        self._statement = statement
        self._opened = 0

    def __call__(self, store: Store) -> Store:
        self._opened += 1
        if self._opened > 1:
            with store.engine.begin() as connection:
                for part in self._statement.split(";"):
                    connection.execute(text(part))
        return store


LOSES_A_CHANGE = "UPDATE slot SET version = version - 1, state = 'requested'"
EDITS_THE_RECORD = "UPDATE audit SET payload = REPLACE(payload, 'D01', 'D02') WHERE action = 'slot.request'"
