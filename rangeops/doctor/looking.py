"""Every look at the machine, in the order in which a newcomer needs them."""

from collections.abc import Iterator

from rangeops.doctor.data_folder import data_folder, may_look_into
from rangeops.doctor.finding import Finding
from rangeops.doctor.machine import machine
from rangeops.doctor.ports import ports
from rangeops.doctor.range_parts import exercise, optional_parts, range_definition
from rangeops.doctor.screen import screen
from rangeops.doctor.serial_links import serial_links
from rangeops.settings import Settings


def findings(settings: Settings) -> Iterator[Finding]:
    """What is wrong is a finding; nothing raises, and nothing is made or changed."""
    yield from machine()
    yield from data_folder(settings)
    if within := may_look_into(settings):
        yield range_definition(settings)
    yield from ports(settings)
    yield from screen()
    yield from serial_links(settings)
    if within:
        yield exercise(settings)
    yield from optional_parts()
