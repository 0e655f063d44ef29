"""Claims about the logistic loss by another route: high-precision floats, and fractions for pieces.

Shares nothing with the package.  Whether a claimed bound holds is decided with 90 digits, so that a
bound may be wrong by 10**-80 without being noticed; no changed digit is that far back.
"""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

import mpmath as mp

from tests.deep_oracle import DeepOracle

Json = dict[str, Any]
SLACK = mp.mpf(10) ** -80


def number(value: F) -> Any:
    return mp.mpf(value.numerator) / value.denominator


def loss(oracle: DeepOracle, predictions: list[list[Any]]) -> Any:
    total = mp.mpf(0)
    for row, labels in zip(predictions, oracle.y, strict=True):
        for t, y in zip(row, labels, strict=True):
            total += mp.log1p(mp.exp(-abs(t))) + max(t, 0) - number(y) * t
    return number(oracle.scale) * total


def predictions(oracle: DeepOracle) -> list[list[Any]]:
    return [[number(t) for t in oracle.hidden(row)[1]] for row in oracle.x]


def best_fit(oracle: DeepOracle) -> list[Any]:
    """Newton's method from zero for each output: the entries of (A*, c*), by rows."""
    rows = mp.matrix([[*map(number, row), mp.mpf(1)] for row in oracle.x])
    fits = []
    for labels in zip(*oracle.y, strict=True):
        point = mp.zeros(rows.cols, 1)
        for _ in range(200):
            values = rows * point
            means = [1 / (1 + mp.exp(-t)) for t in values]
            gradient = rows.T * mp.matrix(
                [p - number(y) for p, y in zip(means, labels, strict=True)]
            )
            hessian = rows.T * mp.diag([p * (1 - p) for p in means]) * rows
            move = mp.lu_solve(hessian, gradient)
            size = mp.norm(move, mp.inf)
            point -= move / max(1, size)
            if size < SLACK:
                break
        fits.append(point)
    return fits


def affine_map(oracle: DeepOracle, layers: Any = None) -> list[list[F]]:
    """(A, c) of a network all of whose neurons stay on one piece, by interpolating the pieces."""
    start = oracle.x[0]
    inside = {(n, i): p for n, i, p in oracle.pieces() if p is not None}
    knots, slopes = oracle.knots, oracle.slopes

    def through(row: list[F]) -> list[F]:
        values = row
        layers_ = oracle.layers if layers is None else layers
        for index, (weights, biases) in enumerate(layers_):
            values = [
                sum((a * b for a, b in zip(line, values, strict=True)), bias)
                for line, bias in zip(weights, biases, strict=True)
            ]
            if index < len(layers_) - 1:
                pieces = [inside[index, i] for i in range(len(values))]
                values = [
                    oracle.rho(knots[max(p - 1, 0)]) + slopes[p] * (t - knots[max(p - 1, 0)])
                    for t, p in zip(values, pieces, strict=True)
                ]
        return values

    zero = through([F(0)] * len(start))
    units = [through([F(int(a == b)) for b in range(len(start))]) for a in range(len(start))]
    return [[unit[j] - zero[j] for unit in units] + [zero[j]] for j in range(len(zero))]


def reach(oracle: DeepOracle) -> F:
    """How much a first-layer parameter must move at most for a unit change of an output's map."""
    base, needed = affine_map(oracle), F(0)
    for j in range(len(base)):
        best = None
        for neuron in range(len(oracle.layers[0][0])):
            moved = affine_map(oracle, oracle.moved(0, neuron, len(oracle.x[0]), F(1)))
            change = [moved[i][-1] - base[i][-1] for i in range(len(base))]
            if change[j] and not any(c for i, c in enumerate(change) if i != j):
                best = min(best or abs(1 / change[j]), abs(1 / change[j]))
        assert best is not None
        needed = max(needed, best)
    return needed


def is_true(certificate: Json) -> bool:
    """Whether the claim of a certificate is true (for the second kind: in the way it is meant)."""
    claim, problem = certificate["claim"], certificate["problem"]
    with mp.workdps(90):
        oracle = DeepOracle({**problem, "loss": {"scale": "1", **problem["loss"]}})
        here = loss(oracle, predictions(oracle))
        if claim["kind"] == "loss_enclosure":
            lower, upper = (number(F(claim[name])) for name in ("lower", "upper"))
            return bool(lower <= here + SLACK and here - SLACK <= upper)
        assert claim["kind"] == "spurious_local_minimum_near"
        radius, lower, upper, better = (
            number(F(claim[name])) for name in ("radius", "loss_lower", "loss_upper", "better_loss")
        )
        fits = best_fit(oracle)
        best = loss(
            oracle,
            [[(mp.matrix([[*map(number, x), 1]]) * fit)[0] for fit in fits] for x in oracle.x],
        )
        gap = max(
            abs(number(entry) - fit[i])
            for row, fit in zip(affine_map(oracle), fits, strict=True)
            for i, entry in enumerate(row)
        )
        other = DeepOracle(
            {**problem, "loss": {"scale": "1", **problem["loss"]}}, certificate["witness"]["better"]
        )
        return bool(
            oracle.on_linear_pieces()
            and gap * number(reach(oracle)) <= radius + SLACK
            and lower <= best + SLACK
            and best - SLACK <= upper
            and loss(other, predictions(other)) - SLACK <= better < lower
        )
