"""Jobs of fixed size, each run in a process of its own: for memory and for instruction counts.

Usage: python -m benchmarks.jobs JOB
       python -m benchmarks.jobs --marked JOB...

A job is named ``generic:WIDTH:POINTS:DIMENSION:DIGITS`` (analysis of a generic point, and the check
of its certificate), or one of `NAMED`.  Prints CPU seconds without the imports, and the peak
memory of the process.  With ``--marked``
every job runs twice, the second time between two calls of the C library's getppid, which a profiler
can be told to look out for.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.instances import five_point_minimum, generic_problem, many_point_minimum
from benchmarks.peers.worker import cpu_seconds, peak_bytes

Job = Callable[[], object]

GROWTH: dict[str, dict[int, str]] = {
    "width": {size: f"generic:{size}:50:5:3" for size in (10, 50, 250, 1000)},
    "points": {size: f"generic:50:{size}:5:3" for size in (10, 50, 250, 1000)},
    "dimension": {size: f"generic:50:50:{size}:3" for size in (2, 5, 20, 50)},
    "digits": {size: f"generic:20:20:3:{size}" for size in (3, 10, 30, 100)},
}


def generic(width: int, points: int, dimension: int, digits: int) -> Job:
    """Analysis, certificate and check at a generic point with numbers of that many digits."""
    from exactland.certificates.produce import certificates
    from exactland.checker import check_text
    from exactland.landscape.analysis import analyze_empirical
    from exactland.problem.files import problem_from_json
    from exactland.problem.losses import Problem

    problem = generic_problem(width, points, dimension)
    generator = random.Random(digits)

    def longer(rows: list[list[str]]) -> list[list[str]]:
        unit = 10**digits
        return [[f"{generator.randint(-unit, unit)}/{unit + 1}" for _ in row] for row in rows]

    if digits != 3:
        for part, names in (("network", "wv"), ("loss", "xy")):
            problem[part] |= {name: longer(problem[part][name]) for name in names}

    def job() -> None:
        parsed = problem_from_json(problem)
        assert isinstance(parsed, Problem)
        analysis = analyze_empirical(parsed)
        kind = "not_directionally_stationary"
        (made,) = [one for one in certificates(analysis) if one.kind == kind]
        assert check_text(json.dumps(made.to_json())).status == "accepted"

    return job


def five_points() -> Job:
    """The five-point minimum at width 50: analysis, all certificates, all checks."""
    from exactland.certificates.produce import certificates
    from exactland.checker import check_text
    from exactland.landscape.analysis import analyze_empirical
    from exactland.problem.files import problem_from_json
    from exactland.problem.losses import Problem

    problem: Any = five_point_minimum(50)

    def job() -> None:
        parsed = problem_from_json(problem)
        assert isinstance(parsed, Problem)
        for made in certificates(analyze_empirical(parsed)):
            assert check_text(json.dumps(made.to_json())).status == "accepted"

    return job


def cells() -> Job:
    """All cells of random integer data in dimension 4."""
    from flint import fmpq

    from exactland.cells.arrangement import enumerate_cells

    generator = random.Random(4)
    rows = [[fmpq(generator.randint(-1000, 1000)) for _ in range(4)] for _ in range(25)]
    return lambda: sum(map(len, enumerate_cells(rows)))


def smooth_minimum() -> Job:
    """The analysis of a minimum where the loss is smooth: its Hessian has 90 rows and rank 2."""
    from exactland.landscape.analyze import analyze
    from exactland.problem.files import problem_from_json

    problem = problem_from_json(many_point_minimum(30, 30))
    return lambda: analyze(problem)


def integral(width: int, activation: str) -> Job:
    """The whole analysis of an integral loss with 64-bit parameters."""
    from benchmarks.instances import integral_problem
    from exactland.landscape.integral.analysis import analyze_integral

    problem = integral_problem(width, activation)
    return lambda: analyze_integral(problem)


def least_loss() -> Job:
    """The certified global minimum of five points at width 2."""
    from benchmarks.bench_atlas import landscape
    from exactland.landscape.atlas.bounding import least_loss
    from exactland.landscape.atlas.setting import make_setting

    data = landscape(5, 2)
    return lambda: least_loss(make_setting(data), 2)


NAMED: dict[str, Callable[[], Job]] = {
    "five-points": five_points,
    "cells": cells,
    "smooth-minimum": smooth_minimum,
    "integral": lambda: integral(10, "relu"),
    "integral-quadratic": lambda: integral(40, "quadratic"),
    "least-loss": least_loss,
}


def job_named(name: str) -> Job:
    """Return the job of that name, its instance built."""
    if name in NAMED:
        return NAMED[name]()
    kind, *sizes = name.split(":")
    assert kind == "generic", name
    return generic(*map(int, sizes))


def main(name: str) -> None:
    """Run a job and print what that used."""
    job = job_named(name)
    before = cpu_seconds()
    job()
    print(json.dumps({"cpu": cpu_seconds() - before, "peak": peak_bytes()}))


def marked(names: list[str]) -> None:
    """Run every job once unmarked (imports, first-time caches) and once between two marks."""
    for name in names:
        job = job_named(name)
        job()
        os.getppid()
        job()
        os.getppid()


if __name__ == "__main__":
    if sys.argv[1] == "--marked":
        marked(sys.argv[2:])
    else:
        main(*sys.argv[1:])
