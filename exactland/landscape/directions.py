"""Directions in parameter space that move few neurons, and curves built from them."""

from __future__ import annotations

from dataclasses import dataclass

from flint import fmpq, fmpq_poly

from exactland.arithmetic.rationals import ZERO, dot
from exactland.derivatives.empirical import EmpiricalPoint
from exactland.problem.network import Vector

Coefficients = tuple[fmpq, ...]
"""Coefficients of tau, tau^2, ... of one parameter along a curve that starts at the point."""


@dataclass(frozen=True, slots=True)
class NeuronCurve:
    """How one neuron moves: coefficients for each augmented input weight and output weight."""

    neuron: int
    weights: tuple[Coefficients, ...]
    outputs: tuple[Coefficients, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """A polynomial curve tau -> P(tau) with P(0) = the point; neurons not listed stay put."""

    neurons: tuple[NeuronCurve, ...]
    output_bias: tuple[Coefficients, ...] | None = None


@dataclass(frozen=True, slots=True)
class LossAlongCurve:
    """L(P(tau)) - L(P) = sum_a coefficients[a] tau^a, exactly, for 0 <= tau <= valid_until.

    ``order`` and ``leading`` name the lowest nonzero term; the loss falls along the curve exactly
    if ``leading`` is negative.  ``decreasing_until`` bounds a range on which the difference is
    negative (None where the curve does not descend).
    """

    coefficients: tuple[fmpq, ...]
    order: int | None
    leading: fmpq
    valid_until: fmpq
    decreasing_until: fmpq | None


def line(moves: dict[int, tuple[Vector, Vector]], output_bias: Vector | None = None) -> Curve:
    """Return the straight line that moves neuron i by tau * (dw~_i, dh_i) and c by tau * dc."""
    neurons = tuple(
        NeuronCurve(index, tuple((v,) for v in weights), tuple((g,) for g in outputs))
        for index, (weights, outputs) in sorted(moves.items())
    )
    return Curve(neurons, None if output_bias is None else tuple((v,) for v in output_bias))


def loss_along(point: EmpiricalPoint, curve: Curve) -> LossAlongCurve:
    """Return the loss along a curve as a polynomial in tau, exactly.

    The slope at a data point is that of the lowest-order nonzero coefficient of the pre-activation
    w~_i(tau) . x~_k; it stays valid up to ``valid_until``, below every bound
    min(1, |c_low| / sum |c_higher|) of those polynomials.

    References
    ----------
    Spec, section 1 ("descent-curve certificate").
    """
    activation = point.problem.network.activation
    valid_until = fmpq(1)
    changes = [[fmpq_poly() for _ in range(point.output_dimension)] for _ in point.inputs]
    if curve.output_bias is not None:
        for change in changes:
            for output, coefficients in enumerate(curve.output_bias):
                change[output] += fmpq_poly([0, *coefficients])
    for moved in curve.neurons:
        start, heights = point.weights[moved.neuron], point.outputs[moved.neuron]
        weights = [_polynomial(v, c) for v, c in zip(start, moved.weights, strict=True)]
        outputs = [_polynomial(v, c) for v, c in zip(heights, moved.outputs, strict=True)]
        for k, row in enumerate(point.inputs):
            before = activation(dot(start, row))
            inside = sum((w * x for w, x in zip(weights, row, strict=True)), fmpq_poly())
            lowest, bound = _lowest_term(inside)
            valid_until = min(valid_until, bound)
            after = inside * activation.slope(1 if lowest > 0 else -1)
            for output, (polynomial, height) in enumerate(zip(outputs, heights, strict=True)):
                changes[k][output] += polynomial * after - height * before
    total = fmpq_poly()
    for change, residual in zip(changes, point.residuals, strict=True):
        for delta, error in zip(change, residual, strict=True):
            total += delta * (delta + 2 * error)
    total *= point.problem.loss.scale
    coefficients = tuple(total.coeffs()) or (ZERO,)
    order = next((a for a, value in enumerate(coefficients) if value), None)
    leading, bound = _lowest_term(total)
    decreasing = min(valid_until, bound / 2) if leading < 0 else None
    return LossAlongCurve(coefficients, order, leading, valid_until, decreasing)


def _polynomial(start: fmpq, coefficients: Coefficients) -> fmpq_poly:
    return fmpq_poly([start, *coefficients])


def _lowest_term(polynomial: fmpq_poly) -> tuple[fmpq, fmpq]:
    """Lowest nonzero coefficient, and a bound below which the polynomial has its sign."""
    coefficients = polynomial.coeffs()
    for index, value in enumerate(coefficients):
        if value:
            higher = sum((abs(other) for other in coefficients[index + 1 :]), ZERO)
            return value, min(fmpq(1), abs(value) / higher) if higher else fmpq(1)
    return ZERO, fmpq(1)
