"""Gradient descent phi -> phi - eta grad L near a stationary point, for every step size eta.

With Hessian eigenvalues lambda, the center-stable subspace of the linearised map is spanned by the
eigenvectors with 0 <= lambda <= 2 / eta: its dimension is a step function of eta with the jumps
2 / lambda, lambda > 0.  The linearised map I - eta H is singular exactly at eta = 1 / lambda.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from flint import fmpq, fmpq_mat, fmpq_poly, fmpz

from exactland.arithmetic.field_matrices import characteristic_polynomial
from exactland.arithmetic.field_polynomials import field_real_roots
from exactland.arithmetic.ordered import as_rational
from exactland.arithmetic.polynomials import (
    IsolatedRoot,
    decimal,
    primitive_polynomial,
    real_roots,
    reciprocal_polynomial,
)
from exactland.derivatives.integral import IntegralState
from exactland.derivatives.integral_hessian import SymmetricRows
from exactland.landscape.integral.classification import Classification, semi_inactive_sign
from exactland.landscape.integral.second_order import Counts, SecondOrder, entry_bits
from exactland.problem.activations import Quadratic

DIGITS = 20
LARGEST_SPECTRUM = 46
"""Size of the Hessian (width 15) up to which its characteristic polynomial is computed."""

LARGEST_SHORT_SPECTRUM, SHORT_BITS = 130, 2**19
"""The same for rational Hessians whose entries are short in total."""


@dataclass(frozen=True, slots=True)
class StepSize:
    """A step size where something changes: an algebraic number, isolated.

    Attributes
    ----------
    decimal : 20 significant digits, correctly rounded
    lower, upper : rational ends of an isolating interval (equal: the number itself)
    polynomial : ascending coefficients of an integer polynomial with this root, and no other one
        in the interval
    multiplicity : of the eigenvalue
    """

    decimal: str
    lower: fmpq
    upper: fmpq
    polynomial: tuple[fmpq, ...]
    multiplicity: int


@dataclass(frozen=True, slots=True)
class GradientDescent:
    """What gradient descent does near a stationary point.

    Attributes
    ----------
    of : "hessian" or "modified hessian" (the latter governs orbits at semi-inactive neurons)
    inertia : of that matrix
    small_step_dimension : dimension of the center-stable subspace for eta <= 2 / lambda_max
    breakpoints : the step sizes 2 / lambda, increasing; None if not computed (large width)
    dimensions : dimension for eta up to breakpoints[0], up to breakpoints[1], ..., beyond the last
    singular : the step sizes 1 / lambda, increasing
    covered : whether the strict-saddle argument excludes convergence to the point; None where
        the question does not arise (no saddle) or no proof is at hand
    clause : why, or which clause excludes it
    """

    of: str
    inertia: Counts
    small_step_dimension: int
    breakpoints: tuple[StepSize, ...] | None
    dimensions: tuple[int, ...]
    singular: tuple[StepSize, ...] | None
    covered: bool | None
    clause: str


def gradient_descent(
    state: IntegralState, second: SecondOrder, found: Classification
) -> GradientDescent | None:
    """Return the gradient-descent analysis of a stationary point, None without a Hessian.

    Examples
    --------
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.landscape.integral.classification import classify
    >>> from exactland.landscape.integral.family import critical_family
    >>> from exactland.landscape.integral.second_order import second_order
    >>> from exactland.landscape.integral.stationarity import stationarity
    >>> state = integral_state(critical_family("relu", 2).problem)
    >>> notions = stationarity(state)
    >>> second = second_order(state, notions)
    >>> found = gradient_descent(state, second, classify(state, notions, second))
    >>> found.dimensions, [step.decimal[:8] for step in found.breakpoints]
    ((5, 4, 3, 2), ['0.622203', '3.813618', '34.71331'])
    """
    if found.verdict == "not_stationary":
        return None
    rows, counts, of = second.rows, second.inertia, "hessian"
    if rows is None:
        rows, counts, of = second.rows_modified, second.inertia_modified, "modified hessian"
    if rows is None or counts is None:
        return None
    covered, clause = strict_saddle_coverage(state, second, found)
    breakpoints = singular = None
    dimensions = [counts[1] + counts[2]]
    if _affordable(rows):
        breakpoints, singular = _step_sizes(rows)
        for step in breakpoints:
            dimensions.append(dimensions[-1] - step.multiplicity)
    return GradientDescent(
        of=of,
        inertia=counts,
        small_step_dimension=counts[1] + counts[2],
        breakpoints=breakpoints,
        dimensions=tuple(dimensions),
        singular=singular,
        covered=covered,
        clause=clause,
    )


def center_stable_dimension(found: GradientDescent, step: fmpq) -> int:
    """Return the dimension of the center-stable subspace at a rational step size > 0.

    Examples
    --------
    >>> one = StepSize("2", fmpq(2), fmpq(2), (fmpq(-2), fmpq(1)), 1)
    >>> some = GradientDescent("hessian", (0, 3, 1), 4, (one,), (4, 3), (), None, "")
    >>> [center_stable_dimension(some, fmpq(eta)) for eta in (1, 2, 3)]
    [4, 4, 3]
    """
    if found.breakpoints is None:
        raise ValueError("the spectrum was not computed for this width")
    for place, dimension in zip(found.breakpoints, found.dimensions, strict=False):
        if not _below(place, step):
            return dimension
    return found.dimensions[-1]


def strict_saddle_coverage(
    state: IntegralState, second: SecondOrder, found: Classification
) -> tuple[bool | None, str]:
    """Return whether a strict-saddle argument shows that gradient descent avoids the point.

    Examples
    --------
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.landscape.integral.analysis import analyze_integral
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> point = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [["-1"]], "b": ["0"],
    ...                 "v": [["0"]], "c": ["1/2"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})
    >>> analyze_integral(point).gradient_descent.covered
    False
    """
    if found.verdict != "saddle":
        return None, "not a saddle"
    if not found.theorem:
        return None, "no center-stable argument is proved for this target, weight or network"
    if isinstance(state.problem.network.activation, Quadratic):
        if second.inertia is not None and second.inertia[0]:
            return True, "strict saddle of a polynomial loss"
        return False, "every neuron at its origin: the Hessian is positive semidefinite"
    if any(kind.degenerate for kind in state.types):
        return False, "(i): a flat degenerate neuron, L is not twice differentiable there"
    if any(kind.interior and not kind.flat for kind in state.types):
        return True, "negative curvature along D_1"
    for j, kind in enumerate(state.types):
        if kind.kind in ("semi-active", "constant"):
            return True, f"hyperbolic pair of the flat neuron {j}"
        if semi_inactive_sign(state, j) < 0:
            return True, f"negative modified curvature at the semi-inactive neuron {j}"
    return False, "(ii): only flat semi-inactive neurons make it a saddle, by a cubic term"


def _affordable(rows: SymmetricRows) -> bool:
    if len(rows) <= LARGEST_SPECTRUM:
        return True
    rational = all(isinstance(entry, fmpq) for row in rows for entry in row)
    return len(rows) <= LARGEST_SHORT_SPECTRUM and rational and entry_bits(rows) <= SHORT_BITS


def _step_sizes(rows: SymmetricRows) -> tuple[tuple[StepSize, ...], tuple[StepSize, ...]]:
    """The positive numbers 2 / lambda and 1 / lambda, increasing."""
    plain = [[as_rational(entry) for entry in row] for row in rows]
    if all(entry is not None for row in plain for entry in row):
        polynomial = fmpq_mat(plain).charpoly() if plain else fmpq_poly([1])
        roots = real_roots(reciprocal_polynomial(polynomial, fmpq(2)))
    else:
        coefficients = characteristic_polynomial(rows)
        start = next(i for i, entry in enumerate(coefficients) if entry != 0)
        scaled = [entry * fmpq(2) ** i for i, entry in enumerate(coefficients[start:])]
        roots = field_real_roots(scaled[::-1])
    positive = [root for root in roots if root.lower >= 0]
    halves = [_halved(root) for root in positive]
    return tuple(map(_step, positive)), tuple(map(_step, halves))


def _halved(root: IsolatedRoot) -> IsolatedRoot:
    """Return half the root, a root of p(2 x)."""
    coefficients = root.polynomial.coeffs()
    stretched = fmpq_poly([entry * fmpz(2) ** i for i, entry in enumerate(coefficients)])
    return replace(root, polynomial=stretched, lower=root.lower / 2, upper=root.upper / 2)


def _step(root: IsolatedRoot) -> StepSize:
    coefficients = tuple(fmpq(entry) for entry in primitive_polynomial(root.polynomial).coeffs())
    return StepSize(decimal(root, DIGITS), root.lower, root.upper, coefficients, root.multiplicity)


def _below(place: StepSize, step: fmpq) -> bool:
    """Whether the algebraic number is < step, exactly."""
    if place.upper < step:
        return True
    if place.lower >= step or place.lower == place.upper:
        return False
    polynomial = fmpq_poly(list(place.polynomial))
    value, start = polynomial(step), polynomial(place.lower)
    return bool(value * start < 0)
