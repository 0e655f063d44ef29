"""Local minimality of a directionally stationary point, with a certified region or a curve down.

One output: complete (local minimum if and only if every neuron with zero output weight has an
identically zero one-sided derivative functional).  Several outputs: the same where no neuron
escapes or one with zero output weight does; the rest is decided in
:mod:`~exactland.landscape.several_outputs`.
"""

from __future__ import annotations

from flint import fmpq

from exactland.arithmetic.ordered import rational_below
from exactland.arithmetic.rationals import ZERO, dot
from exactland.derivatives.empirical import EmpiricalPoint, OneSidedFunctional
from exactland.landscape.directions import Curve, NeuronCurve
from exactland.landscape.escape import Bound, Escapes, Undecided
from exactland.landscape.outcomes import LocalMinimum, Minimality, Region, Undetermined
from exactland.landscape.several_outputs.decision import decide_blocks
from exactland.landscape.several_outputs.falling import cancelling_curve, descent


def decide_minimality(
    point: EmpiricalPoint,
    functionals: tuple[OneSidedFunctional, ...],
    escapes: tuple[Escapes | Bound | Undecided, ...],
) -> Minimality:
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
            return descent(point, curve, _zero_output_reason(index))
    if not undecided:
        return decide_blocks(point, functionals, escapes)  # type: ignore[arg-type]  # none is Undecided
    tried = [f"no escape neuron: neuron {i} undecided ({escapes[i]})" for i in undecided]
    known = {i: escape for i, escape in enumerate(escapes) if isinstance(escape, Escapes)}
    aligned = cancelling_curve(point, known)
    if aligned is not None:
        return descent(point, aligned, "escape neuron whose output can be moved at no cost")
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
