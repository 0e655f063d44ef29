"""Random small problems, degenerate on purpose, as JSON objects."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

SMALL = st.sampled_from(["0", "0", "1", "-1", "1/2", "-1/2", "2", "-2", "1/3", "-3/2"])


@st.composite
def problems(
    draw: st.DrawFn, max_dimension: int = 2, max_outputs: int = 2, biases: bool = True
) -> dict[str, Any]:
    """Problems with augmented dimension <= max_dimension: zero and repeated data and neurons."""
    with_bias = biases and max_dimension > 1 and draw(st.booleans())
    dimension = draw(st.integers(1, max_dimension - with_bias))
    outputs, width = draw(st.integers(1, max_outputs)), draw(st.integers(1, 3))
    points = draw(st.integers(1, 4))

    def vector(length: int) -> list[str]:
        return draw(st.lists(SMALL, min_size=length, max_size=length))

    network: dict[str, Any] = {
        "activation": draw(
            st.sampled_from(
                [
                    {"kind": "relu"},
                    {"kind": "relu"},
                    {"kind": "leaky_relu", "slope": "1/4"},
                    {"kind": "abs"},
                    {"kind": "relu_like", "alpha_plus": "-1", "alpha_minus": "1/2"},
                    {"kind": "identity"},
                ]
            )
        ),
        "w": [vector(dimension) for _ in range(width)],
    }
    if with_bias:
        network["b"] = vector(width)
    network["v"] = [vector(width) for _ in range(outputs)]
    if biases and draw(st.booleans()):
        network["c"] = vector(outputs)
    return {
        "format": "exactland-problem/1",
        "network": network,
        "loss": {
            "kind": "empirical",
            "x": [vector(dimension) for _ in range(points)],
            "y": [vector(outputs) for _ in range(points)],
            "scale": draw(st.sampled_from(["1/2", "1", "3/7"])),
        },
    }


@st.composite
def stationary_problems(draw: st.DrawFn, max_outputs: int = 1) -> dict[str, Any]:
    """Problems likely to be stationary: the targets are set so that chosen residuals appear.

    A random network is drawn, then residuals that are orthogonal to few things at once (zeros and
    units), and the targets are prediction minus residual.
    """
    from tests.oracle import Oracle

    problem = draw(problems(max_outputs=max_outputs))
    oracle = Oracle(problem)
    rows = len(oracle.x)
    residual = [
        [draw(st.sampled_from(["0", "0", "0", "1", "-1"])) for _ in range(oracle.outputs)]
        for _ in range(rows)
    ]
    from fractions import Fraction

    problem["loss"]["y"] = [
        [str(p - Fraction(e)) for p, e in zip(oracle.predict(row), errors, strict=True)]
        for row, errors in zip(oracle.x, residual, strict=True)
    ]
    return problem
