"""The story with MAVProxy, typed into its prompt as a person would. Arguments and answer as fly_mavutil's."""

import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path


class Prompt:
    def __init__(self, port: str, folder: str) -> None:
        program = Path(sys.executable).with_name("mavproxy.py")
        arguments = [
            f"--master=udpin:127.0.0.1:{port}",
            "--state-basedir",
            folder,
            "--default-modules",
            "wp,fence,param,arm,mode,misc,cmdlong",
        ]
        self.process = subprocess.Popen(
            [sys.executable, str(program), *arguments], cwd=folder,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1,
        )  # fmt: skip
        self.heard = ""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while letter := self.process.stdout.read(1):
            self.heard += letter

    def type(self, line: str, answer: str, *, within_s: float = 20, again_s: float = 60) -> re.Match:
        """Until the answer comes; typed again where nothing came for `again_s`."""
        end_s = time.monotonic() + within_s
        while time.monotonic() < end_s:
            since = len(self.heard)
            if line:
                self.process.stdin.write(line + "\n")
            retry_s = min(time.monotonic() + again_s, end_s)
            while time.monotonic() < retry_s:
                if found := re.search(answer, self.heard[since:] if line else self.heard):
                    return found
                time.sleep(0.05)
        raise SystemExit(f"{line!r}: no {answer!r}; it said {self.heard[-1500:]}")


def main(port: str, story: dict) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        prompt = Prompt(port, folder)
        try:
            return fly(prompt, Path(folder), story)
        finally:
            prompt.process.kill()  # SIGTERM only tells it to clear up, and its threads go on
            prompt.process.wait(10)


def fly(prompt: Prompt, folder: Path, story: dict) -> dict:
    told: dict = {"parameters": int(prompt.type("", r"Received (\d+) parameters", within_s=40)[1])}
    for module, name in (("wp", "mission"), ("fence", "fence")):
        up, down = folder / f"{name}.txt", folder / f"{name}-read.txt"
        up.write_text(written(story[name]))
        prompt.type(f"{module} load {up}", r"(?i)loaded \d+|sent all \d+")
        time.sleep(3)
        prompt.type(f"{module} list", r"(?i)saved \d+|\d+ waypoints|requesting \d+|\n\s*\d+ ")
        time.sleep(3)
        prompt.type(f"{module} save {down}", r"(?i)saved \d+")
        told[name] = read(down.read_text())
    prompt.type("mode GUIDED", r"GUIDED>|Mode GUIDED", again_s=2)
    prompt.type("arm throttle", r"ARMED", again_s=2)
    prompt.type(f"takeoff {story['height_m']}", r"(?i)take ?off", again_s=5)
    time.sleep(6)
    prompt.type("mode BRAKE", r"BRAKE>|Mode BRAKE", again_s=2)
    time.sleep(1)
    prompt.type("mode RTL", r"RTL>|Mode RTL", again_s=2)
    time.sleep(1)
    return told


def written(items: list) -> str:
    """The waypoint file format of ground stations (QGC WPL 110)."""
    lines = ["QGC WPL 110"]
    for seq, (frame, number, param1, x, y, z) in enumerate(items):
        row = [seq, int(seq == 0), frame, number, param1, 0.0, 0.0, 0.0, f"{x / 1e7:.7f}", f"{y / 1e7:.7f}", z, 1]
        lines.append("\t".join(str(value) for value in row))
    return "\n".join(lines) + "\n"


def read(text: str) -> list:
    rows = [line.split() for line in text.splitlines()[1:]]
    return [[int(r[3]), round(float(r[8]) * 1e7), round(float(r[9]) * 1e7), float(r[10])] for r in rows]


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text()))))
