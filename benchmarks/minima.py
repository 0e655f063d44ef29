"""Points of empirical losses at which the programs decide whether a lower point is near.

The question is always the same: is there a network with every parameter within 1/1000 whose loss
is strictly lower?  The points are built so that the answer is known, and exactland proves it: at
minima its certified region holds that box, at saddles its curve of descent starts inside.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

RADIUS = Fraction(1, 1000)


def smooth(width: int) -> dict[str, Any]:
    """A local minimum where every neuron is active on all data: the affine least squares."""
    x = [[k, 1] for k in range(1, 5)]
    w = [[Fraction(1, i + 2), Fraction(1)] for i in range(width)]
    v = [Fraction(1, i + 1) for i in range(width)]
    return _with_residuals(x, w, [v], [[1], [-1], [-1], [1]])


def one_neuron_one_weight() -> dict[str, Any]:
    """The smallest minimum: one weight in and one out, two data points."""
    return _with_residuals([[1], [2]], [[Fraction(1)]], [[Fraction(1)]], [[2], [-1]])


def kinked(width: int) -> dict[str, Any]:
    """A local minimum with one data point on the kink of every neuron.

    Neuron g is active to the right of t_g = 4 g.  There the residual is 2, and two residuals to
    the right of it make the multiplier of the kink 1/2.
    """
    residuals: dict[int, int] = {}
    total, moment = 0, 0  # of all residuals further right: sum e, sum e t
    for g in reversed(range(width)):
        t = 4 * g
        second = 1 + total - (moment - total * t)
        first = -1 - total - second
        for place, e in ((t, 2), (t + 1, first), (t + 2, second)):
            residuals[place] = e
            total, moment = total + e, moment + e * place
    x = [[t, 1] for t in sorted(residuals)]
    w = [[Fraction(1), Fraction(-4 * g)] for g in range(width)]
    return _with_residuals(x, w, [[Fraction(1)] * width], [[residuals[t]] for t, _ in x])


def zero_neurons(width: int, outputs: int = 2) -> dict[str, Any]:
    """Zero neurons with several outputs, a global minimum: opposite targets at equal inputs."""
    x = [[1, 0], [1, 0], [0, 1], [0, 1], [-1, -1], [-1, -1]]
    e = [[(-1) ** k * (j + 1 + k // 2) for j in range(outputs)] for k in range(len(x))]
    none = Fraction(0)
    return _with_residuals(x, [[none, none]] * width, [[none] * width] * outputs, e)


def zero_neuron_saddle(width: int) -> dict[str, Any]:
    """The smooth minimum with one neuron more, which is zero and an escape neuron."""
    x = [[k, 1] for k in range(1, 5)]
    w = [[Fraction(1, i + 2), Fraction(1)] for i in range(width - 1)] + [[Fraction(0)] * 2]
    v = [Fraction(1, i + 1) for i in range(width - 1)] + [Fraction(0)]
    return _with_residuals(x, w, [v], [[1], [-1], [-1], [1]])


def named() -> dict[str, dict[str, Any]]:
    """The points of the report, by name."""
    found = {"one weight in, one out": one_neuron_one_weight()}
    found |= {f"smooth minimum, width {m}": smooth(m) for m in (1, 2, 3, 4, 6, 8)}
    found |= {f"one datum on each kink, width {m}": kinked(m) for m in (1, 2, 3)}
    found |= {f"zero neurons, two outputs, width {m}": zero_neurons(m) for m in (1, 2, 3)}
    found |= {f"saddle with a zero neuron, width {m}": zero_neuron_saddle(m) for m in (1, 2, 3)}
    return found


def _with_residuals(
    x: list[list[int]], w: list[list[Fraction]], v: list[list[Fraction]], e: list[list[int]]
) -> dict[str, Any]:
    """The problem whose targets give these residuals at the network (w, v)."""
    y = []
    for point, residual in zip(x, e, strict=True):
        hidden = [
            max(Fraction(0), sum(a * b for a, b in zip(row, point, strict=True))) for row in w
        ]
        values = [sum(a * b for a, b in zip(row, hidden, strict=True)) for row in v]
        y.append([value - error for value, error in zip(values, residual, strict=True)])

    def text(rows: Any) -> list[list[str]]:
        return [[str(entry) for entry in row] for row in rows]

    return {
        "format": "exactland-problem/1",
        "network": {"activation": {"kind": "relu"}, "w": text(w), "v": text(v)},
        "loss": {"kind": "empirical", "x": text(x), "y": text(y)},
    }
