"""The files in docs/deploy are what they say: units that systemd takes, settings that exist, addresses that are served."""

import configparser
import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from rangeops.server.app import PREFIX, ROUTERS
from rangeops.server.guard import OPEN
from rangeops.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
DEPLOY = DOCS / "deploy"
UNIT = DEPLOY / "rangeops.service"
SETTINGS = {f"RANGEOPS_{each.name.upper()}" for each in fields(Settings)}


def unit():
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(UNIT, encoding="utf-8")
    return parser


def test_systemd_takes_the_unit(tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd isn't installed here; the unit's parts are looked at below")
    there = tmp_path / UNIT.name
    there.write_text(UNIT.read_text().replace("/opt/rangeops/bin/rangeops", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(there)], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_gives_nothing_that_the_service_does_not_need():
    service = unit()["Service"]
    assert service["ExecStart"].endswith("rangeops serve")
    for name, value in {
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "StateDirectoryMode": "0700",
        "UMask": "0077",
        "RestrictNamespaces": "user net",
        "LimitCORE": "0",
    }.items():
        assert service[name] == value


def pins(lock: str) -> dict[str, str]:
    """Name and marker to version."""
    lines = re.findall(
        r"^([a-z0-9._-]+)(?:\[.*?\])?==([^ ;]+)( ;[^\\]*)? ?\\$", (ROOT / lock).read_text(), re.MULTILINE
    )
    return {name + marker.strip(): version for name, version, marker in lines}


def test_a_server_runs_with_what_was_tested_and_with_nothing_more():
    tested, served = pins("requirements.lock"), pins("requirements-server.lock")
    assert len(served) > 50
    assert served.items() <= tested.items()
    assert not {"pytest", "mypy", "ruff", "hatchling", "ortools"} & served.keys()


def test_what_is_reloaded_is_the_process_that_listens_for_it():
    from rangeops.supervisor import Supervisor

    assert "server" in unit()["Service"]["ExecReload"]
    assert "run/pids" in unit()["Service"]["ExecReload"]
    assert hasattr(Supervisor, "_note_pids"), "it writes that file"


@pytest.mark.parametrize(
    "page",
    [DEPLOY / "rangeops.env", UNIT, DOCS / "deployment.md", DOCS / "getting-started.md"],
    ids=lambda page: page.name,
)
def test_every_setting_that_is_named_is_one(page):
    named = set(re.findall(r"\bRANGEOPS_[A-Z_]+\b", page.read_text(encoding="utf-8")))
    assert named
    assert not named - SETTINGS


def test_the_example_s_settings_can_be_read():
    lines = re.findall(r"^#? ?(RANGEOPS_\w+)=(.+)$", (DEPLOY / "rangeops.env").read_text(), re.MULTILINE)
    given = {"RANGEOPS_DATA": "/var/lib/rangeops", **dict(lines)}
    settings = Settings.from_environment(given)
    assert settings.public_host == "range.example"


def test_the_proxy_s_file_asks_where_the_server_listens_and_what_it_serves():
    text = (DEPLOY / "Caddyfile").read_text()
    assert text.count("{") == text.count("}")
    assert f"reverse_proxy 127.0.0.1:{Settings(Path('/x')).port}" in text
    (health,) = re.findall(r"health_uri (\S+)", text)
    assert ("GET", health) in OPEN
    if caddy := shutil.which("caddy"):
        done = subprocess.run(
            [caddy, "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def test_prometheus_asks_for_a_path_that_is_served():
    (path,) = re.findall(r"metrics_path: (\S+)", (DEPLOY / "prometheus.yml").read_text())
    assert path in {f"{PREFIX}{route.path}" for router in ROUTERS for route in router.routes}
