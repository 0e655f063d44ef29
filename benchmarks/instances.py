"""Instances for the benchmarks, generated from a seed: generic rational weights and data."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from exactland.problem.integral import IntegralProblem


def generic_problem(width: int, points: int, dimension: int, seed: int = 1) -> dict[str, Any]:
    """Return a problem whose numbers are fractions p/q with q up to 1000, all different."""
    generator = random.Random(seed)

    def number() -> str:
        return f"{generator.randint(-1000, 1000)}/{generator.randint(1, 1000)}"

    def matrix(rows: int, columns: int) -> list[list[str]]:
        return [[number() for _ in range(columns)] for _ in range(rows)]

    return {
        "format": "exactland-problem/1",
        "network": {
            "activation": {"kind": "relu"},
            "w": matrix(width, dimension),
            "v": matrix(1, width),
        },
        "loss": {"kind": "empirical", "x": matrix(points, dimension), "y": matrix(points, 1)},
    }


def five_point_minimum(width: int) -> dict[str, Any]:
    """Return the end point of the five-point experiment replicated to a given width (at least 3).

    One neuron stays dead and one on the all-active cell; the neuron on the ray orthogonal to x_5 is
    split into width - 2 copies with different norms, all with a kink there.
    """
    copies = width - 2
    rays = [[str(-(index + 1)), f"{7 * (index + 1)}/10"] for index in range(copies)]
    heights = [f"1/{4 * copies * (index + 1)}" for index in range(copies)]
    return {
        "format": "exactland-problem/1",
        "network": {
            "activation": {"kind": "relu"},
            "w": [*rays, ["-929/9260", "14071/92600"], ["0", "-1"]],
            "v": [[*heights, "-1", "1"]],
        },
        "loss": {
            "kind": "empirical",
            "x": [["-1", "1"], ["-3/5", "1"], ["-1/10", "1"], ["3/10", "1"], ["7/10", "1"]],
            "y": [["7/25"], ["-1/10"], ["3/100"], ["23/100"], ["-11/50"]],
        },
    }


def many_point_minimum(width: int, points: int) -> dict[str, Any]:
    """Return a local minimum: neurons active on all data, the least-squares affine function."""
    half = points // 2
    x = [[f"{k}/{points}", "1"] for k in range(points)]
    # Residuals 1, -1, -1, 1 on consecutive points are orthogonal to affine functions.
    pattern = [1, -1, -1, 1]
    rows = [(k, pattern[k % 4] if k < 4 * (points // 4) else 0) for k in range(points)]
    w = [[f"1/{i + 2}", "1"] for i in range(width)]
    v = [[f"1/{half + i}" for i in range(width)]]
    y = []
    for k, residual in rows:
        value = sum(
            Fraction(v[0][i]) * (Fraction(w[i][0]) * Fraction(k, points) + 1) for i in range(width)
        )
        y.append([str(value - residual)])
    return {
        "format": "exactland-problem/1",
        "network": {"activation": {"kind": "relu"}, "w": w, "v": v},
        "loss": {"kind": "empirical", "x": x, "y": y},
    }


def integral_problem(width: int, kind: str = "relu", seed: int = 1) -> IntegralProblem:
    """Return a generic point of an integral loss; parameters are fractions of 64-bit integers."""
    from exactland.problem.integral import integral_problem_from_json

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
