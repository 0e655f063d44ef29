"""Gradient descent phi -> phi - eta grad L near a stationary point, for every step size eta.

With Hessian eigenvalues lambda, the center-stable subspace of the linearised map is spanned by the
eigenvectors with 0 <= lambda <= 2 / eta: its dimension is a step function of eta with the jumps
2 / lambda, lambda > 0.  The linearised map I - eta H is singular exactly at eta = 1 / lambda.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flint import acb_poly, fmpq, fmpq_mat, fmpq_poly

from exactland.arithmetic.balls import common_decimal, endpoints, working_precision
from exactland.arithmetic.ordered import as_rational, to_ball
from exactland.arithmetic.ordered_polynomials import Number, Polynomial, squarefree_factors
from exactland.arithmetic.polynomials import decimal, real_roots, reciprocal_polynomial
from exactland.derivatives.integral import IntegralState
from exactland.derivatives.integral_hessian import SymmetricRows
from exactland.landscape.integral.classification import Classification, semi_inactive_sign
from exactland.landscape.integral.second_order import Counts, SecondOrder
from exactland.problem.activations import Quadratic

DIGITS = 20
LARGEST_SPECTRUM = 46
"""Size of the Hessian (width 15) up to which its characteristic polynomial is computed."""

_MOST_BITS = 4096  # a root half way between two decimals would otherwise be refined for ever


@dataclass(frozen=True, slots=True)
class StepSize:
    """A step size where something changes: an algebraic number, isolated.

    Attributes
    ----------
    decimal : 20 significant digits, correctly rounded
    lower, upper : rational ends of an isolating interval (equal: the number itself)
    polynomial : ascending coefficients of a rational polynomial with this root, empty if the
        point is not rational (then the characteristic polynomial has algebraic coefficients)
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
    if len(rows) <= LARGEST_SPECTRUM:
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


def characteristic_polynomial(rows: SymmetricRows) -> Polynomial:
    """Return det(x I - H), ascending, over any ordered field (Hessenberg form).

    Examples
    --------
    >>> characteristic_polynomial([[fmpq(2), fmpq(1)], [fmpq(1), fmpq(2)]])
    (3, -4, 1)
    """
    h = _hessenberg([list(row) for row in rows])
    polynomials: list[list[Number]] = [[fmpq(1)]]
    for k in range(len(h)):
        current = [fmpq(0), *polynomials[k]]
        product: Number = fmpq(1)
        for i in range(k, -1, -1):
            factor = h[i][k] * product
            for power, entry in enumerate(polynomials[i]):
                current[power] = current[power] - factor * entry
            if i:
                product = product * h[i][i - 1]
        polynomials.append(current)
    return tuple(polynomials[-1])


def _hessenberg(h: list[list[Number]]) -> list[list[Number]]:
    size = len(h)
    for m in range(1, size - 1):
        pivot = next((i for i in range(m, size) if h[i][m - 1] != 0), None)
        if pivot is None:
            continue
        if pivot != m:
            h[pivot], h[m] = h[m], h[pivot]
            for row in h:
                row[pivot], row[m] = row[m], row[pivot]
        inverse = 1 / h[m][m - 1]
        for i in range(m + 1, size):
            if h[i][m - 1] == 0:
                continue
            factor = h[i][m - 1] * inverse
            for j in range(m - 1, size):
                h[i][j] = h[i][j] - factor * h[m][j]
            for row in h:
                row[m] = row[m] + factor * row[i]
    return h


def _step_sizes(rows: SymmetricRows) -> tuple[tuple[StepSize, ...], tuple[StepSize, ...]]:
    """The positive numbers 2 / lambda and 1 / lambda, increasing."""
    plain = [[as_rational(entry) for entry in row] for row in rows]
    if all(entry is not None for row in plain for entry in row):
        polynomial = fmpq_mat(plain).charpoly() if plain else fmpq_poly([1])
        two, one = (_rational_steps(polynomial, fmpq(k)) for k in (2, 1))
        return two, one
    eigenvalues = _field_eigenvalues(characteristic_polynomial(rows))
    return tuple(_quotient(2, e) for e in eigenvalues), tuple(_quotient(1, e) for e in eigenvalues)


def _rational_steps(polynomial: fmpq_poly, numerator: fmpq) -> tuple[StepSize, ...]:
    reciprocal = reciprocal_polynomial(polynomial, numerator)
    return tuple(
        StepSize(
            decimal(root, DIGITS),
            root.lower,
            root.upper,
            tuple(root.polynomial.coeffs()),
            root.multiplicity,
        )
        for root in real_roots(reciprocal)
        if root.lower >= 0
    )


def _field_eigenvalues(polynomial: Polynomial) -> list[StepSize]:
    """The positive roots, decreasing, of a real-rooted polynomial over a number field.

    The coefficients of each squarefree factor are enclosed in balls; Arb then isolates the roots,
    and a multiplicity is that of the factor, which is exact.
    """
    start = next(i for i, entry in enumerate(polynomial) if entry != 0)
    found: list[tuple[Any, int]] = []
    for factor, multiplicity in squarefree_factors(polynomial[start:]):
        bits = 256
        while True:
            with working_precision(bits):
                balls = acb_poly([to_ball(entry, bits) for entry in factor])
                try:
                    roots = [root.real for root in balls.roots()]
                except ValueError:
                    roots = []
            ends = [endpoints(root) for root in roots]
            decimals = [common_decimal(low, high, DIGITS + 2) for low, high in ends]
            if roots and (bits >= _MOST_BITS or all(text is not None for text in decimals)):
                break
            bits *= 2
        found += [(pair, multiplicity) for pair in ends if pair[0] > 0]
    found.sort(reverse=True)
    return [StepSize("", low, high, (), multiplicity) for (low, high), multiplicity in found]


def _quotient(numerator: int, eigenvalue: StepSize) -> StepSize:
    lower, upper = numerator / eigenvalue.upper, numerator / eigenvalue.lower
    text = common_decimal(lower, upper, DIGITS)
    if text is None:  # too close to half way between two decimals: give the digits that are sure
        text = next(
            shorter
            for digits in range(DIGITS - 1, 0, -1)
            if (shorter := common_decimal(lower, upper, digits)) is not None
        )
    return replace(eigenvalue, decimal=text, lower=lower, upper=upper)


def _below(place: StepSize, step: fmpq) -> bool:
    """Whether the algebraic number is < step, exactly for rational polynomials."""
    if place.upper < step:
        return True
    if place.lower >= step or place.lower == place.upper:
        return False
    if not place.polynomial:
        raise ValueError("the step size is too close to a breakpoint to be told apart")
    polynomial = fmpq_poly(list(place.polynomial))
    value, start = polynomial(step), polynomial(place.lower)
    return bool(value * start < 0)
