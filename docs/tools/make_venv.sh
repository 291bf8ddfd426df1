#!/bin/sh
# Make the virtual environment $1 with the newest python3 >= 3.11 that has venv; say in one line what is missing.
set -eu
for python in python3 python3.13 python3.12 python3.11; do
    command -v "$python" >/dev/null 2>&1 || continue
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        echo "make: $python has no venv module; install it (Debian: apt install python3-venv) and run make again" >&2
        exit 1
    fi
    exec "$python" -m venv "$1"
done
echo "make: Python 3.11 or newer is needed and wasn't found; install it (Debian: apt install python3 python3-venv)" >&2
exit 1
