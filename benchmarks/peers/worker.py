"""One program in a process of its own: questions and answers are lines of JSON.

Usage: python -m benchmarks.peers.worker KIND NAME

Before the first question it answers a tiny one, so that no import is timed.  An answer has
``status`` (ok, refused, absent), ``cpu`` (seconds of this process and its children for the answer
alone), ``peak`` (bytes: the largest resident set so far) and what the program said.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import resource
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks.peers import cells, inertia, minimality

Answer = Callable[[Any], dict[str, Any]]


def _cells(function: Callable[[cells.Rows], cells.Cells]) -> Answer:
    def answer(question: Any) -> dict[str, Any]:
        found = function([[Fraction(x) for x in row] for row in question])
        return {"cells": found}

    return answer


def _digest(answer: dict[str, Any]) -> dict[str, Any]:
    """Replace a set of cells by its size and a digest, outside the measured time."""
    if "cells" not in answer:
        return answer
    cells = answer.pop("cells")
    digest = hashlib.sha256("\n".join(sorted(cells)).encode()).hexdigest()
    return answer | {"count": len(cells), "digest": digest}


KINDS: dict[str, tuple[dict[str, Answer], Any]] = {
    "cells": (
        {
            name: _cells(function)
            for name, function in [("exactland", cells.exactland), *cells.PEERS.items()]
        },
        [["1", "2", "0"], ["3", "-1", "0"], ["1", "1", "1"], ["0", "0", "1"]],
    ),
    "minimality": (minimality.DECIDERS, minimality.TINY),
    "inertia": (inertia.DECIDERS, [["2", "1"], ["1", "-1"]]),
}
"""Kind of question -> programs that answer it, and a tiny question."""


def cpu_seconds() -> float:
    """Return user and system time of this process and of its ended children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def peak_bytes() -> int:
    """Return the largest resident set that this process or an ended child has had.

    The kernel's own high-water mark where there is one: ru_maxrss begins at the size of the process
    that started this one.
    """
    children = 1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    try:
        status = Path("/proc/self/status").read_text("utf-8")
        (own,) = re.findall(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)
    except (OSError, ValueError):
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return max(children, 1024 * int(own))


def respond(answer: Answer, question: Any) -> dict[str, Any]:
    """Ask, and report what happened."""
    before = cpu_seconds()
    try:
        result = {"status": "ok", **answer(question)}
    except (ImportError, FileNotFoundError) as error:
        result = {"status": "absent", "why": str(error)[:200]}
    except Exception as error:  # whatever a foreign program raises is a refusal
        result = {"status": "refused", "why": f"{type(error).__name__}: {error}"[:200]}
    result["cpu"] = cpu_seconds() - before
    result["peak"] = peak_bytes()
    return _digest(result)


def main(kind: str, name: str) -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # some programs print: not into the answers
    known, tiny = KINDS[kind]
    respond(known[name], tiny)
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        answers.write(json.dumps(respond(known[name], json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
