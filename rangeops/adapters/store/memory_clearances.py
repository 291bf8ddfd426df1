"""Clearances, proofs and weather in memory, over the dictionaries of one transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from rangeops.domain.clearance import Clearance, StopProof
from rangeops.domain.commands import CommandKind
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.domain.weather import WeatherReport
from rangeops.services.ports.store import WrittenRows

ProofKey = tuple[Sysid, CommandKind]


@dataclass
class MemoryClearances:
    kept: dict[SlotId, Clearance]
    written: WrittenRows

    def get(self, slot: SlotId) -> Clearance:
        return self.kept.get(slot, Clearance(slot))

    def of(self, slots: Collection[SlotId]) -> dict[SlotId, Clearance]:
        return {slot: self.get(slot) for slot in slots}

    def put(self, clearance: Clearance) -> None:
        self.kept[clearance.slot] = clearance
        self.written.note(clearance)


@dataclass
class MemoryStopProofs:
    kept: dict[ProofKey, StopProof]

    def put(self, proof: StopProof) -> None:
        self.kept[proof.sysid, proof.kind] = proof

    def of(self, sysid: Sysid) -> tuple[StopProof, ...]:
        found = [proof for proof in self.kept.values() if proof.sysid == sysid]
        return tuple(sorted(found, key=lambda proof: proof.kind.value))


@dataclass
class MemoryWeather:
    kept: dict[int, WeatherReport]

    def add(self, report: WeatherReport, received_utc: datetime, by: str) -> None:  # noqa: ARG002  # kept for people
        self.kept[len(self.kept)] = report

    def since(self, issued: datetime) -> tuple[WeatherReport, ...]:
        return tuple(report for report in self.kept.values() if report.issued >= issued)
