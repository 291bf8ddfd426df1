"""The alarm conditions of the watch itself: its recorder and links, fences to be called back, and sources that are gone."""

from collections.abc import Iterator
from dataclasses import dataclass

from rangeops.domain.alarms import OF_A_LINK, Alarm, Assessment, Condition
from rangeops.domain.events import AlarmChanged
from rangeops.domain.now import Now
from rangeops.watch.annunciator import Annunciator
from rangeops.watch.clock_watch import ClockWatch
from rangeops.watch.journal import Journal
from rangeops.watch.kept import Shelf
from rangeops.watch.keyring import Keyring
from rangeops.watch.links import Links
from rangeops.watch.recorder import Recorder
from rangeops.watch.roster import Roster
from rangeops.watch.separation import SeparationWatch


@dataclass(frozen=True, slots=True)
class WatchConditions:
    alarms: Annunciator
    links: Links
    keyring: Keyring
    recorder: Recorder
    journal: Journal
    shelf: Shelf
    roster: Roster
    separation: SeparationWatch
    clock: ClockWatch

    def assess(self, now: Now) -> list[AlarmChanged]:
        """What of the watch's own conditions, and of its vehicles with each other, has changed."""
        return [*self.separation.assess(self.alarms, now), *self.alarms.assess(self.assessments(now), now)]

    def assessments(self, now: Now) -> Iterator[Assessment]:
        """To be assessed one by one: the last ones end what still stands then."""
        failure = self.recorder.failure or self.journal.failure
        yield Assessment(Condition.RECORDER_FAILING, "recorder", bool(failure), value=failure)
        yield from self.links.assess(now)
        yield from self.keyring.assess((uri for uri, _, _ in self.links.down()), now)
        yield from self.clock.assess(now)
        yield from self._restores_due(now)
        for orphan in self._orphans():
            yield Assessment(orphan.condition, orphan.source, present=False)

    def _orphans(self) -> Iterator[Alarm]:
        """Alarms of sources that are gone: a link that was removed, a callsign whose slot is over."""
        wanted = self.links.wanted
        for alarm in self.alarms.standing:
            link_gone = alarm.condition in OF_A_LINK and alarm.source not in wanted
            callsign_gone = alarm.sysid is not None and self.roster.vehicle(alarm.sysid).callsign != alarm.source
            if link_gone or callsign_gone:
                yield alarm

    def _restores_due(self, now: Now) -> Iterator[Assessment]:
        """Heard or not: who has left with our fence on board is to be called back. Ended: once it is read back."""
        present: set[str] = set()
        for sysid in self.shelf.sysids():
            vehicle = self.roster.vehicle(sysid)
            if (kept := self.shelf.due(vehicle, now)) is not None:
                present.add(vehicle.callsign)
                value = f"of slot {kept.slot}, {kept.company}"
                yield Assessment(Condition.RESTORE_DUE, vehicle.callsign, present=True, sysid=sysid, value=value)
        for alarm in self.alarms.standing:
            if alarm.condition is Condition.RESTORE_DUE and alarm.source not in present:
                yield Assessment(Condition.RESTORE_DUE, alarm.source, present=False)
