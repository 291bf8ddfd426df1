"""A Containerfile carried out step by step where no container engine is: each stage is a folder, each RUN a chroot.

Known: FROM (… AS name), RUN, COPY (--from), ENV, USER, WORKDIR, CMD, HEALTHCHECK CMD; VOLUME, EXPOSE and STOPSIGNAL are kept as said.
Not known, and so not proved: layers, an engine's own network and seccomp profile, the registry's base image (Debian's own
packages of the same release stand for it). Needs root.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

STEP_S: Final = 900.0
_REACH: Final = ("/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt")
# pip's own, where the host names some: Debian's package makes its list anew.
_LENT_CERTIFICATES: Final = "/etc/ssl/lent.crt"


@dataclass(frozen=True)
class Image:
    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    user: str = "root"
    folder: str = "/"
    command: tuple[str, ...] = ()
    health: str = ""
    said: tuple[str, ...] = ()


def instructions(text: str) -> list[tuple[str, str]]:
    """Keyword and the rest of each, in order."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(line.split(None, 1)[0].upper(), line.split(None, 1)[1].strip()) for line in joined.splitlines()]


def build(containerfile: Path, context: Path, base: Path, place: Path) -> Image:
    """The last stage. base: a root folder that stands for every FROM. Raises AssertionError with a step's own words."""
    stages: dict[str, Image] = {}
    image: Image | None = None
    for keyword, rest in instructions(containerfile.read_text(encoding="utf-8")):
        if keyword == "FROM":
            name = rest.partition(" AS ")[2].strip() or "final"
            root = place / name
            subprocess.run(["cp", "-a", str(base), str(root)], check=True, timeout=STEP_S)
            image = lent(root)
        assert image is not None, "a step before FROM"
        image = _carried_out(image, keyword, rest, context, stages)
        stages[image.root.name] = image
    assert image is not None
    return image


def _carried_out(image: Image, keyword: str, rest: str, context: Path, stages: dict[str, Image]) -> Image:
    changed = image
    match keyword:
        case "FROM":
            pass
        case "RUN":
            inside(image, "/bin/sh", "-ec", rest)
        case "COPY":
            _copy(image, rest, context, stages)
        case "ENV":
            name, _, value = rest.partition("=")
            changed = replace(image, environment={**image.environment, name: value})
        case "USER":
            changed = replace(image, user=rest)
        case "WORKDIR":
            (image.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            changed = replace(image, folder=rest)
        case "CMD":
            changed = replace(image, command=tuple(json.loads(rest)))
        case "HEALTHCHECK":
            changed = replace(image, health=re.split(r"\bCMD ", rest, maxsplit=1)[1])
        case "VOLUME" | "EXPOSE" | "STOPSIGNAL":
            changed = replace(image, said=(*image.said, f"{keyword} {rest}"))
        case _:
            raise AssertionError(f"{keyword} isn't known here")
    return changed


def words(image: Image, *command: str) -> list[str]:
    """What runs a command in it, as its user, with its environment alone."""
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        **_pip(),
        **image.environment,
    }
    inner = f"cd {shlex.quote(image.folder)} && exec {shlex.join(command)}"
    who = ["--userspec", f"{image.user}:{image.user}"] if image.user != "root" else []
    groups = ["--groups", "dialout"] if image.user != "root" else []
    pairs = [f"{name}={value}" for name, value in environment.items()]
    return ["chroot", *who, *groups, str(image.root), "/usr/bin/env", "-i", *pairs, "/bin/sh", "-ec", inner]


def inside(image: Image, *command: str, within_s: float = STEP_S) -> str:
    done = subprocess.run(
        words(image, *command), check=False, capture_output=True, text=True, timeout=within_s, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, f"{shlex.join(command)}: {done.stdout[-1500:]}{done.stderr[-1500:]}"
    return done.stdout


def _copy(image: Image, rest: str, context: Path, stages: dict[str, Image]) -> None:
    parts = rest.split()
    source = context
    if parts[0].startswith("--from="):
        source = stages[parts.pop(0).removeprefix("--from=")].root
    *names, to = parts
    target = image.root / to.lstrip("/")
    for name in names:
        found = list(source.glob(name.lstrip("/")))
        assert found, f"COPY {name}: there is no such file"
        for path in found:
            if path.is_dir():
                shutil.copytree(path, target, symlinks=True, dirs_exist_ok=True)
            else:
                place = target / path.name if to.endswith("/") else target
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, place)


def lent(root: Path) -> Image:
    """A root folder with what an engine lends a build: names and certificates of the host."""
    for name in _REACH:
        if Path(name).exists():
            there = root / name.lstrip("/")
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(name, there)
    if named := os.environ.get("PIP_CERT"):
        shutil.copyfile(named, root / _LENT_CERTIFICATES.lstrip("/"))
    return Image(root)


def _pip() -> dict[str, str]:
    told = {name: value for name, value in os.environ.items() if name.startswith("PIP_") and "LINKS" not in name}
    return told | ({"PIP_CERT": _LENT_CERTIFICATES} if "PIP_CERT" in told else {})
