"""Growth of time and peak memory in width, points, dimension and digits, one process a job.

Run with ``make bench``.  Memory is the largest resident set of the process: what exact arithmetic
allocates in C is counted, too.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from benchmarks.jobs import GROWTH

ROUNDS = 3


@pytest.mark.parametrize(
    ("group", "size", "job"),
    [
        pytest.param(f"analysis and check: growth in {name}", size, job, id=f"{name}={size}")
        for name, cases in GROWTH.items()
        for size, job in cases.items()
    ],
)
def test_growth(benchmark: Any, group: str, size: int, job: str) -> None:
    answers: list[dict[str, float]] = []

    def once() -> None:
        command = [sys.executable, "-m", "benchmarks.jobs", job]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        answers.append(json.loads(run.stdout))

    benchmark.group = group
    benchmark.pedantic(once, rounds=ROUNDS, iterations=1)
    benchmark.extra_info["size"] = size
    for key in ("cpu", "peak"):
        benchmark.extra_info[key] = [answer[key] for answer in answers]
