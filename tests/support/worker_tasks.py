"""What tests have workers do. Apart from the tests, so that a fresh interpreter loads little to do it."""

import os
import signal
import socket
from pathlib import Path

from rangeops.domain.errors import Invalid


def refuse(name):
    raise Invalid("it is no plan", where=name, do="Hand in another.")


def die(_):
    os.kill(os.getpid(), signal.SIGKILL)


def pid(_):
    return os.getpid()


def divide_by_zero(number):
    return number // 0


def open_it(path):
    return Path(path).read_text()


def write_it(path):
    Path(path).write_text("x")


def call_home(port):
    socket.create_connection(("127.0.0.1", port), timeout=5).close()


def environment(_):
    return dict(os.environ)


def swell(megabytes):
    return len(bytearray(megabytes << 20))


def spin(_):
    while True:
        pass


def pretend(_):
    return [1, 2, 3]
