"""Directions in parameter space that move few neurons, and curves built from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flint import fmpq, fmpq_poly

from exactland.arithmetic.field_matrices import common_field
from exactland.arithmetic.field_polynomials import FieldPolynomial
from exactland.arithmetic.ordered import Scalar, rational_below, simplify
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
    min(1, |c_low| / sum |c_higher|) of those polynomials (a rational number just below it).

    References
    ----------
    Spec, section 1 ("descent-curve certificate").
    """
    activation = point.problem.network.activation
    valid_until = fmpq(1)
    polynomial = _polynomials(point, curve)
    zero = polynomial([])
    changes = [[zero for _ in range(point.output_dimension)] for _ in point.inputs]
    if curve.output_bias is not None:
        for change in changes:
            for output, coefficients in enumerate(curve.output_bias):
                change[output] += polynomial([ZERO, *coefficients])
    for moved in curve.neurons:
        start, heights = point.weights[moved.neuron], point.outputs[moved.neuron]
        weights = [polynomial([v, *c]) for v, c in zip(start, moved.weights, strict=True)]
        outputs = [polynomial([v, *c]) for v, c in zip(heights, moved.outputs, strict=True)]
        for k, row in enumerate(point.inputs):
            before = activation(dot(start, row))
            inside = sum((w * x for w, x in zip(weights, row, strict=True)), zero)
            lowest, bound = _lowest_term(inside)
            valid_until = min(valid_until, bound)
            after = inside * activation.slope(1 if lowest > 0 else -1)
            for output, (moving, height) in enumerate(zip(outputs, heights, strict=True)):
                changes[k][output] += moving * after - height * before
    total = zero
    for change, residual in zip(changes, point.residuals, strict=True):
        for delta, error in zip(change, residual, strict=True):
            total += delta * (delta + 2 * error)
    total *= point.problem.loss.scale
    coefficients = tuple(map(simplify, total.coeffs())) or (ZERO,)
    order = next((a for a, value in enumerate(coefficients) if value), None)
    leading, bound = _lowest_term(total)
    decreasing = min(valid_until, bound / 2) if leading < 0 else None
    return LossAlongCurve(coefficients, order, leading, valid_until, decreasing)


def _polynomials(point: EmpiricalPoint, curve: Curve) -> Callable[[list[Scalar]], Any]:
    """Return what makes polynomials of coefficients: those of flint, or over the number field."""
    tables = [curve.output_bias or ()]
    for moved in curve.neurons:
        tables += [moved.weights, moved.outputs]
    numbers = (value for table in tables for entry in table for value in entry)
    if point.problem.field is None and common_field(numbers) is None:
        return fmpq_poly
    return lambda coefficients: FieldPolynomial(tuple(coefficients))


def _lowest_term(polynomial: fmpq_poly | FieldPolynomial) -> tuple[fmpq, fmpq]:
    """Lowest nonzero coefficient, and a bound below which the polynomial has its sign."""
    coefficients = polynomial.coeffs()
    for index, value in enumerate(coefficients):
        if value:
            higher = sum((abs(other) for other in coefficients[index + 1 :]), ZERO)
            bound = rational_below(abs(value) / higher) if higher else fmpq(1)
            return value, min(fmpq(1), bound)
    return ZERO, fmpq(1)
