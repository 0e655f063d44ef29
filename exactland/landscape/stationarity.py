"""Stationarity of the empirical loss in each sense: differentiable, directional, Clarke."""

from __future__ import annotations

from dataclasses import dataclass

from flint import fmpq

from exactland.arithmetic.echelon import shorten_direction
from exactland.arithmetic.rationals import dot, dot_over_common
from exactland.derivatives.empirical import (
    EmpiricalPoint,
    OneSidedFunctional,
    PiecewiseLinearForm,
)
from exactland.landscape import clarke
from exactland.landscape.directions import Curve, line
from exactland.landscape.positivity import (
    Negative,
    Nonnegative,
    Tree,
    Undecided,
    decide_nonnegative,
)
from exactland.problem.network import Vector


@dataclass(frozen=True, slots=True)
class Violation:
    """A direction with negative one-sided derivative, in the parameters of one neuron or in c.

    ``kind`` is ``output_bias`` (dL/dc != 0), ``output_weight`` (dL/dh_i != 0) or ``input_weight``
    (phi_i(direction) < 0).  ``direction`` lives in the named parameter block; ``derivative`` is the
    directional derivative of L along it.
    """

    kind: str
    neuron: int | None
    direction: Vector
    derivative: fmpq


@dataclass(frozen=True, slots=True)
class DirectionalStationarity:
    """Whether every one-sided directional derivative is nonnegative.

    ``trees`` (an entry a neuron) prove phi_i >= 0 where that holds; ``violations`` disprove;
    ``undecided`` lists neurons whose question went beyond the limits, with what was tried.
    """

    trees: tuple[Tree | None, ...]
    violations: tuple[Violation, ...]
    undecided: tuple[tuple[int, str], ...]

    @property
    def holds(self) -> bool | None:
        """True, False, or None where undecided."""
        if self.violations:
            return False
        return None if self.undecided else True


def phi(point: EmpiricalPoint, functional: OneSidedFunctional, index: int) -> PiecewiseLinearForm:
    """Return phi_i(v) = h_i . psi_i(v), the one-sided derivative of L in w~_i along v."""
    return functional.contracted(point.outputs[index])


def output_gradient(point: EmpiricalPoint, functional: OneSidedFunctional, index: int) -> Vector:
    """Return dL/dh_i = Psi(w~_i) = A_i w~_i (on the kinks of psi_i the pre-activation is 0)."""
    return tuple(dot_over_common(row, point.weights[index]) for row in functional.linear)


def directional_stationarity(
    point: EmpiricalPoint, functionals: tuple[OneSidedFunctional, ...]
) -> DirectionalStationarity:
    """Decide directional stationarity, neuron by neuron (the derivative is separable).

    References
    ----------
    Spec, section 1: (S1) Psi(w_i) = 0 and (S2) phi_i >= 0; sum_k e_k = 0 with an output bias.
    """
    violations: list[Violation] = []
    undecided: list[tuple[int, str]] = []
    trees: list[Tree | None] = []
    bias = point.output_bias_gradient
    if bias is not None and any(bias):
        violations.append(_steepest("output_bias", None, bias))
    for index, functional in enumerate(functionals):
        gradient = output_gradient(point, functional, index)
        if any(gradient):
            violations.append(_steepest("output_weight", index, gradient))
        form = phi(point, functional, index)
        decision = decide_nonnegative(form)
        trees.append(decision.tree if isinstance(decision, Nonnegative) else None)
        if isinstance(decision, Negative):
            value = form(decision.direction)
            violations.append(Violation("input_weight", index, decision.direction, value))
        elif isinstance(decision, Undecided):
            undecided.append((index, decision.tried))
    return DirectionalStationarity(tuple(trees), tuple(violations), tuple(undecided))


def _steepest(kind: str, neuron: int | None, gradient: Vector) -> Violation:
    down = tuple(-entry for entry in gradient)
    direction = shorten_direction(down, lambda short: dot(gradient, short) < 0)
    return Violation(kind, neuron, direction, dot(gradient, direction))


def violation_line(point: EmpiricalPoint, violation: Violation) -> Curve:
    """Return the straight line along which a violated condition makes the loss fall."""
    if violation.kind == "output_bias":
        return line({}, violation.direction)
    assert violation.neuron is not None
    still_weight = tuple([fmpq(0)] * point.dimension)
    still_output = tuple([fmpq(0)] * point.output_dimension)
    if violation.kind == "output_weight":
        return line({violation.neuron: (still_weight, violation.direction)})
    return line({violation.neuron: (violation.direction, still_output)})


def is_differentiable(point: EmpiricalPoint, functionals: tuple[OneSidedFunctional, ...]) -> bool:
    """Return whether L is Fréchet differentiable at the point.

    L is locally Lipschitz and directionally differentiable, so it is Fréchet differentiable exactly
    if the directional derivative is linear: no phi_i keeps a kink.
    """
    return all(
        not functional.kinks or not phi(point, functional, index).terms
        for index, functional in enumerate(functionals)
    )


@dataclass(frozen=True, slots=True)
class ClarkeStationarity:
    """Whether 0 is in Clarke's subdifferential, with a witness in either case.

    ``combinations`` holds a convex combination a neuron; ``component`` names a nonzero gradient
    component in the smooth parameters ("output_bias"/"output_weight", neuron, output);
    ``separation`` is (neuron, ExcludesZero).
    """

    holds: bool | None
    combinations: tuple[clarke.ContainsZero, ...] = ()
    component: tuple[str, int | None, int] | None = None
    separation: tuple[int, clarke.ExcludesZero] | None = None
    undecided: tuple[tuple[int, str], ...] = ()


def clarke_stationarity(
    point: EmpiricalPoint, functionals: tuple[OneSidedFunctional, ...]
) -> ClarkeStationarity:
    """Decide Clarke stationarity, with multipliers or a separating direction.

    References
    ----------
    Spec, section 4: the subdifferential is the product over neurons of the convex hulls of the
    gradients over realisable cells.
    """
    bias = point.output_bias_gradient
    for output, entry in enumerate(bias or ()):
        if entry:
            return ClarkeStationarity(False, component=("output_bias", None, output))
    for index, functional in enumerate(functionals):
        for output, entry in enumerate(output_gradient(point, functional, index)):
            if entry:
                return ClarkeStationarity(False, component=("output_weight", index, output))
    combinations: list[clarke.ContainsZero] = []
    undecided: list[tuple[int, str]] = []
    for index, functional in enumerate(functionals):
        form = phi(point, functional, index)
        decision = clarke.clarke_contains_zero(form, boundary_normals(point, index))
        if isinstance(decision, clarke.ExcludesZero):
            return ClarkeStationarity(False, separation=(index, decision))
        if isinstance(decision, clarke.ContainsZero):
            combinations.append(decision)
        else:
            undecided.append((index, decision.tried))
    if undecided:
        return ClarkeStationarity(None, undecided=tuple(undecided))
    return ClarkeStationarity(True, combinations=tuple(combinations))


def boundary_normals(point: EmpiricalPoint, index: int) -> list[Vector]:
    """Return the distinct nonzero data points on the boundary of one neuron."""
    pattern = point.patterns[index]
    rows = {
        row: None
        for row, sign in zip(point.inputs, pattern, strict=True)
        if sign == "0" and any(row)
    }
    return list(rows)
