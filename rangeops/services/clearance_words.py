"""What people say and check before a clearance: briefing, poll, the safety officer's word, weather, parameters, zones."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from rangeops.domain.audit import Actor
from rangeops.domain.briefing import BriefingFacts, briefing
from rangeops.domain.clearance import (
    CLEARABLE,
    Clearance,
    ParameterCheck,
    SafetyWord,
    Vote,
    bound_of,
)
from rangeops.domain.errors import Conflict, Invalid, Refused
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.slot_terms import Notice
from rangeops.domain.slots import Slot, SlotId
from rangeops.domain.text import safe_text
from rangeops.domain.weather import WeatherReport
from rangeops.services.changes import RANGE, Changes, record_slot
from rangeops.services.clearance_facts import ClearanceBooks
from rangeops.services.ports.world import ReadWeather
from rangeops.services.zone_changes import ZoneDesk
from rangeops.wire.api import ParametersView
from rangeops.wire.clearance import BriefingView, PollRequest, WeatherView

PILOT: Final = "pilot"  # the one role of a poll that a company says itself
_SHOWN: Final = timedelta(hours=36)


class WordDesk:
    def __init__(self, changes: Changes, books: ClearanceBooks, zones: ZoneDesk, read_weather: ReadWeather) -> None:
        self._changes = changes
        self._books = books
        self._zones = zones
        self._read_weather = read_weather

    # -- briefing -------------------------------------------------------------------------------------------------

    def briefing(self, slot_id: SlotId) -> BriefingView:
        with self._changes.store.read() as work:
            slot, clearance = work.slots.get(slot_id), work.clearances.get(slot_id)
        return self._briefing(slot, clearance)

    # -- words ----------------------------------------------------------------------------------------------------

    def vote(self, slot_id: SlotId, request: PollRequest, now: Now, actor: Actor) -> None:
        """One role's go or no-go, on the plan and the slot as they are now. The last word of a role counts."""
        where = f"slot {slot_id}"
        roles = self._books.definition.clearance.poll
        if request.role not in roles:
            raise Invalid(f"{request.role!r:.40} has no word here", where=where, do=f"Use one of {', '.join(roles)}.")
        why = safe_text(request.why.strip())
        if not request.go and not why:
            raise Invalid("a no-go has a reason", where=where, do="Say why, in a few words.")
        with self._changes.begin(now, actor) as change:
            slot = change.work.slots.get(slot_id)
            act = Act.SAY_GO if request.role == PILOT else Act.CLEAR
            require(actor, act, where=where, company=slot.company)
            _check_clearable(slot)
            who = safe_text(request.who.strip(), limit=60) or actor.name
            vote = Vote(request.role, request.go, who, actor.name, now.utc, bound_of(slot), why)
            clearance = change.work.clearances.get(slot_id)
            others = tuple(each for each in clearance.votes if each.role != vote.role)
            change.work.clearances.put(replace(clearance, votes=(*others, vote)))
            says = f"{vote.role} ({who}) says {'go' if vote.go else f'NO-GO: {why}'} for slot {slot.id}"
            record_slot(change, "clearance.vote", slot, says, vote)

    def safety_word(self, slot_id: SlotId, now: Now, actor: Actor) -> None:
        """The range safety officer's word, given by himself."""
        where = f"slot {slot_id}"
        require(actor, Act.SAFETY_WORD, where=where)
        with self._changes.begin(now, actor) as change:
            slot = change.work.slots.get(slot_id)
            _check_clearable(slot)
            word = SafetyWord(actor.name, now.utc, bound_of(slot))
            change.work.clearances.put(replace(change.work.clearances.get(slot_id), word=word))
            says = f"range safety officer {actor.name} gives the word for slot {slot.id}"
            record_slot(change, "clearance.word", slot, says, word)

    # -- checks ---------------------------------------------------------------------------------------------------

    def parameters_read(self, slot_id: SlotId, view: ParametersView, now: Now, actor: Actor) -> None:
        """Note what firmware and table the slot's vehicle has, as it was read just now."""
        where = f"slot {slot_id}"
        require(actor, Act.CLEAR, where=where)
        if not view.table_sha256:
            raise Refused("the whole table was not read", where=where, do="Check the link; try again.")
        with self._changes.begin(now, actor) as change:
            slot = change.work.slots.get(slot_id)
            check = ParameterCheck(view.firmware, view.table_sha256, now.utc, actor.name)
            change.work.clearances.put(replace(change.work.clearances.get(slot_id), check=check))
            says = (
                f"{slot.callsign}: firmware {check.firmware}, {len(view.parameters)} parameters, {check.sha256[:12]}…"
            )
            record_slot(change, "clearance.parameters", slot, says, check)

    def recheck_zones(self, slot_id: SlotId, now: Now, actor: Actor) -> None:
        """Look at an approved slot under today's zones. Raises Refused with what they close or refuse of it."""
        where = f"slot {slot_id}"
        require(actor, Act.CLEAR, where=where)
        if why := self._zones.why_affected(slot_id, now):
            raise Refused("; ".join(why), where=where, do="Move the slot, or hand in another plan.")
        with self._changes.begin(now, actor) as change:
            slot = change.work.slots.get(slot_id)
            clearance = replace(change.work.clearances.get(slot_id), rechecked_sha256=self._books.zones.sha256)
            change.work.clearances.put(clearance)
            says = f"slot {slot.id} was checked under zones {self._books.zones.name}: nothing of them touches it"
            record_slot(change, "clearance.zones", slot, says)

    # -- weather --------------------------------------------------------------------------------------------------

    def hand_in_weather(self, text: str, now: Now, actor: Actor) -> tuple[WeatherView, ...]:
        """Store reports. Raises Invalid for what is none, Refused for a station that doesn't count here."""
        require(actor, Act.CLEAR, where="weather")
        reports = self._read_weather(text, now.utc)
        stations = self._books.definition.clearance.weather.stations
        for report in reports:
            if report.station not in stations:
                known = f"stations that count: {', '.join(stations)}" if stations else "it names none"
                raise Refused(
                    f"{report.station} isn't a station of this range ({known})",
                    where="weather",
                    do="Hand in another report, or add the station to [clearance.weather] in range.toml.",
                )
        with self._changes.begin(now, actor) as change:
            for report in reports:
                change.work.weather.add(report, now.utc, actor.name)
                change.record("weather.report", f"weather:{report.station}", report.text, report, about=[RANGE])
            change.changed("slots")
        return tuple(map(_weather_view, reports))

    def weather(self, now: Now) -> tuple[WeatherView, ...]:
        """What was handed in of the last day and a half, the newest issue first."""
        with self._changes.store.read() as work:
            reports = work.weather.since(now.utc - _SHOWN)
        return tuple(map(_weather_view, sorted(reports, key=lambda report: report.issued, reverse=True)))

    def _briefing(self, slot: Slot, clearance: Clearance) -> BriefingView:
        definition = self._books.definition
        volume = slot.drawn or definition.volume(slot.volume).flight_geography
        airframe = self._books.airframes.get(slot.airframe)
        lines = briefing(
            BriefingFacts(slot, volume, airframe, definition.policy, definition.clearance, clearance.rtl_altitude_m)
        )
        told = tuple(each.who for each in slot.acknowledged if each.notice is Notice.BRIEFING)
        return BriefingView(slot.id, slot.version, lines, told)


def _weather_view(report: WeatherReport) -> WeatherView:
    return WeatherView(report.kind.value, report.station, report.issued, report.text)


def _check_clearable(slot: Slot) -> None:
    if slot.state not in CLEARABLE:
        raise Conflict(f"it is {slot.state.value}", where=f"slot {slot.id}", do="Brief it first.")
