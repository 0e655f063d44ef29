"""Integral loss: loss, gradient, Hessian and exact inertia, growth in width and in field degree."""

from __future__ import annotations

import random
from typing import Any

import pytest
from flint import fmpq

from exactland.derivatives.integral import gradient, integral_state
from exactland.derivatives.integral_hessian import hessian
from exactland.landscape.integral.analysis import analyze_integral
from exactland.landscape.integral.family import critical_family
from exactland.landscape.integral.second_order import exact_inertia
from exactland.problem.integral import IntegralProblem, integral_problem_from_json

WIDTHS = [10, 20, 40, 70, 100]


def random_problem(width: int, kind: str = "relu", seed: int = 1) -> IntegralProblem:
    """Return a generic point whose parameters are fractions of 64-bit integers."""
    generator = random.Random(seed)

    def number() -> str:
        return f"{generator.randint(-(2**63), 2**63)}/{generator.randint(2**62, 2**63)}"

    activation = {"kind": kind} | ({"slope": "1/4"} if kind == "leaky_relu" else {})
    return integral_problem_from_json(
        {
            "format": "exactland-problem/1",
            "network": {
                "activation": activation,
                "w": [[number()] for _ in range(width)],
                "b": [number() for _ in range(width)],
                "v": [[number() for _ in range(width)]],
                "c": [number()],
            },
            "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]},
        }
    )


def derivatives_and_inertia(problem: IntegralProblem) -> int:
    """Evaluate loss, gradient, Hessian and its inertia; return the number of coordinates."""
    state = integral_state(problem)
    gradient(state)
    counts, _ = exact_inertia(hessian(state))
    return sum(counts)


@pytest.mark.benchmark(group="loss, gradient, Hessian and inertia, 64-bit rationals")
@pytest.mark.parametrize("width", WIDTHS)
def test_derivatives(benchmark: Any, width: int) -> None:
    problem = random_problem(width)
    size = benchmark.pedantic(derivatives_and_inertia, args=(problem,), rounds=3, iterations=1)
    assert size == 3 * width + 1


@pytest.mark.benchmark(group="whole analysis, 64-bit rationals")
@pytest.mark.parametrize("kind", ["relu", "leaky_relu", "quadratic"])
@pytest.mark.parametrize("width", WIDTHS)
def test_analysis(benchmark: Any, width: int, kind: str) -> None:
    problem = random_problem(width, kind)
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
