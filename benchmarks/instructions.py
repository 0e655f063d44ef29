"""Instructions that jobs execute, counted by valgrind's callgrind, against a recorded count.

Usage: python -m benchmarks.instructions check|record [JOB...]

``check`` exits with status 1 where a job executes over 20 % more instructions than recorded,
``record`` writes a new record.  Instructions, unlike seconds, hardly depend on what else the
machine does; they do depend on the versions of Python and of the libraries and on the processor's
kind, which the record names: where they differ, ``check`` says so and compares all the same.  Where
valgrind is absent there is nothing to compare: that is said, and the exit status is 3.

All jobs run in one process. Each runs twice, and the second run counts, so that start-up, imports
and first-time caches drop out; callgrind starts a new count at the marks between them.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

RECORD = Path(__file__).with_name("instructions.json")
TOLERANCE = 0.20
JOBS = (
    "five-points",
    "generic:50:50:5:3",
    "generic:20:20:3:100",
    "cells",
    "smooth-minimum",
    "integral",
    "integral-quadratic",
    "least-loss",
)
LIBRARIES = ("python-flint", "numpy", "highspy")
LIMIT_SECONDS = 3600


def versions() -> dict[str, str]:
    """Return what the counts depend on besides our own code."""
    found = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {"python": platform.python_version(), "machine": platform.machine(), **found}


def total(dump: str) -> int:
    """Return the count of one of callgrind's files.

    Examples
    --------
    >>> total("events: Ir\\nsummary: 1234\\n")
    1234
    """
    return int(re.findall(r"^(?:summary|totals): (\d+)", dump, re.MULTILINE)[0])


def count(jobs: Sequence[str]) -> dict[str, int]:
    """Return the instructions of every job."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [
                "valgrind",
                "--tool=callgrind",
                f"--callgrind-out-file={folder}/count",
                "--dump-before=getppid",
                sys.executable,
                "-m",
                "benchmarks.jobs",
                "--marked",
                *jobs,
            ],
            capture_output=True,
            check=True,
            timeout=LIMIT_SECONDS,
            env={**os.environ, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"},
        )
        # Files count.1, count.2, ...: what led to the first mark, a job, what led to the next, ...
        dumps = [Path(folder, f"count.{2 * i + 2}").read_text("utf-8") for i in range(len(jobs))]
    return dict(zip(jobs, map(total, dumps), strict=True))


def compare(record: dict[str, Any], counts: dict[str, int]) -> tuple[list[str], bool]:
    """Return a line for each job, and whether none is over the tolerance.

    Examples
    --------
    >>> compare({"instructions": {"a": 100, "b": 100}}, {"a": 120, "b": 121})
    (['a: 120 instructions, 1.200 of the record', 'b: 121 instructions, 1.210 of the record: TOO MANY'], False)
    >>> compare({"instructions": {}}, {"new": 5})
    (['new: 5 instructions, not recorded'], True)
    """  # noqa: E501
    lines, fine = [], True
    for job, instructions in counts.items():
        before = record["instructions"].get(job)
        if before is None:
            lines.append(f"{job}: {instructions} instructions, not recorded")
            continue
        too_many = instructions > (1 + TOLERANCE) * before
        fine = fine and not too_many
        lines.append(
            f"{job}: {instructions} instructions, {instructions / before:.3f} of the record"
            + (": TOO MANY" if too_many else "")
        )
    return lines, fine


def differences(recorded: dict[str, str], here: dict[str, str]) -> list[str]:
    """Return a line for each version that is not the recorded one.

    Examples
    --------
    >>> differences({"python": "3.11.7"}, {"python": "3.12.1"})
    ['python is 3.12.1 here and 3.11.7 in the record: the counts may differ for that reason']
    """
    return [
        f"{name} is {here.get(name)} here and {version} in the record: "
        "the counts may differ for that reason"
        for name, version in recorded.items()
        if here.get(name) != version
    ]


def main(action: str, *jobs: str) -> int:
    """Check or record; return the exit status."""
    if shutil.which("valgrind") is None:
        print("valgrind is not installed (Debian: apt-get install valgrind): nothing was compared")
        return 3
    counts = count(jobs or JOBS)
    record = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {"instructions": {}}
    if action == "record":
        kept = record["instructions"] if record.get("versions") == versions() else {}
        new = {"versions": versions(), "instructions": kept | counts}
        RECORD.write_text(json.dumps(new, indent=2) + "\n", encoding="utf-8")
        print(*(f"{job}: {instructions}" for job, instructions in counts.items()), sep="\n")
        return 0
    notes = differences(record.get("versions", {}), versions())
    lines, fine = compare(record, counts)
    print(*notes, *lines, sep="\n")
    return 0 if fine else 1


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ("check", "record"):
        sys.exit("usage: python -m benchmarks.instructions check|record [JOB...]")
    sys.exit(main(*sys.argv[1:]))
