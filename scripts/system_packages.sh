#!/usr/bin/env bash
# Provide the programs that some tests need, where this user may install them.
# usage: scripts/system_packages.sh GROUP...      groups: latex poppler coq chromium
# Prints the groups that are present, one a line; what is absent is said on stderr, with the way to get it.
# Never fails: whoever calls decides what an absent group means.
set -uo pipefail

packages() {
    case "$1" in
        latex) echo "texlive-latex-recommended texlive-pictures lmodern latexmk" ;;
        poppler) echo "poppler-utils" ;;
        coq) echo "coq" ;;
        chromium) echo "chromium" ;;
        *) echo "unknown group: $1" >&2; exit 2 ;;
    esac
}

present() {
    case "$1" in
        latex)
            command -v pdflatex && command -v latexmk && kpsewhich pgfplots.sty mathtools.sty lmodern.sty
            ;;
        poppler) command -v pdftoppm && command -v pdftotext ;;
        coq) command -v coqc ;;
        chromium) command -v chromium ;;
    esac >/dev/null 2>&1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

missing=()
for group in "$@"; do
    # Package names have no blanks.
    # shellcheck disable=SC2207
    present "$group" || missing+=($(packages "$group"))
done

if [ "${#missing[@]}" -gt 0 ] && command -v apt-get >/dev/null && as_root true 2>/dev/null; then
    echo "Installing system packages: ${missing[*]}" >&2
    export DEBIAN_FRONTEND=noninteractive
    {
        as_root apt-get -qq update
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 \
            install --no-install-recommends "${missing[@]}"
    } </dev/null >/dev/null || echo "apt-get failed (its message is above)." >&2
fi

for group in "$@"; do
    if present "$group"; then
        echo "$group"
    else
        echo "Not installed: $group (Debian and Ubuntu: apt-get install $(packages "$group"))." >&2
    fi
done
