"""Ports that something else has, really held by another process, and what is on the way to them."""

import subprocess
import sys
from contextlib import contextmanager

from rangeops.doctor import ports
from rangeops.doctor.holders import holders
from rangeops.settings import Settings

HOLD = """
import socket, sys
held = socket.socket(socket.AF_INET, getattr(socket, sys.argv[1]))
held.bind(("127.0.0.1", 0))
if sys.argv[1] == "SOCK_STREAM":
    held.listen()
print(held.getsockname()[1], flush=True)
sys.stdin.read()
"""


@contextmanager
def held(kind):
    """A port of another process: (port, its id)."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield int(process.stdout.readline()), process.pid
        process.stdin.close()


def told_pids(settings, pid):
    settings.run_folder.mkdir(parents=True)
    (settings.run_folder / "pids").write_text(f"watch {pid}\nstandby 1\nserver {pid}\n")


def test_who_has_the_server_s_port_is_named(tmp_path):
    with held("SOCK_STREAM") as (port, pid):
        settings = Settings(data=tmp_path, port=port)
        found = ports.server_port(settings)
        assert not found.ok
        assert f"TCP port {port} on 127.0.0.1: held by python" in found.check
        assert f"(process {pid})" in found.check
        assert "RANGEOPS_PORT" in found.do
        told_pids(settings, pid)
        assert ports.server_port(settings).ok, "our own server"
    assert ports.server_port(settings).ok, "nobody"


def test_who_has_the_link_s_port_is_named(tmp_path):
    with held("SOCK_DGRAM") as (port, pid):
        settings = Settings(data=tmp_path)
        found = ports.link_port(settings, port)
        assert not found.ok
        assert f"UDP port {port}: held by python" in found.check
        assert f"(process {pid})" in found.check
        told_pids(settings, pid)
        assert ports.link_port(settings, port).ok, "a link of this range"


def test_a_port_that_may_not_be_taken_and_an_address_that_is_none_say_why(tmp_path):
    found = ports.server_port(Settings(data=tmp_path, host="192.0.2.7"))
    assert not found.ok
    assert "cannot assign requested address" in found.check


def test_whose_processes_can_t_be_looked_into_the_fault_is_said_alone(tmp_path):
    """As for another user's: /proc tells the socket and not who has it."""
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").write_text(
        "  sl  local_address rem_address st tx rx tr tm retr uid timeout inode\n"
        "   0: 0100007F:20EF 00000000:0000 0A 0:0 00:0 0 1000 0 4711 1\n"
    )
    other = tmp_path / "99" / "fd"
    other.mkdir(parents=True)
    (tmp_path / "99" / "comm").write_text("nginx\n")
    assert holders("tcp", 8431, proc=tmp_path) == ()
    (other / "3").symlink_to("socket:[4711]")
    assert [str(each) for each in holders("tcp", 8431, proc=tmp_path)] == ["nginx (process 99)"]


def test_a_firewall_is_told_where_one_is_on(tmp_path):
    conf = tmp_path / "ufw.conf"
    proc = tmp_path / "proc"
    assert list(ports.firewall(ufw=conf, proc=proc)) == []
    conf.write_text("# ENABLED=yes\nENABLED=no\n")
    assert list(ports.firewall(ufw=conf, proc=proc)) == []
    conf.write_text("ENABLED=yes\n")
    (proc / "7").mkdir(parents=True)
    (proc / "7" / "comm").write_text("firewalld\n")
    ufw, firewalld = ports.firewall(ufw=conf, proc=proc)
    assert "ufw allow 14550/udp" in ufw.do
    assert "--add-port=14550/udp" in firewalld.do


def test_what_the_kernel_grants_is_said_in_kib():
    assert ports.receive_buffer().check.endswith(" KiB")
