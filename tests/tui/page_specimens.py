"""The pre-flight board and the hand-over page of the specimens' morning."""

from datetime import timedelta

import specimens

from rangeops.domain.slots import SlotState
from rangeops.wire.board import ClosedView
from rangeops.wire.clearance import ClearanceItem, ClearanceView, WeatherView
from rangeops.wire.duty import DutyView
from rangeops.wire.handover import DueSlotView, FlyingView, HandoverView, NoteView, ZoneTimeView
from rangeops.wire.picture import LinkView


def _items(**lacking: tuple[str, str, str]) -> tuple[ClearanceItem, ...]:
    held = {
        "slot": "briefed",
        "plan": "passed",
        "briefing": "heard by Ada Visser",
        "registers": "all papers are in order",
        "zones": "as when it was approved",
        "daylight": "light until 17:11 local",
        "weather": "METAR EHTW 240925Z: 230 degrees 8 kt",
        "fence": "given back equal",
        "fence-active": "active",
        "heard": "on udpin:127.0.0.1:14561",
        "position": "trusted",
        "uplink": "it answers",
        "link": "0.2 % lost, 80 ms",
        "stop-path": "hold and home proved today",
        "poll": "go: pilot, operator",
        "safety-word": "rso, 09:20 UTC",
    }
    return tuple(
        ClearanceItem(name, *(lacking.get(name.replace("-", "_")) or ("ok", value, ""))) for name, value in held.items()
    )


_WAITS = _items(
    fence=("missing", "no read-back yet", "operator: load the slot's fence"),
    fence_active=("unknown", "it isn't heard", ""),
    poll=("missing", "pilot has not said go", "pilot: rangeops clear S16 poll go --role 'pilot'"),
    safety_word=(
        "missing",
        "the range safety officer's word is missing",
        "range safety officer: rangeops clear S16 word",
    ),
)
PREFLIGHT = (
    ClearanceView("S8", SlotState.ACTIVE, cleared=True, missing=(), items=_items(), flights=1),
    ClearanceView("S10", SlotState.ACTIVE, cleared=False, missing=("withdrawn",), items=_items(), withdrawn=True),
    ClearanceView("S12", SlotState.ACTIVE, cleared=True, missing=(), items=_items()),
    ClearanceView("S16", SlotState.BRIEFED, cleared=False, missing=("fence", "poll", "word"), items=_WAITS),
)

AT = specimens.MORNING
PAGE = HandoverView(
    written_utc=AT,
    range_id="twente",
    range_name="Twente (EHTW)",
    timezone="Europe/Amsterdam",
    by="op1",
    simulation=True,
    drill="",
    enforcement=True,
    on_duty=(
        DutyView("operator", "operator", "op2", "Bo de Vries", AT - timedelta(hours=4), "op3", "", 7),
        DutyView("range-safety-officer", "range safety officer", "", "", None, "", "", 2),
    ),
    flying=tuple(
        FlyingView(
            view.sysid,
            view.callsign,
            view.company,
            view.slot,
            view.slot_ends,
            view.mode,
            "inside",
            view.height_m,
            view.battery_percent,
            view.position_age_s,
            view.contact,
        )
        for view in (specimens.NORTH, specimens.WEST, specimens.EAST)
    ),
    alarms=(specimens.FORECAST, specimens.STALE),
    shelved=(),
    deeds=(),
    open=(),
    incidents=(specimens.INCIDENT,),
    slots=(
        DueSlotView(
            "S12",
            "EAST",
            "ACME",
            "D07",
            AT - timedelta(minutes=12),
            AT + timedelta(minutes=31),
            "active",
            cleared=True,
            lacking=0,
        ),
        DueSlotView(
            "S16",
            "SOUTH",
            "FIRE",
            "D11",
            AT - timedelta(minutes=1),
            AT + timedelta(minutes=31),
            "briefed",
            cleared=False,
            lacking=3,
        ),
    ),
    closures=(
        ClosedView(
            "C2",
            "crewed traffic on 05/23",
            "traffic",
            "house rule",
            ("EAST", "SOUTH"),
            AT + timedelta(minutes=80),
            AT + timedelta(minutes=110),
        ),
    ),
    zones=(
        ZoneTimeView("NOTAM-B1234", "Display flying", "PROHIBITED", AT + timedelta(hours=3), AT + timedelta(hours=5)),
    ),
    weather=(WeatherView("METAR", "EHTW", AT - timedelta(minutes=16), "METAR EHTW 240925Z 23008KT CAVOK 09/04 Q1019"),),
    links_down=(
        LinkView("udpin:127.0.0.1:14562", up=False, detail="address in use", messages_per_s=0.0, lost_percent=0),
    ),
    notes=(
        NoteView(811, AT - timedelta(hours=1), "op2", "D11's pilot changes at 11:00: ask for the new name on ch 4"),
        NoteView(815, AT - timedelta(minutes=20), "op2", "Link 14562 was moved to the mast; technician is on his way"),
    ),
)
