"""Integral loss: loss, gradient, Hessian and exact inertia, growth in width and in field degree."""

from __future__ import annotations

from typing import Any

import pytest
from flint import fmpq

from benchmarks.instances import integral_problem
from exactland.derivatives.integral import gradient, integral_state
from exactland.derivatives.integral_hessian import hessian
from exactland.landscape.integral.analysis import analyze_integral
from exactland.landscape.integral.family import critical_family
from exactland.landscape.integral.second_order import exact_inertia
from exactland.problem.integral import IntegralProblem

WIDTHS = [10, 20, 40, 70, 100]


def derivatives_and_inertia(problem: IntegralProblem) -> int:
    """Evaluate loss, gradient, Hessian and its inertia; return the number of coordinates."""
    state = integral_state(problem)
    gradient(state)
    counts, _ = exact_inertia(hessian(state))
    return sum(counts)


@pytest.mark.benchmark(group="loss, gradient, Hessian and inertia, 64-bit rationals")
@pytest.mark.parametrize("width", WIDTHS)
def test_derivatives(benchmark: Any, width: int) -> None:
    problem = integral_problem(width)
    size = benchmark.pedantic(derivatives_and_inertia, args=(problem,), rounds=3, iterations=1)
    assert size == 3 * width + 1


@pytest.mark.benchmark(group="whole analysis, 64-bit rationals")
@pytest.mark.parametrize("kind", ["relu", "leaky_relu", "quadratic"])
@pytest.mark.parametrize("width", WIDTHS)
def test_analysis(benchmark: Any, width: int, kind: str) -> None:
    problem = integral_problem(width, kind)
    analysis = benchmark.pedantic(analyze_integral, args=(problem,), rounds=3, iterations=1)
    assert analysis.verdict == "not_stationary"


@pytest.mark.benchmark(group="whole analysis of a critical family")
@pytest.mark.parametrize(
    ("kind", "n", "gamma"),
    [
        ("relu", 2, "0"),
        ("relu", 10, "0"),
        ("relu", 50, "0"),
        ("relu", 100, "0"),
        ("leaky_relu", 2, "1/4"),
        ("leaky_relu", 10, "1/4"),
        ("leaky_relu", 2, "1/2"),
        ("leaky_relu", 6, "1/2"),
    ],
)
def test_family(benchmark: Any, kind: str, n: int, gamma: str) -> None:
    family = critical_family(kind, n, fmpq(*map(int, (gamma + "/1").split("/")[:2])))
    analysis = benchmark.pedantic(analyze_integral, args=(family.problem,), rounds=1, iterations=1)
    assert analysis.verdict == "saddle"
