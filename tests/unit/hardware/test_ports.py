"""Serial ports: names that stay, and one hint for what is in the way."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from rangeops.adapters.hardware.ports import serial_ports, udev_ignores
from rangeops.adapters.hardware.second_library import connection


@pytest.fixture
def machine(tmp_path):
    """A /dev with one port that has a by-id name, and an empty /proc."""
    dev, proc = tmp_path / "dev", tmp_path / "proc"
    (dev / "serial" / "by-id").mkdir(parents=True)
    proc.mkdir()
    port = dev / "ttyUSB0"
    port.touch()
    (dev / "serial" / "by-id" / "usb-FTDI_1-if00").symlink_to(port)
    return dev, proc, port


def found(machine, **given):
    dev, proc, port = machine
    listed = [SimpleNamespace(device=str(port), description="FT231X USB UART")]
    (one,) = serial_ports(lambda: listed, dev=dev, proc=proc, **given)
    return one


def test_a_port_is_named_by_what_stays(machine):
    one = found(machine)
    assert one.by_id.endswith("by-id/usb-FTDI_1-if00")
    assert one.uri == f"serial:{one.by_id}:57600"
    assert (one.usable, one.hint, one.description) == (True, "", "FT231X USB UART")


@pytest.mark.parametrize(("group", "told"), [("dialout", "usermod -aG dialout $USER"), ("root", "chgrp dialout")])
def test_a_port_that_may_not_be_opened_says_what_helps_and_nobody_is_told_to_join_root(
    machine, monkeypatch, group, told
):
    monkeypatch.setattr(os, "access", lambda *_args: False)
    monkeypatch.setattr(Path, "group", lambda _self: group)
    one = found(machine)
    assert not one.usable
    assert told in one.hint
    assert "usermod -aG root" not in one.hint


def test_modem_manager_is_told_of_unless_udev_keeps_it_off(machine):
    process = machine[1] / "812"
    process.mkdir()
    (process / "comm").write_text("ModemManager\n")
    assert "ModemManager" in found(machine).hint
    assert found(machine, ignored=lambda _device: True).hint == ""


def test_what_udev_keeps_of_a_device_is_read(tmp_path):
    number = Path("/dev/null").stat().st_rdev
    kept = tmp_path / f"c{os.major(number)}:{os.minor(number)}"
    assert not udev_ignores("/dev/null", data=tmp_path)
    kept.write_text("I:1\nE:ID_MM_DEVICE_IGNORE=1\n")
    assert udev_ignores("/dev/null", data=tmp_path)
    assert not udev_ignores(str(tmp_path / "gone"), data=tmp_path)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("tcp:127.0.0.1:5760", ("tcp:127.0.0.1:5760", 57600)),
        ("serial:/dev/ttyUSB0:115200", ("/dev/ttyUSB0", 115200)),
        ("serial:/dev/ttyUSB0", ("/dev/ttyUSB0", 57600)),
        ("serial:/dev/serial/by-path/pci-0:1:2-port0", ("/dev/serial/by-path/pci-0:1:2-port0", 57600)),
    ],
)
def test_an_endpoint_is_named_as_the_second_library_has_it(uri, expected):
    assert connection(uri) == expected
