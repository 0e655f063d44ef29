"""Exact stationary points with several outputs, made from a seed; and a search for lower points.

A network and inputs are drawn; residuals are then a random solution of the linear conditions of
stationarity (no kink considered), and the targets are predictions minus residuals.  Standard
library and numpy only: nothing of the package is used.
"""

from __future__ import annotations

from fractions import Fraction as F
from random import Random
from typing import Any

from tests.oracle import Oracle, dot

ACTIVATIONS: list[dict[str, Any]] = [
    {"kind": "relu"},
    {"kind": "relu"},
    {"kind": "leaky_relu", "slope": "1/2"},
    {"kind": "abs"},
]


def stationary_point(
    seed: int, width: int, dimension: int = 2, outputs: int = 2, loose: bool = False
) -> dict[str, Any] | None:
    """Return a problem whose point is likely to be stationary, or None where no residual is left.

    With `loose`, the inputs are few and the residuals on the boundary of a neuron are mostly
    orthogonal to its output weights, so that the first order often vanishes on both sides.
    """
    random = Random(f"{seed} {width} {dimension} {outputs} {loose}")

    def number() -> F:
        return F(random.randint(-3, 3), random.choice([1, 1, 2]))

    def entry() -> F:
        return F(random.choice([-1, 0, 0, 1, 1, 2])) if loose else number()

    count = random.choice([2, 3, 3, 4, 5]) + 2 * loose
    x = [[entry() for _ in range(dimension)] for _ in range(count)]
    w: list[list[F]] = []
    for _ in range(width):
        chance = random.random()
        if chance < 0.15 and w:
            w.append([random.choice([1, 2]) * a for a in random.choice(w)])
        elif chance < 0.4:
            rows = [random.choice(x) for _ in range(random.randint(1, dimension - 1))]
            w.append([random.choice([1, -1]) * a for a in random.choice(kernel(rows, dimension))])
        else:
            w.append([number() for _ in range(dimension)])
    h = [
        [number() if random.random() < 0.95 else F(0) for _ in range(outputs)] for _ in range(width)
    ]
    c = [number() for _ in range(outputs)] if random.random() < 0.2 else None
    activation = random.choice(ACTIVATIONS)
    network: dict[str, Any] = {
        "activation": activation,
        "w": [[str(a) for a in row] for row in w],
        "v": [[str(row[j]) for row in h] for j in range(outputs)],
    }
    if c is not None:
        network["c"] = [str(a) for a in c]
    loss = {"kind": "empirical", "x": [[str(a) for a in row] for row in x], "y": [["0"] * outputs]}
    problem = {"format": "exactland-problem/1", "network": network, "loss": loss}
    oracle = Oracle(problem)
    equations = _conditions(oracle, outputs, random if loose else None)
    basis = kernel(equations, count * outputs)
    factors = [F(random.randint(-2, 2), random.choice([1, 2, 4, 8])) for _ in basis]
    residual = [
        sum((f * b[p] for f, b in zip(factors, basis, strict=True)), F(0))
        for p in range(count * outputs)
    ]
    if not any(residual):
        return None
    loss["y"] = [
        [str(p - residual[k * outputs + j]) for j, p in enumerate(oracle.predict(row))]
        for k, row in enumerate(x)
    ]
    return problem


def _conditions(oracle: Oracle, outputs: int, loose: Random | None) -> list[list[F]]:
    """Equations for the residuals: dL/dh = 0, dL/dc = 0, and dL/dw = 0 off the boundary data."""
    count, rows = len(oracle.x), []
    for weight, height in zip(oracle.w, oracle.h, strict=True):
        values = [dot(weight, row) for row in oracle.x]
        rows += [
            [oracle.rho(values[p // outputs]) * (p % outputs == j) for p in range(count * outputs)]
            for j in range(outputs)
        ]
        for axis in range(oracle.dimension):
            slopes = [(oracle.plus if t > 0 else oracle.minus) if t else F(0) for t in values]
            rows.append(
                [
                    height[p % outputs] * slopes[p // outputs] * oracle.x[p // outputs][axis]
                    for p in range(count * outputs)
                ]
            )
        for k, value in enumerate(values):
            if loose is not None and not value and loose.random() < 0.9:
                rows.append(
                    [height[p % outputs] * (p // outputs == k) for p in range(count * outputs)]
                )
    if oracle.c is not None:
        rows += [[F(p % outputs == j) for p in range(count * outputs)] for j in range(outputs)]
    return rows


def kernel(rows: list[list[F]], columns: int) -> list[list[F]]:
    """A basis of the vectors orthogonal to the rows (Gauss and Jordan)."""
    reduced: list[tuple[int, list[F]]] = []
    for row in rows:
        for pivot, known in reduced:
            row = [a - row[pivot] * b for a, b in zip(row, known, strict=True)]
        pivot = next((p for p, a in enumerate(row) if a), -1)
        if pivot >= 0:
            row = [a / row[pivot] for a in row]
            reduced = [
                (p, [a - known[pivot] * b for a, b in zip(known, row, strict=True)])
                for p, known in reduced
            ]
            reduced.append((pivot, row))
    found = []
    for free in sorted(set(range(columns)) - {p for p, _ in reduced}):
        vector = [F(0)] * columns
        vector[free] = F(1)
        for p, known in reduced:
            vector[p] = -known[free]
        found.append(vector)
    return found


def lower_nearby(problem: dict[str, Any], seed: int = 0, starts: int = 40) -> Any:
    """Look for a network with an exactly lower loss at distance at most 1/20.

    Random starts at several scales, w and h at different ones, then gradient descent in floating
    point; a candidate counts only if the oracle confirms it with fractions.  Returns (w, h, c).
    """
    import numpy as np

    oracle, random = Oracle(problem), np.random.default_rng(seed)

    def array(rows: Any) -> Any:
        return np.array([[float(a) for a in row] for row in rows])

    x, y, w0, h0 = array(oracle.x), array(oracle.y), array(oracle.w), array(oracle.h)
    c0 = np.zeros(oracle.outputs) if oracle.c is None else array([oracle.c])[0]
    plus, minus, moves_c = float(oracle.plus), float(oracle.minus), oracle.c is not None
    step = 1.0 / (1.0 + (x**2).sum() * (h0**2).sum() + ((x @ w0.T) ** 2).sum())
    base = 0.5 * float(oracle.loss() / oracle.scale)
    for _ in range(starts):
        scale = 10.0 ** random.uniform(-4, -1.5)
        a, b = (min(scale**power, 0.015) for power in random.choice([0.5, 1, 2], 2))
        chosen = random.random(len(w0)) < 0.7
        w = w0 + a * random.standard_normal(w0.shape) * chosen[:, None]
        h = h0 + b * random.standard_normal(h0.shape) * (random.random(len(h0)) < 0.7)[:, None]
        c = c0 + b * random.standard_normal(c0.shape) * moves_c
        for _ in range(250):
            distance = max(abs(w - w0).max(), abs(h - h0).max(), abs(c - c0).max())
            if distance > 0.05:
                break
            z = x @ w.T
            slope = np.where(z > 0, plus, minus)
            error = (slope * z) @ h + c - y
            if 0.5 * (error**2).sum() < base - 1e-12:
                found = [[[F(float(t)) for t in row] for row in rows] for rows in (w, h)]
                bias = [F(float(t)) for t in c] if moves_c else None
                if oracle.loss(found[0], found[1], bias) < oracle.loss():
                    return (*found, bias)
            w = w - step * ((slope * (error @ h.T)).T @ x)
            h = h - step * ((slope * z).T @ error)
            c = c - step * error.sum(0) * moves_c
    return None
