"""A neuron with w = b = 0 and v != 0: its one-sided derivatives and the limits of its gradients.

Moving it along (dw, db) changes L by 2 v int r rho(dw x + db) p per unit, and the gradients at the
points it then passes tend to 2 v (int s x r p, int s r p) with the slope s = rho'(dw x + db).  Both
depend on dw x + db through its kink t: with T_k(t) = int_t^{T1} x^k r p, a polynomial in t
between two knots, and s = alpha_minus before t and alpha_plus after it ("rising"), or conversely
("falling"), everything is a combination of T_k(T0) and T_k(t).
"""

from __future__ import annotations

from collections.abc import Iterator

from exactland.checker.fields import Real
from exactland.checker.integral_functional import Point
from exactland.checker.outcome import Rejected, Unusable
from exactland.checker.real_polynomials import (
    Polynomial,
    add,
    antiderivative,
    evaluate,
    multiply,
    scale,
    sign_on,
)


def _tails(point: Point) -> Iterator[tuple[Real, Real, Polynomial, Polynomial]]:
    """Yield each piece with its ends and T_0 and T_1 on it, as polynomials in t."""
    zero = point.problem.field.zero
    for index, piece in enumerate(point.residual):
        start, end = point.knots[index], point.knots[index + 1]
        polynomials = []
        for power in (0, 1):
            whole = antiderivative([zero] * power + multiply(piece, point.problem.density))
            constant = point.residual_tails[power][index + 1] + evaluate(whole, end)
            polynomials.append(add([constant], [-c for c in whole]))
        yield start, end, polynomials[0], polynomials[1]


def _whole(point: Point) -> tuple[Real, Real]:
    """Return T_0(T0) and T_1(T0)."""
    return point.residual_tails[0][0], point.residual_tails[1][0]


def require_nonnegative(point: Point, output: Real, where: str) -> None:
    """Require  output * int r rho(dw x + db) p >= 0  for all dw and db.

    It is linear in (dw, db) on the two cones where dw x + db has one sign on [T0, T1]; the extreme
    rays of these have their kink at T0 or T1.  So the kinks t in [T0, T1] suffice.
    """
    slopes, zero = point.problem.slopes, point.problem.field.zero
    assert slopes is not None
    plus, minus = slopes
    zeroth, first = _whole(point)
    whole = [first, -zeroth]  # int (x - t) r p
    for start, end, tail_zeroth, tail_first in _tails(point):
        tail = scale(point.kink, add(tail_first, [zero, *(-c for c in tail_zeroth)]))
        rising = add(scale(minus, whole), tail)
        falling = add(scale(-plus, whole), tail)
        for polynomial in (rising, falling):
            _require_sign(scale(output, polynomial), start, end, False, where)


def require_separated(point: Point, output: Real, u: list[Real], where: str) -> None:
    """Require  output * (u_w int s x r p + u_b int s r p) > 0  for the slopes s of all kinks."""
    slopes = point.problem.slopes
    assert slopes is not None
    plus, minus = slopes
    zeroth, first = _whole(point)
    whole = u[0] * first + u[1] * zeroth
    for start, end, tail_zeroth, tail_first in _tails(point):
        tail = add(scale(u[0], tail_first), scale(u[1], tail_zeroth))
        rising = add([minus * whole], scale(point.kink, tail))
        falling = add([plus * whole], scale(-point.kink, tail))
        for polynomial in (rising, falling):
            _require_sign(scale(output, polynomial), start, end, True, where)


def _require_sign(polynomial: Polynomial, start: Real, end: Real, strict: bool, where: str) -> None:
    holds = sign_on(polynomial, start, end, strict=strict)
    if holds is None:
        raise Unusable(where, "the sign of a polynomial on an interval is not decided")
    if not holds:
        raise Rejected(where, "a polynomial that should be positive is not")


def limit(point: Point, dw: Real, db: Real) -> tuple[Real, Real]:
    """Return (int s x r p, int s r p) with the slope s of rho(dw x + db), (dw, db) != 0."""
    problem = point.problem
    assert problem.slopes is not None
    signs = [(dw * end + db).sign() for end in (problem.start, problem.end)]
    zeroth, first = _whole(point)
    if signs[0] * signs[1] >= 0:
        slope = problem.slopes[0] if max(signs) > 0 else problem.slopes[1]
        return slope * first, slope * zeroth
    kink = -db * dw.inverse("witness")
    before, after = (problem.slopes[0] if sign > 0 else problem.slopes[1] for sign in signs)
    for _, end, tail_zeroth, tail_first in _tails(point):
        if (end - kink).sign() >= 0:
            tails = (evaluate(tail_first, kink), evaluate(tail_zeroth, kink))
            break
    values = [
        before * whole + (after - before) * tail
        for whole, tail in zip((first, zeroth), tails, strict=True)
    ]
    return values[0], values[1]
