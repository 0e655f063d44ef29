"""Parallel efficiency of the atlas and of branch and bound, by CPU accounting.

Usage: python -m benchmarks.efficiency [--jobs 2]

On a machine that other work shares, wall time says nothing.  Every piece reports the process that
computed it and the CPU time it took; with free cores the run would take

    T_n = CPU of the parent  +  the largest CPU of a worker (its start and imports included),

because workers only wait when no piece is left.  The efficiency is T_1 / (n T_n), with T_1 the CPU
time of the same run without workers.  Wall times are printed beside it.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

from benchmarks.bench_atlas import landscape
from exactland.landscape.atlas import branches, run
from exactland.landscape.atlas.pieces import cached_setting

Settle = Callable[..., dict[str, Any]]


class Timed:
    """A piece's function that adds process and CPU time so far to the result."""

    def __init__(self, function: Settle) -> None:
        self.function = function

    def __call__(self, *arguments: Any) -> dict[str, Any]:
        result = self.function(*arguments)
        return {"result": result, "process": os.getpid(), "cpu": time.process_time()}


def measured(work: Callable[[int], Any], jobs: int) -> tuple[float, float, dict[int, float]]:
    """Return wall time, CPU of this process, and CPU of every worker."""
    workers: dict[int, float] = {}
    original = run.computed

    def computed(function: Settle, task: Any, waiting: Any, jobs: int, scheduler: Any) -> Any:
        for piece, told in original(Timed(function), task, waiting, jobs, scheduler):
            workers[told["process"]] = told["cpu"]
            yield piece, told["result"]

    for module in (run, branches):
        module.computed = computed  # type: ignore[attr-defined]
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        work(jobs)
    finally:
        for module in (run, branches):
            module.computed = original  # type: ignore[attr-defined]
    workers.pop(os.getpid(), None)
    return time.perf_counter() - wall, time.process_time() - cpu, workers


def report(name: str, work: Callable[[int], Any], jobs: int) -> None:
    """Print one line of the table."""
    cached_setting.cache_clear()
    branches._search.cache_clear()
    wall, single, _ = measured(work, 1)
    cached_setting.cache_clear()
    branches._search.cache_clear()
    parallel_wall, parent, workers = measured(work, jobs)
    span = parent + max(workers.values())
    efficiency = single / (jobs * span)
    shares = " ".join(f"{cpu:.1f}" for cpu in workers.values())
    print(
        f"| {name} | {single:.1f} | {parent:.1f} | {shares} | {efficiency:.2f} "
        f"| {wall:.0f} / {parallel_wall:.0f} |",
        flush=True,
    )


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    jobs = parser.parse_args().jobs
    print("| run | CPU s, one job | CPU s, parent | CPU s, workers | efficiency | wall s |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    twelve, ten = landscape(12, 3), landscape(10, 3)
    atlas, least = run.atlas, branches.bounded_minimum
    inputs = "points, 2 inputs + bias, width"
    report(f"atlas, 12 {inputs} 2", lambda n: atlas(twelve, 2, jobs=n), jobs)
    report(f"minimum, 10 {inputs} 3", lambda n: least(ten, 3, jobs=n), jobs)


if __name__ == "__main__":
    main()
