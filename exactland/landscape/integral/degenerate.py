"""Non-flat degenerate neurons (w = b = 0, v != 0): one-sided derivatives and Clarke's hull.

Such a neuron contributes 2 v D(dw, db), D(dw, db) = int r rho(dw x + db) p, to the one-sided
derivative.  D is linear where dw x + db keeps its sign on [T0, T1]; in between, with the kink at t,
D is a piecewise polynomial in t.  So its sign is decided by polynomials on intervals.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from flint import fmpq

from exactland.arithmetic.ordered import to_ball
from exactland.arithmetic.ordered_polynomials import (
    Number,
    Polynomial,
    add,
    antiderivative,
    evaluate,
    multiply,
    negative_point,
    positive_on,
    scale,
)
from exactland.derivatives.integral import IntegralState, residual_tail, response

Direction = tuple[Number, Number]
"""A direction (dw, db) of a degenerate neuron."""

_FIRST_TRIES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
_SAMPLES = 48


@dataclass(frozen=True, slots=True)
class ClarkeHull:
    """Whether 0 is in the convex hull of the limiting (w_j, b_j)-gradients; None: not decided.

    ``directions`` and ``shares`` write 0 as a convex combination of the limits along these
    directions; ``separator`` is a vector whose products with all limits are positive.
    """

    contains_zero: bool | None
    directions: tuple[Direction, ...] = ()
    shares: tuple[Number, ...] = ()
    separator: Direction | None = None


def descent_of_degenerate(state: IntegralState, neuron: int) -> tuple[Direction, Number] | None:
    """Return a direction of negative one-sided derivative and that derivative, None if none.

    Decides exactly whether the one-sided derivative in (w_j, b_j) is nonnegative.

    Examples
    --------
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> problem = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [["0"]], "b": ["0"],
    ...                 "v": [["-1"]], "c": ["1/2"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})
    >>> descent_of_degenerate(integral_state(problem), 0)
    ((-1, 1), -1/6)
    """
    factor = 2 * state.problem.parameters.v[neuron]
    moving = state.problem.has_hidden_biases
    lower, upper = state.knots[0], state.knots[-1]
    one = fmpq(1)
    tries: list[Direction] = [(fmpq(w), fmpq(b)) for w, b in _FIRST_TRIES if moving or not b]
    if moving:  # the extreme rays of the cones where D is linear
        tries += [(one, -lower), (-one, lower), (one, -upper), (-one, upper)]
    for direction in tries:
        value = factor * response(state, *direction)
        if value < 0:
            return direction, value
    if not moving:
        return None
    for direction_sign, start, end, polynomial in _kink_polynomials(state, factor):
        at = negative_point(polynomial, start, end)
        if at is not None:
            direction = (fmpq(direction_sign), -direction_sign * at)
            return direction, factor * response(state, *direction)
    return None


def clarke_hull(state: IntegralState) -> ClarkeHull:
    """Decide whether 0 is a convex combination of limiting gradients in (w_j, b_j).

    The answer is the same for every non-flat degenerate neuron: v_j is a common factor.

    Notes
    -----
    For ReLU with a bias the dead limit is 0 itself.  Otherwise single limits at breakpoints, the
    all-active and all-inactive limit are tried, then convex combinations of finitely many
    limits, then a separating vector, verified by polynomials; what remains is left undecided.

    Examples
    --------
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> problem = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "leaky_relu", "slope": "1/4"}, "w": [["0"]],
    ...                 "b": ["0"], "v": [["1"]], "c": ["1/2"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})
    >>> clarke_hull(integral_state(problem)).contains_zero
    False
    """
    activation = state.problem.network.activation
    one, zero = fmpq(1), fmpq(0)
    if not state.problem.has_hidden_biases:
        return _hull_without_bias(state)
    if activation.alpha_minus == 0:
        return ClarkeHull(True, ((zero, -one),), (one,))
    limits = list(_limits(state))
    for direction, limit in limits:
        if limit == (0, 0):
            return ClarkeHull(True, (direction,), (one,))
    return _convex_combination(state, limits) or _separation(state, limits) or ClarkeHull(None)


def _kink_polynomials(
    state: IntegralState, factor: Number
) -> Iterator[tuple[int, Number, Number, Polynomial]]:
    """Yield (sign, start, end, polynomial in t of factor * D(sign, -sign t) on [start, end])."""
    activation = state.problem.network.activation
    plus, minus = activation.alpha_plus, activation.alpha_minus
    whole = (state.residual_tails[1][0], -state.residual_tails[0][0])
    for start, end, first, zeroth in _tail_polynomials(state):
        tail = add(first, scale((fmpq(0), *zeroth), fmpq(-1)))
        rising = add(scale(whole, minus), scale(tail, plus - minus))
        falling = add(scale(whole, -plus), scale(tail, plus - minus))
        yield 1, start, end, scale(rising, factor)
        yield -1, start, end, scale(falling, factor)


def _tail_polynomials(
    state: IntegralState,
) -> Iterator[tuple[Number, Number, Polynomial, Polynomial]]:
    """Yield each piece with int_t^{T1} x r p and int_t^{T1} r p as polynomials in t."""
    density = state.problem.loss.density
    for index, piece in enumerate(state.pieces):
        start, end = state.knots[index], state.knots[index + 1]
        tails = []
        for power in (1, 0):
            whole = antiderivative((fmpq(0),) * power + multiply(piece, density))
            constant = state.residual_tails[power][index + 1] + evaluate(whole, end)
            tails.append(add((constant,), scale(whole, fmpq(-1))))
        yield start, end, tails[0], tails[1]


def _limit(state: IntegralState, direction: Direction) -> tuple[Number, Number]:
    """(int d x r p, int d r p) for the slope d of a neuron that leaves 0 along `direction`."""
    activation = state.problem.network.activation
    plus, minus = activation.alpha_plus, activation.alpha_minus
    weight, bias = direction
    lower, upper = state.knots[0], state.knots[-1]
    ends = (weight * lower + bias, weight * upper + bias)
    whole = (state.residual_tails[1][0], state.residual_tails[0][0])
    if not (ends[0] < 0 < ends[1] or ends[1] < 0 < ends[0]):
        slope = plus if ends[0] > 0 or ends[1] > 0 else minus
        return slope * whole[0], slope * whole[1]
    kink = -bias / weight
    tail = (residual_tail(state, kink, 1), residual_tail(state, kink, 0))
    left, right = (minus, plus) if weight > 0 else (plus, minus)
    first, second = (left * (w - t) + right * t for w, t in zip(whole, tail, strict=True))
    return first, second


def _limits(state: IntegralState) -> Iterator[tuple[Direction, tuple[Number, Number]]]:
    one, zero = fmpq(1), fmpq(0)
    lower, upper = state.knots[0], state.knots[-1]
    samples = [lower + (upper - lower) * fmpq(k, _SAMPLES) for k in range(1, _SAMPLES)]
    kinks = [*state.knots[1:-1], *samples]
    directions: list[Direction] = [(one, -at) for at in kinks] + [(-one, at) for at in kinks]
    for direction in [(zero, one), (zero, -one), *directions]:
        yield direction, _limit(state, direction)


def _hull_without_bias(state: IntegralState) -> ClarkeHull:
    """With w alone the two limits are D(1, 0) and -D(-1, 0)."""
    one, zero = fmpq(1), fmpq(0)
    up, down = response(state, one, zero), -response(state, -one, zero)
    if up == 0:
        return ClarkeHull(True, ((one, zero),), (one,))
    if down == 0:
        return ClarkeHull(True, ((-one, zero),), (one,))
    if (up > 0) == (down > 0):
        return ClarkeHull(False, separator=(one if up > 0 else -one, zero))
    share = down / (down - up)
    return ClarkeHull(True, ((one, zero), (-one, zero)), (share, 1 - share))


def _convex_combination(
    state: IntegralState,
    limits: list[tuple[Direction, tuple[Number, Number]]],
) -> ClarkeHull | None:
    """Write 0 as a combination of three limits; floats choose them, the equation is exact."""
    around = sorted(limits, key=lambda entry: _angle(state, entry[1]))
    angles = [_angle(state, limit) for _, limit in around]
    for i, (_, first) in enumerate(around):
        opposite = (angles[i] + math.pi) % (2 * math.pi)
        after = next((k for k, angle in enumerate(angles) if angle >= opposite), 0)
        second, third = around[after - 1][1], around[after][1]
        determinants = [_cross(second, third), _cross(third, first), _cross(first, second)]
        if all(d >= 0 for d in determinants) and any(d > 0 for d in determinants):
            total = determinants[0] + determinants[1] + determinants[2]
            chosen = (around[i][0], around[after - 1][0], around[after][0])
            return ClarkeHull(True, chosen, tuple(d / total for d in determinants))
    return None


def _separation(
    state: IntegralState, limits: list[tuple[Direction, tuple[Number, Number]]]
) -> ClarkeHull | None:
    """Find u with u . limit > 0 for every limit; floats choose u, polynomials verify it.

    The first candidates are +-(1, -m), m the middle of the interval: they decide the affine case.
    """
    middle = (state.knots[0] + state.knots[-1]) / 2
    length = state.knots[-1] - state.knots[0]
    for first, second in [(fmpq(1), fmpq(0)), (fmpq(-1), fmpq(0)), *_proposals(state, limits)]:
        u = (first / length, second - first * middle / length)
        if _separates(state, u):
            return ClarkeHull(False, separator=u)
    return None


def _proposals(
    state: IntegralState, limits: list[tuple[Direction, tuple[Number, Number]]]
) -> list[Direction]:
    """Opposite to the middle of the widest gap between the limits, if it is wider than pi."""
    angles = sorted(_angle(state, limit) for _, limit in limits)
    gaps = [
        ((angles[(k + 1) % len(angles)] - angle) % (2 * math.pi), angle)
        for k, angle in enumerate(angles)
    ]
    width, start = max(gaps)
    if width <= math.pi:
        return []
    middle = start + width / 2 + math.pi
    return [
        (
            fmpq(round(math.cos(middle) * 2**bits), 2**bits),
            fmpq(round(math.sin(middle) * 2**bits), 2**bits),
        )
        for bits in (8, 24)
    ]


def _separates(state: IntegralState, u: Direction) -> bool:
    activation = state.problem.network.activation
    plus, minus = activation.alpha_plus, activation.alpha_minus
    whole = u[0] * state.residual_tails[1][0] + u[1] * state.residual_tails[0][0]
    if not (plus * whole > 0 and minus * whole > 0):
        return False
    for start, end, first, zeroth in _tail_polynomials(state):
        tail = add(scale(first, u[0]), scale(zeroth, u[1]))
        rising = add((minus * whole,), scale(tail, plus - minus))
        falling = add((plus * whole,), scale(tail, minus - plus))
        if not (positive_on(rising, start, end) and positive_on(falling, start, end)):
            return False
    return True


def _angle(state: IntegralState, limit: tuple[Number, Number]) -> float:
    """The direction of a limit (not 0) in centred coordinates, rounded: it only proposes."""
    middle = (state.knots[0] + state.knots[-1]) / 2
    x = (limit[0] - middle * limit[1]) / (state.knots[-1] - state.knots[0])
    size = abs(x) + abs(limit[1])
    first, second = (float(to_ball(entry / size)) for entry in (x, limit[1]))
    return math.atan2(second, first) % (2 * math.pi)


def _cross(left: tuple[Number, Number], right: tuple[Number, Number]) -> Number:
    return left[0] * right[1] - left[1] * right[0]
