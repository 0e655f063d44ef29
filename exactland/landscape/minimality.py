"""Local minimality of a directionally stationary point, with a certified region or a curve down.

One output: complete (local minimum if and only if every neuron with zero output weight has an
identically zero one-sided derivative functional).  Several outputs: sufficient conditions and
descent curves; what they leave open is reported as undetermined.
"""

from __future__ import annotations

from dataclasses import dataclass

from flint import fmpq

from exactland.arithmetic.matrices import negative_direction, nullspace
from exactland.arithmetic.ordered import rational_below
from exactland.arithmetic.rationals import ZERO, dot
from exactland.derivatives.empirical import EmpiricalPoint, OneSidedFunctional
from exactland.derivatives.hessian import Hessian, split_parameters
from exactland.landscape.directions import Curve, LossAlongCurve, NeuronCurve, line, loss_along
from exactland.landscape.escape import Bound, Escapes, Undecided
from exactland.problem.network import Vector


@dataclass(frozen=True, slots=True)
class Region:
    """The region R(P) on which the loss is at least L(P).

    All networks of the same shape with  sign_ik * (w~'_i . x~_k) >= 0  for every nonzero sign of
    ``patterns[i]``, and h'_i in the convex cone over h_i +- spreads[i] e_j (any h'_i where the
    spread is None), any output bias.  It contains the closed ball of radius ``radius`` around P in
    the maximum norm of all parameters.
    """

    patterns: tuple[str, ...]
    spreads: tuple[fmpq | None, ...]
    radius: fmpq


@dataclass(frozen=True, slots=True)
class LocalMinimum:
    """A type-1 local minimum, with its region."""

    region: Region
    reason: str


@dataclass(frozen=True, slots=True)
class NotLocalMinimum:
    """A curve along which the loss falls."""

    curve: Curve
    along: LossAlongCurve
    reason: str


@dataclass(frozen=True, slots=True)
class Undetermined:
    """Neither was established; ``tried`` lists what was tried."""

    tried: tuple[str, ...]


def decide_minimality(
    point: EmpiricalPoint,
    functionals: tuple[OneSidedFunctional, ...],
    escapes: tuple[Escapes | Bound | Undecided, ...],
    hessian: Hessian | None,
) -> LocalMinimum | NotLocalMinimum | Undetermined:
    """Decide whether a directionally stationary point is a local minimum.

    References
    ----------
    Spec, section 1, "Thm 4.2 with explicit region" (Wu, Simsek, Ged, Theorem 4.2, restated) and
    "J=1 is completely decided"; section 2, Lemma A.
    """
    undecided = [i for i, escape in enumerate(escapes) if isinstance(escape, Undecided)]
    escaping = [i for i, escape in enumerate(escapes) if isinstance(escape, Escapes)]
    if not undecided and not escaping:
        region = certified_region(point, tuple(_spread(escape) for escape in escapes))
        return LocalMinimum(region, _sufficient_reason(point))
    for index in escaping:
        if not any(point.outputs[index]):
            escape = escapes[index]
            assert isinstance(escape, Escapes)
            curve = zero_output_curve(point, index, escape)
            return _descent(point, curve, _zero_output_reason(index))
    tried = [f"no escape neuron: neuron {i} undecided ({escapes[i]})" for i in undecided]
    if escaping:
        tried.append(f"sufficient condition: neurons {escaping} are escape neurons")
        aligned = cancelling_curve(point, escaping, escapes)
        if aligned is not None:
            return _descent(point, aligned, "escape neuron whose output can be moved at no cost")
        tried.append(
            "output weights that cancel on all data (Lemma A): none moves an escape neuron"
        )
    if hessian is not None:
        direction = negative_direction(hessian.matrix)
        if direction is not None:
            reason = "negative curvature: the Hessian has a negative eigenvalue"
            return _descent(point, line(*split_parameters(point, direction)), reason)
        tried.append("Hessian: positive semidefinite")
    return Undetermined(tuple(tried))


def certified_region(point: EmpiricalPoint, spreads: tuple[fmpq | None, ...]) -> Region:
    """Return R(P) with the largest radius the bounds give (a rational number just below that, if it
    is irrational).

    A ball of radius r keeps the sign of w~_i . x~_k if r |x~_k|_1 <= |w~_i . x~_k|, and keeps h_i
    in the cone over h_i +- delta e_j if r <= delta / J.
    """
    norms = [sum((abs(entry) for entry in row), ZERO) for row in point.inputs]
    limits = [spread / point.output_dimension for spread in spreads if spread is not None]
    for weight, pattern in zip(point.weights, point.patterns, strict=True):
        for row, sign, norm in zip(point.inputs, pattern, norms, strict=True):
            if sign != "0":
                limits.append(abs(dot(weight, row)) / norm)
    return Region(point.patterns, spreads, rational_below(min(limits, default=fmpq(1))))


def zero_output_curve(point: EmpiricalPoint, index: int, escape: Escapes) -> Curve:
    """Return  w_i + tau v,  h_ij = -sgn(psi_ij(v)) tau^2:  L falls by |psi_ij(v)| tau^3 + O(tau^4).

    The slower h (tau^2 rather than tau) makes the gain dominate the squared change of the network
    even where the neuron is active on the data.
    """
    output = max(range(len(escape.psi)), key=lambda j: abs(escape.psi[j]))
    sign = fmpq(-1) if escape.psi[output] > 0 else fmpq(1)
    moves = tuple((ZERO, sign) if j == output else () for j in range(len(escape.psi)))
    return Curve((NeuronCurve(index, tuple((v,) for v in escape.direction), moves),))


def cancelling_curve(
    point: EmpiricalPoint, escaping: list[int], escapes: tuple[Escapes | Bound | Undecided, ...]
) -> Curve | None:
    """Lemma A: g with sum_l g_l rho(w_l . x_k) = 0 for all k and g_i != 0 for an escape neuron i
    gives the curve  h_lj + s tau g_l,  w_i + tau^2 v,  with leading term -|g_i psi_ij(v)| tau^3.
    """
    activation = point.problem.network.activation
    rows = [tuple(activation(dot(weight, row)) for weight in point.weights) for row in point.inputs]
    for combination in nullspace(rows, point.width):
        for index in escaping:
            if combination[index]:
                escape = escapes[index]
                assert isinstance(escape, Escapes)
                return _cancelling_curve(combination, index, escape)
    return None


def _cancelling_curve(combination: Vector, index: int, escape: Escapes) -> Curve:
    output = max(range(len(escape.psi)), key=lambda j: abs(escape.psi[j]))
    sign = fmpq(-1) if combination[index] * escape.psi[output] > 0 else fmpq(1)
    neurons = []
    for neuron, value in enumerate(combination):
        if not value:
            continue
        moved = tuple((sign * value,) if j == output else () for j in range(len(escape.psi)))
        steps = escape.direction if neuron == index else ()
        weights = tuple((ZERO, v) for v in steps) or ((),) * len(escape.direction)
        neurons.append(NeuronCurve(neuron, weights, moved))
    return Curve(tuple(neurons))


def _descent(point: EmpiricalPoint, curve: Curve, reason: str) -> NotLocalMinimum:
    along = loss_along(point, curve)
    assert along.leading < 0, "a descent curve must descend"
    return NotLocalMinimum(curve, along, reason)


def _spread(escape: Escapes | Bound | Undecided) -> fmpq | None:
    assert isinstance(escape, Bound)
    return escape.spread


def _sufficient_reason(point: EmpiricalPoint) -> str:
    if point.output_dimension == 1:
        return (
            "one output: directionally stationary, and every neuron with zero output weight has an "
            "identically zero one-sided derivative functional (if and only if)"
        )
    return "directionally stationary without escape neuron (type 1)"


def _zero_output_reason(index: int) -> str:
    return (
        f"neuron {index} has zero output weight and a nonzero one-sided derivative functional: "
        "the loss falls to third order along a curve"
    )
