"""Without a container engine and without systemd: docs/deploy/Containerfile step by step, with its server as its user, its
health check and its end; and docs/deployment.md's service, installed and uninstalled by the commands that stand there.

Needs root, debootstrap and the network. docs/deployment.md says what this doesn't prove.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import container_steps
from container_steps import Image, inside, words
from installs import build, done
from proof import Proof

RELEASE = "trixie"
CONTAINERFILE = Path("docs/deploy/Containerfile")
STUBS = ("sudo", "systemctl", "udevadm")  # there is no service manager in a chroot
READY_S = 120.0
END_S = 30.0


def proofs(seed: int) -> Iterator[Proof]:
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        yield Proof("setup.container", 0, 0, seed, holds=False, note="not tried: it needs root and debootstrap")
        return
    with tempfile.TemporaryDirectory(prefix="rangeops-container-") as folder:
        place = Path(folder)
        failed: list[str] = []
        began_s = time.monotonic()
        try:
            base = place / "base"
            done("debootstrap", "--variant=minbase", RELEASE, base, within_s=900)
            built = build(place / "built", Path(sys.executable))
            shutil.copytree(built.wheel.parent, built.source / "dist")
            image = container_steps.build(built.source / CONTAINERFILE, built.source, base, place)
            for look in LOOKS:
                look(image)
        except AssertionError as error:
            failed.append(str(error)[-400:])
            print(f"setup.container: {error}", file=sys.stderr)
        note = "; ".join(failed) or f"{time.monotonic() - began_s:.0f} s, without an engine: chroots for stages"
        yield Proof("setup.container", len(LOOKS) + 1, len(failed), seed, holds=not failed, note=note)
        if not failed:
            yield _service(seed, base, built.source, place / "machine")


def _service(seed: int, base: Path, source: Path, root: Path) -> Proof:
    """What is left after an uninstall is what was there, and the data until they are removed, too."""
    try:
        done("cp", "-a", base, root)
        machine = container_steps.lent(root)
        inside(
            machine,
            "sh",
            "-c",
            "apt-get update && apt-get install -y --no-install-recommends python3-venv ca-certificates",
        )
        shutil.copytree(source, root / "checkout")
        for name in STUBS:
            stub = root / "usr" / "local" / "bin" / name
            stub.write_text('#!/bin/sh\nexec "$@"\n' if name == "sudo" else "#!/bin/sh\n")
            stub.chmod(0o755)
        (root / "etc" / "udev" / "rules.d").mkdir(parents=True, exist_ok=True)
        page = (source / "docs" / "deployment.md").read_text(encoding="utf-8")
        before = _tree(root)
        install, *_ = _commands(page, "As a service")
        for line in install.splitlines():
            if line != "make wheel":  # it was made
                inside(machine, "sh", "-ec", f"cd /checkout && {line}")
        version = inside(machine, "/opt/rangeops/bin/rangeops", "--version")
        assert version.startswith("rangeops "), version
        assert {"/opt/rangeops/bin/rangeops", "/etc/rangeops.env"} <= _tree(root) - before
        (root / "var" / "lib" / "rangeops").mkdir(mode=0o700)  # systemd's StateDirectory
        programs, data = _commands(page, "Uninstall")
        inside(machine, "sh", "-ec", programs)
        assert {"/var/lib/rangeops"} == _tree(root) - before - _bytecode(root), _tree(root) - before
        inside(machine, "sh", "-ec", data)
        assert not _tree(root) - before - _bytecode(root)
        assert "rangeops" not in (root / "etc" / "passwd").read_text()
    except AssertionError as error:
        print(f"setup.service: {error}", file=sys.stderr)
        return Proof("setup.service", 2, 1, seed, holds=False, note=str(error)[-300:])
    note = f"the page's commands, with stand-ins for {', '.join(STUBS)}"
    return Proof("setup.service", 2, 0, seed, holds=True, note=note)


def _commands(page: str, title: str) -> list[str]:
    """The blocks of a section, each as a script."""
    section = page.split(f"\n## {title}\n")[1].split("\n## ", maxsplit=1)[0]
    return [dedent(block).strip() for block in re.findall(r"(?:^ {4}\S.*\n)+", section, re.MULTILINE)]


def _tree(root: Path) -> set[str]:
    """Everything but what programs keep for themselves."""
    found = set()
    for path in root.rglob("*"):
        name = f"/{path.relative_to(root)}"
        if not name.startswith(("/checkout", "/tmp", "/var/log", "/var/cache", "/root", "/etc/passwd", "/etc/shadow",
                                "/etc/group", "/etc/gshadow", "/etc/.pwd.lock", "/etc/subuid", "/etc/subgid")):  # fmt: skip
            found.add(name)
    return found


def _bytecode(root: Path) -> set[str]:
    """What Python itself kept of its own modules meanwhile."""
    return {f"/{path.relative_to(root)}" for path in root.rglob("*") if "__pycache__" in path.parts}


def nothing_to_build_with(image: Image) -> None:
    for program in ("gcc", "cc", "make", "pip", "pip3", "git"):
        assert not inside(image, "sh", "-c", f"command -v {program} || true").strip(), f"{program} is in it"
    assert not list(image.root.glob("opt/rangeops/lib/python3.*/site-packages/pip")), "pip is in it"


def it_is_nobody_s_root(image: Image) -> None:
    assert image.user == "rangeops"
    assert inside(image, "id", "-u").strip() == "10001"
    assert "dialout" in inside(image, "id", "-nG")
    assert "VOLUME /var/lib/rangeops" in image.said


def it_serves_is_healthy_and_ends(image: Image) -> None:
    """With a network of its own, as a container has: 14550 and 8431 may be another's here."""
    server = subprocess.Popen(
        ["unshare", "--net", "sh", "-ec", 'ip link set lo up; exec "$@"', "sh", *words(image, *image.command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        deadline_s = time.monotonic() + READY_S
        while (last := _health(image, server.pid)) and time.monotonic() < deadline_s:
            assert server.poll() is None, server.stdout.read().decode()[-1500:]
            time.sleep(1)
        assert not last, f"not ready within {READY_S:.0f} s: {last}"
        listing = _beside(server.pid, *words(image, "rangeops", "link", "add", "udpin:0.0.0.0:14550"))
        assert listing.returncode == 0, listing.stderr
        owned = {path.stat().st_uid for path in (image.root / "var/lib/rangeops").rglob("*")}
        assert owned == {10001}, owned
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(END_S)
    assert server.returncode == 0, server.returncode


def _health(image: Image, pid: int) -> str:
    """What its health check says against it; "" where it is healthy."""
    return _beside(pid, *words(image, "/bin/sh", "-ec", image.health)).stderr[-400:]


def _beside(pid: int, *command: str) -> subprocess.CompletedProcess[str]:
    """In the server's network."""
    return subprocess.run(
        ["nsenter", f"--target={pid}", "--net", *command], check=False, capture_output=True, text=True, timeout=60
    )


LOOKS: tuple[Callable[[Image], None], ...] = (nothing_to_build_with, it_is_nobody_s_root, it_serves_is_healthy_and_ends)
