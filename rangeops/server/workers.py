"""Processes for what costs CPU time. They end with the server, however it ends."""

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor


def start_workers(count: int = 1) -> ProcessPoolExecutor:
    """Fresh interpreters: nothing of the server's threads, sockets and locks is copied into them."""
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"), initializer=_settle)


def _settle() -> None:
    """Ctrl+C is the server's to act on. A killed server can't end its workers, so each looks for itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
