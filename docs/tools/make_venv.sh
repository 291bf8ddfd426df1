#!/bin/sh
# Make the virtual environment $1 with $PYTHON, or with the newest Python that the tests are run with; say in one line what is missing.
# One that is there and works stays as it is, unless $PYTHON is named.
set -eu
if [ -z "${PYTHON:-}" ] && "$1/bin/python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    exit 0
fi
clear=""
if [ -f "$1/pyvenv.cfg" ]; then
    clear="--clear"
fi
without_venv=""
for python in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
    command -v "$python" >/dev/null 2>&1 || continue
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    if "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        exec "$python" -m venv $clear "$1"
    fi
    without_venv="${without_venv:-$python}"
done
if [ -n "$without_venv" ]; then
    echo "make: $without_venv has no venv module; install it (Debian: apt install $without_venv-venv) and run make again" >&2
    exit 1
fi
found=$("${PYTHON:-python3}" --version 2>/dev/null || echo "no ${PYTHON:-python3}")
echo "make: Python 3.11 or newer is needed, and here is $found; install it (Debian 12 or newer: apt install python3 python3-venv)" >&2
exit 1
