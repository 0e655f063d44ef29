#!/usr/bin/env bash
# Lint, format, types, tests and doctests, in this order; the first failure ends the run.
# usage: scripts/run_tests.sh VENV [PYTEST_ARGUMENT...]
#
# Tests that need a program which is not on every machine are skipped where it is absent, and say
# what stays unchecked.  EXACTLAND_REQUIRE lists the tools whose tests must run: those found here,
# and under CI=true the system packages in any case.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv="$1"
shift
packages="latex poppler coq chromium"

# Words, not one string.
# shellcheck disable=SC2086
found="$(scripts/system_packages.sh $packages; "$venv/bin/python" scripts/provide_torch.py)"
if [ "${CI:-}" = true ]; then
    found="$found $packages"
fi
# The extra `test` brings the last two.
EXACTLAND_REQUIRE="${EXACTLAND_REQUIRE:-} ${found//$'\n'/ } dask sklearn"
export EXACTLAND_REQUIRE

say() { printf '$ %s\n' "$*"; "$venv/bin/python" -m "$@"; }

say ruff check .
say ruff format --check .
say mypy
say pytest -q -n auto --maxprocesses=8 "$@"
