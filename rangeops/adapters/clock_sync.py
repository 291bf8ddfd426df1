"""What the kernel says of this machine's clock: Linux's adjtimex(2), which needs no privilege to be read.

Source: man 2 adjtimex; include/uapi/linux/timex.h.
"""

import ctypes
import os
import sys
from typing import Final

from rangeops.domain.clock_state import ClockState

_STA_UNSYNC: Final = 0x0040
_TIME_ERROR: Final = 5
_MICRO: Final = 1e-6


class _Timeval(ctypes.Structure):
    _fields_ = (("tv_sec", ctypes.c_long), ("tv_usec", ctypes.c_long))


class _Timex(ctypes.Structure):
    """struct timex, whose tail is reserved."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("time", _Timeval),
        ("tick", ctypes.c_long),
        ("ppsfreq", ctypes.c_long),
        ("jitter", ctypes.c_long),
        ("shift", ctypes.c_int),
        ("stabil", ctypes.c_long),
        ("jitcnt", ctypes.c_long),
        ("calcnt", ctypes.c_long),
        ("errcnt", ctypes.c_long),
        ("stbcnt", ctypes.c_long),
        ("tai", ctypes.c_int),
        ("reserved", ctypes.c_int * 11),
    )


def clock_state() -> ClockState:
    """As the kernel knows it now. Where that can't be told, synchronised is None and the detail says why."""
    if not sys.platform.startswith("linux"):
        return ClockState(None, None, f"{sys.platform} doesn't tell it")
    buffer = _Timex()
    try:
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(buffer))
    except (OSError, AttributeError) as error:
        return ClockState(None, None, f"adjtimex isn't there ({type(error).__name__})")
    if answer < 0:
        return ClockState(None, None, f"adjtimex: {os.strerror(ctypes.get_errno())}")
    if answer == _TIME_ERROR or buffer.status & _STA_UNSYNC:
        return ClockState(synchronised=False, error_s=None)
    return ClockState(synchronised=True, error_s=buffer.maxerror * _MICRO)
