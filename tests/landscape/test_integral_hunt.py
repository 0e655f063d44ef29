"""A completeness hunt: float descent on |grad L|^2 finds only critical levels that are predicted.

Not a proof, a search for counterexamples to Theorem 1: every limit is snapped to a member of a
critical family, and its breakpoints, sums and loss are compared with the exact ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from flint import fmpq

from exactland.errors import InputError
from exactland.landscape.integral.family import CriticalFamily, critical_family

Array = np.ndarray[Any, np.dtype[np.float64]]
START, END = -0.3, 1.1
CLOSE = 1e-5


def float_derivatives(point: Array, gamma: float) -> tuple[float, Array, Array]:
    """Loss, gradient and Hessian for the target x on [START, END], in floats."""
    width = (len(point) - 1) // 3
    w, b, v, c = point[:width], point[width : 2 * width], point[2 * width : -1], point[-1]
    kinks = -b / np.where(w == 0, 1e-300, w)
    inner = np.sort(kinks[(kinks > START) & (kinks < END)])
    cuts = np.concatenate([[START], inner, [END]])
    left, right = cuts[:-1], cuts[1:]
    # Gauss-Legendre with four nodes is exact for the cubics that occur on each piece.
    nodes, weights = np.polynomial.legendre.leggauss(4)
    x = ((left + right)[:, None] / 2 + (right - left)[:, None] / 2 * nodes).ravel()
    p = ((right - left)[:, None] / 2 * weights).ravel()
    before = np.outer(w, x) + b[:, None]
    slope = np.where(before > 0, 1.0, gamma)
    output = slope * before
    r = c + v @ output - x
    jacobian = np.vstack([v[:, None] * slope * x, v[:, None] * slope, output, np.ones_like(x)])
    gradient = 2 * jacobian @ (p * r)
    hessian = 2 * (jacobian * p) @ jacobian.T
    for j in range(width):
        e0, e1 = 2 * slope[j] @ (p * r), 2 * slope[j] @ (p * r * x)
        block = np.zeros((3, 3))
        block[0, 2] = block[2, 0] = e1
        block[1, 2] = block[2, 1] = e0
        t = kinks[j]
        if START < t < END:
            s = w * t + b
            residual = c + v @ np.where(s > 0, s, gamma * s) - t
            mu = 2 * v[j] * (1 - gamma) * residual / abs(w[j])
            block[:2, :2] += mu * np.array([[t * t, t], [t, 1]])
        index = [j, width + j, 2 * width + j]
        hessian[np.ix_(index, index)] += block
    return float(p @ (r * r)), gradient, hessian


def critical_point(start: Array, gamma: float) -> tuple[float, Array] | None:
    """Levenberg and Marquardt on |grad L|^2; None unless it converges to a bounded point."""
    point, damping = start.copy(), 1e-2
    loss, g, h = float_derivatives(point, gamma)
    for _ in range(150):
        size = np.linalg.norm(g)
        if size < 1e-12:
            break
        floor = 1e-14 * np.linalg.norm(h) ** 2
        step = np.linalg.solve(h @ h + (damping + floor) * np.eye(len(point)), h @ g)
        trial = point - step
        new = float_derivatives(trial, gamma)
        if np.linalg.norm(new[1]) < size:
            point, (loss, g, h), damping = trial, new, max(damping / 5, 1e-14)
        else:
            damping *= 4
            if damping > 1e8:
                break
    bounded = np.abs(point).max() < 100
    return (loss, point) if np.linalg.norm(g) < 1e-11 and bounded else None


def families(kind: str, gamma: fmpq, width: int) -> list[CriticalFamily]:
    found = []
    for n in range(width + 1):
        for first in "+-":
            if n == 0 and first == "-":
                continue
            try:
                found.append(critical_family(kind, n, gamma, first, fmpq(-3, 10), fmpq(11, 10)))
            except InputError:
                continue
    return found


def kinks_of(point: Array, gamma: float) -> list[tuple[float, float]]:
    """The distinct kinks of the function and the jumps of its slope there (times the sign of w)."""
    width = (len(point) - 1) // 3
    w, b, v = point[:width], point[width : 2 * width], point[2 * width : -1]
    places: list[list[float]] = []
    for j in sorted((j for j in range(width) if w[j] != 0), key=lambda j: -b[j] / w[j]):
        t = float(-b[j] / w[j])
        if START + CLOSE < t < END - CLOSE and abs(v[j] * w[j]) > CLOSE:
            if places and t - places[-1][0] < CLOSE:
                places[-1][1] += float(v[j] * w[j])
            else:
                places.append([t, float(v[j] * w[j])])
    return [(t, total) for t, total in places]


def matches(family: CriticalFamily, kinks: list[tuple[float, float]], loss: float) -> bool:
    if len(kinks) != family.n:
        return False
    exact = [
        (float(q.decimal(17)), float(k.decimal(17)))
        for q, k in zip(family.breakpoints, family.sums, strict=True)
    ]
    near = all(
        abs(t - q) < 1e-4 and abs(total - k) < 1e-3
        for (t, total), (q, k) in zip(kinks, exact, strict=True)
    )
    return near and abs(float(family.loss.decimal(17)) - loss) < 1e-9


@pytest.mark.parametrize(
    ("kind", "gamma", "width", "starts"),
    [
        ("relu", fmpq(0), 1, 100),
        ("relu", fmpq(0), 2, 300),
        ("relu", fmpq(0), 3, 300),
        ("relu", fmpq(0), 4, 250),
        ("leaky_relu", fmpq(1, 4), 1, 100),
        ("leaky_relu", fmpq(1, 4), 2, 200),
        ("leaky_relu", fmpq(1, 2), 3, 200),
    ],
)
def test_every_limit_of_float_descent_is_a_predicted_critical_point(
    kind: str, gamma: fmpq, width: int, starts: int
) -> None:
    rng = np.random.default_rng(20240607 + width)
    slope = float(gamma.p) / float(gamma.q)
    known = families(kind, gamma, width)
    levels: dict[int, int] = {}
    for _ in range(starts):
        found = critical_point(rng.normal(size=3 * width + 1), slope)
        if found is None:
            continue
        loss, point = found
        if loss < 1e-12:  # far below every positive level
            levels[-1] = levels.get(-1, 0) + 1
            continue
        kinks = kinks_of(point, slope)
        here = [family for family in known if matches(family, kinks, loss)]
        assert len(here) == 1, (loss, kinks)
        levels[here[0].n] = levels.get(here[0].n, 0) + 1
    # The hunt must have found something besides the global minimum.
    assert sum(levels.values()) > starts // 4 and set(levels) - {-1}
