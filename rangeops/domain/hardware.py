"""Radios, link presets, system ids and what a company's aircraft must be set to: values read from hardware/*.toml."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts

_CLASSES: Final = {member.value: member for member in VehicleClass if member is not VehicleClass.UNKNOWN}


class PowerMeasure(Enum):
    """Against what a radiated power is given: a half-wave dipole, or an isotropic antenna (2.15 dB apart)."""

    ERP = "erp"
    EIRP = "eirp"


@dataclass(frozen=True, slots=True)
class Radio:
    """One kind of set; hardware/radios/<id>.toml. Powers are legal limits, not what a set can do.

    power_mw None, band 0-0: the operator of a network answers for it. legal_nl: licence-free in the Netherlands; law
    says by what, and what to do where it isn't.
    """

    id: str
    name: str
    low_mhz: float
    high_mhz: float
    power_mw: float | None
    measure: PowerMeasure | None
    duty_percent: float
    legal_nl: bool
    law: str
    interface: str


@dataclass(frozen=True, slots=True)
class LinkPreset:
    """One way to connect; hardware/links/<id>.toml. uri: with <…> where the place has its own.

    radio: an id of hardware/radios, "" for a cable or a network. sik: registers of the set, both ends alike.
    """

    id: str
    name: str
    uri: str
    radio: str
    baud: int | None
    rts_cts: bool
    sik: tuple[tuple[str, int], ...]
    note: str


class IdUse(Enum):
    COMPANY = "company"  # a client's vehicle
    RANGE = "range"  # the range's own vehicles
    GROUND = "ground"  # ground stations
    FACTORY = "factory"  # what every autopilot leaves the factory with


@dataclass(frozen=True, slots=True)
class IdBlock:
    first: int
    last: int
    use: IdUse
    note: str


@dataclass(frozen=True, slots=True)
class ParameterRule:
    """What one parameter must be. names: the same parameter in several firmwares, newest last; the first found counts.

    Of one_of, at_least/at_most, bits exactly one kind is given. gcs: it must be the range's own sysid.
    may_lack: a firmware without it isn't at fault.
    """

    names: tuple[str, ...]
    classes: frozenset[VehicleClass]
    one_of: tuple[float, ...]
    at_least: float | None
    at_most: float | None
    bits: int
    gcs: bool
    may_lack: bool
    why: str
    do: str

    def wanted(self, gcs_sysid: int) -> str:
        if self.gcs:
            return f"{gcs_sysid}"
        if self.one_of:
            return " or ".join(f"{value:g}" for value in self.one_of)
        if self.bits:
            return f"with bits {self.bits}"
        bounds = [("at least", self.at_least), ("at most", self.at_most)]
        return " and ".join(f"{word} {value:g}" for word, value in bounds if value is not None)

    def holds(self, value: float, gcs_sysid: int) -> bool:
        if self.gcs:
            return value == gcs_sysid
        if self.one_of:
            return value in self.one_of
        if self.bits:
            return int(value) & self.bits == self.bits
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


@dataclass(frozen=True, slots=True)
class AcceptanceLimits:
    """What a vehicle on the bench must show; hardware/acceptance.toml, with the parameter rules."""

    valid_days: int
    firmware_at_least: tuple[int, int, int]
    satellites_at_least: int
    hdop_at_most: float
    cell_volts_at_least: float
    battery_percent_at_least: int
    rules: tuple[ParameterRule, ...]

    def rules_for(self, vehicle_class: VehicleClass) -> tuple[ParameterRule, ...]:
        return tuple(rule for rule in self.rules if vehicle_class in rule.classes)


def radio_from(table: Mapping[str, Any], *, where: str) -> Radio:
    """Raises Invalid."""
    facts = Facts(table, where)
    facts.only("id", "name", "interface", "band", "legal")
    legal = facts.section("legal")
    legal.only("netherlands", "law")
    low_mhz = high_mhz = 0.0
    power_mw = measure = None
    duty_percent = 100.0
    if facts.has("band"):
        band = facts.section("band")
        band.only("low_mhz", "high_mhz", "power_mw", "measure", "duty_percent")
        low_mhz = band.number("low_mhz", at_least=1, at_most=100_000)
        high_mhz = band.number("high_mhz", at_least=low_mhz, at_most=100_000)
        power_mw = band.number("power_mw", at_least=0.01, at_most=100_000)
        measure = band.choice("measure", PowerMeasure)
        duty_percent = band.number("duty_percent", 100, at_least=0.01, at_most=100)
    return Radio(
        id=facts.text("id"),
        name=facts.text("name"),
        low_mhz=low_mhz,
        high_mhz=high_mhz,
        power_mw=power_mw,
        measure=measure,
        duty_percent=duty_percent,
        legal_nl=legal.flag("netherlands"),
        law=legal.text("law"),
        interface=facts.text("interface"),
    )


def link_from(table: Mapping[str, Any], *, where: str) -> LinkPreset:
    """Raises Invalid."""
    facts = Facts(table, where)
    facts.only("id", "name", "uri", "radio", "baud", "rts_cts", "sik", "note")
    registers: tuple[tuple[str, int], ...] = ()
    if facts.has("sik"):
        sik = facts.section("sik")
        registers = tuple((name, sik.integer(name, at_least=0, at_most=1_000_000)) for name in sik.table)
    return LinkPreset(
        id=facts.text("id"),
        name=facts.text("name"),
        uri=facts.text("uri"),
        radio=facts.text("radio") if facts.has("radio") else "",
        baud=facts.integer("baud", at_least=1200, at_most=4_000_000) if facts.has("baud") else None,
        rts_cts=facts.flag("rts_cts", default=False),
        sik=registers,
        note=facts.text("note"),
    )


def id_blocks_from(table: Mapping[str, Any], *, where: str) -> tuple[IdBlock, ...]:
    """The allocation of system ids: every number from 1 to 255 once. Raises Invalid."""
    facts = Facts(table, where)
    facts.only("block")
    blocks = []
    expected = 1
    for block in facts.sections("block"):
        block.only("first", "last", "use", "note")
        first = block.integer("first", at_least=1, at_most=255)
        last = block.integer("last", at_least=first, at_most=255)
        if first != expected:
            raise Invalid(
                f"it begins at {first} instead of {expected}", where=block.where, do="Leave no gap, no overlap."
            )
        blocks.append(IdBlock(first, last, block.choice("use", IdUse), block.text("note")))
        expected = last + 1
    if expected != 256:
        raise Invalid(f"it ends at {expected - 1} instead of 255", where=where, do="Say what every number is for.")
    return tuple(blocks)


def limits_from(table: Mapping[str, Any], *, where: str) -> AcceptanceLimits:
    """Raises Invalid."""
    facts = Facts(table, where)
    facts.only("valid_days", "firmware", "gps", "battery", "parameter")
    firmware, gps, battery = facts.section("firmware"), facts.section("gps"), facts.section("battery")
    firmware.only("at_least")
    gps.only("satellites_at_least", "hdop_at_most")
    battery.only("cell_volts_at_least", "percent_at_least")
    parts = firmware.text("at_least").split(".")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        raise Invalid("at_least is no version", where=firmware.where, do='Write it as "4.3.0".')
    return AcceptanceLimits(
        valid_days=facts.integer("valid_days", at_least=1, at_most=365),
        firmware_at_least=(int(parts[0]), int(parts[1]), int(parts[2])),
        satellites_at_least=gps.integer("satellites_at_least", at_least=4, at_most=50),
        hdop_at_most=gps.number("hdop_at_most", at_least=0.5, at_most=10),
        cell_volts_at_least=battery.number("cell_volts_at_least", at_least=2, at_most=5),
        battery_percent_at_least=battery.integer("percent_at_least", at_least=0, at_most=100),
        rules=tuple(_rule(rule) for rule in facts.sections("parameter")),
    )


def _rule(facts: Facts) -> ParameterRule:
    facts.only("names", "classes", "one_of", "at_least", "at_most", "bits", "gcs", "may_lack", "why", "do")
    names, classes = facts.texts("names"), facts.texts("classes")
    if not names or any(name not in _CLASSES for name in classes):
        raise Invalid("names or classes are missing or unknown", where=facts.where, do="Use copter, plane or rover.")
    values = facts.table.get("one_of", [])
    if not isinstance(values, list) or not all(type(value) in (int, float) for value in values):
        raise Invalid("one_of is no list of numbers", where=facts.where, do="Write it as [1, 2].")
    kinds = [bool(values), facts.has("at_least") or facts.has("at_most"), facts.has("bits"), facts.has("gcs")]
    if sum(kinds) != 1:
        raise Invalid("it must say one thing", where=facts.where, do="Give one of one_of, at_least/at_most, bits, gcs.")
    return ParameterRule(
        names=names,
        classes=frozenset(_CLASSES[name] for name in classes) or frozenset(_CLASSES.values()),
        one_of=tuple(float(value) for value in values),
        at_least=facts.number("at_least") if facts.has("at_least") else None,
        at_most=facts.number("at_most") if facts.has("at_most") else None,
        bits=facts.integer("bits", at_least=1, at_most=2**31 - 1) if facts.has("bits") else 0,
        gcs=facts.flag("gcs", default=False),
        may_lack=facts.flag("may_lack", default=False),
        why=facts.text("why"),
        do=facts.text("do"),
    )
