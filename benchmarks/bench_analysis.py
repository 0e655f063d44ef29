"""Analysis, certificates and checking: growth in width, points and dimension.

Run with ``make bench``.  The base instance has width 50, 50 points and dimension 5; each group
lets one of the three grow.  The largest case of the project's speed target (width 1000, 1000
points, dimension 20) is the last one.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.instances import five_point_minimum, generic_problem
from exactland.certificates.produce import certificates
from exactland.checker import check_text
from exactland.landscape.analysis import analyze_empirical
from exactland.problem.files import problem_from_json

GROWTH = [
    *[pytest.param(width, 50, 5, id=f"width={width}") for width in (10, 50, 250, 1000)],
    *[pytest.param(50, points, 5, id=f"points={points}") for points in (10, 250, 1000)],
    *[pytest.param(50, 50, dimension, id=f"dimension={dimension}") for dimension in (2, 10, 20)],
    pytest.param(1000, 1000, 20, id="target=1000x1000x20"),
]


def once(benchmark: Any, function: Any, *arguments: Any) -> Any:
    """Time one call after another, few rounds: these are seconds, not microseconds."""
    return benchmark.pedantic(function, args=arguments, rounds=3, iterations=1, warmup_rounds=0)


@pytest.mark.benchmark(group="analyze, generic weights")
@pytest.mark.parametrize(("width", "points", "dimension"), GROWTH)
def test_analyze_generic(benchmark: Any, width: int, points: int, dimension: int) -> None:
    problem = problem_from_json(generic_problem(width, points, dimension))
    assert once(benchmark, analyze_empirical, problem).verdict == "not_stationary"


@pytest.mark.benchmark(group="check not_directionally_stationary, generic weights")
@pytest.mark.parametrize(("width", "points", "dimension"), GROWTH)
def test_check_generic(benchmark: Any, width: int, points: int, dimension: int) -> None:
    analysis = analyze_empirical(problem_from_json(generic_problem(width, points, dimension)))
    made = {certificate.kind: certificate for certificate in certificates(analysis)}
    text = json.dumps(made["not_directionally_stationary"].to_json())
    assert once(benchmark, check_text, text).status == "accepted"


@pytest.mark.benchmark(group="analyze, five-point minimum replicated")
@pytest.mark.parametrize("width", [3, 50, 200, 1000])
def test_analyze_minimum(benchmark: Any, width: int) -> None:
    problem = problem_from_json(five_point_minimum(width))
    assert once(benchmark, analyze_empirical, problem).verdict == "local_minimum"


@pytest.mark.benchmark(group="check local_minimum, five-point minimum replicated")
@pytest.mark.parametrize("width", [3, 50, 200, 1000])
def test_check_minimum(benchmark: Any, width: int) -> None:
    analysis = analyze_empirical(problem_from_json(five_point_minimum(width)))
    made = {certificate.kind: certificate for certificate in certificates(analysis)}
    text = json.dumps(made["local_minimum"].to_json())
    assert once(benchmark, check_text, text).status == "accepted"
