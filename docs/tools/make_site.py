"""`make site`: the pages of docs/ as a site, in build/site. A warning is an error; nothing is fetched from anywhere.

What was built from the very same files is left as it is, so tests and people may ask for it as often as they like.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SITE = ROOT / "build" / "site"
STAMP = ROOT / "build" / "site.sha256"
LOCK = ROOT / "build" / "site.lock"
_ALSO = ("README.md", "CHANGELOG.md", "sitl/README.md", "pyproject.toml", "rangeops/__init__.py")


def main() -> int:
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:  # two at once would write into one folder
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = _digest()
        if STAMP.exists() and STAMP.read_text() == wanted and (SITE / "docs" / "index.html").exists():
            return 0
        STAMP.unlink(missing_ok=True)
        shutil.rmtree(SITE, ignore_errors=True)
        code = _build()
        if code == 0:
            STAMP.write_text(wanted)
            sys.stderr.write(f"{SITE.relative_to(ROOT)}/index.html\n")
        return code


def _digest() -> str:
    """Of all that a build reads but the source files that pages link to: those are copied, not shown."""
    files = [path for path in (ROOT / "docs").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    sha = hashlib.sha256()
    for path in sorted([*files, *(ROOT / name for name in _ALSO)]):
        sha.update(f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return sha.hexdigest()


def _build() -> int:
    """-W --keep-going: every warning is told, and any of them fails it. -n: so does a reference that leads nowhere."""
    sphinx = [sys.executable, "-m", "sphinx", "-b", "html", "-q", "-W", "--keep-going", "-n", "-E"]
    folders = ["-c", ROOT / "docs" / "site", "-d", ROOT / "build" / "site-doctrees", ROOT, SITE]
    return subprocess.run([*sphinx, "-j", "2", *map(str, folders)], check=False, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
