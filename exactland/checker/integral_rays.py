"""The integral loss along a ray P + tau d: its expansion for small tau > 0, to third order.

With the pre-activation u_j = w_j x + b_j and its change du_j = dw_j x + db_j, the network changes
by tau A + tau^2 B + tau^3 C, except on the short strips that moving breakpoints sweep over, and

    L(P + tau d) - L(P) = 2 int r (f_(P + tau d) - f_P) p + int (f_(P + tau d) - f_P)^2 p.

A breakpoint t_j with D_j = dw_j t_j + db_j != 0 moves; it sweeps over a part of [T0, T1] if it is
inside or moves inwards from an end.  To the coefficient of tau^2 that adds

    v_j (alpha_plus - alpha_minus) r(t_j) p(t_j) D_j^2 / |w_j|.
"""

from __future__ import annotations

from dataclasses import dataclass

from exactland.checker.fields import Real
from exactland.checker.integral_functional import Neuron, Point, assemble, distinct
from exactland.checker.integral_problem import IntegralProblem, read_real
from exactland.checker.integral_second_order import end_knot
from exactland.checker.outcome import Rejected, Unusable
from exactland.checker.reader import Field
from exactland.checker.real_polynomials import Polynomial, add, integral, multiply, scale

Direction = dict[str, Real]


@dataclass(frozen=True, slots=True)
class Expansion:
    """The coefficients of tau, tau^2, tau^3; the last is None where it is not of this form."""

    first: Real
    second: Real
    third: Real | None


@dataclass(frozen=True, slots=True)
class _Step:
    """The function that is one polynomial before a point of the interval, another after it."""

    before: Polynomial
    after: Polynomial
    at: Real | None  # None: `after` everywhere


def read_direction(field: Field, problem: IntegralProblem) -> Direction:
    """Read an object with names of coordinates as keys; the others are 0."""
    values = field.members((), tuple(problem.coordinates()))
    if not values:
        raise Unusable(field.where, "is empty")
    return {name: read_real(item, problem.field) for name, item in values.items()}


def leading_term(expansion: Expansion, where: str) -> tuple[int, int]:
    """Return the order and the sign of the first coefficient that is not 0."""
    for order, value in enumerate((expansion.first, expansion.second, expansion.third), start=1):
        if value is None:
            why = "the loss is constant to second order and a breakpoint with v != 0 moves"
            raise Rejected(where, why)
        sign = value.sign()
        if sign:
            return order, sign
    raise Rejected(where, "the loss is constant to third order in this direction")


def expand(point: Point, direction: Direction) -> Expansion:
    """Return the expansion of L along a direction."""
    problem = point.problem
    zero, one = problem.field.zero, problem.field.one
    steps: list[list[_Step]] = [[], [], []]  # of A, B, C
    second, third, cubic = zero, zero, True
    for j, neuron in enumerate(point.neurons):
        dw, db, dv = (direction.get(f"{block}{j}", zero) for block in "wbv")
        if dw.is_zero() and db.is_zero() and dv.is_zero():
            continue
        for terms, step in zip(steps, _changes(point, neuron, dw, db, dv), strict=True):
            terms.append(step)
        sweep = _sweep(point, neuron, dw, db)
        if sweep is not None:
            second = second + neuron.output * sweep
            third = third + dv * sweep
            cubic = cubic and neuron.flat
    if "c" in direction:
        steps[0].append(_Step([], scale(direction["c"], [one]), None))

    cuts = distinct([*point.knots, *(s.at for terms in steps for s in terms if s.at is not None)])
    cuts = problem.field.over_common_denominator(cuts)
    first_change, second_change, third_change = (_pieces(terms, cuts, point) for terms in steps)
    residual = _refined(point, cuts)

    def product(left: list[Polynomial], right: list[Polynomial]) -> Real:
        density = problem.density
        parts = zip(left, right, strict=True)
        return integral([multiply(multiply(a, b), density) for a, b in parts], cuts)

    second = second + product(residual, second_change) * 2 + product(first_change, first_change)
    third = third + (product(residual, third_change) + product(first_change, second_change)) * 2
    return Expansion(product(residual, first_change) * 2, second, third if cubic else None)


def _changes(
    point: Point, neuron: Neuron, dw: Real, db: Real, dv: Real
) -> tuple[_Step, _Step, _Step]:
    """Return the parts of A, B and C of one neuron."""
    v, u, du = neuron.output, [neuron.bias, neuron.weight], [db, dw]
    if point.problem.slopes is None:
        # (v + tau dv) (u + tau du)^2 - v u^2
        mixed, square = multiply(u, du), multiply(du, du)
        a = add(scale(v * 2, mixed), scale(dv, multiply(u, u)))
        b = add(scale(v, square), scale(dv * 2, mixed))
        return _Step([], a, None), _Step([], b, None), _Step([], scale(dv, square), None)
    nothing = _Step([], [], None)
    if neuron.degenerate:
        # (v + tau dv) rho(tau du) = tau v rho(du) + tau^2 dv rho(du)
        bent = _activated(point, dw, db)
        parts = (_Step(scale(c, bent.before), scale(c, bent.after), bent.at) for c in (v, dv))
        return next(parts), next(parts), nothing
    # slope * ((v + tau dv) (u + tau du) - v u), outside of the strip
    at = point.knots[neuron.knot] if neuron.knot else None
    a, b = add(scale(v, du), scale(dv, u)), scale(dv, du)
    before, after = neuron.before, neuron.after
    linear = _Step(scale(before, a), scale(after, a), at)
    return linear, _Step(scale(before, b), scale(after, b), at), nothing


def _activated(point: Point, dw: Real, db: Real) -> _Step:
    """Return x -> rho(dw x + db) on the interval."""
    problem = point.problem
    assert problem.slopes is not None
    signs = [(dw * end + db).sign() for end in (problem.start, problem.end)]
    before, after = (
        scale(problem.slopes[0] if sign > 0 else problem.slopes[1], [db, dw]) for sign in signs
    )
    if signs[0] * signs[1] < 0:
        return _Step(before, after, -db * dw.inverse("witness"))
    # No kink inside: the slope is that of the sign which is not 0.
    return _Step([], before if signs[0] else after, None)


def _sweep(point: Point, neuron: Neuron, dw: Real, db: Real) -> Real | None:
    """Return  (alpha_plus - alpha_minus) (r p)(t) D^2 / |w|,  None if no strip is swept over."""
    if neuron.breakpoint is None or point.smooth:
        return None
    shift = dw * neuron.breakpoint + db
    sign = shift.sign()
    # t moves by -tau D / w: from T0 it enters to the right, from T1 to the left.
    moves_right = -sign * neuron.weight_sign
    if sign == 0 or (neuron.endpoint is not None and moves_right == (-1, 1)[neuron.endpoint]):
        return None
    knot = neuron.knot if neuron.interior else end_knot(point, neuron)
    slope = neuron.weight if neuron.weight_sign > 0 else -neuron.weight
    value = point.kink * point.weighted_residual(knot) * shift * shift
    return value * slope.inverse("problem.network.w")


def _pieces(terms: list[_Step], cuts: list[Real], point: Point) -> list[Polynomial]:
    """Return a sum of steps as polynomials between the cuts."""
    zero = point.problem.field.zero
    parts: list[tuple[int, Polynomial]] = [(0, [zero])]
    for step in terms:
        if step.at is None:
            parts.append((0, step.after))
            continue
        index = next(i for i, cut in enumerate(cuts) if (cut - step.at).is_zero())
        parts.append((0, step.before))
        parts.append((index, add(step.after, [-c for c in step.before])))
    return assemble(parts, len(cuts) - 1, point.problem)


def _refined(point: Point, cuts: list[Real]) -> list[Polynomial]:
    """Return the residual as polynomials between the cuts, which contain the knots."""
    pieces, index = [], 0
    for cut in cuts[:-1]:
        if (cut - point.knots[index + 1]).is_zero():
            index += 1
        pieces.append(point.residual[index])
    return pieces
