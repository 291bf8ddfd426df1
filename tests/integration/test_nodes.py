"""A watch node and its server as people run them, in processes of their own with a broker between: its links are opened
there, its vehicle shows here, and its journal is in the record, also when the server was away meanwhile.
"""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, closing, contextmanager

import pytest
from nats_server import NoNats, remove_streams, some_nats, unique_name
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from serving import until

from rangeops.client.api import Client
from rangeops.domain.errors import RangeopsError
from rangeops.paths import shipped
from rangeops.rehearsal.processes import free_udp_port
from rangeops.settings import Settings

pytestmark = pytest.mark.processes
WITHIN_S = 40.0


def command(settings, *words):
    environment = {**os.environ, **settings.environment()}
    return subprocess.Popen(
        [sys.executable, "-m", "rangeops", *words], env=environment, stderr=subprocess.DEVNULL, start_new_session=True
    )


@contextmanager
def running(settings, *words):
    process = command(settings, *words)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


HEARTBEAT = mavlink.MAVLink_heartbeat_message(2, 3, 81, 0, 3, 3)
AWAY = mavlink.MAVLink_statustext_message(2, b"while nobody listened")


class Craft:
    """What a vehicle at the node says."""

    def __init__(self, port) -> None:
        self.port = port
        self.codec = mavlink.MAVLink(None, srcSystem=7, srcComponent=1)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def say(self, message) -> None:
        self.socket.sendto(message.pack(self.codec), ("127.0.0.1", self.port))
        self.codec.seq = (self.codec.seq + 1) % 256  # pack() leaves that to send()

    def close(self) -> None:
        self.socket.close()


async def asked(settings, ask):
    """The answer once there is one that is true, while a vehicle flies at the node."""

    async def one():
        async with Client.from_settings(settings) as client:
            return await ask(client)

    for _ in range(int(WITHIN_S / 0.2)):
        try:
            if found := await one():
                return found
        except (RangeopsError, ValueError) as error:  # it isn't up yet; the last of these is told at the end
            found = error
        await asyncio.sleep(0.2)
    raise AssertionError(f"not within {WITHIN_S:g} s: {found}")


async def test_a_node_s_vehicle_shows_and_its_journal_is_recorded_though_the_server_was_away(tmp_path):
    with ExitStack() as stack:
        try:
            address = stack.enter_context(some_nats(tmp_path / "nats"))
        except NoNats as reason:
            pytest.skip(str(reason))
        name, port = unique_name(), free_udp_port()
        craft = stack.enter_context(closing(Craft(port)))
        wire = f"{address}/{name}"
        centre = Settings(data=tmp_path / "centre", port=0, simulation=True, wire=wire)
        mast = Settings(data=tmp_path / "mast", wire=wire, watch_name="mast")
        shutil.copytree(shipped("geofences") / "twente", centre.data / "geofences" / "twente")
        with (centre.data / "geofences" / "twente" / "range.toml").open("a", encoding="utf-8") as toml:
            toml.write(f'\n[[watch]]\nname = "mast"\nlinks = ["udpin:127.0.0.1:{port}"]\nvolumes = ["NORTH"]\n')
        key = command_output(centre, "node", "key", "mast")
        mast.data.mkdir()
        mast.wire_key_file.write_text(key)
        mast.wire_key_file.chmod(0o600)
        stack.enter_context(running(mast, "node", "run", "mast"))
        try:
            with running(centre, "serve"):

                async def heard(client):
                    craft.say(HEARTBEAT)
                    (link,) = await client.links()
                    return (await client.status()).enforcement and link.up and link.messages_per_s

                assert await asked(centre, heard)
            await until(lambda: not centre.server_file.exists(), within_s=WITHIN_S)
            craft.say(HEARTBEAT)
            craft.say(AWAY)
            with running(centre, "serve"):

                async def recorded(client):
                    return [line for line in await client.log() if "while nobody listened" in line.text]

                assert await asked(centre, recorded)
        finally:
            await remove_streams(address, name)


def command_output(settings, *words):
    done = subprocess.run(
        [sys.executable, "-m", "rangeops", *words],
        env={**os.environ, **settings.environment()}, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return done.stdout


def test_a_node_without_its_key_says_what_to_do(tmp_path):
    mast = Settings(data=tmp_path, wire="nats://127.0.0.1:4222", watch_name="mast")
    done = subprocess.run(
        [sys.executable, "-m", "rangeops", "node", "run", "mast"],
        env={**os.environ, **mast.environment()}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 4
    assert "this node has no key" in done.stderr
    assert "rangeops node key NAME" in done.stderr
