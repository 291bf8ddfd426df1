"""Serial ports: no right to one, another program on one, ModemManager. The ports are pseudo-terminals, so as to be real."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from as_nobody import as_nobody

from rangeops.doctor import serial_links


@pytest.fixture
def port():
    controller, terminal = os.openpty()
    name = os.ttyname(terminal)
    os.close(terminal)
    yield SimpleNamespace(device=name, description="a radio")
    os.close(controller)


def each(port, **others):
    return list(serial_links.each_port(lambda: [port], **others))


def test_a_port_of_nobody_is_ready(port):
    (found,) = each(port)
    assert found.ok
    assert f"serial:{port.device}:57600" in found.for_what


def test_another_program_that_has_it_is_named(port):
    hold = "import sys; held = open(sys.argv[1]); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, port.device], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        (found,) = each(port)
        assert not found.ok
        assert "held by python" in found.check
        assert f"(process {other.pid})" in found.check
        assert "Close that program" in found.do
        (ours,) = each(port, own=frozenset([other.pid]))
        assert ours.ok
        other.stdin.close()


def test_no_right_to_it_says_which_group(port, monkeypatch):
    Path(port.device).chmod(0)
    monkeypatch.setattr(Path, "group", lambda _self: "dialout")
    assert "usermod -aG dialout" in as_nobody(lambda: each(port)[0].do)


def test_without_the_group_a_user_is_told_the_command():
    assert "usermod -aG dialout" in as_nobody(lambda: "" if (found := serial_links.rights()).ok else found.do)


def test_modem_manager_is_told_until_the_rules_are_there(tmp_path):
    proc, rules = tmp_path / "proc", tmp_path / "rules.d"
    rules.mkdir()
    assert list(serial_links.modem_manager(proc=proc, rule_folders=[rules])) == []
    (proc / "5").mkdir(parents=True)
    (proc / "5" / "comm").write_text("ModemManager\n")
    (found,) = serial_links.modem_manager(proc=proc, rule_folders=[rules])
    assert not found.ok
    assert serial_links.RULES in found.do
    (rules / serial_links.RULES).touch()
    assert list(serial_links.modem_manager(proc=proc, rule_folders=[rules])) == []
