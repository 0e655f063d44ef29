"""The Rocq kernel on certificates: growth in width, points and digits.

Run with ``make bench`` where Coq is installed.  The base instance has width 10 and 10 points.  The
two targets of the project are the five-point end point with fifty neurons (10 s) and width 100 with
100 points (60 s).
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from benchmarks.instances import five_point_minimum, generic_problem, many_point_minimum
from exactland.certificates.produce import certificates
from exactland.certificates.rocq import compile_theory, export
from exactland.certificates.rocq.kernel import run_kernel_on_text
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.integral.family import critical_family
from exactland.problem.files import problem_from_json, problem_to_json
from exactland.problem.losses import Problem
from tests.field_points import rescaled

pytestmark = pytest.mark.skipif(shutil.which("coqc") is None, reason="Coq is not installed")

GROWTH = [
    *[pytest.param(width, 10, 2, id=f"width={width}") for width in (10, 30, 100)],
    *[pytest.param(10, points, 2, id=f"points={points}") for points in (30, 100)],
    pytest.param(100, 100, 2, id="target=100x100"),
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_theory(tmp_path_factory.mktemp("rocq") / "theory")


def exported(problem: dict[str, Any], kind: str) -> str:
    parsed = problem_from_json(problem)
    assert isinstance(parsed, Problem)
    made = {one.kind: one for one in certificates(analyze_empirical(parsed))}
    return export(made[kind].to_json())


def run(benchmark: Any, text: str, library: Path) -> None:
    def check() -> bool:
        return run_kernel_on_text(text, library=library).accepted

    assert benchmark.pedantic(check, rounds=1, iterations=1, warmup_rounds=0)


@pytest.mark.benchmark(group="kernel, theory")
def test_theory(benchmark: Any, tmp_path: Path) -> None:
    benchmark.pedantic(compile_theory, args=(tmp_path / "theory",), rounds=1, iterations=1)


@pytest.mark.benchmark(group="kernel, not_directionally_stationary, generic weights")
@pytest.mark.parametrize(("width", "points", "dimension"), GROWTH)
def test_generic(benchmark: Any, width: int, points: int, dimension: int, library: Path) -> None:
    problem = generic_problem(width, points, dimension)
    run(benchmark, exported(problem, "not_directionally_stationary"), library)


@pytest.mark.benchmark(group="kernel, loss_value, digits of every number")
@pytest.mark.parametrize("digits", [3, 10, 30, 100])
def test_digits(benchmark: Any, digits: int, library: Path) -> None:
    """Numbers with a common power of ten as denominator, as from rounded weights."""
    generator = random.Random(digits)

    def matrix(rows: int, columns: int) -> list[list[str]]:
        unit = 10**digits
        return [
            [f"{generator.randint(-unit, unit)}/{unit}" for _ in range(columns)]
            for _ in range(rows)
        ]

    problem = generic_problem(10, 10, 2)
    problem["network"] |= {"w": matrix(10, 2), "v": matrix(1, 10)}
    problem["loss"] |= {"x": matrix(10, 2), "y": matrix(10, 1)}
    run(benchmark, exported(problem, "not_directionally_stationary"), library)


@pytest.mark.benchmark(group="kernel, local_minimum, five-point minimum replicated")
@pytest.mark.parametrize("width", [3, 50, 200])
def test_five_points(benchmark: Any, width: int, library: Path) -> None:
    run(benchmark, exported(five_point_minimum(width), "local_minimum"), library)


@pytest.mark.benchmark(group="kernel, over Q(sqrt 2)")
def test_five_points_over_a_field(benchmark: Any, library: Path) -> None:
    run(benchmark, exported(rescaled(five_point_minimum(50)), "local_minimum"), library)


@pytest.mark.benchmark(group="kernel, over Q(sqrt 2)")
@pytest.mark.parametrize("size", [10, 30])
def test_generic_over_a_field(benchmark: Any, size: int, library: Path) -> None:
    problem = rescaled(generic_problem(size, size, 2))
    run(benchmark, exported(problem, "not_directionally_stationary"), library)


@pytest.mark.benchmark(group="kernel, local_minimum, many points")
@pytest.mark.parametrize("points", [10, 100])
def test_minimum_on_many_points(benchmark: Any, points: int, library: Path) -> None:
    """Width 100: data fitted exactly up to a residual orthogonal to all active neurons."""
    problem = many_point_minimum(100, points)
    run(benchmark, exported(problem, "local_minimum"), library)


@pytest.mark.benchmark(group="kernel, integral loss: stationary, critical family of ReLU")
@pytest.mark.parametrize("pieces", [2, 10, 30])
def test_integral_family(benchmark: Any, pieces: int, library: Path) -> None:
    certificate = {
        "format": "exactland-certificate/1",
        "problem": problem_to_json(critical_family("relu", pieces).problem),
        "claim": {"kind": "stationary", "sense": "classical"},
        "witness": {},
    }
    run(benchmark, export(certificate), library)
