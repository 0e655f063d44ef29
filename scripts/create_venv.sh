#!/usr/bin/env bash
# Create a virtual environment with a Python that is new enough.
# usage: scripts/create_venv.sh FOLDER     ($PYTHON, if set, is the interpreter to use)
set -euo pipefail

folder="$1"

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

interpreter=""
for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if new_enough "$candidate"; then
        interpreter="$candidate"
        break
    fi
done
if [ -z "$interpreter" ]; then
    echo "exactland needs Python 3.11 or newer; tried: ${PYTHON:-python3, python3.14 ... python3.11}." >&2
    echo "Install one and name it: make PYTHON=/path/to/python3 ..." >&2
    exit 1
fi
if ! "$interpreter" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "$interpreter cannot create virtual environments (it lacks the modules venv and ensurepip)." >&2
    echo "On Debian and Ubuntu: apt-get install python3-venv, then run make again." >&2
    exit 1
fi
"$interpreter" -m venv "$folder"
