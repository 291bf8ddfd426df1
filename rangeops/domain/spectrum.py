"""The spectrum ledger: who may transmit where, how strongly and for how much of the time.

One holder a channel at a time, as with the pegs of a model flying club: a set that hops in a band holds all of it.
What isn't legal here is refused, whoever asks: limits stand in hardware/radios.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from rangeops.domain.hardware import Radio
from rangeops.domain.slot_terms import Emission
from rangeops.domain.slots import Slot, SlotId


@dataclass(frozen=True, slots=True)
class Holding:
    """One line of the ledger."""

    slot: SlotId
    company: str
    emission: Emission
    starts: datetime
    ends: datetime


def faults(emission: Emission, radio: Radio) -> Iterator[str]:
    """Why this setting of this kind of set isn't legal here, one clause each."""
    if not radio.legal_nl:
        yield f"{radio.name} may not be used here: {radio.law.rstrip('.')}"
        return
    if radio.power_mw is None:  # a public network: its operator answers for its spectrum
        return
    if not radio.low_mhz <= emission.low_mhz <= emission.high_mhz <= radio.high_mhz:
        yield (
            f"{_band(emission)} isn't within {radio.low_mhz:g}-{radio.high_mhz:g} MHz, where {radio.name} may transmit"
        )
    measure = "" if radio.measure is None else f" {radio.measure.value.upper()}"
    if not 0 < emission.power_mw <= radio.power_mw:
        yield f"{emission.power_mw:g} mW{measure} is not above 0 and at most {radio.power_mw:g} mW{measure}"
    if not 0 < emission.duty_percent <= radio.duty_percent:
        yield f"a duty cycle of {emission.duty_percent:g} % is not above 0 and at most {radio.duty_percent:g} %"


def shared(one: Iterable[Emission], other: Iterable[Emission]) -> str:
    """The band that both would use, in words; "" where there is none. A network's sets have none of their own."""
    theirs = [emission for emission in other if emission.high_mhz > 0]
    for mine in one:
        for emission in theirs:
            low, high = max(mine.low_mhz, emission.low_mhz), min(mine.high_mhz, emission.high_mhz)
            if mine.high_mhz > 0 and (low < high or mine.low_mhz == emission.low_mhz):
                return f"{low:g}-{high:g} MHz"
    return ""


def ledger(slots: Iterable[Slot]) -> tuple[Holding, ...]:
    """Who holds what, by band, then time."""
    lines = (
        Holding(slot.id, slot.company, emission, slot.held_from, slot.held_until)
        for slot in slots
        for emission in slot.terms.emissions
    )
    return tuple(sorted(lines, key=lambda line: (line.emission.low_mhz, line.starts, line.slot)))


def _band(emission: Emission) -> str:
    return f"{emission.low_mhz:g}-{emission.high_mhz:g} MHz"
