#!/usr/bin/env bash
# From a trained network to a certified verdict: the five-point experiment, end point and plateau.
# usage: examples/five_points/run.sh [OUTPUT_FOLDER]
set -euo pipefail

here="$(dirname "${BASH_SOURCE[0]}")"
out="${1:-demo-output}"
mkdir -p "$out"

say() { printf '\n$ %s\n' "$*"; "$@"; }

pdf=()
if command -v pdflatex >/dev/null; then
    pdf=(--pdf)
else
    echo "pdflatex is not installed: the documents are written as LaTeX only (make test installs it where it can)."
fi

for iteration in 600000 100000; do
    say exactland snap "$here/five_points_$iteration.npz" --data "$here/data.json" -o "$out/$iteration.json"
    say exactland analyze "$out/$iteration.json"
    say exactland certify "$out/$iteration.json" -o "$out/$iteration" ${pdf[@]+"${pdf[@]}"}
    say exactland check "$out/$iteration"/*.json
done
