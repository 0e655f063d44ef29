"""Explicit descent directions at points that are not local minima, verified exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flint import fmpq

from exactland.arithmetic.ordered import sign, to_ball
from exactland.arithmetic.ordered_polynomials import Number, evaluate
from exactland.derivatives.integral import (
    IntegralState,
    endpoint_residual,
    integral_state,
    response,
)
from exactland.derivatives.integral_hessian import (
    SymmetricRows,
    hessian,
    quadratic_form,
    semi_inactive_curvature,
)
from exactland.landscape.integral.classification import (
    Classification,
    FamilyMember,
    family_member,
    responding_direction,
)
from exactland.landscape.integral.second_order import SecondOrder
from exactland.landscape.integral.stationarity import Stationarity
from exactland.problem.activations import Quadratic

STEPS = (fmpq(1, 100), fmpq(1, 1000), fmpq(1, 10000))
_SMALL = fmpq(1, 10**8)
_MOST_SHRINKINGS = 24
"""Eight by tenths, the others by squaring: to 10^-524288, below anything that input can need."""


@dataclass(frozen=True, slots=True)
class Descent:
    """A direction d with L(phi + eps d) = L(phi) + coefficient eps^order + o(eps^order), descent.

    Attributes
    ----------
    direction : coordinate name -> entry, zeros left out
    order, coefficient : the leading term; the coefficient is negative
    name : where the direction comes from
    changes : pairs (eps, L(phi + eps d) - L(phi)) with all differences negative, exact
    """

    direction: dict[str, Number]
    order: int
    coefficient: Number
    name: str
    changes: tuple[tuple[fmpq, Number], ...] = ()

    @property
    def curvature(self) -> Number | None:
        """The second derivative along the direction, if that is what gives descent."""
        return 2 * self.coefficient if self.order == 2 else None


def descent(
    state: IntegralState, notions: Stationarity, second: SecondOrder, found: Classification
) -> Descent | None:
    """Return a verified descent direction at a saddle or non-stationary point, else None.

    Raises
    ------
    AssertionError
        If no step size gives exact descent: the direction would be wrong.

    Examples
    --------
    >>> from exactland.landscape.integral.classification import classify
    >>> from exactland.landscape.integral.family import critical_family
    >>> from exactland.landscape.integral.second_order import second_order
    >>> from exactland.landscape.integral.stationarity import stationarity
    >>> state = integral_state(critical_family("relu", 2).problem)
    >>> notions = stationarity(state)
    >>> second = second_order(state, notions)
    >>> way = descent(state, notions, second, classify(state, notions, second))
    >>> way.direction, way.curvature
    ({'b0': -1, 'v1': -1, 'c': 2/3}, -2/81)
    """
    if found.verdict == "not_stationary":
        witness = notions.witness
        assert witness is not None
        way: Descent | None = Descent(
            witness.direction, 1, witness.derivative, "negative one-sided derivative"
        )
    elif found.verdict == "saddle":
        way = _at_saddle(state, second, found)
    else:
        return None
    return None if way is None else _verified(state, way)


def family_direction(
    state: IntegralState, member: FamilyMember, site: int = 0
) -> dict[str, Number]:
    """Return the direction D_i of Theorem 3 at one breakpoint (0-based `site`).

    It shifts all neurons at q_i and corrects the neighbours so that the network changes only on
    [q_{i-1}, q_{i+1}]; its curvature is -(2/3)(1 - gamma) rho |kappa_i|.

    Examples
    --------
    >>> from exactland.landscape.integral.family import critical_family
    >>> state = integral_state(critical_family("leaky_relu", 1, fmpq(1, 4)).problem)
    >>> family_direction(state, family_member(state))
    {'b0': -1, 'v0': 3, 'c': 1}
    """
    gamma = state.problem.network.activation.alpha_minus
    w, _, v, _ = state.problem.parameters
    ends = (state.knots[0], *member.breakpoints, state.knots[-1])
    signs = [member.first_sign * (-1) ** i for i in range(member.n)]
    low = [gamma if entry > 0 else fmpq(1) for entry in signs]
    left, right = ends[site + 1] - ends[site], ends[site + 2] - ends[site + 1]
    jump = (1 - gamma) * signs[site] * member.sums[site]
    common = jump * left * right / (left + right)
    before, after = common / (left * left), common / (right * right)
    jumps = {site - 1: before, site: after - before, site + 1: -after}
    groups = {place.at: place.neurons for place in state.sites}
    direction: dict[str, Number] = {}
    constant = member.sums[site] * low[site]
    for j in groups[member.breakpoints[site]]:
        direction[f"b{j}"] = -w[j]
    for index, change in jumps.items():
        if not 0 <= index < member.n:
            continue
        at = member.breakpoints[index]
        moved = signs[index] * change / (1 - gamma)
        constant = constant - moved * low[index] * (state.knots[0] - at)
        for j in groups[at]:
            direction[f"v{j}"] = v[j] * moved / member.sums[index]
    direction["c"] = constant
    return {name: entry for name, entry in direction.items() if entry != 0}


def _at_saddle(state: IntegralState, second: SecondOrder, found: Classification) -> Descent | None:
    if found.theorem and not isinstance(state.problem.network.activation, Quadratic):
        member = family_member(state)
        if member.n:
            direction = family_direction(state, member)
            return _curved(state, direction, "direction D_1 of Theorem 3", second.rows)
    if found.theorem and isinstance(state.problem.network.activation, Quadratic):
        return _quadratic_direction(state, second, found)
    ways = [_escape_direction(state, second, j) for j in found.escape]
    known = sorted((way for way in ways if way is not None), key=lambda way: way.order)
    return known[0] if known else _eigenvector(state, second)


def _escape_direction(state: IntegralState, second: SecondOrder, j: int) -> Descent | None:
    """The direction of one saddle-making neuron (Theorem 2 (IV)(a))."""
    kind, one = state.types[j], fmpq(1)
    w, b, _, _ = state.problem.parameters
    if kind.degenerate:
        move = responding_direction(state)
        if move is None:
            return None
        value = response(state, *move)
        step = fmpq(-sign(value))
        direction = {f"w{j}": move[0], f"b{j}": move[1], f"v{j}": step}
        return Descent(_nonzero(direction), 2, 2 * step * value, "flat degenerate neuron")
    if kind.kind in ("semi-active", "constant"):
        moment = state.residual_tails[1][0]
        output = state.problem.network.activation(b[j])
        direction = {f"w{j}": fmpq(-sign(moment)), f"v{j}": one, "c": -output}
        if kind.kind == "constant" and b[j] < 0 and moment == 0:
            return None
        return _curved(state, direction, f"flat {kind.kind} neuron", second.rows)
    if kind.endpoint is not None and kind.kind.startswith("semi-inactive"):
        if not kind.flat:
            coefficient = semi_inactive_curvature(state, j) / 2
            return Descent({f"b{j}": one}, 2, coefficient, "semi-inactive neuron switched on")
        residual = endpoint_residual(state, kind.endpoint)
        density = evaluate(state.problem.loss.density, state.problem.loss.interval[kind.endpoint])
        kink = state.problem.network.activation.kink
        step = fmpq(-sign(residual * kink))
        coefficient = step * kink * residual * density / (w[j] * kind.sign)
        return Descent({f"b{j}": one, f"v{j}": step}, 3, coefficient, "flat semi-inactive neuron")
    return None


def _quadratic_direction(
    state: IntegralState, second: SecondOrder, found: Classification
) -> Descent | None:
    """The hyperbolic pair (or the cubic term) of one neuron, in the centred bias b + w m."""
    lower, upper = state.problem.loss.interval
    middle, length = (lower + upper) / 2, upper - lower
    moment = state.residual_tails[1][0] - middle * state.residual_tails[0][0]
    w, b, v, _ = state.problem.parameters
    j = found.escape[0]
    one = fmpq(1)
    kind = state.types[j].kind
    if kind == "axis w":
        density = state.problem.loss.density[0]
        gram = density * (w[j] * w[j]) * (w[j] * w[j]) * length**5 / 40
        direction = {f"v{j}": one, f"b{j}": -gram / (4 * w[j] * moment)}
    elif kind == "axis b":
        centred = b[j] + w[j] * middle
        step = fmpq(-sign(centred * moment))
        direction = {f"v{j}": one, f"w{j}": step, f"b{j}": -middle * step, "c": -centred * centred}
    elif kind == "axis v":
        step = fmpq(-sign(v[j] * moment))
        direction = {f"w{j}": one, f"b{j}": step - middle}
    else:
        step = fmpq(-sign(moment))
        direction = {f"w{j}": one, f"b{j}": one - middle, f"v{j}": step}
        return Descent(_nonzero(direction), 3, 4 * step * moment, "cubic term at the origin")
    return _curved(state, direction, f"hyperbolic pair, {kind}", second.rows)


def _eigenvector(state: IntegralState, second: SecondOrder) -> Descent | None:
    """A rounded float eigenvector of the least eigenvalue, if its exact curvature is negative."""
    if second.rows is None:
        return None
    import numpy as np

    largest = max((abs(entry) for row in second.rows for entry in row), default=fmpq(0))
    if largest == 0:
        return None
    matrix: Any = np.array(
        [[float(to_ball(entry / largest)) for entry in row] for row in second.rows]
    )
    _, vectors = np.linalg.eigh(matrix)
    for bits in (6, 20, 48):
        entries = [fmpq(round(float(entry) * 2**bits), 2**bits) for entry in vectors[:, 0]]
        names = state.problem.coordinates
        direction = _nonzero(dict(zip(names, entries, strict=True)))
        way = _curved(state, direction, "eigenvector of the least eigenvalue", second.rows)
        if way.coefficient < 0:
            return way
    return None


def _curved(
    state: IntegralState, direction: dict[str, Number], name: str, rows: SymmetricRows | None
) -> Descent:
    direction = _nonzero(direction)
    vector = [direction.get(key, fmpq(0)) for key in state.problem.coordinates]
    # Where L is not twice differentiable, the neurons that break it do not move in `direction`.
    matrix = hessian(state) if rows is None else rows
    return Descent(direction, 2, quadratic_form(matrix, vector) / 2, name)


def _nonzero(direction: dict[str, Number]) -> dict[str, Number]:
    return {name: entry for name, entry in direction.items() if entry != 0}


def _verified(state: IntegralState, way: Descent) -> Descent:
    """Add exact loss differences; steps shrink together until all three are negative."""
    if not way.coefficient < 0:
        raise AssertionError(f"{way.name}: the leading coefficient {way.coefficient} is not < 0")
    shrink = fmpq(1)
    for _ in range(_MOST_SHRINKINGS):
        changes = []
        for step in STEPS:
            moved = integral_state(state.problem.moved(way.direction, step * shrink))
            changes.append((step * shrink, moved.loss - state.loss))
        if all(change < 0 for _, change in changes):
            return Descent(way.direction, way.order, way.coefficient, way.name, tuple(changes))
        shrink = shrink / 10 if shrink > _SMALL else shrink * shrink
    raise AssertionError(f"{way.name}: no step size gives descent")
